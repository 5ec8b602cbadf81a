/** What the files of the PDF/A checker share: the check under way, its faults, and how it reaches objects. */
#ifndef TRADEPOST_PDF_CONFORMANCE_INSIDE_H
#define TRADEPOST_PDF_CONFORMANCE_INSIDE_H

#include "base/buffer.h"
#include "pdf/conformance.h"
#include "pdf/conformance_rules.h"
#include "pdf/conformance_schema.h"

/* Forms in patterns in glyphs and so on: no honest file goes deeper. */
#define PDFA_DEPTH_MAX 24u

/** Components of the profile of the PDF/A output intent. */
typedef enum PdfaOutput { PDFA_OUTPUT_NONE, PDFA_OUTPUT_GRAY, PDFA_OUTPUT_RGB, PDFA_OUTPUT_CMYK } PdfaOutput;

typedef struct PdfaSeparation PdfaSeparation;
typedef struct PdfaFont PdfaFont;

/** The resources that content may name. */
typedef struct PdfaResources {
    const PdfValue *own;       /**< of the content itself; the null value when it has none */
    const PdfValue *inherited; /**< of what draws it; NULL when there is nothing around it */
} PdfaResources;

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
    uint16_t *seen;   /**< bits of PdfaSeen for each object number */
    size_t seen_size; /**< objects */
    unsigned depth;
    size_t work; /**< steps taken so far, against PDFA_WORK_MAX */
    PdfReference catalog_reference;
    const PdfValue *catalog;
    PdfaOutput output;
    unsigned nesting;      /**< how many files this one is embedded in */
    bool is_any_part;      /**< the file may name any part and level */
    bool has_docmdp;       /**< the permissions name a DocMDP signature */
    bool has_transparency; /**< of the page under way */
    double glyph_width;    /**< that the glyph of a Type 3 font named last */
    bool has_glyph_width;
    bool in_mask; /**< a soft mask is being painted */
    PdfaSeparation *separations;
    PdfaFont **fonts;         /**< by object number, where they were read */
    PdfaFont *direct_fonts;   /**< those that are no objects of their own */
    uint64_t *form_states;    /**< by object number: a bit for each state in which a form was followed */
    XmpExtensions extensions; /**< of the document's own metadata */
} PdfaCheck;

/** What has been checked of an object already. */
typedef enum PdfaSeen {
    PDFA_SEEN_ACTION = 1,
    PDFA_SEEN_METADATA = 2,
    PDFA_SEEN_FILE = 4,
    PDFA_SEEN_ASSOCIATED = 8,
    PDFA_SEEN_OUTLINE = 16,
    PDFA_SEEN_FIELD = 32,
    PDFA_SEEN_PAGE = 64,
    PDFA_SEEN_PROFILE = 128,
    PDFA_SEEN_ACTIVE = 256,      /**< a form that is being followed */
    PDFA_SEEN_TRANSPARENT = 512, /**< a form that brings transparency */
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
/** The dictionary has the key with a value other than null, which is the same as not having it. */
bool pdfa_has(PdfaCheck *check, const PdfValue *dictionary, const char *key);
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

/** An integer or real as a number. */
bool pdfa_number(const PdfValue *value, double *ret_number);
/** Four numbers. */
bool pdfa_rectangle(PdfaCheck *check, const PdfValue *value, double ret_sides[4]);

/** 6.4 to 6.11 but for files, and all pages. */
void pdfa_check_document(PdfaCheck *check);
/** 6.5.1: an action and those that follow it. */
void pdfa_check_action(PdfaCheck *check, const PdfValue *entry);
/** The actions of the entries A and AA. */
void pdfa_check_actions(PdfaCheck *check, const PdfValue *owner);
/** 6.3 */
void pdfa_check_annotations(PdfaCheck *check, const PdfValue *page);
/** 6.4.3 and 6.1.12 */
void pdfa_check_signatures(PdfaCheck *check);

/** Runs a check that has arena, bytes and flavour. @return as pdfa_check */
MUST_USE Status pdfa_run(const PdfaCheck *plan, PdfaReport *ret_report);
/** The part and level that a file's metadata name. @return STATUS_NOT_FOUND, and as pdf_open */
MUST_USE Status pdfa_claim(Arena *arena, Text pdf, Text *ret_part, Text *ret_level);

/** The null value. */
const PdfValue *pdfa_null_value(void);

/** 6.2.3; notes the output intent's colour space. */
void pdfa_check_output_intents(PdfaCheck *check);
/** 6.2.4: a colour space that is painted with. */
void pdfa_check_colour_space(PdfaCheck *check, const PdfaResources *resources, const PdfValue *entry);
/** A name or an array of a family that ISO 32000-1 knows. */
bool pdfa_is_colour_space(PdfaCheck *check, const PdfValue *space);
/** An ICCBased space of four components. */
bool pdfa_is_icc_cmyk(PdfaCheck *check, const PdfValue *space);

/** 6.2: the content of a page; `inherited` when the resources are not its own. */
void pdfa_check_page_content(PdfaCheck *check, const PdfValue *page, const PdfValue *resources, bool inherited);
/** 6.2: a form XObject that is drawn by itself, such as an annotation's appearance. */
void pdfa_check_form_content(PdfaCheck *check, const PdfValue *entry);

/** 6.8: embedded files of the document, and which of them are associated. */
void pdfa_check_embedded(PdfaCheck *check);

#endif
