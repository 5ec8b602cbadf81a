/** What the files of the PDF/A checker share: the check under way, its faults, and how it reaches objects. */
#ifndef TRADEPOST_PDF_CONFORMANCE_INSIDE_H
#define TRADEPOST_PDF_CONFORMANCE_INSIDE_H

#include "pdf/conformance.h"
#include "pdf/conformance_rules.h"
#include "pdf/conformance_schema.h"

/* Forms in patterns in glyphs and so on: no honest file goes deeper. */
#define PDFA_DEPTH_MAX 24u

/** Components of the profile of the PDF/A output intent. */
typedef enum PdfaOutput { PDFA_OUTPUT_NONE, PDFA_OUTPUT_GRAY, PDFA_OUTPUT_RGB, PDFA_OUTPUT_CMYK } PdfaOutput;

/** One check. The first status that is not about the file's conformance ends it. */
typedef struct PdfaCheck {
    Arena *arena;
    PdfFile *file;
    Text bytes;
    PdfaFlavour flavour;
    Status status;
    PdfReference at; /**< where faults are noted */
    PdfaFault *faults;
    size_t fault_count;
    bool has_fault;
    uint8_t *seen;    /**< bits of PdfaSeen for each object number */
    size_t seen_size; /**< objects */
    unsigned depth;
    size_t work; /**< steps taken so far, against PDFA_WORK_MAX */
    PdfReference catalog_reference;
    const PdfValue *catalog;
    PdfaOutput output;
    XmpExtensions extensions; /**< of the document's own metadata */
} PdfaCheck;

/** What has been checked of an object already. */
typedef enum PdfaSeen {
    PDFA_SEEN_ACTION = 1,
    PDFA_SEEN_METADATA = 2,
    PDFA_SEEN_FILE = 4,
    PDFA_SEEN_ASSOCIATED = 8,
} PdfaSeen;

/** Notes a fault at the current object, once. */
void pdfa_fault(PdfaCheck *check, PdfaRule rule);
/** Notes a fault with more words: they are put behind the rule's own. */
PRINTF_LIKE(3, 4) void pdfa_fault_of(PdfaCheck *check, PdfaRule rule, const char *format, ...);
/** Takes the status of the reader: a damaged object is a fault, anything else ends the check. True when it was OK. */
bool pdfa_took(PdfaCheck *check, Status status);
/** False when the check is to end: past a limit. Counts a step of work. */
bool pdfa_goes_on(PdfaCheck *check);

/** The entry, resolved; the null value when absent or damaged. */
const PdfValue *pdfa_get(PdfaCheck *check, const PdfValue *dictionary, const char *key);
/** The value itself, resolved. */
const PdfValue *pdfa_resolve(PdfaCheck *check, const PdfValue *value);
/** The reference that `value` is; else the current object's. */
PdfReference pdfa_place(const PdfaCheck *check, const PdfValue *value);
/** Marks an object as seen; true when it was not before. Values that are no objects are never seen. */
bool pdfa_first_time(PdfaCheck *check, const PdfValue *value, PdfaSeen seen);
bool pdfa_was_seen(const PdfaCheck *check, const PdfValue *value, PdfaSeen seen);
static inline bool pdfa_is(const PdfValue *value) {
    return value->kind != PDF_NULL;
}
static inline bool pdfa_is_dictionary(const PdfValue *value) {
    return value->kind == PDF_DICTIONARY || value->kind == PDF_STREAM;
}

/** 6.1: header, trailer, cross-references, and every object. */
void pdfa_check_file(PdfaCheck *check);
/** Strings, names and numbers of a value, which may be an operand of content. */
void pdfa_check_value(PdfaCheck *check, const PdfValue *value, unsigned depth);

/** 6.6: the metadata stream of the document. */
void pdfa_check_metadata(PdfaCheck *check, const PdfValue *owner, bool is_main);

/** 6.6.2.3: the extension schemas of a packet; adds what they describe. */
void pdfa_check_extensions(PdfaCheck *check, const XmpNode *container, XmpExtensions *extensions);

/** 6.8: a file specification. */
void pdfa_check_file_specification(PdfaCheck *check, const PdfValue *value);
/** 6.8: embedded files of the document, and which of them are associated. */
void pdfa_check_embedded(PdfaCheck *check);

#endif
