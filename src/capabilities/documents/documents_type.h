/** Document types as data: fields, rules, numbering, layout and mappings of each type, read from types/NAME.type.json.
 */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_TYPE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_TYPE_H

#include "capabilities/documents/documents_ubl.h"
#include "html/form.h"
#include "pdf/layout.h"

/** An attachment that goes with an application. */
typedef struct DocumentAttachmentKind {
    Text kind;
    Message label;
    bool required;
} DocumentAttachmentKind;

/** What the type's description says of a field beyond the form. */
typedef struct DocumentField {
    Text box;     /**< number of the printed box, "6" */
    Text firm;    /**< which of the firm's data fills it at first: name, address, country; or empty */
    Text invoice; /**< which part of an invoice fills it: "seller.name"; or empty */
} DocumentField;

typedef enum DocumentRuleKind {
    RULE_ONE_OF,        /**< at least one of the fields is filled or ticked */
    RULE_NOT_IN_FUTURE, /**< a date is not after today */
    RULE_NOT_ABOVE      /**< the first number is not above the second, where both are given */
} DocumentRuleKind;

typedef struct DocumentRule {
    DocumentRuleKind kind;
    const char *group; /**< the rule holds in each row of this group; NULL: over the form itself */
    const char *fields[4];
    size_t count;
    Message text;
} DocumentRule;

/** A type of document. Lives as long as the process. */
typedef struct DocumentType {
    Text name;
    Message title, summary;
    Message section, hint; /**< where it stands among the types, and what one needs for it; may be none */
    bool usual;            /**< the one that is meant where none is named */
    Text series, numbering;
    Text layout_name;     /**< of the layout's file, beside the type's own */
    const Layout *layout; /**< how it is printed; NULL from document_type_of_json */
    Form form;
    Form draft_form;             /**< the same fields, all of them free text and none required: what a draft may hold */
    Form review_form;            /**< a field remark_NAME for each field, and `reason` */
    const DocumentField *fields; /**< parallel to form.fields */
    const DocumentField *line_fields; /**< parallel to the fields of the form's group; NULL without one */
    const char *group;                /**< name of the group of lines; NULL without one */
    const DocumentRule *rules;
    size_t rule_count;
    const DocumentAttachmentKind *attachments;
    size_t attachment_count;
    /** Fields whose values the register keeps in columns; NULL: none. */
    const char *exporter, *consignee, *origin, *destination, *reference;
    const char *const *attested; /**< fields that the verification page shows */
    size_t attested_count;
    DocumentPayload payload; /**< the data inside the file */
    /** Kind of the attachment that is the document: the firm's own PDF is sealed, and the drawn paper goes into it.
     * Empty: the drawn paper is the document. */
    Text own_file;
} DocumentType;

typedef struct DocumentTypes {
    const DocumentType *items;
    size_t count;
} DocumentTypes;

/**
 * Reads one type from its JSON.
 *
 * @return STATUS_INVALID with the place and the mend when the description breaks a rule
 */
MUST_USE Status document_type_of_json(Arena *arena, Text json, DocumentType *ret_type);

/** Reads the types of this build and those under `directory`/types (empty: none). Once, before anything else here.
 * @return STATUS_INVALID naming file and place */
MUST_USE Status document_types_load(Text directory);
/** All, by name. */
DocumentTypes document_types(void);
/** NULL when there is no such type. */
const DocumentType *document_type(Text name);

/** The word of a kind of field in the descriptions: "long-text". */
Text document_field_kind(FieldKind kind);
/** The type that is meant where none is named; NULL where none says so. */
const DocumentType *document_type_usual(void);
/** Whether files of this kind go with its applications. */
bool document_type_takes(const DocumentType *type, Text attachment_kind);

/** The form rule of every type: applies the type's rules to its values. */
void document_type_check(const Form *form, FormValues *values, const void *bound);

#endif
