/** Tests of the PDF/A checker: the corpus of files whose names say what is right, the table of rules, single faults. */
#include "pdf/conformance.h"

#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/conformance_rules.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define CORPUS      "../shared/corpora/pdfa"
#define RULES       "../shared/corpora/pdfa-3b-rules.xml"
#define TABLE       "docs/pdfa-rules.md"
#define BUDGET      ((size_t)512 << 20)
#define FILES_LEAST 500
/* Of a hundred files; and none of the clauses that bear a document's weight may pass wrongly. */
#define AGREEMENT_LEAST 97

static const char *const clauses[] = {
#define PDFA_CLAUSE(name, clause, test, words) clause,
    PDFA_RULES(PDFA_CLAUSE)
#undef PDFA_CLAUSE
};
static const int tests[] = {
#define PDFA_TEST(name, clause, test, words) test,
    PDFA_RULES(PDFA_TEST)
#undef PDFA_TEST
};
static const char *const names[] = {
#define PDFA_NAME(name, clause, test, words) "PDFA_RULE_" #name,
    PDFA_RULES(PDFA_NAME)
#undef PDFA_NAME
};

static bool has(Text text, const char *part) {
    return text_find(text, text_of(part), &(size_t){0});
}

static bool has_fault(const PdfaReport *report, const char *clause, int test) {
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->items[i].clause, clause) == 0 && report->items[i].test == test) {
            return true;
        }
    }
    return false;
}

TEST(flavours_are_read_by_their_short_names) {
    PdfaFlavour flavour = PDFA_2B;
    CHECK_STATUS(pdfa_flavour_read(TEXT("3b"), &flavour), STATUS_OK);
    CHECK_INT(flavour, PDFA_3B);
    CHECK_TEXT(text_of(pdfa_flavour_name(flavour)), "PDF/A-3b");
    CHECK_STATUS(pdfa_flavour_read(TEXT("1a"), &flavour), STATUS_INVALID);
}

/* The corpus. */

static struct Tally { int files, agreed, false_passes, false_failures, weighty_passes; } tally;

/** The flavour is the folder's: PDF_A-2b, PDF_A-2u, PDF_A-3b. */
static PdfaFlavour flavour_of(const char *path) {
    PdfaFlavour flavour = PDFA_3B;
    const char *folder = strstr(path, "PDF_A-");
    CHECK(folder != NULL);
    CHECK_OK(pdfa_flavour_read((Text){folder + 6, 2}, &flavour));
    return flavour;
}

