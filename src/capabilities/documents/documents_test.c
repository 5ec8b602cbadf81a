/** Tests of document types, invoices, codes, drawing, and of issuing with its crashes between steps. */
#include <dirent.h>
#include <fcntl.h>

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_draw.h"
#include "capabilities/documents/documents_invoice.h"
#include "capabilities/documents/documents_issue.h"
#include "outside/file.h"
#include "outside/outside.h"
#include "testing/test_database.h"

static const char type_start[] = "{\"name\":\"t\",\"title\":\"T\",\"summary\":\"S\",\"series\":\"X\",\"numbering\":\"{"
                                 "year}-{number}\",\"layout\":\"l\",";

static void check_type(const char *rest, Status expected, const char *words) {
    Arena *arena = arena_open(8 << 20);
    DocumentType type = {0};
    const Status status = document_type_of_json(arena, arena_format(arena, "%s%s}", type_start, rest), &type);
    const Text failure = test_failure();
    size_t at = 0;
    if (status != expected || (words != NULL && !text_find(failure, text_of(words), &at))) {
        test_fail(__FILE__, __LINE__, "%s: %s: %.*s", rest, status_name(status), TEXT_ARG(failure));
    }
    arena_close(arena);
}

TEST(a_type_with_a_mistake_is_refused_by_place) {
    const char *field = "{\"name\":\"a\",\"kind\":\"text\",\"label\":\"A\"}";
    Arena *arena = arena_open(1 << 20);
    check_type(arena_format(arena, "\"fields\":[%s]", field).data, STATUS_OK, NULL);
    check_type("\"fields\":[]", STATUS_INVALID, "fields");
    check_type("\"fields\":[{\"name\":\"A b\",\"kind\":\"text\",\"label\":\"A\"}]", STATUS_INVALID, "lower-case");
    check_type("\"fields\":[{\"name\":\"a\",\"kind\":\"colour\",\"label\":\"A\"}]", STATUS_INVALID, "a: \"kind\"");
    check_type("\"fields\":[{\"name\":\"a\",\"kind\":\"choice\",\"label\":\"A\"}]", STATUS_INVALID, "options");
    check_type("\"fields\":[{\"name\":\"a\",\"kind\":\"text\",\"labl\":\"A\"}]", STATUS_INVALID, "labl");
    check_type(arena_format(arena, "\"fields\":[%s,%s]", field, field).data, STATUS_INVALID, "two fields");
    check_type(arena_format(arena, "\"fields\":[%s],\"register\":{\"exporter\":\"b\"}", field).data, STATUS_INVALID,
               "exporter");
    check_type(arena_format(
                   arena, "\"fields\":[%s],\"rules\":[{\"rule\":\"one-of\",\"fields\":[\"b\"],\"text\":\"x\"}]", field)
                   .data,
               STATUS_INVALID, "rule names a field");
    check_type(arena_format(arena, "\"fields\":[%s],\"surprise\":1", field).data, STATUS_INVALID, "surprise");
    arena_close(arena);
}

static FormValues *certificate(Arena *arena) {
    const DocumentType *type = document_type(TEXT("certificate-of-origin"));
    CHECK(type != NULL);
    FormValues *values = NULL;
    CHECK_OK(form_of_json(
        arena, &type->form,
        TEXT("{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska "
             "12\",\"consignor_country\":\"MK\","
             "\"consignee_name\":\"Wein GmbH\",\"destination_country\":\"DE\",\"origin_country\":\"MK\","
             "\"invoice_number\":\"1\",\"invoice_date\":\"2024-05-06\",\"lines\":[{\"description\":\"Wine\","
             "\"quantity\":\"10\",\"unit\":\"LTR\",\"gross_weight\":\"12\",\"net_weight\":\"10\"}]}"),
        &values));
    return values;
}

static Text error_of(Arena *arena, FormValues *values) {
    form_check(arena, values, NULL);
    const FormProblems problems = form_problems(arena, language_english(), values);
    return problems.count == 0 ? (Text){NULL, 0} : problems.items[0].name;
}

