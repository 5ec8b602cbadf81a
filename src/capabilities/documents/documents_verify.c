/** What the chamber attests to a stranger: valid, replaced, cancelled, or never issued. */
#include "capabilities/documents/documents_verify.h"

#include "base/digest.h"
#include "capabilities/documents/documents_content.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_pages.h"
#include "capabilities/documents/documents_store.h"
#include "documents_views.h"
#include "http/url.h"

enum { FILE_BYTES = 25 * 1024 * 1024 };

typedef struct VerifyForm {
    Text number, code;
} VerifyForm;
static const Field verify_fields[] = {
    FORM_FIELD(VerifyForm, number, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Number"), .limit = 80),
    FORM_FIELD(VerifyForm, code, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Code"), .limit = 20),
};
const Form documents_verify_form = FORM(VerifyForm, verify_fields);

typedef struct VerifyFileForm {
    Upload file;
} VerifyFileForm;
static const Field verify_file_fields[] = {
    FORM_FIELD(VerifyFileForm, file, .kind = FIELD_FILE, .label = MESSAGE_INIT("PDF file"), .required = true,
               .limit = FILE_BYTES),
};
const Form documents_verify_file_form = FORM(VerifyFileForm, verify_file_fields);

static DocumentsVerifyPage *new_page(Request *request) {
    DocumentsVerifyPage *page = arena_new(request->arena, DocumentsVerifyPage);
    page->chamber = request->chamber.name;
    page->values = form_empty(request->arena, &documents_verify_form);
    const FormValues *sent = request_values(request);
    const bool of_file = sent != NULL && sent->form == &documents_verify_file_form;
    page->upload = of_file ? sent : form_empty(request->arena, &documents_verify_file_form);
    return page;
}

/** The statements that the type lets strangers see. */
static Status fill_attested(Request *request, const DocumentType *type, Text body, DocumentsVerifyPage *page) {
    FormValues *values = NULL;
    TRY(documents_values(request->arena, type, body, &values));
    page->attested.items = arena_new_array(request->arena, DocumentAnswer, type->attested_count);
    for (size_t i = 0; i < type->attested_count; i++) {
        page->attested.items[i] = documents_answer(request->arena, request->language, type, values, type->attested[i]);
    }
    page->attested.count = type->attested_count;
    return STATUS_OK;
}

/** Whether the seal came from a test authority, by what its steps noted. */
static Status fill_test_seal(Request *request, const DocumentsRow *row, DocumentsVerifyPage *page) {
    DocumentsRevisionsRows revisions = {0};
    size_t at = 0;
    TRY(documents_revisions(request->connection, request->arena, request->chamber.id, row->document_id, &revisions));
    page->test_seal = revisions.count > 0 && text_find(revisions.items[0].steps, TEXT(DOCUMENTS_TEST_MARK "\n"), &at);
    return STATUS_OK;
}

static Status fill_verdict(Request *request, const DocumentsRow *row, DocumentsVerifyPage *page) {
    const DocumentType *type = NULL;
    TRY(documents_type_of(row, &type));
    page->verdict = text_equal(row->state, TEXT("issued")) ? TEXT("valid") : row->state;
    page->type = type->title;
    page->type_name = row->type;
    page->number = row->number;
    page->code = row->code;
    page->issued = row->issued_at;
    page->ended = row->ended_at;
    page->officer = row->officer_name;
    page->sha256 = page->sha256.size > 0 ? page->sha256 : hex_encode(request->arena, row->pdf_sha256);
    page->reason = text_equal(row->state, TEXT("cancelled")) ? row->ended_reason : (Text){NULL, 0};
    if (row->replaced_by.value != 0) {
        DocumentsRow replacement = {0};
        TRY(documents_by_id(request->connection, request->arena, request->chamber.id, row->replaced_by, &replacement));
        page->replaced_by = replacement.number;
    }
    TRY(fill_test_seal(request, row, page));
    return fill_attested(request, type, row->body, page);
}

/** Only what was issued is attested: an approved document is not there yet for strangers. */
static bool was_issued(const DocumentsRow *row) {
    return time_is_set(row->issued_at);
}

Status documents_verify_show(Request *request) {
    const FormValues *sent = request_values(request);
    /* The page is also shown again for a file that was not chosen: then the form is another one. */
    const VerifyForm *form = sent != NULL && sent->form == &documents_verify_form ? FORM_OF(VerifyForm, request) : NULL;
    if (form != NULL && form->number.size > 0 && form->code.size > 0) {
        const Text number = url_encode(request->arena, text_trim(form->number)),
                   code = url_encode(request->arena, text_trim(form->code));
        return redirect(request, "/verify/%.*s/%.*s", TEXT_ARG(number), TEXT_ARG(code));
    }
    return show(request, documents_verify_view(new_page(request)));
}

/* As people type it: in small letters, if so, where the number has capitals. */
static Status find_number(Request *request, Text number, DocumentsRows *ret_rows) {
    TRY(documents_by_number(request->connection, request->arena, request->chamber.id, number, ret_rows));
    if (ret_rows->count > 0) {
        return STATUS_OK;
    }
    char *capitals = arena_allocate(request->arena, number.size + 1);
    for (size_t i = 0; i < number.size; i++) {
        const char letter = number.data[i];
        capitals[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
    const Text in_capitals = {capitals, number.size};
    return documents_by_number(request->connection, request->arena, request->chamber.id, in_capitals, ret_rows);
}

Status documents_verify_code_show(Request *request) {
    DocumentsVerifyPage *page = new_page(request);
    const Text number = text_trim(request_path_text(request, "number")), typed = request_path_text(request, "code");
    Text code = {NULL, 0};
    page->number = number;
    page->code = typed;
    page->verdict = TEXT("not-issued");
    if (documents_code_read(request->arena, typed, &code) == STATUS_OK) {
        DocumentsRows rows = {0};
        TRY(find_number(request, number, &rows));
        for (size_t i = 0; i < rows.count; i++) {
            if (was_issued(&rows.items[i]) && text_equal_constant_time(rows.items[i].code, code)) {
                TRY(fill_verdict(request, &rows.items[i], page));
            }
        }
    }
    return show(request, documents_verify_view(page));
}

Status documents_verify_file_submit(Request *request) {
    const Text bytes = FORM_OF(VerifyFileForm, request)->file.bytes;
    const Sha256 digest = sha256(bytes);
    DocumentsVerifyPage *page = new_page(request);
    DocumentsByRevisionRows rows = {0};
    TRY(documents_by_revision(request->connection, request->arena, request->chamber.id, sha256_text(&digest), &rows));
    page->of_file = true;
    page->sha256 = sha256_hex(request->arena, &digest);
    page->verdict = TEXT("not-sealed");
    for (size_t i = 0; i < rows.count; i++) {
        DocumentsRow row = {0};
        TRY(documents_by_id(request->connection, request->arena, request->chamber.id, rows.items[i].document_id, &row));
        if (was_issued(&row)) {
            TRY(fill_verdict(request, &row, page));
        }
    }
    return show(request, documents_verify_view(page));
}
