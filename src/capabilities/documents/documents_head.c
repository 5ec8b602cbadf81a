/** What pages about documents have in common. */
#include "capabilities/documents/documents_head.h"

#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_draw.h"
#include "capabilities/documents/documents_issue.h"

static const Field reason_fields[] = {
    FORM_FIELD(ReasonForm, reason, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Reason"), .required = true,
               .limit = 500),
};
const Form documents_reason_form = FORM(ReasonForm, reason_fields);

static const Field attach_fields[] = {
    FORM_FIELD(AttachForm, kind, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Kind of document"), .required = true,
               .limit = 60),
    FORM_FIELD(AttachForm, file, .kind = FIELD_FILE, .label = MESSAGE_INIT("File"),
               .hint = MESSAGE_INIT("A PDF, a picture (PNG or JPEG) or a UBL invoice (XML), at most 10 MB."),
               .required = true, .limit = 10 * 1024 * 1024),
};
const Form documents_attach_form = FORM(AttachForm, attach_fields);

const Form documents_nothing_form = {.name = "Nothing"};

static bool is(Text state, const char *word) {
    return text_equal(state, text_of(word));
}

static Status fill_link(Request *request, DocumentId document, DocumentsLink *link) {
    DocumentsRow other = {0};
    if (document.value == 0) {
        return STATUS_OK;
    }
    TRY(documents_by_id(request->connection, request->arena, request->chamber.id, document, &other));
    *link = (DocumentsLink){document, other.number, documents_state_label(other.state)};
    return STATUS_OK;
}

static Status fill_lock(Request *request, const DocumentsRow *document, DocumentsHead *head) {
    head->locked = document->locked_by.value != 0 && time_before(request->now, document->locked_until);
    head->locked_by_me = head->locked && document->locked_by.value == request->actor.account.value;
    head->locked_until = document->locked_until;
    if (head->locked && head->may_review) {
        Person person = {0};
        TRY(accounts_person(request->connection, request->arena, request->chamber.id, document->locked_by, &person));
        head->locked_name = person.name;
    }
    return STATUS_OK;
}

Status documents_head(Request *request, const DocumentsRow *document, DocumentsHead *ret_head) {
    const DocumentType *type = NULL;
    TRY(documents_type_of(document, &type));
    const Text state = document->state;
    const bool applies = (request->actor.roles & DOCUMENTS_APPLY.roles) != 0;
    const bool open = is(state, "draft") || is(state, "returned");
    DocumentsHead head = {
        .id = document->document_id,
        .type = type->title,
        .state_label = documents_state_label(state),
        .state = state,
        .number = document->number,
        .code = document->code,
        .exporter = document->exporter_name,
        .consignee = document->consignee_name,
        .version = document->version,
        .created = document->created_at,
        .submitted = document->submitted_at,
        .decided = document->decided_at,
        .issued = document->issued_at,
        .ended = document->ended_at,
        .officer = document->officer_name,
        .reason = document->ended_reason,
        .issuing = document->issuing,
        .issuing_note = document->issuing_note,
        .own = document->firm_id.value != 0 && document->firm_id.value == request->actor.firm.value,
        .may_download = document->pdf_size > 0,
    };
    const bool mine = head.own && applies;
    head.may_edit = head.may_submit = head.may_attach = mine && open;
    head.may_withdraw = mine && (open || is(state, "submitted"));
    head.may_copy = mine;
    head.may_replace = mine && is(state, "issued");
    head.may_review = documents_may_review(&request->actor);
    head.may_cancel = head.may_review && is(state, "issued");
    if (document->number.size > 0) {
        head.verify_address =
            documents_verify_address(request->arena, (Text){NULL, 0}, document->number, document->code);
    }
    TRY(fill_lock(request, document, &head));
    TRY(fill_link(request, document->replaces, &head.replaces));
    TRY(fill_link(request, document->replaced_by, &head.replaced_by));
    *ret_head = head;
    return STATUS_OK;
}

static Status try_printing(Connection *connection, void *context) {
    Request *request = context;
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    FormValues *values = NULL;
    request->connection = connection;
    const Status loaded = documents_load(request, PATH_ID(DocumentId, request, "document"), &row);
    request->connection = NULL;
    TRY(loaded);
    TRY(documents_type_of(&row, &type));
    TRY(documents_values(request->arena, type, row.body, &values));
    form_check(request->arena, values, NULL);
    return values->invalid
               ? STATUS_OK
               : documents_try_drawing(connection, request->arena, request->outside, request->chamber.id, &row);
}

