/** Tests of attachments: what a paper embeds is listed and comes back; what strangers embed does no harm. */
#include "pdf/attachment.h"

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/page.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)64 << 20)

static Paper *open_paper(Arena *arena) {
    Paper *paper = NULL;
    const PaperInformation information = {.title = TEXT("Attachments"), .created = time_of_date(2026, 3, 14)};
    CHECK_OK(paper_open(arena, &information, &paper));
    paper_page(paper, 210, 297);
    return paper;
}

static PaperAttachment xml(const char *name) {
    return (PaperAttachment){.name = text_of(name),
                             .description = TEXT("The data of the certificate"),
                             .media_type = TEXT("application/xml"),
                             .relationship = PAPER_DATA,
                             .modified = time_add(time_of_date(2026, 11, 23), 18 * TIME_HOUR),
                             .bytes = TEXT("<Certificate>\xC3\xBC</Certificate>\n")};
}

static PdfAttachments list(Arena *arena, Text pdf, PdfFile **ret_file) {
    PdfAttachments attachments = {0};
    CHECK_OK(pdf_open(arena, pdf, ret_file));
    CHECK_OK(pdf_attachments(*ret_file, &attachments));
    return attachments;
}

TEST(gives_attachments_back) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    const PaperAttachment first = xml("origin.xml");
    const PaperAttachment second = {.name = TEXT("Извор (1).txt"),
                                    .media_type = TEXT("text/plain"),
                                    .relationship = PAPER_SOURCE,
                                    .bytes = TEXT("")};
    CHECK_OK(paper_attach(paper, &second));
    CHECK_OK(paper_attach(paper, &first));
    Text pdf = {0}, bytes = {0};
    CHECK_OK(paper_finish(paper, &pdf));
    PdfFile *file = NULL;
    const PdfAttachments found = list(arena, pdf, &file);
    CHECK_INT(found.count, 2);
    const PdfAttachment *data = pdf_attachment_named(&found, first.name);
    CHECK(data == &found.items[0]);
    CHECK_TEXT(data->description, "The data of the certificate");
    CHECK_TEXT(data->media_type, "application/xml");
    CHECK_TEXT(data->relationship, "Data");
    CHECK(data->modified.microseconds == first.modified.microseconds);
    CHECK_OK(pdf_attachment_bytes(file, data, &bytes));
    CHECK(text_equal(bytes, first.bytes));
    const PdfAttachment *source = pdf_attachment_named(&found, second.name);
    CHECK_TEXT(source->relationship, "Source");
    CHECK_TEXT(source->media_type, "text/plain");
    CHECK(source->modified.microseconds == time_of_date(2026, 3, 14).microseconds);
    CHECK_OK(pdf_attachment_bytes(file, source, &bytes));
    CHECK_INT(bytes.size, 0);
    CHECK(pdf_attachment_named(&found, TEXT("other")) == NULL);
    const char *path = arena_format(arena, "%s/attached.pdf", test_directory()).data;
    fixture_write_file(path, pdf);
    Text output;
    CHECK_INT(fixture_run(arena, &output, "qpdf --check %s && qpdf --show-attachment=origin.xml %s", path, path), 0);
    CHECK(fixture_contains(output, "<Certificate>\xC3\xBC</Certificate>"));
    CHECK_INT(fixture_run(arena, &output, "pdfdetach -list %s", path), 0);
    CHECK(fixture_contains(output, "2 embedded files") && fixture_contains(output, "Извор (1).txt"));
    arena_close(arena);
}

TEST(refuses_attachments_of_bad_form) {
    static const char *const names[] = {"", "a/b", "a\\b", "a\nb", "\xFF"}, *const types[] = {"", "xml", "a/b/c",
                                                                                              "a/ b"};
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    PaperAttachment attachment = xml("data.xml");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        attachment.name = text_of(names[i]);
        CHECK_STATUS(paper_attach(paper, &attachment), STATUS_INVALID);
    }
    attachment = xml("data.xml");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        attachment.media_type = text_of(types[i]);
        CHECK_STATUS(paper_attach(paper, &attachment), STATUS_INVALID);
    }
    attachment = xml("data.xml");
    CHECK_OK(paper_attach(paper, &attachment));
    CHECK_STATUS(paper_attach(paper, &attachment), STATUS_CONFLICT);
    for (int i = 1; i < PAPER_MAXIMUM_ATTACHMENTS; i++) {
        const PaperAttachment more = xml(arena_format(arena, "data %d.xml", i).data);
        CHECK_OK(paper_attach(paper, &more));
    }
    attachment = xml("one too many.xml");
    CHECK_STATUS(paper_attach(paper, &attachment), STATUS_TOO_LARGE);
    Text pdf = {0};
    PdfFile *file = NULL;
    CHECK_OK(paper_finish(paper, &pdf));
    CHECK_INT(list(arena, pdf, &file).count, PAPER_MAXIMUM_ATTACHMENTS);
    arena_close(arena);
}

