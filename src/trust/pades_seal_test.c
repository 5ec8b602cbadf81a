/** Tests of sealing: what comes out, judged by programs that nobody here wrote. */
#include <pthread.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/reader.h"
#include "testing/paper_fixture.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/pades.h"

#define SEAL_BUDGET ((size_t)256 << 20)

static Text seal_lines[] = {TEXT_INIT("Стопанска комора"), TEXT_INIT("№ MK-2026-000123"), TEXT_INIT("證書 Αθήνα")};

static PadesSeal seal_of(const FixtureKeys *keys) {
    return (PadesSeal){.key = keys->seal,
                       .name = TEXT("Стопанска комора"),
                       .location = TEXT("Skopje (Centre)"),
                       .contact = TEXT("https://chamber.example"),
                       .appearance = {.visible = true,
                                      .left = 40,
                                      .bottom = 40,
                                      .right = 240,
                                      .top = 100,
                                      .lines = {seal_lines, sizeof(seal_lines) / sizeof(seal_lines[0])}}};
}

static Text seal_file(Arena *arena, Text pdf, const PadesSeal *seal) {
    Text sealed = {0};
    CHECK_OK(pades_seal(arena, pdf, seal, &sealed));
    CHECK(text_starts_with(sealed, pdf));
    return sealed;
}

/** Fails unless our own verification passes it whole. */
static void seal_check_passed(Arena *arena, const FixtureKeys *keys, Text pdf, size_t signatures) {
    PadesReport report;
    CHECK_OK(pades_verify(arena, pdf, keys->anchors, (Time){0}, &report));
    if (report.indication != PADES_PASSED) {
        test_fail(__FILE__, __LINE__, "%s %s: %.*s", pades_indication_name(report.indication),
                  pades_reason_name(report.reason), TEXT_ARG(report.words));
    }
    CHECK_INT(report.count, signatures);
    CHECK(report.items[signatures - 1].covers_whole_file);
}

/** The program accepts the file: its exit code is 0 and its output holds each of the words. */
static void seal_judge(Arena *arena, const char *path, const char *program, const char *words) {
    Text output = {0};
    const int code = fixture_run(arena, &output, "%s %s", program, path);
    Text rest = text_of(words);
    while (rest.size > 0) {
        const Text word = text_cut(&rest, '|');
        size_t at = 0;
        if (code != 0 || !text_find(output, word, &at)) {
            test_fail(__FILE__, __LINE__, "%s (%d) lacks \"%.*s\": %.*s", program, code, TEXT_ARG(word),
                      TEXT_ARG(output));
        }
    }
}

static const char *seal_write(Arena *arena, Text pdf) {
    static const char *directory;
    directory = directory != NULL ? directory : test_directory();
    const char *path = arena_format(arena, "%s/sealed.pdf", directory).data;
    fixture_write_file(path, pdf);
    return path;
}

static void seal_judge_all(Arena *arena, Text pdf) {
    const char *path = seal_write(arena, pdf);
    seal_judge(arena, path, "pdfsig",
               "Signature is Valid|Signature Type: ETSI.CAdES.detached|Total document signed|Signing Hash Algorithm");
    seal_judge(arena, path, "qpdf --check", "No syntax or stream encoding errors found");
    seal_judge(arena, path, "mutool info", "Pages: 1");
    seal_judge(arena, path, "pdffonts", "name");
}

TEST(judges_accept_a_sealed_file_with_a_table) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = seal_of(&keys);
    const Text sealed = seal_file(arena, fixture_pdf(arena), &seal);
    seal_check_passed(arena, &keys, sealed, 1);
    seal_judge_all(arena, sealed);
    arena_close(arena);
}

TEST(judges_accept_a_sealed_file_with_streams) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = seal_of(&keys);
    const Text sealed = seal_file(arena, fixture_pdf_with_streams(arena), &seal);
    seal_check_passed(arena, &keys, sealed, 1);
    seal_judge_all(arena, sealed);
    arena_close(arena);
}

