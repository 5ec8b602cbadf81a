/** Lists as CSV: read by an outside reader as they were typed, harmless to spreadsheets, whole past ten thousand lines.
 */
#include <jansson.h>

#include "capabilities/documents/documents_store.h"
#include "testing/nasty.h"
#include "testing/site.h"

enum { MANY = 10002, SUBJECT_COLUMN = 5 };

static Status make_drafts(Connection *connection, void *context) {
    const Site *site = context;
    const DocumentType *type = document_type(TEXT("certificate-of-origin"));
    const DocumentActor actor = {{0}, TEXT_INIT("Ana Stojanova")};
    for (size_t i = 0; i < nasty_text_count; i++) {
        FormValues *values = form_empty(site->arena, &type->form);
        DocumentId document = {0};
        form_value(values, "consignee_name")->text = nasty_texts[i];
        TRY(documents_create(connection, site->arena, site->world->chamber, site->world->vino, type, values,
                             (DocumentId){0}, &actor, &document));
    }
    return STATUS_OK;
}

/* The rows as Python's reader finds them. */
static json_t *read_rows(Arena *arena, Text csv) {
    const Text path = arena_format(arena, "%s/list.csv", test_directory());
    FILE *file = fopen(path.data, "wb");
    CHECK(file != NULL && fwrite(csv.data, 1, csv.size, file) == csv.size && fclose(file) == 0);
    FILE *output = popen(arena_format(arena, "python3 tests/judges/read_csv.py %s", path.data).data, "r");
    CHECK(output != NULL);
    json_t *rows = json_loadf(output, 0, NULL);
    CHECK(pclose(output) == 0 && rows != NULL);
    return rows;
}

static Text cell_of(const json_t *rows, size_t row, size_t column) {
    const json_t *cell = json_array_get(json_array_get(rows, row), column);
    CHECK(cell != NULL);
    return (Text){json_string_value(cell), json_string_length(cell)};
}

static bool is_plain_number(Text cell) {
    return text_equal(cell, TEXT("-0")) || text_equal(cell, TEXT("-1.00")) ||
           text_equal(cell, TEXT("-9223372036854775808"));
}

SITE_TEST(csv_is_read_as_it_was_typed_and_runs_nothing) {
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    CHECK_OK(database_write(site->database, make_drafts, site));
    const HttpAnswer answer = site_get(&owner, "/documents.csv");
    CHECK_INT(answer.code, 200);
    CHECK_TEXT(http_header(&answer, "content-type"), "text/csv; charset=utf-8");
    CHECK(text_find(http_header(&answer, "content-disposition"), TEXT("documents.csv"), &(size_t){0}));
    json_t *rows = read_rows(site->arena, answer.body);
    CHECK_INT(json_array_size(rows), nasty_text_count + 1);
    CHECK_TEXT(cell_of(rows, 0, SUBJECT_COLUMN), "consignee");
    for (size_t i = 0; i < nasty_text_count; i++) {
        const Text typed = nasty_texts[nasty_text_count - 1 - i], cell = cell_of(rows, i + 1, SUBJECT_COLUMN);
        const bool guarded = text_find(TEXT("=+-@"), text_slice(typed, 0, 1), &(size_t){0}) && !is_plain_number(typed);
        const Text expected = guarded ? arena_format(site->arena, "'%.*s", TEXT_ARG(typed)) : typed;
        if (!text_equal(cell, expected)) {
            test_fail(__FILE__, __LINE__, "\"%.*s\" is read as \"%.*s\"", TEXT_ARG(typed), TEXT_ARG(cell));
        }
    }
    json_decref(rows);
}

/* All of them issued at the same moment, as a bulk run of a fast machine might do. */
static const char clones[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO documents_document "
    "(chamber_id, document_id, firm_id, type, state, version, body, exporter_name, consignee_name, origin_country, "
    "destination_country, reference, search, created_at, created_by, changed_at, submitted_at, submitted_by, "
    "locked_by, locked_until, decided_at, decided_by, officer_name, number, number_year, code, issuing, issuing_note, "
    "issued_at, pdf_sha256, pdf_size, replaces, replaced_by, ended_at, ended_reason) "
    "SELECT chamber_id, i * 7919, firm_id, type, 'issued', version, body, exporter_name, consignee_name, "
    "origin_country, destination_country, reference, search, created_at, created_by, changed_at, 1, submitted_by, "
    "locked_by, locked_until, decided_at, decided_by, officer_name, 'N' || CAST(i AS TEXT), 2024, code, issuing, "
    "issuing_note, 1700000000000000, pdf_sha256, pdf_size, replaces, replaced_by, ended_at, ended_reason "
    "FROM documents_document, n WHERE state = 'draft'";

static size_t count_lines(Text text) {
    size_t count = 0;
    for (; text.size > 0; count++) {
        text_cut(&text, '\n');
    }
    return count;
}

/* The path of a Link header with rel="next"; empty when there is none. */
static Text next_of(const HttpAnswer *answer) {
    Text link = http_header(answer, "link");
    CHECK(link.size == 0 || text_ends_with(link, TEXT(">; rel=\"next\"")));
    return text_slice(text_cut(&link, '>'), 1, SIZE_MAX);
}

static void check_parts(HttpClient *client, const char *path) {
    const HttpAnswer first = site_get(client, path);
    CHECK_INT(first.code, 200);
    CHECK_INT(count_lines(first.body), 10001); /* its head, and ten thousand */
    const Text more = next_of(&first);
    CHECK(more.size > 0);
    const HttpAnswer second = http_get(client, "GET", more, (Text){NULL, 0});
    CHECK_INT(count_lines(second.body), 1 + MANY - 10000);
    CHECK(next_of(&second).size == 0);
    for (Text rest = second.body, line = text_cut(&rest, '\n'); rest.size > 0;) {
        line = text_cut(&rest, '\n');
        CHECK(!text_find(first.body, text_cut(&line, ','), &(size_t){0})); /* no line is in both */
    }
}

SITE_TEST(a_csv_of_many_comes_in_parts) {
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    HttpClient officer = site_person(site, "officer@test.example", NULL);
    const HttpAnswer made =
        site_send(&owner, TEXT("/documents/new"), site_form_token(&owner), "type=certificate-of-origin");
    CHECK_INT(made.code, 303);
    site_sql(site, arena_format(site->arena, clones, MANY));
    check_parts(&owner, "/documents.csv?state=issued");
    check_parts(&officer, "/review.csv?state=issued");
    check_parts(&officer, "/register.csv");
    officer.accept = TEXT("application/json");
    const HttpAnswer first = site_get(&officer, "/register");
    json_t *page = json_loadb(first.body.data, first.body.size, 0, NULL);
    CHECK_INT(json_array_size(json_object_get(page, "documents")), 50);
    const HttpAnswer second =
        http_get(&officer, "GET", text_of(json_string_value(json_object_get(page, "older"))), (Text){NULL, 0});
    json_decref(page);
    page = json_loadb(second.body.data, second.body.size, 0, NULL);
    const json_t *documents = json_object_get(page, "documents");
    CHECK_INT(json_array_size(documents), 50);
    for (size_t i = 0; i < json_array_size(documents); i++) {
        const Text id = text_of(json_string_value(json_object_get(json_array_get(documents, i), "id")));
        CHECK(!text_find(first.body, id, &(size_t){0}));
    }
    json_decref(page);
}