/** A file of these objects from number 1 on, the first of which is its catalog. */
static Text file_of(Arena *arena, const char *const *objects, size_t count) {
    Buffer output = buffer_make(arena, 1 << 20);
    size_t offsets[32] = {0};
    buffer_append(&output, TEXT("%PDF-1.7\n"));
    for (size_t i = 0; i < count; i++) {
        offsets[i] = output.size;
        buffer_format(&output, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
    }
    const size_t table = output.size;
    buffer_format(&output, "xref\n0 %zu\n0000000000 65535 f \n", count + 1);
    for (size_t i = 0; i < count; i++) {
        buffer_format(&output, "%010zu 00000 n \n", offsets[i]);
    }
    buffer_format(&output, "trailer\n<< /Size %zu /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", count + 1, table);
    return (Text){output.data, output.size};
}

#define PAGES    "<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
#define PAGE     "<< /Type /Page /Parent 2 0 R /Annots 5 0 R >>"
#define EMBEDDED "<< /Type /EmbeddedFile /Params << /Size 5 >> /Length 5 >>\nstream\nhello\nendstream"

TEST(finds_every_way_to_an_embedded_file_once) {
    static const char *const objects[] = {
        "<< /Type /Catalog /Pages 2 0 R /AF [6 0 R 7 0 R 7 0 R] /Names << /EmbeddedFiles << /Kids [4 0 R] >> >> >>",
        PAGES,
        PAGE,
        "<< /Names [(by tree) 6 0 R (no file) << /F (elsewhere.txt) >>] >>",
        "[<< /Subtype /FileAttachment /FS 8 0 R >> << /Subtype /Link >> << /Subtype /FileAttachment /FS 6 0 R >> 17]",
        "<< /Type /Filespec /EF << /F 9 0 R >> >>",
        "<< /Type /Filespec /UF (associated) /EF << /UF 9 0 R >> >>",
        "<< /Type /Filespec /F (by annotation) /EF << /F 9 0 R >> >>",
        EMBEDDED};
    Arena *arena = arena_open(BUDGET);
    PdfFile *file = NULL;
    const PdfAttachments found = list(arena, file_of(arena, objects, sizeof objects / sizeof objects[0]), &file);
    CHECK_INT(found.count, 3);
    CHECK_TEXT(found.items[0].name, "by tree");
    CHECK_TEXT(found.items[1].name, "associated");
    CHECK_TEXT(found.items[2].name, "by annotation");
    Text bytes = {0};
    CHECK_OK(pdf_attachment_bytes(file, &found.items[2], &bytes));
    CHECK_TEXT(bytes, "hello");
    arena_close(arena);
}

TEST(refuses_circles_and_false_claims) {
    static const char *const circle[] = {"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 4 0 R >> >>", PAGES,
                                         "<< /Type /Page /Parent 2 0 R >>", "<< /Kids [4 0 R] >>"};
    static const char *const false_claims[] = {
        "<< /Type /Catalog /Pages 2 0 R /AF [<< /EF << /F 4 0 R >> >> << /EF << /F 5 0 R >> >>] >>", PAGES,
        "<< /Type /Page /Parent 2 0 R >>", "<< /Params << /Size 4 >> /Length 5 >>\nstream\nhello\nendstream",
        "<< /Params << /CheckSum <00112233445566778899aabbccddeeff> >> /Length 5 >>\nstream\nhello\nendstream"};
    Arena *arena = arena_open(BUDGET);
    PdfFile *file = NULL;
    PdfAttachments found = {0};
    CHECK_OK(pdf_open(arena, file_of(arena, circle, sizeof circle / sizeof circle[0]), &file));
    CHECK_STATUS(pdf_attachments(file, &found), STATUS_INVALID);
    found = list(arena, file_of(arena, false_claims, sizeof false_claims / sizeof false_claims[0]), &file);
    CHECK_INT(found.count, 2);
    Text bytes = TEXT("untouched");
    CHECK_STATUS(pdf_attachment_bytes(file, &found.items[0], &bytes), STATUS_INVALID);
    CHECK_STATUS(pdf_attachment_bytes(file, &found.items[1], &bytes), STATUS_INVALID);
    CHECK_TEXT(bytes, "untouched");
    arena_close(arena);
}
