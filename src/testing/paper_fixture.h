/** A certificate of origin of believable trade, for tests and benchmarks of printed papers. */
#ifndef TRADEPOST_TESTING_PAPER_FIXTURE_H
#define TRADEPOST_TESTING_PAPER_FIXTURE_H

#include "pdf/layout.h"

/** Values that differ from the sample's own. */
typedef struct PaperChange {
    const char *name;
    size_t row; /**< LAYOUT_NO_ROW: of the document */
    Text value;
} PaperChange;

/** A sample to be filled in. Rows repeat after the eight that it knows. */
typedef struct PaperSample {
    size_t rows;
    const PaperChange *changes;
    size_t change_count;
    unsigned serial; /**< goes into number, code and some values, so that no two papers are equal */
    Arena *arena;    /**< for the texts that are made on the way */
} PaperSample;

#define PAPER_FIXTURE_LAYOUT "src/capabilities/documents/types/certificate-of-origin.layout.json"

/** A PNG with a round emblem on transparent ground, 400 pixels a side. */
#define PAPER_FIXTURE_LOGO "src/testing/emblem.png"

/** The layout of the certificate of origin, from the source tree. */
const Layout *paper_fixture_layout(Arena *arena);
/** A fill that shows `sample`, which must outlive it, with a logo, in Macedonian besides English. */
LayoutFill paper_fixture_fill(const PaperSample *sample);
/** Name and value of the sample's `at`-th text of the document; false behind the last. */
bool paper_fixture_value(size_t at, const char **ret_name, const char **ret_value);
/** The same of a row of goods. */
bool paper_fixture_row_value(size_t row, size_t at, const char **ret_name, const char **ret_value);
#endif