Status documents_prepare_printable(Request *request) {
    const Status drawn = request_read(request, try_printing, request);
    if (drawn == STATUS_INVALID || drawn == STATUS_TOO_LARGE) {
        const Text words = arena_copy(request->arena, failure_take());
        return refuse_with(request, STATUS_INVALID, MESSAGE("This application can't be printed: {detail}"), words);
    }
    return drawn;
}

static Message attachment_label(const DocumentType *type, Text kind) {
    for (size_t i = 0; i < type->attachment_count; i++) {
        if (text_equal(type->attachments[i].kind, kind)) {
            return type->attachments[i].label;
        }
    }
    return MESSAGE("Other document");
}

Status documents_show_attachments(Request *request, const DocumentType *type, DocumentId document,
                                  DocumentsAttachmentLines *ret_lines) {
    DocumentsAttachmentRows rows = {0};
    TRY(documents_attachments(request->connection, request->arena, request->chamber.id, document, &rows));
    DocumentsAttachmentLine *items = arena_new_array(request->arena, DocumentsAttachmentLine, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        const DocumentsAttachmentRow *row = &rows.items[i];
        items[i] = (DocumentsAttachmentLine){.id = row->attachment_id,
                                             .document = document,
                                             .kind = attachment_label(type, row->kind),
                                             .kind_name = row->kind,
                                             .name = row->name,
                                             .media_type = row->media_type,
                                             .bytes = row->size,
                                             .kilobytes = (row->size + 1023) / 1024,
                                             .picture = text_starts_with(row->media_type, TEXT("image/")),
                                             .pdf = text_equal(row->media_type, TEXT("application/pdf")),
                                             .added = row->added_at};
    }
    *ret_lines = (DocumentsAttachmentLines){items, rows.count};
    return STATUS_OK;
}

Status documents_show_kinds(Request *request, const DocumentType *type, DocumentId document,
                            DocumentsKinds *ret_kinds) {
    DocumentsAttachmentRows rows = {0};
    TRY(documents_attachments(request->connection, request->arena, request->chamber.id, document, &rows));
    DocumentsKind *items = arena_new_array(request->arena, DocumentsKind, type->attachment_count + 1);
    for (size_t i = 0; i < type->attachment_count; i++) {
        const DocumentAttachmentKind *kind = &type->attachments[i];
        const AttachForm attach = {.kind = kind->kind};
        bool there = false;
        for (size_t k = 0; k < rows.count; k++) {
            there |= text_equal(rows.items[k].kind, kind->kind);
        }
        const FormValues *typed = request_values(request);
        const bool again =
            typed != NULL && typed->form == &documents_attach_form && text_equal(form_text(typed, "kind"), kind->kind);
        items[i] =
            (DocumentsKind){.name = kind->kind,
                            .label = kind->label,
                            .required = kind->required,
                            .missing = again || (kind->required && !there),
                            .values = again ? typed : form_of_struct(request->arena, &documents_attach_form, &attach)};
    }
    *ret_kinds = (DocumentsKinds){items, type->attachment_count};
    return STATUS_OK;
}

static Message act_label(Text act) {
    static const struct {
        const char *act;
        Message label;
    } labels[] = {
        {"create", MESSAGE_INIT("Draft created")},
        {"submit", MESSAGE_INIT("Submitted")},
        {"return", MESSAGE_INIT("Returned with remarks")},
        {"refuse", MESSAGE_INIT("Refused")},
        {"approve", MESSAGE_INIT("Approved")},
        {"issue", MESSAGE_INIT("Sealed and issued")},
        {"withdraw", MESSAGE_INIT("Withdrawn")},
        {"replace", MESSAGE_INIT("Replaced")},
        {"cancel", MESSAGE_INIT("Cancelled")},
        {"attach", MESSAGE_INIT("File attached")},
        {"detach", MESSAGE_INIT("File removed")},
        {"renew", MESSAGE_INIT("Protection renewed")},
        {"retry", MESSAGE_INIT("Tried again")},
        {"ask-replacement", MESSAGE_INIT("Replacement started")},
    };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (is(act, labels[i].act)) {
            return labels[i].label;
        }
    }
    return MESSAGE("Changed");
}