TEST(the_rules_of_a_type_hold) {
    Arena *arena = arena_open(32 << 20);
    CHECK_OK(document_types_load((Text){NULL, 0}));
    CHECK_TEXT(error_of(arena, certificate(arena)), "");
    FormValues *heavy = certificate(arena);
    form_value(&form_value(heavy, "lines")->rows.items[0], "net_weight")->text = TEXT("12.001");
    CHECK_TEXT(error_of(arena, heavy), "lines[0].net_weight");
    FormValues *tomorrow = certificate(arena);
    form_value(tomorrow, "invoice_date")->text = time_iso_date(arena, time_add(clock_now(), 3 * TIME_DAY));
    CHECK_TEXT(error_of(arena, tomorrow), "invoice_date");
    FormValues *nobody = certificate(arena);
    form_value(nobody, "consignee_name")->text = TEXT("");
    CHECK_TEXT(error_of(arena, nobody), "consignee_name");
    form_value(nobody, "to_order")->text = TEXT("yes");
    CHECK_TEXT(error_of(arena, nobody), "");
    arena_close(arena);
}

TEST(codes_have_one_spelling) {
    Arena *arena = arena_open(1 << 20);
    Text code = {0};
    CHECK_OK(documents_code_read(arena, TEXT("7kq2 9xmd-4cra"), &code));
    CHECK_TEXT(code, "7KQ2-9XMD-4CRA");
    CHECK_OK(documents_code_read(arena, TEXT("OIL2-9XMD-4CRA"), &code));
    CHECK_TEXT(code, "0112-9XMD-4CRA");
    CHECK_STATUS(documents_code_read(arena, TEXT("7KQ2-9XMD-4CR"), &code), STATUS_INVALID);
    CHECK_STATUS(documents_code_read(arena, TEXT("7KQ2-9XMD-4CRAA"), &code), STATUS_INVALID);
    CHECK_STATUS(documents_code_read(arena, TEXT("7KQ2-9XMD-4CU!"), &code), STATUS_INVALID);
    const Text made = documents_code_make(arena);
    CHECK_OK(documents_code_read(arena, made, &code));
    CHECK(text_equal(made, code));
    arena_close(arena);
}

/* Invoices. */

static Status read_invoice(Arena *arena, Text xml, FormValues **ret_values, InvoiceNotes *ret_notes) {
    const DocumentType *type = document_type(TEXT("certificate-of-origin"));
    Buffer output = buffer_make(arena, 16 << 20);
    TRY(invoice_read(xml, &output));
    *ret_values = form_empty(arena, &type->form);
    return invoice_fill(arena, type, (Text){output.data, output.size}, *ret_values, ret_notes);
}

TEST(each_invoice_of_the_corpus_fills_an_application) {
    static const char folder[] = "../shared/corpora/ubl-examples";
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        test_skip("the corpus of UBL examples is not beside the checkout");
    }
    CHECK_OK(document_types_load((Text){NULL, 0}));
    size_t invoices = 0, lines = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(entries)) != NULL) {
        if (!text_ends_with(text_of(entry->d_name), TEXT(".xml"))) {
            continue;
        }
        Arena *arena = arena_open(64 << 20);
        Text xml = {0};
        FormValues *values = NULL;
        InvoiceNotes notes = {0};
        size_t at = 0;
        CHECK_OK(file_read(arena, AT_FDCWD, arena_format(arena, "%s/%s", folder, entry->d_name).data, 8 << 20, &xml));
        const bool invoice = text_find(xml, TEXT("InvoiceLine>"), &at);
        const Status status = read_invoice(arena, xml, &values, &notes);
        CHECK_STATUS(status, invoice ? STATUS_OK : STATUS_INVALID);
        if (invoice) {
            invoices++;
            lines += form_value(values, "lines")->rows.count + notes.credit_lines;
            CHECK(form_text(values, "consignor_name").size > 0 && form_text(values, "consignee_name").size > 0);
            CHECK(form_text(values, "invoice_number").size > 0 && form_text(values, "invoice_date").size == 10);
            CHECK(form_text(&form_value(values, "lines")->rows.items[0], "description").size > 0);
        }
        arena_close(arena);
    }
    (void)closedir(entries);
    CHECK_INT(invoices, 11);
    CHECK_INT(lines, 61);
}

