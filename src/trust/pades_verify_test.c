/** Tests of verification: nothing that was changed passes, and each verdict has its reason. */
#include "base/buffer.h"
#include "base/digest.h"
#include "pdf/revision.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/algorithm.h"
#include "trust/cms.h"
#include "trust/der.h"
#include "trust/pades.h"

#define VERIFY_BUDGET ((size_t)256 << 20)

static PadesReport verify_report(Arena *arena, const FixtureKeys *keys, Text pdf) {
    PadesReport report;
    CHECK_OK(pades_verify(arena, pdf, keys->anchors, (Time){0}, &report));
    return report;
}

static void verify_expect(Arena *arena, const FixtureKeys *keys, Text pdf, PadesIndication indication,
                          PadesReason reason) {
    const PadesReport report = verify_report(arena, keys, pdf);
    if (report.indication != indication || report.reason != reason) {
        test_fail(__FILE__, __LINE__, "%s %s (%.*s), expected %s %s", pades_indication_name(report.indication),
                  pades_reason_name(report.reason), TEXT_ARG(report.words), pades_indication_name(indication),
                  pades_reason_name(reason));
    }
}

static Text verify_sealed(Arena *arena, const FixtureKeys *keys, Text pdf) {
    const PadesSeal seal = {.key = keys->seal, .name = TEXT("Chamber \"of\" Skopje"), .location = TEXT("Скопје")};
    Text sealed = {0};
    CHECK_OK(pades_seal(arena, pdf, &seal, &sealed));
    return sealed;
}

static Text verify_joined(Arena *arena, Text first, Text second) {
    Buffer whole = buffer_make(arena, VERIFY_BUDGET);
    buffer_append(&whole, first);
    buffer_append(&whole, second);
    return (Text){whole.data, whole.size};
}

/** The file with the bytes of `part` replaced by those of `other`, which are as many. */
static Text verify_replaced(Arena *arena, Text pdf, const char *part, const char *other) {
    size_t at = 0;
    CHECK_INT(strlen(part), strlen(other));
    CHECK(text_find(pdf, text_of(part), &at));
    char *copy = arena_c_string(arena, pdf);
    memcpy(copy + at, other, strlen(other));
    return (Text){copy, pdf.size};
}

TEST(a_seal_passes_and_says_who_made_it) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    const PadesReport report = verify_report(arena, &keys, sealed);
    CHECK_INT(report.indication, PADES_PASSED);
    CHECK_INT(report.reason, PADES_OK);
    CHECK_INT(report.count, 1);
    CHECK_INT(report.revisions, 2);
    const PadesSignature *item = &report.items[0];
    CHECK(item->intact && item->trusted && item->covers_whole_file);
    CHECK_TEXT(item->name, "Chamber \"of\" Skopje");
    CHECK_TEXT(item->location, "Скопје");
    CHECK_TEXT(item->subject, "CN=Chamber of Commerce of Skopje - seal,O=Chamber of Commerce of Skopje,C=MK");
    CHECK_TEXT(item->digest_algorithm, "SHA256");
    CHECK_TEXT(item->signature_algorithm, "ecdsa-with-SHA256");
    CHECK_INT(item->certification, 2);
    CHECK(text_equal(item->certificate, key_chain(keys.seal).items[0]));
    CHECK(clock_now().microseconds - item->claimed_time.microseconds < TIME_MINUTE);
    arena_close(arena);
}

/** Places in Contents that nothing protects: spelling of hexadecimal letters, and certificates but the signer's own. */
static bool verify_is_free(Text sealed, const FixtureKeys *keys, Arena *arena, size_t at, int bit) {
    const char c = sealed.data[at];
    const Text root = hex_encode(arena, key_chain(keys->authority).items[0]);
    size_t root_at = 0;
    CHECK(text_find(sealed, root, &root_at));
    size_t from = 0, to = 0;
    CHECK(text_find(sealed, TEXT("/Contents <"), &from));
    CHECK(text_find(text_slice(sealed, from, sealed.size), TEXT(">\n"), &to));
    const bool is_spelling = bit == 5 && c >= 'a' && c <= 'f' && at > from + 10 && at < from + to;
    return is_spelling || (at >= root_at && at < root_at + root.size);
}

