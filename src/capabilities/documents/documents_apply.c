/** The exporter's pages: list, new application (empty or from an invoice), draft, answer sheet, handing in. */
#include "capabilities/documents/documents_apply.h"

#include <string.h>

#include "base/log.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_data.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_issue_progress.h"
#include "capabilities/members/members.h"
#include "documents_views.h"

/* A new application. */

typedef struct NewForm {
    Text type;
    Upload invoice;
} NewForm;
static const Field new_fields[] = {
    FORM_FIELD(NewForm, type, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Kind of document"), .required = true,
               .limit = 60),
    FORM_FIELD(NewForm, invoice, .kind = FIELD_FILE, .label = MESSAGE_INIT("A file to begin with"),
               .hint =
                   MESSAGE_INIT("The invoice as a UBL file (XML), or the PDF of an earlier document: parties, goods "
                                "and numbers are filled in for you."),
               .limit = INVOICE_BYTES),
};
const Form documents_new_form = FORM(NewForm, new_fields);

static DocumentsFieldLines field_lines(Arena *arena, const Form *form) {
    DocumentsFieldLine *items = arena_new_array(arena, DocumentsFieldLine, form->count + 1);
    for (size_t i = 0; i < form->count; i++) {
        const Field *field = &form->fields[i];
        items[i] = (DocumentsFieldLine){.name = text_of(field->name),
                                        .kind = document_field_kind(field->kind),
                                        .label = field->label,
                                        .hint = field->hint,
                                        .required = field->required,
                                        .limit = (int64_t)field->limit,
                                        .options = {field->options, field->option_count}};
        if (field->kind == FIELD_GROUP) {
            const DocumentsFieldLines inner = field_lines(arena, field->group);
            items[i].fields.items = inner.items;
            items[i].fields.count = inner.count;
        }
    }
    return (DocumentsFieldLines){items, form->count};
}

static bool in_section(const DocumentType *type, Message section) {
    return text_equal(text_of(type->section.english), text_of(section.english));
}

static void add_choice(Arena *arena, const DocumentType *type, Message section, DocumentsNewPage *page) {
    const bool only = document_types().count == 1;
    page->types.items[page->types.count++] =
        (DocumentsTypeChoice){.section = section,
                              .name = type->name,
                              .title = type->title,
                              .summary = type->summary,
                              .need = type->hint,
                              .chosen = only || text_equal(type->name, form_text(page->values, "type")),
                              .fields = field_lines(arena, &type->form),
                              .attachments = {type->attachments, type->attachment_count}};
}

/** Adds the types of a section, unless an earlier type had the same. */
static void add_section(Arena *arena, size_t first, DocumentsNewPage *page) {
    const DocumentTypes types = document_types();
    const Message section = types.items[first].section;
    for (size_t i = 0; i < page->types.count; i++) {
        if (text_equal(page->types.items[i].name, types.items[first].name)) {
            return;
        }
    }
    Message heading = section;
    if (types.items[first].usual) {
        add_choice(arena, &types.items[first], heading, page);
        heading = NO_MESSAGE;
    }
    for (size_t i = 0; i < types.count; i++) {
        if (in_section(&types.items[i], section) && !(i == first && types.items[i].usual)) {
            add_choice(arena, &types.items[i], heading, page);
            heading = NO_MESSAGE;
        }
    }
}

Status documents_new_show(Request *request) {
    const DocumentTypes types = document_types();
    const DocumentType *usual = document_type_usual();
    DocumentsNewPage *page = arena_new(request->arena, DocumentsNewPage);
    page->values = request_values_or(request, &documents_new_form, NULL);
    page->types.items = arena_new_array(request->arena, DocumentsTypeChoice, types.count + 1);
    if (usual != NULL) {
        add_section(request->arena, (size_t)(usual - types.items), page);
    }
    for (size_t i = 0; i < types.count; i++) {
        add_section(request->arena, i, page);
    }
    return show(request, documents_new_view(page));
}

static Status refuse_file(Request *request, Status status) {
    if (status == STATUS_TOO_LARGE) {
        return refuse_field(request, "invoice", MESSAGE("The file has more lines than one document takes. Split it."));
    }
    return status == STATUS_UNAVAILABLE
               ? status
               : refuse_field(
                     request, "invoice",
                     MESSAGE("This file is no UBL invoice and no document of a chamber with data inside. Choose "
                             "another one, or start with an empty form."));
}

static Status refuse_type(Request *request) {
    return refuse_field(request, "type", MESSAGE("Choose one of the kinds of document."));
}

/** What a file fills. */
typedef struct Filled {
    FormValues *values;
    DataNotes notes;
} Filled;

/** Reads the file to begin with before the transaction opens: it takes long, and it happens in a jail. The file is kept
 * only when an application can be made of it. */