/** Clauses 6.1 to 6.4, 6.6 and 6.8: a file that fails there must never pass. */
static bool is_weighty(const char *name) {
    static const char *const parts[] = {"suite 6-1", "suite 6-2", "suite 6-3", "suite 6-4", "suite 6-6", "suite 6-8"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strstr(name, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static int judge_file(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    const char *name = path + place->base;
    if (kind != FTW_F || !text_ends_with(text_of(name), TEXT(".pdf"))) {
        return 0;
    }
    Arena *arena = arena_open(BUDGET);
    PdfaReport report = {0};
    const bool should_pass = strstr(name, "-pass-") != NULL;
    CHECK_OK(pdfa_check(arena, fixture_read_file(arena, path), flavour_of(path), &report));
    CHECK(report.conforms == (report.count == 0));
    tally.files++;
    tally.agreed += report.conforms == should_pass;
    tally.false_failures += should_pass && !report.conforms;
    tally.false_passes += !should_pass && report.conforms;
    tally.weighty_passes += !should_pass && report.conforms && is_weighty(name);
    if (report.conforms != should_pass) {
        printf("# %s: %s", name, report.conforms ? "passes wrongly\n" : "fails wrongly: ");
        if (!report.conforms) {
            printf("%s-%d %.*s\n", report.items[0].clause, report.items[0].test, TEXT_ARG(report.items[0].words));
        }
    }
    arena_close(arena);
    return 0;
}

TEST(agrees_with_files_whose_names_say_what_is_right) {
    if (access(CORPUS, R_OK) != 0) {
        test_skip("the corpora are not beside the checkout");
    }
    CHECK_INT(nftw(CORPUS, judge_file, 16, FTW_PHYS), 0);
    printf("# PDF/A corpus: %d files, %d as their names say (%.1f %%), %d pass wrongly (%d of them in clauses 6.1 to "
           "6.4, 6.6, 6.8), %d fail wrongly\n",
           tally.files, tally.agreed, 100.0 * tally.agreed / tally.files, tally.false_passes, tally.weighty_passes,
           tally.false_failures);
    CHECK(tally.files >= FILES_LEAST);
    CHECK(tally.agreed * 100 >= tally.files * AGREEMENT_LEAST);
    CHECK_INT(tally.weighty_passes, 0);
}

TEST(survives_files_that_nobody_here_wrote) {
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(BUDGET);
    const Texts inputs = fixture_inputs(arena);
    for (size_t i = 0; i < inputs.count; i++) {
        Arena *one = arena_open(BUDGET);
        PdfaReport report = {0};
        const Text path = arena_format(one, "%s/%s", FIXTURE_PDF_INPUTS, inputs.items[i].data);
        CHECK_OK(pdfa_check(one, fixture_read_file(one, path.data), PDFA_3B, &report));
        CHECK(!report.conforms); /* none of them is PDF/A */
        arena_close(one);
    }
    arena_close(arena);
}

/* The table of rules. */

/** How often the table has the row of a rule. */
static int count_rows(Text table, const char *clause, int test) {
    char row[64];
    int count = 0;
    size_t at = 0;
    snprintf(row, sizeof row, "\n| %s | %d | ", clause, test);
    while (text_find(table, text_of(row), &at)) {
        count++;
        table = text_slice(table, at + 1, table.size);
    }
    return count;
}

TEST(the_table_has_each_rule_that_the_code_can_name) {
    Arena *arena = arena_open(BUDGET);
    const Text table = fixture_read_file(arena, TABLE);
    for (size_t i = 0; i < PDFA_RULE_COUNT; i++) {
        if (count_rows(table, clauses[i], tests[i]) != 1) {
            test_fail(__FILE__, __LINE__, "%s has not exactly one row for %s, test %d", TABLE, clauses[i], tests[i]);
        }
    }
    arena_close(arena);
}

/** The next value of an attribute, and moves behind it. */
static bool next_value(Text *rest, const char *attribute, Text *ret_value) {
    size_t at = 0;
    if (!text_find(*rest, text_of(attribute), &at)) {
        return false;
    }
    *rest = text_slice(*rest, at + strlen(attribute), rest->size);
    *ret_value = text_cut(rest, '"');
    return true;
}

TEST(the_table_has_each_rule_of_the_public_list_once) {
    if (access(RULES, R_OK) != 0) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(BUDGET);
    const Text table = fixture_read_file(arena, TABLE);
    Text list = fixture_read_file(arena, RULES), clause = {0}, number = {0};
    int count = 0;
    while (next_value(&list, "<id specification=\"ISO_19005_3\" clause=\"", &clause) &&
           next_value(&list, "testNumber=\"", &number)) {
        int64_t test = 0;
        CHECK_OK(text_to_int(number, &test));
        CHECK_INT(count_rows(table, arena_c_string(arena, clause), (int)test), 1);
        count++;
    }
    CHECK_INT(count, 146);
    arena_close(arena);
}

/** The row's file has the row's function, and names the rule. */
static void check_row(Arena *arena, Text table, size_t rule) {
    size_t at = 0;
    const Text mark = arena_format(arena, "\n| %s | %d | ", clauses[rule], tests[rule]);
    CHECK(text_find(table, mark, &at));
    Text row = text_slice(table, at + mark.size, table.size);
    row = text_cut(&row, '\n');
    (void)text_cut(&row, '`');
    const Text function = text_cut(&row, '`');
    (void)text_cut(&row, '`');
    const Text file = text_cut(&row, '`');
    const Text path = arena_format(arena, "src/pdf/%.*s", TEXT_ARG(file));
    const Text source = fixture_read_file(arena, path.data);
    const Text call = arena_format(arena, " %.*s(", TEXT_ARG(function));
    size_t place = 0;
    bool named = false;
    Text rest = source;
    while (text_find(rest, text_of(names[rule]), &place)) {
        const char behind = rest.data[place + strlen(names[rule])];
        named = named || !((behind >= '0' && behind <= '9') || behind == '_');
        rest = text_slice(rest, place + 1, rest.size);
    }
    if (!named || !has(source, call.data)) {
        test_fail(__FILE__, __LINE__, "%s: %s does not find %s broken", file.data, call.data, names[rule]);
    }
}

TEST(the_table_names_functions_that_check_the_rules) {
    Arena *arena = arena_open(BUDGET);
    const Text table = fixture_read_file(arena, TABLE);
    for (size_t i = 0; i < PDFA_RULE_COUNT; i++) {
        check_row(arena, table, i);
    }
    arena_close(arena);
}

/* Single faults, for what the corpus may lack. */

static PdfaReport judge(Arena *arena, Text pdf, PdfaFlavour flavour) {
    PdfaReport report = {0};
    CHECK_OK(pdfa_check(arena, pdf, flavour, &report));
    return report;
}

TEST(what_is_no_pdf_is_a_fault_and_no_error) {
    Arena *arena = arena_open(BUDGET);
    const PdfaReport report = judge(arena, TEXT("hello"), PDFA_3B);
    CHECK(!report.conforms && has_fault(&report, "6.1", 0));
    CHECK(!judge(arena, TEXT(""), PDFA_2B).conforms);
    arena_close(arena);
}

TEST(plain_files_lack_what_archives_need) {
    Arena *arena = arena_open(BUDGET);
    const PdfaReport report = judge(arena, fixture_pdf(arena), PDFA_3B);
    CHECK(!report.conforms);
    CHECK(has_fault(&report, "6.6.2.1", 1));
    Text json = {0}, text = {0};
    CHECK_OK(pdfa_report_json(arena, &report, &json));
    CHECK_OK(pdfa_report_text(arena, &report, &text));
    CHECK(has(json, "\"conforms\":false") && has(json, "\"clause\":\"6.6.2.1\",\"test\":1"));
    CHECK(text_starts_with(text, TEXT("does not conform to PDF/A-3b\n")) && has(text, "6.6.2.1, test 1, "));
    arena_close(arena);
}

TEST(words_quote_no_control_characters) {
    Arena *arena = arena_open(BUDGET);
    static const char pdf[] = "%PDF-1.7\n1 0 obj\n<</Type/Catalog/OpenAction<</S/A#1b#ff[>>>>\nendobj\n"
                              "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
                              "trailer\n<</Size 2/Root 1 0 R>>\nstartxref\n69\n%%EOF\n";
    const PdfaReport report = judge(arena, text_of(pdf), PDFA_3B);
    Text json = {0};
    CHECK_OK(pdfa_report_json(arena, &report, &json));
    CHECK(!report.conforms && !has(json, "\x1b") && text_is_utf8(json));
    arena_close(arena);
}

TEST(survives_every_prefix_and_many_flips) {
    Arena *arena = arena_open(BUDGET);
    const Text files[] = {fixture_pdf(arena), fixture_pdf_with_streams(arena)};
    uint64_t state = test_seed();
    for (size_t i = 0; i < 2; i++) {
        for (int round = 0; round < 600; round++) {
            Arena *one = arena_open(BUDGET);
            PdfaReport report = {0};
            char *copy = arena_c_string(one, files[i]);
            for (uint64_t flips = test_random(&state) % 4; flips > 0; flips--) {
                copy[test_random(&state) % files[i].size] = (char)test_random(&state);
            }
            const size_t size = round % 2 == 0 ? files[i].size : test_random(&state) % files[i].size;
            const Status status = pdfa_check(one, (Text){copy, size}, PDFA_2U, &report);
            CHECK(status == STATUS_OK || status == STATUS_TOO_LARGE);
            arena_close(one);
        }
    }
    arena_close(arena);
}

/** A form that draws the next one three times, in colours that change, sixty times over. */
TEST(forms_within_forms_do_not_multiply_the_work) {
    Arena *arena = arena_open(BUDGET);
    Buffer pdf = buffer_make(arena, (size_t)1 << 20);
    size_t offsets[70] = {0};
    static const char draw[] = "/X Do 1 0 0 rg /X Do 0 g /X Do";
    buffer_append(&pdf, TEXT("%PDF-1.7\n"));
    for (int i = 1; i <= 64; i++) {
        offsets[i] = pdf.size;
        buffer_format(&pdf, "%d 0 obj\n", i);
        if (i == 1) {
            buffer_append(&pdf, TEXT("<</Type/Catalog/Pages 2 0 R>>"));
        } else if (i == 2) {
            buffer_append(&pdf, TEXT("<</Type/Pages/Count 1/Kids[3 0 R]>>"));
        } else if (i == 3) {
            buffer_append(&pdf,
                          TEXT("<</Type/Page/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"));
        } else {
            buffer_format(&pdf,
                          "<</Subtype/Form/Resources<</XObject<</X %d 0 R>>>>/Length %zu>>\nstream\n%s\nendstream",
                          i + 1, strlen(draw), draw);
        }
        buffer_append(&pdf, TEXT("\nendobj\n"));
    }
    const size_t table = pdf.size;
    buffer_append(&pdf, TEXT("xref\n0 65\n0000000000 65535 f \n"));
    for (int i = 1; i <= 64; i++) {
        buffer_format(&pdf, "%010zu 00000 n \n", offsets[i]);
    }
    buffer_format(&pdf, "trailer\n<</Size 65/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", table);
    const PdfaReport report = judge(arena, (Text){pdf.data, pdf.size}, PDFA_2B);
    CHECK(has_fault(&report, "6.2.4.3", 2));
    CHECK(arena_used(arena) < ((size_t)64 << 20));
    arena_close(arena);
}
