/** Tests of appended revisions: earlier bytes stay, readers agree on the result. */
#include "pdf/revision.h"

#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define REVISION_BUDGET ((size_t)64 << 20)

/** Adds an Info dictionary with a title and a new object, and gives the whole file. */
static Text revision_append(Arena *arena, Text base, const char *title) {
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section;
    PdfReference catalog_reference;
    const PdfValue *catalog = NULL;
    Text source = {0};
    CHECK_OK(pdf_open(arena, base, &file));
    CHECK_OK(pdf_revision_begin(arena, file, &revision));
    CHECK_OK(pdf_catalog(file, &catalog_reference, &catalog));
    const PdfReference added = pdf_revision_reserve(revision);
    const PdfChange changes[] = {{"Added", pdf_source_reference(arena, added)}, {"Pages", TEXT("2 0 R")}};
    CHECK_OK(pdf_source_with(arena, catalog, changes, 2, &source));
    pdf_revision_put(revision, added, pdf_source_text(arena, text_of(title)));
    pdf_revision_put(revision, catalog_reference, source);
    CHECK_OK(pdf_revision_finish(revision, &section));
    CHECK_INT(section.gap_to, 0);
    char *whole = arena_allocate(arena, base.size + section.size);
    memcpy(whole, base.data, base.size);
    memcpy(whole + base.size, section.bytes, section.size);
    return (Text){whole, base.size + section.size};
}

static void revision_check(Arena *arena, Text base, bool is_stream) {
    Text pdf = base;
    for (int round = 0; round < 3; round++) {
        PdfFile *file = NULL;
        PdfReference reference;
        const PdfValue *catalog = NULL, *added = NULL;
        Text title = {0};
        const Text before = pdf;
        pdf = revision_append(arena, before, "Скопје");
        CHECK(text_starts_with(pdf, before));
        CHECK_OK(pdf_open(arena, pdf, &file));
        CHECK_INT(pdf_section_count(file), round + 2);
        CHECK_INT(pdf_uses_cross_reference_stream(file), is_stream);
        CHECK_OK(pdf_check_objects(file));
        CHECK_OK(pdf_catalog(file, &reference, &catalog));
        CHECK_OK(pdf_get(file, catalog, "Added", &added));
        CHECK_OK(pdf_text_string(arena, added->text, &title));
        CHECK_TEXT(title, "Скопје");
        CHECK_INT(pdf_sections_from(file, before.size), 1);
    }
    if (fixture_has_program("qpdf")) {
        const char *path = arena_format(arena, "%s/revised.pdf", test_directory()).data;
        Text output = {0};
        fixture_write_file(path, pdf);
        const int code = fixture_run(arena, &output, "qpdf --check %s", path);
        if (code != 0) {
            test_fail(__FILE__, __LINE__, "qpdf: %.*s", TEXT_ARG(output));
        }
    }
}

TEST(appends_a_table_to_a_table) {
    Arena *arena = arena_open(REVISION_BUDGET);
    revision_check(arena, fixture_pdf(arena), false);
    arena_close(arena);
}

TEST(appends_a_stream_to_a_stream) {
    Arena *arena = arena_open(REVISION_BUDGET);
    revision_check(arena, fixture_pdf_with_streams(arena), true);
    arena_close(arena);
}

TEST(keeps_the_first_identifier_and_changes_the_second) {
    Arena *arena = arena_open(REVISION_BUDGET);
    PdfFile *file = NULL;
    const PdfValue *identifier = NULL;
    CHECK_OK(pdf_open(arena, revision_append(arena, fixture_pdf(arena), "one"), &file));
    CHECK_OK(pdf_get(file, pdf_trailer(file), "ID", &identifier));
    CHECK_TEXT(identifier->items[0].source, "<0123456789abcdef>");
    CHECK_INT(identifier->items[1].text.size, 16);
    /* A file without one gets one, of two equal parts. */
    CHECK_OK(pdf_open(arena, revision_append(arena, fixture_pdf_with_streams(arena), "one"), &file));
    CHECK_OK(pdf_get(file, pdf_trailer(file), "ID", &identifier));
    CHECK_INT(identifier->count, 2);
    CHECK(text_equal(identifier->items[0].text, identifier->items[1].text));
    arena_close(arena);
}