static const char invoice_start[] =
    "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2' "
    "xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' "
    "xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>";

TEST(an_invoice_with_entities_or_another_namespace_is_refused) {
    Arena *arena = arena_open(64 << 20);
    const struct {
        Text xml;
        const char *words;
    } bad[] = {
        {TEXT("<!DOCTYPE Invoice [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Invoice>&x;</Invoice>"), "declaration"},
        {TEXT("<!DOCTYPE a [<!ENTITY x 'yyyyyyyyyy'><!ENTITY z '&x;&x;&x;&x;'>]><a>&z;</a>"), "declaration"},
        {TEXT("<Invoice xmlns='urn:example'/>"), "no UBL 2 invoice"},
        {TEXT("<Invoice>"), "well-formed"},
        {TEXT("%PDF-1.7"), "well-formed"},
        {TEXT("<Invoice>\xff</Invoice>"), "well-formed"},
        {arena_format(arena, "%s</Invoice>", invoice_start), "no lines"},
        {TEXT(""), "empty file"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Buffer output = buffer_make(arena, 1 << 20);
        size_t at = 0;
        CHECK_STATUS(invoice_read(bad[i].xml, &output), STATUS_INVALID);
        CHECK(text_find(test_failure(), text_of(bad[i].words), &at));
        CHECK_INT(output.size, 0);
    }
    arena_close(arena);
}

TEST(an_invoice_with_too_many_lines_is_refused) {
    Arena *arena = arena_open((size_t)256 << 20);
    CHECK_OK(document_types_load((Text){NULL, 0}));
    for (int lines = 501; lines <= 10000; lines += 9499) {
        Buffer xml = buffer_make(arena, 8 << 20);
        FormValues *values = NULL;
        InvoiceNotes notes = {0};
        buffer_append(&xml, text_of(invoice_start));
        for (int i = 0; i < lines; i++) {
            buffer_append(
                &xml, TEXT("<a:InvoiceLine><b:InvoicedQuantity unitCode='KGM'>1</b:InvoicedQuantity></a:InvoiceLine>"));
        }
        buffer_append(&xml, TEXT("</Invoice>"));
        CHECK_STATUS(read_invoice(arena, (Text){xml.data, xml.size}, &values, &notes), STATUS_TOO_LARGE);
    }
    arena_close(arena);
}

/* Drawing. */

static DocumentPaper paper_of(Arena *arena, const ChamberLetterhead *letterhead, const char *description) {
    FormValues *values = certificate(arena);
    form_value(&form_value(values, "lines")->rows.items[0], "description")->text = text_of(description);
    form_check(arena, values, NULL);
    return (DocumentPaper){.type = document_type(TEXT("certificate-of-origin")),
                           .values = values,
                           .chamber = letterhead,
                           .number = TEXT("X-CO-2026-000001"),
                           .code = TEXT("7KQ2-9XMD-4CRA"),
                           .officer_name = TEXT("Elena Petrovska"),
                           .certified = time_of_date(2026, 11, 23)};
}

TEST(what_cannot_be_printed_is_refused_and_equal_papers_are_equal) {
    Arena *arena = arena_open((size_t)256 << 20);
    const ChamberLetterhead letterhead = {.name = TEXT("Chamber"),
                                          .place = TEXT("Skopje"),
                                          .country = TEXT("MK"),
                                          .public_url = TEXT("https://example.org")};
    CHECK_OK(document_types_load((Text){NULL, 0}));
    LayoutDrawn first = {0}, second = {0};
    const DocumentPaper good = paper_of(arena, &letterhead, "Вино, οίνος, 葡萄酒, verë, şarap, vīns");
    CHECK_OK(documents_draw(arena, &good, &first));
    CHECK_OK(documents_draw(arena, &good, &second));
    CHECK(text_equal(first.pdf, second.pdf));
    CHECK(first.seal.present);
    const DocumentPaper strange = paper_of(arena, &letterhead, "Wine \xF0\x92\x80\x80"); /* cuneiform: no font has it */
    CHECK_STATUS(documents_draw(arena, &strange, &first), STATUS_INVALID);
    const DocumentPaper turned = paper_of(arena, &letterhead,
                                          "Wine \xE2\x80\xAE"
                                          "eniw");
    CHECK_STATUS(documents_draw(arena, &turned, &first), STATUS_INVALID);
    arena_close(arena);
}

/* Issuing. */

typedef struct World {
    Database *database;
    Arena *arena;
    Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
} World;

static Status make_chamber(Connection *connection, void *context) {
    World *world = context;
    const ChamberNew chamber = {.code = TEXT("TST"),
                                .name = TEXT("Test Chamber"),
                                .country = TEXT("MK"),
                                .place = TEXT("Skopje"),
                                .languages = TEXT("en"),
                                .mail_address = TEXT("chamber@example.org"),
                                .public_url = TEXT("https://chamber.example.org")};
    return chambers_create(connection, world->arena, world->outside, &chamber, &world->chamber);
}

static Status make_approved(Connection *connection, void *context) {
    World *world = context;
    const DocumentActor actor = {{0}, TEXT_INIT("Officer")};
    int64_t changed = 0;
    TRY(documents_create(connection, world->arena, world->chamber, (FirmId){0},
                         document_type(TEXT("certificate-of-origin")), certificate(world->arena), (DocumentId){0},
                         &actor, &world->document));
    TRY(documents_approve_new(
        connection,
        &(DocumentsApproveNew){
            .chamber = world->chamber, .document = world->document, .officer = actor.name, .now = clock_now()},
        &changed));
    return documents_begin_issuing(connection, world->arena, world->chamber, world->document);
}

static Status read_document(Connection *connection, void *context) {
    World *world = context;
    return documents_by_id(connection, world->arena, world->chamber, world->document, &world->row);
}

static World make_world(Database *database, Arena *arena) {
    World world = {.database = database, .arena = arena};
    const Text data = text_of(test_directory());
    CHECK_OK(document_types_load((Text){NULL, 0}));
    CHECK_OK(outside_prepare(data));
    CHECK_OK(outside_open(data, (Text){NULL, 0}, (Text){NULL, 0}, &world.outside));
    CHECK_OK(database_write(database, make_chamber, &world));
    return world;
}

static Job job_of(const World *world) {
    return (Job){.arena = world->arena,
                 .database = world->database,
                 .outside = world->outside,
                 .chamber = world->chamber,
                 .subject = world->document.value};
}

static Status count_blob(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(int *)context;
    return STATUS_OK;
}

DATABASE_TEST(issuing_twice_makes_one_number_and_one_file) {
    World world = make_world(database, arena);
    int files = 0;
    CHECK_OK(database_write(database, make_approved, &world));
    Job job = job_of(&world);
    CHECK_OK(documents_issue(&job));
    CHECK_OK(documents_issue(&job));
    CHECK_OK(database_read(database, read_document, &world));
    CHECK_TEXT(world.row.state, "issued");
    int year = 0, month = 0, day = 0;
    time_date(clock_now(), &year, &month, &day);
    CHECK_TEXT(world.row.number, arena_format(arena, "TST-CO-%d-000001", year).data);
    CHECK_OK(blobs_each(world.outside->blobs, count_blob, &files));
    CHECK_INT(files, 1);
    CHECK_STATUS(database_write(database, make_approved, &world), STATUS_OK);
    CHECK_OK(database_read(database, read_document, &world));
    CHECK_TEXT(world.row.number, arena_format(arena, "TST-CO-%d-000002", year).data);
    outside_close(world.outside);
}

static Status begin_again(Connection *connection, void *context) {
    World *world = context;
    return documents_begin_issuing(connection, world->arena, world->chamber, world->document);
}

DATABASE_TEST(a_document_takes_a_number_only_once_and_only_when_approved) {
    World world = make_world(database, arena);
    CHECK_OK(database_write(database, make_approved, &world));
    CHECK_STATUS(database_write(database, begin_again, &world), STATUS_CONFLICT);
    CHECK_OK(database_write(database, make_approved, &world));
    CHECK_OK(database_read(database, read_document, &world));
    CHECK(text_ends_with(world.row.number, TEXT("-000002"))); /* the refused try left no gap */
    outside_close(world.outside);
}