Status documents_show_history(Request *request, DocumentId document, DocumentsHistoryLines *ret_lines) {
    DocumentsEventRows rows = {0};
    TRY(documents_events(request->connection, request->arena, request->chamber.id, document, &rows));
    DocumentsHistoryLine *items = arena_new_array(request->arena, DocumentsHistoryLine, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = (DocumentsHistoryLine){.at = rows.items[i].at,
                                          .person = rows.items[i].person_name,
                                          .words = rows.items[i].words,
                                          .act_name = rows.items[i].act,
                                          .act = act_label(rows.items[i].act)};
    }
    *ret_lines = (DocumentsHistoryLines){items, rows.count};
    return STATUS_OK;
}

static Message field_label(const DocumentType *type, Text field) {
    for (size_t i = 0; i < type->form.count; i++) {
        if (text_equal(text_of(type->form.fields[i].name), field)) {
            return type->form.fields[i].label;
        }
    }
    return MESSAGE("The whole application");
}

static void put_beside(DocumentContent *content, Text field, Text words) {
    if (content == NULL) {
        return;
    }
    if (text_equal(field, content->lines_field)) {
        content->lines_remark = words;
    }
    for (size_t i = 0; i < content->answers.count; i++) {
        if (text_equal(content->answers.items[i].field, field)) {
            content->answers.items[i].remark = words;
        }
    }
}

Status documents_show_remarks(Request *request, const DocumentType *type, const DocumentsRow *document,
                              DocumentContent *content, DocumentsRemarkLines *ret_lines) {
    DocumentsRemarksRows rows = {0};
    TRY(documents_remarks(request->connection, request->arena, request->chamber.id, document->document_id, &rows));
    DocumentsRemarkLine *items = arena_new_array(request->arena, DocumentsRemarkLine, rows.count + 1);
    const int64_t latest = rows.count == 0 ? 0 : rows.items[rows.count - 1].version;
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].version == latest) {
            items[count++] = (DocumentsRemarkLine){field_label(type, rows.items[i].field), rows.items[i].field,
                                                   rows.items[i].words, rows.items[i].version};
            put_beside(content, rows.items[i].field, rows.items[i].words);
        }
    }
    *ret_lines = (DocumentsRemarkLines){items, count};
    return STATUS_OK;
}

DocumentsLineList documents_lines(Request *request, const DocumentsListRows *rows) {
    DocumentsLine *items = arena_new_array(request->arena, DocumentsLine, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        const DocumentsListRow *row = &rows->items[i];
        const DocumentType *type = document_type(row->type);
        items[i] = (DocumentsLine){.id = row->document_id,
                                   .type = type == NULL ? NO_MESSAGE : type->title,
                                   .type_name = row->type,
                                   .state_label = documents_state_label(row->state),
                                   .state = row->state,
                                   .exporter = row->exporter_name,
                                   .consignee = row->consignee_name,
                                   .destination = row->destination_country,
                                   .reference = row->reference,
                                   .number = row->number,
                                   .changed = row->changed_at,
                                   .submitted = row->submitted_at,
                                   .issued = row->issued_at,
                                   .locked = row->locked_by.value != 0 && time_before(request->now, row->locked_until),
                                   .urgent = time_is_set(row->submitted_at) &&
                                             time_before(time_add(row->submitted_at, TIME_DAY), request->now)};
    }
    return (DocumentsLineList){items, rows->count};
}

static DocumentsStateChoices choices(Arena *arena, const char *const *states, size_t count, Text chosen) {
    DocumentsStateChoice *items = arena_new_array(arena, DocumentsStateChoice, count);
    for (size_t i = 0; i < count; i++) {
        const Text state = text_of(states[i]);
        items[i] = (DocumentsStateChoice){state, state.size == 0 ? MESSAGE("All") : documents_state_label(state),
                                          text_equal(state, chosen)};
    }
    return (DocumentsStateChoices){items, count};
}

DocumentsStateChoices documents_states(Arena *arena, Text chosen) {
    static const char *const states[] = {"",       "draft",    "submitted", "returned", "approved",
                                         "issued", "replaced", "cancelled", "refused",  "withdrawn"};
    return choices(arena, states, sizeof states / sizeof states[0], chosen);
}

DocumentsStateChoices documents_handed_in_states(Arena *arena, Text chosen) {
    static const char *const states[] = {"submitted", "returned",  "approved", "issued",
                                         "replaced",  "cancelled", "refused",  "withdrawn"};
    return choices(arena, states, sizeof states / sizeof states[0], chosen);
}