TEST(every_changed_byte_is_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text bases[] = {fixture_pdf(arena), fixture_pdf_with_streams(arena)};
    for (size_t i = 0; i < 2; i++) {
        const Text sealed = verify_sealed(arena, &keys, bases[i]);
        verify_expect(arena, &keys, sealed, PADES_PASSED, PADES_OK);
        char *copy = arena_c_string(arena, sealed);
        /* All bytes of the seal's revision, and every third of the rest. */
        for (size_t at = 0; at < sealed.size; at += at < bases[i].size ? 3 : 1) {
            for (int bit = 0; bit < 8; bit += 5) {
                Arena *one = arena_open(VERIFY_BUDGET);
                copy[at] = (char)(copy[at] ^ 1 << bit);
                const PadesReport changed = verify_report(one, &keys, (Text){copy, sealed.size});
                if (changed.indication == PADES_PASSED && !verify_is_free(sealed, &keys, one, at, bit)) {
                    test_fail(__FILE__, __LINE__, "byte %zu with bit %d changed passes (%.40s)", at, bit,
                              sealed.data + at);
                }
                copy[at] = sealed.data[at];
                arena_close(one);
            }
        }
    }
    arena_close(arena);
}

TEST(every_cut_is_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    for (size_t size = 0; size < sealed.size; size += 7) {
        Arena *one = arena_open(VERIFY_BUDGET);
        CHECK(verify_report(one, &keys, text_slice(sealed, 0, size)).indication != PADES_PASSED);
        arena_close(one);
    }
    verify_expect(arena, &keys, text_slice(sealed, 0, sealed.size - 1), PADES_FAILED, PADES_FORMAT_FAILURE);
    arena_close(arena);
}

TEST(junk_behind_the_end_is_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    const char *const junk[] = {"\n", " ", "hello", "%%EOF\n", "\n\n\n%comment\n"};
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
        verify_expect(arena, &keys, verify_joined(arena, sealed, text_of(junk[i])), PADES_FAILED, PADES_CHANGED_AFTER);
    }
    arena_close(arena);
}

/** Appends a revision that changes the page's content. */
static Text verify_revised(Arena *arena, Text pdf) {
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section;
    CHECK_OK(pdf_open(arena, pdf, &file));
    CHECK_OK(pdf_revision_begin(arena, file, &revision));
    pdf_revision_put_stream(revision, (PdfReference){5, 0}, (Text){0},
                            TEXT("BT /F1 18 Tf 60 760 Td (A forgery) Tj ET"));
    CHECK_OK(pdf_revision_finish(revision, &section));
    return verify_joined(arena, pdf, (Text){section.bytes, section.size});
}

TEST(a_later_revision_is_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text revised = verify_revised(arena, verify_sealed(arena, &keys, fixture_pdf(arena)));
    const PadesReport report = verify_report(arena, &keys, revised);
    CHECK_INT(report.indication, PADES_FAILED);
    CHECK_INT(report.reason, PADES_CHANGED_AFTER);
    CHECK_INT(report.items[0].later_revisions, 1);
    CHECK(report.items[0].intact && report.items[0].trusted);
    arena_close(arena);
}

TEST(a_stranger_who_signs_again_does_not_heal_a_change) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256), stranger = fixture_keys(arena, KEY_P256);
    const Text revised = verify_revised(arena, verify_sealed(arena, &keys, fixture_pdf(arena)));
    const Text signed_again = verify_sealed(arena, &stranger, revised);
    const PadesReport report = verify_report(arena, &keys, signed_again);
    /* The first one certified the file, which allows no such change. */
    CHECK_INT(report.indication, PADES_FAILED);
    CHECK_INT(report.count, 2);
    CHECK_INT(report.items[0].reason, PADES_CHANGED_AFTER);
    CHECK_INT(report.items[0].later, PADES_LATER_CHANGES);
    CHECK(report.items[0].intact && report.items[0].trusted);
    CHECK_INT(report.items[1].reason, PADES_NO_CERTIFICATE_CHAIN_FOUND);
    arena_close(arena);
}

TEST(a_removed_signature_leaves_none) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    verify_expect(arena, &keys, verify_replaced(arena, sealed, "/AcroForm", "/AcroFrom"), PADES_INDETERMINATE,
                  PADES_NO_SIGNATURE);
    verify_expect(arena, &keys, verify_replaced(arena, sealed, "/FT /Sig", "/FT /Btn"), PADES_INDETERMINATE,
                  PADES_NO_SIGNATURE);
    verify_expect(arena, &keys, fixture_pdf(arena), PADES_INDETERMINATE, PADES_NO_SIGNATURE);
    arena_close(arena);
}

/** Writes other numbers into ByteRange. */
static Text verify_range(Arena *arena, Text sealed, long long a, long long b, long long c, long long d) {
    size_t at = 0;
    CHECK(text_find(sealed, TEXT("/ByteRange ["), &at));
    char *copy = arena_c_string(arena, sealed);
    char range[80];
    const int size = snprintf(range, sizeof(range), "[%lld %lld %lld %lld]", a, b, c, d);
    memset(copy + at + 11, ' ', 66);
    memcpy(copy + at + 11, range, (size_t)size);
    return (Text){copy, sealed.size};
}

