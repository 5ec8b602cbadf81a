/**
 * The data inside a document: an application as UBL (or as plain JSON), by the table of its type, and back.
 *
 * The table stands in the type's description ("payload", docs/adding-a-document-type.md); nothing here knows any type.
 */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_UBL_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_UBL_H

#include "base/arena.h"

#define UBL_STEPS_MAXIMUM      12
#define UBL_ATTRIBUTES_MAXIMUM 4

/** One element on the way: "PartyName", or "SupportingDocumentReference#invoice" for one of several. */
typedef struct UblStep {
    Text name;
    Text label; /**< behind the #; empty for none */
} UblStep;

typedef struct UblAttribute {
    const char *name;
    Text words; /**< the value, or with `is_name` whose value it takes */
    bool is_name;
} UblAttribute;

typedef struct UblTable UblTable;

/** A line of the table: one element, whence its text comes, and where it goes back to. */
typedef struct UblEntry {
    Text path; /**< as written */
    UblStep steps[UBL_STEPS_MAXIMUM];
    size_t step_count;
    Text from;     /**< a field, or a value of the document itself as "number"; empty: `constant` */
    Text constant; /**< the text itself; of a tick: what stands for it; else what stands where `from` is empty */
    bool is_field; /**< `from` is a field of the form, so reading gives it back */
    bool is_tick;
    bool lines;           /**< for each line of the value one element above the last, as AddressLine/Line */
    const UblTable *rows; /**< an element for each row of the group `from`; NULL otherwise */
    UblAttribute attributes[UBL_ATTRIBUTES_MAXIMUM];
    size_t attribute_count;
} UblEntry;

struct UblTable {
    const UblEntry *items;
    size_t count;
};

typedef enum PayloadKind { PAYLOAD_NONE, PAYLOAD_UBL, PAYLOAD_JSON } PayloadKind;

/** What goes into the PDF as an attached file. */
typedef struct DocumentPayload {
    PayloadKind kind;
    Text file;             /**< name of the attached file */
    Text root, name_space; /**< of the XML */
    UblTable table;
} DocumentPayload;

/** "application/xml" or "application/json". */
Text payload_media_type(const DocumentPayload *payload);

struct DocumentType;
struct DocumentPaper;
struct json_t;

/**
 * Reads the member "payload" of a type's description, once its fields are read.
 *
 * @return STATUS_INVALID with words that name the line: an unknown member or name, or a field without a place
 */
MUST_USE Status ubl_table_read(Arena *arena, const struct json_t *description, const struct DocumentType *type,
                               DocumentPayload *ret_payload);

/** The file of a paper's data. Equal papers give equal bytes. @return STATUS_INVALID for a type without payload */
MUST_USE Status documents_payload(Arena *arena, const struct DocumentPaper *paper, Text *ret_bytes);

/** Whether papers have a value of their own by this name, as "number" or "chamber_country". */
bool documents_own_name(Text name);
/** Whether two entries stand below the same elements down to step `depth`. */
bool ubl_same_steps(const UblEntry *a, const UblEntry *b, size_t depth);

#endif
