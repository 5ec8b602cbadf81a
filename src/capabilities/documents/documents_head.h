/** Filling what all pages about documents show: head, attachments, history, remarks, lists. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_HEAD_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_HEAD_H

#include "capabilities/documents/documents_pages.h"
#include "capabilities/documents/documents_store.h"

/** Who may do what with this document now. */
MUST_USE Status documents_head(Request *request, const DocumentsRow *document, DocumentsHead *ret_head);
MUST_USE Status documents_show_attachments(Request *request, const DocumentType *type, DocumentId document,
                                           DocumentsAttachmentLines *ret_lines);
MUST_USE Status documents_show_history(Request *request, DocumentId document, DocumentsHistoryLines *ret_lines);
/** The remarks on the latest version that has any; also puts them beside their answers in `content` (NULL: nowhere). */
MUST_USE Status documents_show_remarks(Request *request, const DocumentType *type, const DocumentsRow *document,
                                       DocumentContent *content, DocumentsRemarkLines *ret_lines);
/** Rows of a list as lines. */
DocumentsLineList documents_lines(Request *request, const DocumentsListRows *rows);

/** Draws the paper for trial, in a read transaction of its own, and refuses where a text cannot be printed: for
 * `prepare`, so that no writer waits for a drawing. An application that is not complete yet passes. */
MUST_USE Status documents_prepare_printable(Request *request);

/** The kinds of files that the type knows, each with its form; `missing` where a required one is not among `lines`. */
MUST_USE Status documents_show_kinds(Request *request, const DocumentType *type, DocumentId document,
                                     DocumentsKinds *ret_kinds);
/** The states as choices of a filter: all for a firm, those that officers see. */
DocumentsStateChoices documents_states(Arena *arena, Text chosen);
DocumentsStateChoices documents_handed_in_states(Arena *arena, Text chosen);

/** A form without fields. */
extern const Form documents_nothing_form;

/** A reason that an act needs. */
typedef struct ReasonForm {
    Text reason;
} ReasonForm;
extern const Form documents_reason_form;

/** A file for an application. */
typedef struct AttachForm {
    Text kind;
    Upload file;
} AttachForm;
extern const Form documents_attach_form;

#endif