TEST(impossible_byte_ranges_are_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    PdfFile *file = NULL;
    PdfSignatureFields fields;
    CHECK_OK(pdf_open(arena, sealed, &file));
    CHECK_OK(pdf_signature_fields(file, &fields));
    const PdfValue *range = pdf_entry(fields.items[0].dictionary, "ByteRange");
    const long long first = range->items[1].integer, second = range->items[2].integer;
    const long long rest = range->items[3].integer, size = (long long)sealed.size;
    const long long wrong[][4] = {
        {1, first - 1, second, rest},
        {0, first, second, rest + 1},
        {0, first, second, rest - 1},
        {0, first + 1, second, rest},
        {0, first, second - 1, rest + 1},
        {0, first - 1, second, rest},
        {0, first, second + 1, rest - 1},
        {0, second, first, size - first},
        {0, size, size, 0},
        {0, 0, 0, size},
        {0, first, second, -5},
        {0, first, second, 9223372036854775807},
        {0, 100, second, rest},
        {0, first, size - 8, 8},
        {0, first, second, 9223372036854775807 - second + 1},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const Text changed = verify_range(arena, sealed, wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]);
        CHECK_INT(verify_report(arena, &keys, changed).indication, PADES_FAILED);
    }
    verify_expect(arena, &keys, verify_range(arena, sealed, 0, first, second, rest), PADES_PASSED, PADES_OK);
    arena_close(arena);
}

TEST(a_gap_wider_than_contents_is_found) {
    /* A signer who leaves out more than Contents, and signs that rightly, leaves room for others to write in. */
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    size_t from = 0, length = 0;
    CHECK(text_find(sealed, TEXT("/Contents <"), &from));
    CHECK(text_find(text_slice(sealed, from, sealed.size), TEXT(">\n"), &length));
    for (int wider = 0; wider < 2; wider++) {
        const size_t gap_from = from + 10 - (wider != 0), gap_to = from + length + 1;
        const Text ranged =
            verify_range(arena, sealed, 0, (long long)gap_from, (long long)gap_to, (long long)(sealed.size - gap_to));
        const Text parts[] = {text_slice(ranged, 0, gap_from), text_slice(ranged, gap_to, ranged.size)};
        Text cms = {0};
        CHECK_OK(cms_sign(arena, keys.seal, algorithm_digest(arena, KEY_SHA256, parts, 2), (Texts){0}, &cms));
        char *whole = arena_c_string(arena, ranged);
        memset(whole + from + 11, '0', length - 11);
        const Text hex = hex_encode(arena, cms);
        memcpy(whole + from + 11, hex.data, hex.size);
        verify_expect(arena, &keys, (Text){whole, sealed.size}, wider != 0 ? PADES_FAILED : PADES_PASSED,
                      wider != 0 ? PADES_FORMAT_FAILURE : PADES_OK);
    }
    arena_close(arena);
}

/** Contents with other bytes: the CMS is put into its room anew. */
static Text verify_contents(Arena *arena, Text sealed, Text cms) {
    size_t at = 0;
    CHECK(text_find(sealed, TEXT("/Contents <"), &at));
    char *copy = arena_c_string(arena, sealed);
    const Text hex = hex_encode(arena, cms);
    memcpy(copy + at + 11, hex.data, hex.size);
    return (Text){copy, sealed.size};
}

TEST(reasons_are_told_apart) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256), stranger = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    verify_expect(arena, &keys, verify_replaced(arena, sealed, "A certificate", "A certifikate"), PADES_FAILED,
                  PADES_HASH_FAILURE);
    verify_expect(arena, &keys, verify_replaced(arena, sealed, "/Contents <30", "/Contents <31"), PADES_FAILED,
                  PADES_FORMAT_FAILURE);
    verify_expect(arena, &stranger, sealed, PADES_INDETERMINATE, PADES_NO_CERTIFICATE_CHAIN_FOUND);
    PadesReport report;
    CHECK_OK(pades_verify(arena, sealed, NULL, (Time){0}, &report));
    CHECK_INT(report.reason, PADES_NO_CERTIFICATE_CHAIN_FOUND);
    CHECK(report.items[0].intact && !report.items[0].trusted);
    CHECK_OK(pades_verify(arena, sealed, keys.anchors, time_add(clock_now(), 7 * 366 * TIME_DAY), &report));
    CHECK_INT(report.reason, PADES_EXPIRED);
    CHECK_OK(pades_verify(arena, sealed, keys.anchors, time_of_date(2020, 1, 1), &report));
    CHECK_INT(report.reason, PADES_NOT_YET_VALID);
    /* A seal made for another file. */
    PdfFile *other = NULL;
    PdfSignatureFields fields;
    CHECK_OK(pdf_open(arena, verify_sealed(arena, &keys, verify_revised(arena, fixture_pdf(arena))), &other));
    CHECK_OK(pdf_signature_fields(other, &fields));
    const Text contents = pdf_entry(fields.items[0].dictionary, "Contents")->text;
    verify_expect(arena, &keys, verify_contents(arena, sealed, contents), PADES_FAILED, PADES_HASH_FAILURE);
    verify_expect(arena, &keys, TEXT("hello"), PADES_FAILED, PADES_FORMAT_FAILURE);
    arena_close(arena);
}

