/** Acts on a document as a whole: withdraw, copy, ask for a replacement, cancel. */
#include "capabilities/documents/documents_apply.h"
#include "capabilities/documents/documents_head.h"

Status documents_withdraw_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    int64_t changed = 0;
    const Text reason = FORM_OF(ReasonForm, request)->reason;
    TRY(documents_load_own(request, &row, &type));
    TRY(documents_withdraw(request->connection, request->chamber.id, row.document_id, request->now, reason, &changed));
    if (changed != 1) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("The chamber has decided on this application; it cannot be withdrawn any more."));
    }
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor, "withdraw",
                         reason));
    notice(request, MESSAGE("The application is withdrawn."));
    return documents_redirect(request, &row, "");
}

static Status copy_of(Request *request, const DocumentsRow *row, const DocumentType *type, DocumentId replaces) {
    FormValues *values = NULL;
    DocumentsRow made = {0};
    TRY(documents_values(request->arena, type, row->body, &values));
    const DocumentActor actor = documents_actor(request);
    TRY(documents_create(request->connection, request->arena, request->chamber.id, request->actor.firm, type, values,
                         replaces, &actor, &made.document_id));
    return documents_redirect(request, &made, "/edit");
}

Status documents_copy_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_own(request, &row, &type));
    notice(request, MESSAGE("This is a copy. Change what differs, then submit it."));
    return copy_of(request, &row, type, (DocumentId){0});
}

Status documents_replace_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    DocumentsReplacementOfRows open = {0};
    const Text reason = FORM_OF(ReasonForm, request)->reason;
    TRY(documents_load_own(request, &row, &type));
    if (!text_equal(row.state, TEXT("issued"))) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("Only an issued document can be replaced."));
    }
    TRY(documents_replacement_of(request->connection, request->arena, request->chamber.id, row.document_id,
                                 request->actor.firm, &open));
    if (open.count > 0) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("A replacement of this document has been started already. Find it in your list."));
    }
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor,
                         "ask-replacement", reason));
    notice(request,
           MESSAGE("This application will replace the issued document. Change what was wrong, then submit it."));
    return copy_of(request, &row, type, row.document_id);
}

Status documents_cancel_submit(Request *request) {
    DocumentsRow row = {0};
    int64_t changed = 0;
    const Text reason = FORM_OF(ReasonForm, request)->reason;
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    TRY(documents_cancel(request->connection, request->chamber.id, row.document_id, request->now, reason, &changed));
    if (changed != 1) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("Only an issued document can be cancelled."));
    }
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor, "cancel",
                         reason));
    notice(request, MESSAGE("The document is cancelled. Its verification page says so from now on."));
    return documents_redirect(request, &row, "");
}