TEST(an_independent_validator_accepts_every_kind_of_key) {
    static const KeyKind kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519};
    if (!fixture_has_program("pyhanko")) {
        test_skip("pyhanko, a PAdES validator from the Python registry, is not installed");
    }
    Arena *arena = arena_open(SEAL_BUDGET);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const FixtureKeys keys = fixture_keys(arena, kinds[i]);
        const PadesSeal seal = seal_of(&keys);
        const char *path = seal_write(arena, seal_file(arena, fixture_pdf(arena), &seal));
        Text output = {0};
        const int code = fixture_run(arena, &output, "pyhanko sign validate --no-revocation-check --trust %s %s",
                                     keys.root_pem, path);
        if (code != 0 || !fixture_contains(output, "INTACT:TRUSTED,UNTOUCHED")) {
            test_fail(__FILE__, __LINE__, "pyhanko (%d): %.*s", code, TEXT_ARG(output));
        }
    }
    arena_close(arena);
}

TEST(every_kind_of_key_seals) {
    static const KeyKind kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519};
    Arena *arena = arena_open(SEAL_BUDGET);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const FixtureKeys keys = fixture_keys(arena, kinds[i]);
        const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber")};
        const Text sealed = seal_file(arena, fixture_pdf(arena), &seal);
        seal_check_passed(arena, &keys, sealed, 1);
        /* pdfsig does not know Ed25519. */
        if (kinds[i] != KEY_ED25519) {
            seal_judge(arena, seal_write(arena, sealed), "pdfsig", "Signature is Valid|Total document signed");
        }
    }
    arena_close(arena);
}

/** The dictionary of the only signature. */
static const PdfValue *seal_dictionary(Arena *arena, Text pdf, PdfFile **ret_file) {
    PdfSignatureFields fields;
    CHECK_OK(pdf_open(arena, pdf, ret_file));
    CHECK_OK(pdf_signature_fields(*ret_file, &fields));
    CHECK_INT(fields.count, 1);
    CHECK_TEXT(fields.items[0].name, "Seal");
    return fields.items[0].dictionary;
}

TEST(the_dictionary_holds_what_the_profile_asks) {
    static const char *const keys_in_order[] = {"Type",     "Filter",      "SubFilter", "M",         "Name",
                                                "Location", "ContactInfo", "Reference", "ByteRange", "Contents"};
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    PadesSeal seal = seal_of(&keys);
    seal.time = time_of_date(2026, 11, 23);
    PdfFile *file = NULL;
    const Text sealed = seal_file(arena, fixture_pdf(arena), &seal);
    const PdfValue *dictionary = seal_dictionary(arena, sealed, &file);
    CHECK_INT(dictionary->count, sizeof(keys_in_order) / sizeof(keys_in_order[0]));
    for (uint32_t i = 0; i < dictionary->count; i++) {
        CHECK_TEXT(dictionary->items[i * 2].text, keys_in_order[i]);
    }
    CHECK(pdf_is_name(pdf_entry(dictionary, "Filter"), "Adobe.PPKLite"));
    CHECK(pdf_is_name(pdf_entry(dictionary, "SubFilter"), "ETSI.CAdES.detached"));
    CHECK_TEXT(pdf_entry(dictionary, "M")->text, "D:20261123000000+00'00'");
    PdfReference reference;
    const PdfValue *catalog = NULL, *permissions = NULL, *form = NULL, *flags = NULL;
    CHECK_OK(pdf_catalog(file, &reference, &catalog));
    CHECK_OK(pdf_get(file, catalog, "Perms", &permissions));
    CHECK_INT(permissions->count, 1);
    CHECK_INT(pdf_entry(permissions, "DocMDP")->kind, PDF_REFERENCE);
    CHECK_OK(pdf_get(file, catalog, "AcroForm", &form));
    CHECK_OK(pdf_get(file, form, "SigFlags", &flags));
    CHECK_INT(flags->integer, 3);
    arena_close(arena);
}