TEST(a_changed_signature_value_is_found) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    PdfFile *file = NULL;
    PdfSignatureFields fields;
    CHECK_OK(pdf_open(arena, sealed, &file));
    CHECK_OK(pdf_signature_fields(file, &fields));
    const Text contents = pdf_entry(fields.items[0].dictionary, "Contents")->text;
    Text rest = contents;
    DerValue whole;
    CHECK_OK(der_take(&rest, DER_SEQUENCE, &whole));
    /* The last byte of the CMS is the last of the signature value. */
    char *changed = arena_c_string(arena, whole.whole);
    changed[whole.whole.size - 1] ^= 1;
    verify_expect(arena, &keys, verify_contents(arena, sealed, (Text){changed, whole.whole.size}), PADES_FAILED,
                  PADES_SIG_CRYPTO_FAILURE);
    arena_close(arena);
}

TEST(a_signature_that_is_wrapped_is_found) {
    /* The attack leaves the signed bytes alone and names a dictionary of its own behind them, whose byte range is the
     * old one and whose other entries lie. */
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text sealed = verify_sealed(arena, &keys, fixture_pdf(arena));
    PdfFile *file = NULL;
    PdfSignatureFields fields;
    PdfRevision *revision = NULL;
    PdfSection section;
    Text spoofed = {0};
    CHECK_OK(pdf_open(arena, sealed, &file));
    CHECK_OK(pdf_signature_fields(file, &fields));
    const PdfChange change = {"Name", TEXT("(Somebody else)")};
    CHECK_OK(pdf_source_with(arena, fields.items[0].dictionary, &change, 1, &spoofed));
    CHECK_OK(pdf_revision_begin(arena, file, &revision));
    pdf_revision_put(revision, fields.items[0].dictionary_reference, spoofed);
    CHECK_OK(pdf_revision_finish(revision, &section));
    verify_expect(arena, &keys, verify_joined(arena, sealed, (Text){section.bytes, section.size}), PADES_FAILED,
                  PADES_FORMAT_FAILURE);
    arena_close(arena);
}

TEST(a_root_that_signs_documents_is_refused) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    FixtureKeys keys = fixture_keys(arena, KEY_P256);
    keys.seal = keys.authority;
    verify_expect(arena, &keys, verify_sealed(arena, &keys, fixture_pdf(arena)), PADES_INDETERMINATE,
                  PADES_CHAIN_CONSTRAINTS_FAILURE);
    arena_close(arena);
}

TEST(reports_are_json) {
    Arena *arena = arena_open(VERIFY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const PadesReport report = verify_report(arena, &keys, verify_sealed(arena, &keys, fixture_pdf(arena)));
    Text json = {0}, output = {0};
    CHECK_OK(pades_report_json(arena, &report, &json));
    const char *path = arena_format(arena, "%s/report.json", test_directory()).data;
    fixture_write_file(path, json);
    CHECK_INT(
        fixture_run(arena, &output,
                    "python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); "
                    "print(r[\"indication\"], r[\"signatures\"][0][\"name\"], r[\"signatures\"][0][\"location\"])' %s",
                    path),
        0);
    CHECK_TEXT(output, "TOTAL_PASSED Chamber \"of\" Skopje Скопје\n");
    arena_close(arena);
}

TEST(files_of_others_are_judged) {
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(VERIFY_BUDGET);
    const Texts names = fixture_inputs(arena);
    for (size_t i = 0; i < names.count; i++) {
        Arena *one = arena_open(VERIFY_BUDGET);
        PadesReport report;
        Text json = {0};
        const Text path = arena_format(one, "%s/%s", FIXTURE_PDF_INPUTS, names.items[i].data);
        CHECK_OK(pades_verify(one, fixture_read_file(one, path.data), NULL, (Time){0}, &report));
        CHECK_OK(pades_report_json(one, &report, &json));
        CHECK(report.indication != PADES_PASSED);
        printf("# %-62s %s %s %.*s\n", names.items[i].data, pades_indication_name(report.indication),
               pades_reason_name(report.reason), TEXT_ARG(report.words));
        for (size_t j = 0; j < report.count; j++) {
            printf("#     %.*s: %s%s %s\n", TEXT_ARG(report.items[j].field), report.items[j].intact ? "intact " : "",
                   pades_indication_name(report.items[j].indication), pades_reason_name(report.items[j].reason));
        }
        arena_close(one);
    }
    arena_close(arena);
}
