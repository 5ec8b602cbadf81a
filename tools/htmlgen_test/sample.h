/** The model of htmlgen's test templates. */
#ifndef TRADEPOST_TOOLS_HTMLGEN_TEST_SAMPLE_H
#define TRADEPOST_TOOLS_HTMLGEN_TEST_SAMPLE_H

#include "html/writer.h"

ID_TYPE(SampleId);

typedef struct SampleTag {
    Text name;
} SampleTag;

typedef struct SampleTags {
    SampleTag *items;
    size_t count;
} SampleTags;

typedef enum SampleKind { SAMPLE_NEW, SAMPLE_OLD } SampleKind;

typedef struct SampleRow {
    Text name;
    int64_t price;
    SampleTags tags;
} SampleRow;

typedef struct SampleRows {
    SampleRow *items;
    size_t count;
} SampleRows;

typedef struct SampleOfficer {
    Text name;
} SampleOfficer;

typedef struct Sample {
    SampleId id;
    Text name, url, empty, country, decimal, lines;
    const char *c_string;
    int64_t count;
    int small;
    SampleKind kind;
    Time at, never;
    bool open;
    Message state;
    SafeHtml safe;
    SampleOfficer officer;
    const SampleOfficer *deputy;
    SampleRow first;
    SampleRows rows, none;
    Texts words;
    const FormValues *values;
    Paging paging;
} Sample;

#endif
