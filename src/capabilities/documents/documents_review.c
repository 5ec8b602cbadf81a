/** An application under review, and the officer's decision. */
#include "capabilities/documents/documents_review.h"

#include <string.h>

#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_issue_progress.h"
#include "capabilities/documents/documents_mail.h"
#include "documents_views.h"
#include "html/list.h"
#include "http/url.h"

static Status load(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type) {
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), ret_document));
    return documents_type_of(ret_document, ret_type);
}

Status documents_review_form(Request *request, const Form **ret_form) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(load(request, &row, &type));
    *ret_form = &type->review_form;
    return STATUS_OK;
}

/** Puts what the officer typed beside its box again, when the page is shown once more. */
static void put_typed(const FormValues *typed, DocumentContent *content) {
    if (typed == NULL) {
        return;
    }
    const size_t start = sizeof "remark_" - 1;
    for (size_t i = 0; i < typed->form->count; i++) {
        const Text name = text_of(typed->form->fields[i].name);
        const Text field = text_slice(name, start, name.size);
        for (size_t k = 0; k < content->answers.count; k++) {
            if (text_equal(content->answers.items[k].field, field)) {
                content->answers.items[k].remark = typed->items[i].text;
            }
        }
        if (field.size > 0 && text_equal(content->lines_field, field)) {
            content->lines_remark = typed->items[i].text;
        }
    }
}

Status documents_review_show(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    FormValues *values = NULL;
    TRY(load(request, &row, &type));
    TRY(documents_values(request->arena, type, row.body, &values));
    DocumentsReviewPage *page = arena_new(request->arena, DocumentsReviewPage);
    TRY(documents_head(request, &row, &page->head));
    page->type_name = row.type;
    page->values = values;
    documents_content(request->arena, request->language, type, values, &page->content);
    TRY(documents_show_attachments(request, type, row.document_id, &page->attachments));
    TRY(documents_show_history(request, row.document_id, &page->history));
    TRY(documents_show_remarks(request, type, &row, NULL, &page->remarks));
    TRY(documents_show_progress(request, &row, &page->progress));
    put_typed(request_values(request), &page->content);
    page->decision = request_values(request);
    if (page->decision == NULL) {
        page->decision = form_empty(request->arena, &type->review_form);
    }
    page->nothing = form_empty(request->arena, &documents_nothing_form);
    return show(request, documents_review_view(page));
}

static Status to_review(Request *request, DocumentId document) {
    char id[ID_TEXT_SIZE + 1];
    id_write(document.value, id);
    return redirect(request, "/review/%s", id);
}

Status documents_lock_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    int64_t changed = 0;
    TRY(load(request, &row, &type));
    TRY(documents_lock(request->connection,
                       &(DocumentsLock){.chamber = request->chamber.id,
                                        .document = row.document_id,
                                        .account = request->actor.account,
                                        .now = request->now,
                                        .until = time_add(request->now, DOCUMENTS_LOCK)},
                       &changed));
    if (changed != 1) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("A colleague is working on this application, or it has been decided already."));
    }
    return to_review(request, row.document_id);
}

Status documents_unlock_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    int64_t changed = 0;
    TRY(load(request, &row, &type));
    TRY(documents_unlock(request->connection, request->chamber.id, row.document_id, request->actor.account, &changed));
    return redirect(request, "/review");
}

/** Keeps the remarks of the form and gathers them for the mail, in the exporter's language. */
static Status keep_remarks(Request *request, const DocumentsRow *row, const DocumentType *type,
                           const Language *language, Text *ret_words) {
    const FormValues *values = request_values(request);
    Buffer words = buffer_make(request->arena, 64 * 1024);
    for (size_t i = 0; i < type->form.count; i++) {
        const Text remark = values->items[i].text; /* the review form's fields stand in the order of the type's own */
        if (remark.size == 0) {
            continue;
        }
        TRY(documents_insert_remark(request->connection,
                                    &(DocumentsInsertRemark){.chamber = request->chamber.id,
                                                             .document = row->document_id,
                                                             .remark = {id_make()},
                                                             .version = row->version,
                                                             .field = text_of(type->form.fields[i].name),
                                                             .words = remark,
                                                             .now = request->now,
                                                             .account = request->actor.account}));
        const Text label = message_text(language, type->form.fields[i].label);
        buffer_format(&words, "%.*s: %.*s\n", TEXT_ARG(label), TEXT_ARG(remark));
    }
    const Text reason = form_text(values, "reason");
    buffer_append(&words, reason);
    *ret_words = text_trim((Text){words.data, words.size});
    return STATUS_OK;
}