TEST(begins_a_new_line_behind_a_base_without_one) {
    Arena *arena = arena_open(REVISION_BUDGET);
    PdfFile *file = NULL;
    const Text base = text_trim(fixture_pdf(arena));
    const Text pdf = revision_append(arena, base, "one");
    CHECK(text_starts_with(pdf, base));
    CHECK_INT(pdf.data[base.size], '\n');
    CHECK_OK(pdf_open(arena, pdf, &file));
    CHECK_OK(pdf_check_objects(file));
    arena_close(arena);
}

TEST(refuses_a_base_with_something_behind_its_end) {
    Arena *arena = arena_open(REVISION_BUDGET);
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    CHECK_OK(pdf_open(arena, arena_format(arena, "%.*shello\n", TEXT_ARG(fixture_pdf(arena))), &file));
    CHECK_STATUS(pdf_revision_begin(arena, file, &revision), STATUS_INVALID);
    arena_close(arena);
}

TEST(leaves_room_for_a_signature_of_fixed_place) {
    Arena *arena = arena_open(REVISION_BUDGET);
    const Text base = fixture_pdf(arena);
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section;
    CHECK_OK(pdf_open(arena, base, &file));
    CHECK_OK(pdf_revision_begin(arena, file, &revision));
    const PdfReference reference = pdf_revision_reserve(revision);
    pdf_revision_put_signature(revision, reference, TEXT(" /Type /Sig"), 8);
    CHECK_OK(pdf_revision_finish(revision, &section));
    CHECK_INT(section.gap_to - section.gap_from, 18);
    CHECK_STATUS(pdf_section_fill(&section, TEXT("123456789")), STATUS_TOO_LARGE);
    CHECK_OK(pdf_section_fill(&section, TEXT("12345\xff")));
    const Text gap = {section.bytes + section.gap_from, section.gap_to - section.gap_from};
    CHECK_TEXT(gap, "<3132333435ff0000>");
    const Text whole = arena_format(arena, "%.*s%.*s", TEXT_ARG(base), (int)section.size, section.bytes);
    const PdfValue *signature = NULL, *range = NULL;
    CHECK_OK(pdf_open(arena, whole, &file));
    CHECK_OK(pdf_object(file, reference, &signature));
    range = pdf_entry(signature, "ByteRange");
    CHECK_INT(range->items[0].integer, 0);
    CHECK_INT(range->items[1].integer, base.size + section.gap_from);
    CHECK_INT(range->items[2].integer, base.size + section.gap_to);
    CHECK_INT(range->items[2].integer + range->items[3].integer, whole.size);
    arena_close(arena);
}

TEST(writes_texts_and_dates) {
    Arena *arena = arena_open(REVISION_BUDGET);
    CHECK_TEXT(pdf_source_text(arena, TEXT("Skopje")), "(Skopje)");
    CHECK_TEXT(pdf_source_text(arena, TEXT("a(b")), "<feff006100280062>");
    CHECK_TEXT(pdf_source_text(arena, TEXT("Ѐ😀")), "<feff0400d83dde00>");
    const Time time = time_add(time_of_date(2026, 11, 23), 18 * TIME_HOUR + 30 * TIME_MINUTE + 5 * TIME_SECOND);
    CHECK_TEXT(pdf_source_date(arena, time), "(D:20261123183005+00'00')");
    arena_close(arena);
}

TEST(changes_entries_of_a_dictionary) {
    Arena *arena = arena_open(REVISION_BUDGET);
    PdfFile *file = NULL;
    Text source = {0};
    CHECK_OK(pdf_open(arena, fixture_pdf(arena), &file));
    const PdfChange changes[] = {{"Size", TEXT("99")}, {"ID", {0}}, {"New", TEXT("(x)")}};
    CHECK_OK(pdf_source_with(arena, pdf_trailer(file), changes, 3, &source));
    CHECK_TEXT(source, "<< /Root 1 0 R\n/Size 99\n/New (x)\n>>");
    CHECK_OK(pdf_source_with_item(arena, pdf_entry(pdf_trailer(file), "ID"), TEXT("7"), &source));
    CHECK_TEXT(source, "[ <0123456789abcdef> <0123456789abcdef> 7 ]");
    arena_close(arena);
}