TEST(the_widget_prints_and_names_no_font) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = seal_of(&keys);
    PdfFile *file = NULL;
    PdfSignatureFields fields;
    const PdfValue *look = NULL, *normal = NULL, *resources = NULL, *colours = NULL;
    Text content = {0};
    CHECK_OK(pdf_open(arena, seal_file(arena, fixture_pdf(arena), &seal), &file));
    CHECK_OK(pdf_signature_fields(file, &fields));
    const PdfValue *widget = fields.items[0].field;
    CHECK_INT(pdf_entry(widget, "F")->integer, 132);
    CHECK_INT(pdf_entry(widget, "Rect")->count, 4);
    CHECK_INT(pdf_entry(widget, "P")->reference.number, 3);
    CHECK_OK(pdf_get(file, widget, "AP", &look));
    CHECK_INT(look->count, 1);
    CHECK_OK(pdf_get(file, look, "N", &normal));
    CHECK_OK(pdf_get(file, normal, "Resources", &resources));
    CHECK_INT(resources->count, 1);
    CHECK_OK(pdf_get(file, resources, "ColorSpace", &colours));
    CHECK(pdf_entry(colours, "DefaultRGB") != NULL);
    CHECK_OK(pdf_stream_bytes(file, normal, &content));
    CHECK(fixture_contains(content, " c\n"));
    CHECK(!fixture_contains(content, "Tf"));
    arena_close(arena);
}

TEST(a_missing_glyph_is_refused) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    PadesSeal seal = seal_of(&keys);
    Text lines[] = {TEXT("Cuneiform \xf0\x92\x80\x80")};
    seal.appearance.lines = (Texts){lines, 1};
    Text sealed = {0};
    CHECK_STATUS(pades_seal(arena, fixture_pdf(arena), &seal, &sealed), STATUS_INVALID);
    arena_close(arena);
}

TEST(bad_seals_are_refused) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text pdf = fixture_pdf(arena);
    Text sealed = {0};
    PadesSeal seal = seal_of(&keys);
    seal.appearance.right = 700;
    CHECK_STATUS(pades_seal(arena, pdf, &seal, &sealed), STATUS_INVALID);
    seal = seal_of(&keys);
    seal.appearance.page = 1;
    CHECK_STATUS(pades_seal(arena, pdf, &seal, &sealed), STATUS_NOT_FOUND);
    seal = seal_of(&keys);
    seal.name = TEXT("\xff\xfe");
    CHECK_STATUS(pades_seal(arena, pdf, &seal, &sealed), STATUS_INVALID);
    seal = seal_of(&keys);
    seal.field = TEXT("a.b");
    CHECK_STATUS(pades_seal(arena, pdf, &seal, &sealed), STATUS_INVALID);
    key_close(keys.seal);
    seal = seal_of(&keys);
    CHECK_STATUS(pades_seal(arena, pdf, &seal, &sealed), STATUS_CONFLICT);
    CHECK_INT(sealed.size, 0);
    arena_close(arena);
}

TEST(a_second_seal_keeps_the_first) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text bases[] = {fixture_pdf(arena), fixture_pdf_with_streams(arena)};
    for (size_t i = 0; i < 2; i++) {
        const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber")};
        const Text once = seal_file(arena, bases[i], &seal);
        const Text twice = seal_file(arena, once, &seal);
        PadesReport report;
        seal_check_passed(arena, &keys, twice, 2);
        CHECK_OK(pades_verify(arena, twice, keys.anchors, (Time){0}, &report));
        CHECK_TEXT(report.items[0].field, "Seal");
        CHECK_TEXT(report.items[1].field, "Seal 2");
        CHECK_INT(report.items[0].certification, 2);
        CHECK_INT(report.items[1].certification, 0);
        CHECK_INT(report.items[0].covered, once.size);
        CHECK_INT(report.items[0].later_revisions, 1);
        Text output = {0};
        const char *path = seal_write(arena, twice);
        CHECK_INT(fixture_run(arena, &output, "pdfsig %s | grep -c 'Signature is Valid'", path), 0);
        CHECK_TEXT(text_trim(output), "2");
    }
    arena_close(arena);
}