Status documents_new_prepare(Request *request) {
    const NewForm *form = FORM_OF(NewForm, request);
    const DocumentType *type = document_type(form->type);
    Text json = {NULL, 0};
    if (type == NULL || form->invoice.bytes.size == 0) {
        return type == NULL ? refuse_type(request) : STATUS_OK;
    }
    Status status = documents_data_read(request->arena, form->invoice.bytes, &json);
    if (status != STATUS_OK) {
        return refuse_file(request, status);
    }
    Filled *filled = arena_new(request->arena, Filled);
    filled->values = form_empty(request->arena, &type->form);
    status = documents_data_fill(request->arena, type, json, filled->values, &filled->notes);
    if (status != STATUS_OK) {
        return refuse_file(request, status);
    }
    filled->notes.is_invoice = filled->notes.is_invoice && document_type_takes(type, TEXT("invoice")) &&
                               !text_equal(type->own_file, TEXT("invoice"));
    request->prepared = filled;
    return filled->notes.is_invoice ? documents_keep_file(request, &form->invoice) : STATUS_OK;
}

/** What the firm's own data fill at first. */
static void fill_from_firm(Arena *arena, const DocumentType *type, const Firm *firm, FormValues *values) {
    for (size_t i = 0; i < type->form.count; i++) {
        const Text from = type->fields[i].firm;
        if (text_equal(from, TEXT("name"))) {
            values->items[i].text = firm->name;
        } else if (text_equal(from, TEXT("country"))) {
            values->items[i].text = firm->country;
        } else if (text_equal(from, TEXT("address"))) {
            values->items[i].text =
                arena_format(arena, "%.*s\n%.*s%s%.*s", TEXT_ARG(firm->street), TEXT_ARG(firm->postcode),
                             firm->postcode.size > 0 ? " " : "", TEXT_ARG(firm->city));
        }
    }
}

Status documents_new_submit(Request *request) {
    const NewForm *form = FORM_OF(NewForm, request);
    const DocumentType *type = document_type(form->type);
    const Filled *filled = request->prepared;
    if (type == NULL) {
        return refuse_type(request);
    }
    Firm firm = {0};
    TRY(members_firm(request->connection, request->arena, request->chamber.id, request->actor.firm, &firm));
    FormValues *values = filled == NULL ? form_empty(request->arena, &type->form) : filled->values;
    fill_from_firm(request->arena, type, &firm, values);
    DocumentId document = {0};
    const DocumentActor actor = documents_actor(request);
    TRY(documents_create(request->connection, request->arena, request->chamber.id, request->actor.firm, type, values,
                         (DocumentId){0}, &actor, &document));
    if (filled != NULL && filled->notes.is_invoice) {
        TRY(documents_attach_file(request, document, TEXT("invoice"), &form->invoice));
    }
    if (filled != NULL && filled->notes.invoice.credit_lines > 0) {
        notice(request, MESSAGE("Lines of the invoice that move no goods, such as credits, were left out."));
    }
    char id[ID_TEXT_SIZE + 1];
    id_write(document.value, id);
    return redirect(request, "/documents/%s/edit", id);
}

/* Editing. */

Status documents_load_own(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type) {
    DocumentsRow row = {0};
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    if (row.firm_id.value != request->actor.firm.value) {
        return STATUS_NOT_FOUND;
    }
    TRY(documents_type_of(&row, ret_type));
    *ret_document = row;
    return STATUS_OK;
}

Status documents_load_open(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type) {
    DocumentsRow row = {0};
    TRY(documents_load_own(request, &row, ret_type));
    if (!text_equal(row.state, TEXT("draft")) && !text_equal(row.state, TEXT("returned"))) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("This application has been submitted and cannot be changed now. Withdraw it, or wait for "
                              "the chamber."));
    }
    *ret_document = row;
    return STATUS_OK;
}

Status documents_edit_form(Request *request, const Form **ret_form) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_own(request, &row, &type));
    *ret_form = &type->form;
    return STATUS_OK;
}

Status documents_draft_form(Request *request, const Form **ret_form) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_own(request, &row, &type));
    *ret_form = &type->draft_form;
    return STATUS_OK;
}

Status documents_edit_show(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_open(request, &row, &type));
    DocumentsEditPage *page = arena_new(request->arena, DocumentsEditPage);
    TRY(documents_head(request, &row, &page->head));
    TRY(documents_show_remarks(request, type, &row, NULL, &page->remarks));
    page->values = request_values(request);
    if (page->values == NULL) {
        FormValues *values = NULL;
        TRY(documents_values(request->arena, type, row.body, &values));
        for (size_t i = 0; i < page->remarks.count; i++) {
            if (text_equal(row.state, TEXT("returned"))) {
                documents_mark(values, page->remarks.items[i].field, page->remarks.items[i].words);
            }
        }
        page->values = values;
    }
    return show(request, documents_edit_view(page));
}

void documents_mark(FormValues *values, Text field, Text words) {
    for (size_t i = 0; i < values->form->count; i++) {
        if (text_equal(text_of(values->form->fields[i].name), field)) {
            values->items[i].error = MESSAGE("The chamber says: {detail}");
            values->items[i].error_detail = words;
            values->invalid = true;
        }
    }
}

