/** Tests of attaching files to PDFs of others by a revision: what was there stays, and names stay in order. */
#include "base/buffer.h"
#include "pdf/attachment.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)64 << 20)

static PdfNewFile new_file(const char *name, Text bytes) {
    return (PdfNewFile){.name = text_of(name),
                        .description = TEXT("Said (of it)"),
                        .media_type = TEXT("application/xml"),
                        .relationship = TEXT("Data"),
                        .modified = time_of_date(2026, 11, 23),
                        .bytes = bytes};
}

static Status attach(Arena *arena, Text pdf, const PdfNewFile *files, size_t count, Text *ret_pdf) {
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section = {0};
    TRY(pdf_open(arena, pdf, &file));
    TRY(pdf_revision_begin(arena, file, &revision));
    TRY(pdf_attach(arena, file, revision, files, count));
    TRY(pdf_revision_finish(revision, &section));
    Buffer whole = buffer_make(arena, BUDGET);
    buffer_append(&whole, pdf);
    buffer_append(&whole, (Text){section.bytes, section.size});
    return buffer_take(&whole, ret_pdf);
}

static void check_attached(Text base) {
    Arena *arena = arena_open(BUDGET);
    const PdfNewFile first[] = {new_file("m.xml", TEXT("<m/>")), new_file("z.xml", TEXT("<z/>"))};
    const PdfNewFile second[] = {new_file("a.xml", TEXT("<a/>")), new_file("q.xml", TEXT("<q/>"))};
    Text once = {0}, twice = {0}, bytes = {0}, output = {0};
    CHECK_OK(attach(arena, base, first, 2, &once));
    CHECK_OK(attach(arena, once, second, 2, &twice));
    CHECK(text_starts_with(twice, once) && text_starts_with(once, base));
    PdfFile *file = NULL;
    PdfAttachments found = {0};
    CHECK_OK(pdf_open(arena, twice, &file));
    CHECK_OK(pdf_attachments(file, &found));
    CHECK_INT(found.count, 4);
    CHECK_TEXT(found.items[0].name, "a.xml");
    CHECK_TEXT(found.items[1].name, "m.xml");
    CHECK_TEXT(found.items[2].name, "q.xml");
    CHECK_TEXT(found.items[3].name, "z.xml");
    CHECK_TEXT(found.items[3].description, "Said (of it)");
    CHECK_OK(pdf_attachment_bytes(file, &found.items[2], &bytes));
    CHECK_TEXT(bytes, "<q/>");
    const char *path = arena_format(arena, "%s/attached.pdf", test_directory()).data;
    fixture_write_file(path, twice);
    CHECK_INT(fixture_run(arena, &output, "qpdf --check %s && qpdf --show-attachment=m.xml %s", path, path), 0);
    CHECK(fixture_contains(output, "<m/>"));
    CHECK_OK(attach(arena, twice, &second[1], 1, &once));
    CHECK_OK(pdf_open(arena, once, &file));
    CHECK_OK(pdf_attachments(file, &found));
    CHECK_INT(found.count, 5);
    CHECK_TEXT(found.items[0].name, "2-q.xml");
    arena_close(arena);
}

TEST(files_are_attached_beside_those_that_are_there) {
    Arena *arena = arena_open(BUDGET);
    check_attached(fixture_pdf(arena));
    check_attached(fixture_pdf_with_streams(arena));
    arena_close(arena);
}