TEST(a_named_field_that_is_signed_is_refused) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber"), .field = TEXT("Officer")};
    const Text once = seal_file(arena, fixture_pdf(arena), &seal);
    Text twice = {0};
    CHECK_STATUS(pades_seal(arena, once, &seal, &twice), STATUS_CONFLICT);
    arena_close(arena);
}

TEST(an_empty_field_is_filled) {
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber"), .field = TEXT("Sig1"), .approval = true};
    const Text sealed = seal_file(arena, fixture_read_file(arena, FIXTURE_PDF_INPUTS "/minimal-two-fields.pdf"), &seal);
    PadesReport report;
    seal_check_passed(arena, &keys, sealed, 1);
    CHECK_OK(pades_verify(arena, sealed, keys.anchors, (Time){0}, &report));
    CHECK_TEXT(report.items[0].field, "Sig1");
    CHECK_INT(report.items[0].certification, 0);
    seal_judge(arena, seal_write(arena, sealed), "pdfsig", "Signature is Valid|Total document signed");
    arena_close(arena);
}

TEST(a_prepared_field_is_all_that_sealing_changes) {
    Arena *arena = arena_open(SEAL_BUDGET);
    PaperSample sample = {.rows = 3, .arena = arena};
    const LayoutFill fill = paper_fixture_fill(&sample);
    LayoutDrawn drawn;
    CHECK_OK(layout_draw(arena, paper_fixture_layout(arena), &fill, &drawn));
    CHECK(drawn.seal.present);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber"), .field = TEXT("Seal")};
    const Text sealed = seal_file(arena, drawn.pdf, &seal);
    /* Field, signature and catalog. */
    Text rest = text_slice(sealed, drawn.pdf.size, sealed.size);
    size_t objects = 0, at = 0;
    while (text_find(rest, TEXT(" 0 obj\n"), &at)) {
        rest = text_slice(rest, at + 1, rest.size);
        objects++;
    }
    CHECK_INT(objects, 3);
    seal_check_passed(arena, &keys, sealed, 1);
    seal_judge_all(arena, sealed);
    arena_close(arena);
}

TEST(appending_gives_the_same_file) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber")};
    const Text pdf = fixture_pdf(arena);
    Text appended = {0};
    CHECK_OK(pades_seal_append(arena, pdf, &seal, &appended));
    Buffer whole = buffer_make(arena, SEAL_BUDGET);
    buffer_append(&whole, pdf);
    buffer_append(&whole, appended);
    seal_check_passed(arena, &keys, (Text){whole.data, whole.size}, 1);
    arena_close(arena);
}

TEST(room_for_a_token_is_kept) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber")};
    PdfFile *file = NULL;
    const size_t without = seal_dictionary(arena, seal_file(arena, fixture_pdf(arena), &seal), &file)->source.size;
    seal.token_size = 6000;
    const size_t with = seal_dictionary(arena, seal_file(arena, fixture_pdf(arena), &seal), &file)->source.size;
    CHECK(with >= without + 2 * 6000);
    arena_close(arena);
}

static void *seal_often(void *context) {
    for (int i = 0; i < 10; i++) {
        Arena *arena = arena_open(SEAL_BUDGET);
        const FixtureKeys *keys = context;
        const PadesSeal seal = seal_of(keys);
        seal_check_passed(arena, keys, seal_file(arena, fixture_pdf(arena), &seal), 1);
        arena_close(arena);
    }
    return NULL;
}

TEST(many_threads_seal_at_once) {
    Arena *arena = arena_open(SEAL_BUDGET);
    FixtureKeys keys = fixture_keys(arena, KEY_P256);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, seal_often, &keys), 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    arena_close(arena);
}