typedef struct Decision {
    const char *action, *state, *act;
    DocumentsMail mail;
} Decision;

static Status decide(Request *request, const DocumentsRow *row, const Decision *decision, Text reason) {
    int64_t changed = 0;
    TRY(documents_decide(request->connection,
                         &(DocumentsDecide){.chamber = request->chamber.id,
                                            .document = row->document_id,
                                            .account = request->actor.account,
                                            .officer = request->actor.name,
                                            .now = request->now,
                                            .state = text_of(decision->state),
                                            .reason = reason},
                         &changed));
    if (changed != 1) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("A colleague has taken this application over, or it has changed. Open it again."));
    }
    if (text_equal(text_of(decision->state), TEXT("approved"))) {
        TRY(documents_begin_issuing(request->connection, request->arena, request->chamber.id, row->document_id));
    }
    const DocumentActor actor = documents_actor(request);
    return documents_record(request->connection, request->arena, request->chamber.id, row->document_id, &actor,
                            decision->act, reason);
}

static Status approve(Request *request, const DocumentsRow *row) {
    static const Decision approval = {"approve", "approved", "approve", DOCUMENTS_MAIL_ISSUED};
    TRY(decide(request, row, &approval, (Text){NULL, 0}));
    notice(request, MESSAGE("Approved. The document is being sealed."));
    return redirect(request, "/review");
}

static Status send_back(Request *request, const DocumentsRow *row, const DocumentType *type, const Decision *decision) {
    Text words = {NULL, 0};
    ChamberLetterhead letterhead = {0};
    Person person = {0};
    const Status found =
        accounts_person(request->connection, request->arena, request->chamber.id, row->submitted_by, &person);
    if (found != STATUS_OK && found != STATUS_NOT_FOUND) {
        return found;
    }
    const Language *language = language_of_tag(person.language);
    TRY(keep_remarks(request, row, type, language == NULL ? language_english() : language, &words));
    if (words.size == 0) {
        return refuse_field(request, "reason",
                            MESSAGE("Enter a remark beside the box that must be corrected, or a reason here."));
    }
    TRY(decide(request, row, decision, form_text(request_values(request), "reason")));
    TRY(chambers_letterhead(request->connection, request->arena, request->outside, request->chamber.id, &letterhead));
    TRY(documents_mail(request->connection, request->arena, request->chamber.id, &letterhead, row, decision->mail,
                       words));
    notice(request, MESSAGE("Returned. The exporter gets an e-mail with your remarks."));
    return redirect(request, "/review");
}

Status documents_decide_prepare(Request *request) {
    return text_equal(request_action(request), TEXT("approve")) ? documents_prepare_printable(request) : STATUS_OK;
}

Status documents_decide_submit(Request *request) {
    static const Decision decisions[] = {{"return", "returned", "return", DOCUMENTS_MAIL_RETURNED},
                                         {"refuse", "refused", "refuse", DOCUMENTS_MAIL_REFUSED}};
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(load(request, &row, &type));
    const Text action = request_action(request);
    if (text_equal(action, TEXT("approve"))) {
        return approve(request, &row);
    }
    for (size_t i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        if (text_equal(action, text_of(decisions[i].action))) {
            return send_back(request, &row, type, &decisions[i]);
        }
    }
    return refuse(request, STATUS_INVALID, MESSAGE("Choose one of the buttons: approve, return or refuse."));
}