static Status write_values(Request *request, const DocumentsRow *row, const DocumentType *type) {
    DocumentColumns columns = {0};
    documents_columns(request->arena, type, request_values(request), &columns);
    int64_t changed = 0;
    TRY(documents_write_body(request->connection,
                             &(DocumentsWriteBody){.chamber = request->chamber.id,
                                                   .document = row->document_id,
                                                   .body = columns.body,
                                                   .exporter = columns.exporter,
                                                   .consignee = columns.consignee,
                                                   .origin = columns.origin,
                                                   .destination = columns.destination,
                                                   .reference = columns.reference,
                                                   .search = columns.search,
                                                   .now = request->now},
                             &changed));
    return changed == 1 ? STATUS_OK : STATUS_CONFLICT;
}

Status documents_redirect(Request *request, const DocumentsRow *row, const char *page) {
    char id[ID_TEXT_SIZE + 1];
    id_write(row->document_id.value, id);
    return redirect(request, "/documents/%s%s", id, page);
}

Status documents_edit_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_open(request, &row, &type));
    TRY(write_values(request, &row, type));
    return documents_redirect(request, &row, "/check");
}

Status documents_draft_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_load_open(request, &row, &type));
    TRY(write_values(request, &row, type));
    notice(request, MESSAGE("Your draft is saved."));
    return documents_redirect(request, &row, "");
}

/* The answer sheet and handing in. */

typedef struct SubmitForm {
    bool declaration;
} SubmitForm;
static const Field submit_fields[] = {
    FORM_FIELD(SubmitForm, declaration, .kind = FIELD_CHECK, .required = true,
               .label = MESSAGE_INIT("I declare that these statements are true and that I can prove each of them.")),
};
const Form documents_submit_form = FORM(SubmitForm, submit_fields);

/** The checked values, and the first kind of file that is still missing. */
static Status check_application(Request *request, const DocumentsRow *row, const DocumentType *type,
                                FormValues **ret_values, DocumentsKinds *ret_kinds, Message *ret_missing) {
    Message missing = NO_MESSAGE;
    TRY(documents_values(request->arena, type, row->body, ret_values));
    form_check(request->arena, *ret_values, NULL);
    TRY(documents_show_kinds(request, type, row->document_id, ret_kinds));
    for (size_t i = ret_kinds->count; i > 0; i--) {
        missing = ret_kinds->items[i - 1].missing ? ret_kinds->items[i - 1].label : missing;
    }
    *ret_missing = missing;
    return STATUS_OK;
}

Status documents_check_show(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    FormValues *values = NULL;
    TRY(documents_load_open(request, &row, &type));
    DocumentsCheckPage *page = arena_new(request->arena, DocumentsCheckPage);
    TRY(documents_head(request, &row, &page->head));
    TRY(check_application(request, &row, type, &values, &page->kinds, &page->missing_attachment));
    documents_content(request->arena, request->language, type, values, &page->content);
    TRY(documents_show_attachments(request, type, row.document_id, &page->attachments));
    page->wrong = values->invalid;
    page->problems = form_problems(request->arena, request->language, values);
    page->complete = !values->invalid && page->missing_attachment.english == NULL;
    page->submit = request_values_or(request, &documents_submit_form, NULL);
    return show(request, documents_check_view(page));
}

Status documents_check_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    FormValues *values = NULL;
    DocumentsKinds kinds = {0};
    Message missing = NO_MESSAGE;
    TRY(documents_load_open(request, &row, &type));
    TRY(check_application(request, &row, type, &values, &kinds, &missing));
    if (values->invalid) {
        return refuse(request, STATUS_INVALID,
                      MESSAGE("Some boxes still need your attention. Open the form: it shows what to correct."));
    }
    if (missing.english != NULL) {
        return refuse(request, STATUS_INVALID,
                      MESSAGE("A document that must go with this application is still missing. Attach it."));
    }
    int64_t changed = 0;
    TRY(documents_submit(request->connection, request->chamber.id, row.document_id, request->actor.account,
                         request->now, &changed));
    if (changed != 1) {
        return STATUS_CONFLICT;
    }
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor, "submit",
                         (Text){NULL, 0}));
    notice(request, MESSAGE("Your application is submitted. The chamber will look at it, and you will get an e-mail."));
    return documents_redirect(request, &row, "");
}

/* One document. */

Status documents_show_show(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    FormValues *values = NULL;
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    TRY(documents_type_of(&row, &type));
    TRY(documents_values(request->arena, type, row.body, &values));
    DocumentsShowPage *page = arena_new(request->arena, DocumentsShowPage);
    page->type_name = row.type;
    page->values = values;
    TRY(documents_head(request, &row, &page->head));
    documents_content(request->arena, request->language, type, values, &page->content);
    TRY(documents_show_attachments(request, type, row.document_id, &page->attachments));
    TRY(documents_show_kinds(request, type, row.document_id, &page->kinds));
    TRY(documents_show_history(request, row.document_id, &page->history));
    TRY(documents_show_remarks(request, type, &row, &page->content, &page->remarks));
    page->reason = request_values_or(request, &documents_reason_form, NULL);
    page->wrong = request_values(request) == NULL ? page->reason : request_values(request);
    page->nothing = form_empty(request->arena, &documents_nothing_form);
    TRY(documents_show_progress(request, &row, &page->progress));
    return show(request, documents_show_view(page));
}