TEST(a_locked_file_is_refused) {
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesSeal seal = {.key = keys.seal, .name = TEXT("Chamber")};
    const Text sealed = seal_file(arena, fixture_pdf(arena), &seal);
    char *locked = arena_c_string(arena, sealed);
    size_t at = 0;
    Text twice = {0};
    CHECK(text_find(sealed, TEXT("/P 2 /V"), &at));
    locked[at + 3] = '1';
    CHECK_STATUS(pades_seal(arena, (Text){locked, sealed.size}, &seal, &twice), STATUS_CONFLICT);
    CHECK(fixture_contains(test_failure(), "locked"));
    arena_close(arena);
}

static bool seal_name_has(const char *name, const char *part) {
    return fixture_contains(text_of(name), part);
}

/** What must become of a file that we know. */
static Status seal_expected(const char *name) {
    if (seal_name_has(name, "rc4") || seal_name_has(name, "aes256") || seal_name_has(name, "encrypt") ||
        seal_name_has(name, "hybrid")) {
        return STATUS_UNSUPPORTED;
    }
    static const char *const damaged[] = {"broken-objstream1",
                                          "broken-objstream2",
                                          "broken-objstream3",
                                          "broken-objstream6",
                                          "circular",
                                          "annotless",
                                          "hopeless.pdf",
                                          "obo2",
                                          "obo5",
                                          "obo6"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        if (seal_name_has(name, damaged[i])) {
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

/** One file of strangers: sealed and good, or refused with a reason. Returns its line for the table. */
static Text seal_stranger(Arena *arena, const FixtureKeys *keys, const char *name, size_t *sealed_count) {
    const PadesSeal seal = {.key = keys->seal, .name = TEXT("Chamber")};
    const Text pdf = fixture_read_file(arena, arena_format(arena, "%s/%s", FIXTURE_PDF_INPUTS, name).data);
    Text sealed = {0}, output = {0};
    const Status status = pades_seal(arena, pdf, &seal, &sealed);
    const Text words = failure_take();
    if (status != seal_expected(name)) {
        test_fail(__FILE__, __LINE__, "%s: %s: %.*s", name, status_name(status), TEXT_ARG(words));
    }
    if (status != STATUS_OK) {
        CHECK(words.size > 10);
        return arena_format(arena, "# %-62s %s: %.*s", name, status_name(status), TEXT_ARG(words));
    }
    PadesReport report;
    CHECK(text_starts_with(sealed, pdf));
    CHECK_OK(pades_verify(arena, sealed, keys->anchors, (Time){0}, &report));
    const PadesSignature *last = &report.items[report.count - 1];
    if (!last->covers_whole_file || last->reason != PADES_OK) {
        test_fail(__FILE__, __LINE__, "%s: %s: %.*s", name, pades_reason_name(last->reason), TEXT_ARG(last->words));
    }
    const char *path = seal_write(arena, sealed);
    CHECK_INT(fixture_run(arena, &output, "pdfsig %s", path), 0);
    size_t at = 0;
    CHECK(text_find(output, arena_format(arena, "Signature #%zu:", report.count), &at));
    const Text behind = text_slice(output, at, output.size);
    if (!fixture_contains(behind, "Signature is Valid") || !fixture_contains(behind, "Total document signed")) {
        test_fail(__FILE__, __LINE__, "%s: pdfsig: %.*s", name, TEXT_ARG(output));
    }
    (*sealed_count)++;
    return arena_format(arena, "# %-62s sealed", name);
}

TEST(files_of_others_are_sealed_or_refused) {
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(SEAL_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Texts names = fixture_inputs(arena);
    size_t sealed = 0;
    for (size_t i = 0; i < names.count; i++) {
        Arena *one = arena_open(SEAL_BUDGET);
        printf("%s\n", seal_stranger(one, &keys, names.items[i].data, &sealed).data);
        arena_close(one);
    }
    printf("# %zu of %zu sealed\n", sealed, names.count);
    CHECK(names.count >= 70);
    CHECK(sealed >= 40);
    arena_close(arena);
}
