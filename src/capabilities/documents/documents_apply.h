/** The exporter's side of an application, within this capability: handlers, forms, and what they share. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_APPLY_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_APPLY_H

#include "capabilities/documents/documents_store.h"
#include "http/route.h"

extern const Form documents_new_form, documents_submit_form;

Handler documents_new_show, documents_new_prepare, documents_new_submit, documents_edit_show, documents_edit_submit,
    documents_draft_submit, documents_check_show, documents_check_submit, documents_show_show;
FormChooser documents_edit_form, documents_draft_form;

Handler documents_attach_prepare, documents_attach_submit, documents_detach_submit, documents_attachment_show,
    documents_pdf_show;
Handler documents_withdraw_submit, documents_copy_submit, documents_replace_submit, documents_cancel_submit;

/** Loads the document of the path when it is of the actor's own firm. @return STATUS_NOT_FOUND otherwise */
MUST_USE Status documents_load_own(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type);
/** The same, when it may be changed now: a draft, or one that was sent back. @return STATUS_CONFLICT otherwise */
MUST_USE Status documents_load_open(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type);
/** 303 to /documents/ID with `page` behind it. */
MUST_USE Status documents_redirect(Request *request, const DocumentsRow *document, const char *page);
/** Shows an officer's words at a field of the form. */
void documents_mark(FormValues *values, Text field, Text words);

/**
 * Checks that a file is what its name says and keeps its bytes: for `prepare`, before the transaction.
 *
 * @return the status of refuse_field on "file" or "invoice" when it is something else
 */
MUST_USE Status documents_keep_file(Request *request, const Upload *file);
/** Adds a kept file to an application, inside the transaction. */
MUST_USE Status documents_attach_file(Request *request, DocumentId document, Text kind, const Upload *file);

#endif
