/** The queue, an application under review, and the officer's decision. */
#include "capabilities/documents/documents_review.h"

#include <string.h>

#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_mail.h"
#include "documents_views.h"
#include "html/list.h"
#include "http/url.h"

enum { QUEUE_LINES = 50, REGISTER_LINES = 50 };

typedef struct QueueFilter {
    Text search, state;
    int64_t page;
} QueueFilter;
static const Field queue_fields[] = {
    FORM_FIELD(QueueFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Firm, consignee or invoice"),
               .limit = 100),
    FORM_FIELD(QueueFilter, state, .kind = FIELD_TEXT, .label = MESSAGE_INIT("State"), .limit = 20),
    FORM_FIELD(QueueFilter, page, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Page"), .minimum = 1,
               .maximum = 100000),
};
const Form documents_queue_form = FORM(QueueFilter, queue_fields);

static Status count_of(Request *request, Text state, Text search, int64_t *ret_count) {
    DocumentsCountQueueRow row = {0};
    TRY(documents_count_queue(request->connection, request->arena, request->chamber.id, state, search, &row));
    *ret_count = row.total;
    return STATUS_OK;
}

/** Who works on what: names of the officers whose locks hold. */
static Status name_locks(Request *request, const DocumentsListRows *rows, DocumentsLineList *lines) {
    People staff = {0};
    TRY(accounts_people(request->connection, request->arena, request->chamber.id, (FirmId){0}, &staff));
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < staff.count && lines->items[i].locked; k++) {
            if (staff.items[k].account.value == rows->items[i].locked_by.value) {
                lines->items[i].locked_name = staff.items[k].name;
            }
        }
    }
    return STATUS_OK;
}

Status documents_queue_show(Request *request) {
    static const QueueFilter nothing = {.page = 1};
    const QueueFilter *filter = request_form(request) == NULL ? &nothing : FORM_OF(QueueFilter, request);
    const int64_t number = filter->page < 1 ? 1 : filter->page;
    const Text state = filter->state.size == 0 ? TEXT("submitted") : filter->state;
    const Text pattern = search_pattern(request->arena, filter->search), all = {NULL, 0};
    DocumentsListRows rows = {0};
    TRY(documents_queue(request->connection, request->arena,
                        &(DocumentsQueue){.chamber = request->chamber.id,
                                          .state = state,
                                          .search = pattern,
                                          .limit = QUEUE_LINES,
                                          .skip = (number - 1) * QUEUE_LINES},
                        &rows));
    DocumentsListPage *page = arena_new(request->arena, DocumentsListPage);
    page->search = filter->search;
    page->states = documents_states(request->arena, state);
    page->filtered = filter->search.size > 0;
    page->lines = documents_lines(request, &rows);
    TRY(name_locks(request, &rows, &page->lines));
    TRY(count_of(request, TEXT("submitted"), all, &page->waiting));
    TRY(count_of(request, TEXT("approved"), all, &page->issuing));
    TRY(count_of(request, state, pattern, &page->paging.total));
    const Text others = url_query_without(request->arena, request->query, TEXT("page"));
    page->paging.address = arena_format(request->arena, "/review?%.*s", TEXT_ARG(others));
    page->paging.page = number;
    page->paging.size = QUEUE_LINES;
    return show(request, documents_queue_view(page));
}

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
    documents_content(request->arena, request->language, type, values, &page->content);
    TRY(documents_show_attachments(request, type, row.document_id, &page->attachments));
    TRY(documents_show_history(request, row.document_id, &page->history));
    TRY(documents_show_remarks(request, type, &row, NULL, &page->remarks));
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
    const DocumentActor actor = documents_actor(request);
    return documents_record(request->connection, request->arena, request->chamber.id, row->document_id, &actor,
                            decision->act, reason);
}

static Status approve(Request *request, const DocumentsRow *row) {
    static const Decision approval = {"approve", "approved", "approve", DOCUMENTS_MAIL_ISSUED};
    const Status drawn =
        documents_try_drawing(request->connection, request->arena, request->outside, request->chamber.id, row);
    if (drawn == STATUS_INVALID || drawn == STATUS_TOO_LARGE) {
        const Text failure = failure_take();
        const Text words = arena_format(request->arena, "This application can't be printed: %.*s", TEXT_ARG(failure));
        return refuse(request, STATUS_INVALID, (Message){words.data});
    }
    TRY(drawn);
    TRY(decide(request, row, &approval, (Text){NULL, 0}));
    TRY(documents_begin_issuing(request->connection, request->arena, request->chamber.id, row->document_id));
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

/* The register. */

typedef struct RegisterFilter {
    Text search;
    int64_t before;
} RegisterFilter;
static const Field register_fields[] = {
    FORM_FIELD(RegisterFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Number, firm, consignee or invoice"),
               .limit = 100),
    FORM_FIELD(RegisterFilter, before, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Before"), .minimum = 0,
               .maximum = INT64_MAX),
};
const Form documents_register_form = FORM(RegisterFilter, register_fields);

Status documents_register_show(Request *request) {
    static const RegisterFilter nothing = {.before = 0};
    const RegisterFilter *filter = request_form(request) == NULL ? &nothing : FORM_OF(RegisterFilter, request);
    const Time before = {filter->before > 0 ? filter->before : INT64_MAX};
    DocumentsRegisterRows rows = {0};
    TRY(documents_register(request->connection, request->arena, request->chamber.id, before,
                           search_pattern(request->arena, filter->search), REGISTER_LINES + 1, &rows));
    DocumentsRegisterPage *page = arena_new(request->arena, DocumentsRegisterPage);
    page->search = filter->search;
    page->lines.count = rows.count > REGISTER_LINES ? REGISTER_LINES : rows.count;
    page->lines.items = arena_new_array(request->arena, DocumentsRegisterLine, page->lines.count + 1);
    for (size_t i = 0; i < page->lines.count; i++) {
        const DocumentsRegisterRow *row = &rows.items[i];
        const DocumentType *type = document_type(row->type);
        page->lines.items[i] = (DocumentsRegisterLine){.id = row->document_id,
                                                       .type = type == NULL ? NO_MESSAGE : type->title,
                                                       .type_name = row->type,
                                                       .state = row->state,
                                                       .state_label = documents_state_label(row->state),
                                                       .number = row->number,
                                                       .exporter = row->exporter_name,
                                                       .consignee = row->consignee_name,
                                                       .origin = row->origin_country,
                                                       .destination = row->destination_country,
                                                       .officer = row->officer_name,
                                                       .issued = row->issued_at};
    }
    if (rows.count > REGISTER_LINES) {
        const Text others = url_query_without(request->arena, request->query, TEXT("before"));
        page->older =
            arena_format(request->arena, "/register?%.*s%sbefore=%lld", TEXT_ARG(others), others.size > 0 ? "&" : "",
                         (long long)rows.items[REGISTER_LINES - 1].issued_at.microseconds);
    }
    return show(request, documents_register_view(page));
}
