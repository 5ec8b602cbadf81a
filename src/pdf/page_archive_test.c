/** Tests of what makes a paper an archive's document: metadata, colour profile, the field that waits for the seal. */
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/conformance.h"
#include "pdf/page.h"
#include "testing/paper_fixture.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)64 << 20)

static Paper *open_paper(Arena *arena, const PaperInformation *information) {
    Paper *paper = NULL;
    CHECK_OK(paper_open(arena, information, &paper));
    paper_page(paper, 210, 297);
    return paper;
}

static PdfFile *finish(Arena *arena, Paper *paper) {
    Text pdf = {0};
    PdfFile *file = NULL;
    CHECK_OK(paper_finish(paper, &pdf));
    CHECK_OK(pdf_open(arena, pdf, &file));
    CHECK_OK(pdf_check_objects(file));
    return file;
}

static const PdfValue *get(PdfFile *file, const PdfValue *dictionary, const char *key) {
    const PdfValue *value = NULL;
    CHECK_OK(pdf_get(file, dictionary, key, &value));
    return value;
}

static const PdfValue *catalog_of(PdfFile *file) {
    PdfReference reference;
    const PdfValue *catalog = NULL;
    CHECK_OK(pdf_catalog(file, &reference, &catalog));
    return catalog;
}

static void expect_information(Arena *arena, PdfFile *file, const char *key, Text expected) {
    Text text = {0};
    const PdfValue *value = get(file, get(file, pdf_trailer(file), "Info"), key);
    CHECK_INT(value->kind, PDF_STRING);
    CHECK_OK(pdf_text_string(arena, value->text, &text));
    CHECK(text_equal(text, expected));
}

TEST(metadata_say_what_the_information_says) {
    Arena *arena = arena_open(BUDGET);
    const PaperInformation information = {.title = TEXT("Уверение <1> & (2)\nnext"),
                                          .author = TEXT("臺北 Chamber"),
                                          .subject = TEXT("A > B"),
                                          .keywords = TEXT("one, two"),
                                          .language = TEXT("mk"),
                                          .created = time_add(time_of_date(2026, 3, 14), 15 * TIME_HOUR)};
    PdfFile *file = finish(arena, open_paper(arena, &information));
    expect_information(arena, file, "Title", information.title);
    expect_information(arena, file, "Author", information.author);
    expect_information(arena, file, "Subject", information.subject);
    expect_information(arena, file, "Keywords", information.keywords);
    expect_information(arena, file, "Producer", TEXT("Tradepost"));
    expect_information(arena, file, "CreationDate", TEXT("D:20260314150000+00'00'"));
    expect_information(arena, file, "ModDate", TEXT("D:20260314150000+00'00'"));
    const PdfValue *metadata = get(file, catalog_of(file), "Metadata");
    Text xmp = {0};
    CHECK_OK(pdf_stream_bytes(file, metadata, &xmp));
    CHECK(pdf_entry(metadata, "Filter") == NULL);
    static const char *const parts[] = {
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Уверение &lt;1&gt; &amp; (2)&#10;next</rdf:li>",
        "<dc:creator><rdf:Seq><rdf:li>臺北 Chamber</rdf:li>",
        "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">A &gt; B</rdf:li>",
        "<dc:language><rdf:Bag><rdf:li>mk</rdf:li>",
        "<pdf:Keywords>one, two</pdf:Keywords>",
        "<pdf:Producer>Tradepost</pdf:Producer>",
        "<xmp:CreateDate>2026-03-14T15:00:00Z</xmp:CreateDate>",
        "<xmp:ModifyDate>2026-03-14T15:00:00Z</xmp:ModifyDate>"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!fixture_contains(xmp, parts[i])) {
            test_fail(__FILE__, __LINE__, "the metadata lack %s", parts[i]);
        }
    }
    arena_close(arena);
}

TEST(refuses_information_that_metadata_cannot_say) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = NULL;
    char *large = arena_allocate(arena, 9000);
    memset(large, 'x', 9000);
    CHECK_STATUS(paper_open(arena, &(PaperInformation){.title = TEXT("a\x01")}, &paper), STATUS_INVALID);
    CHECK_STATUS(paper_open(arena, &(PaperInformation){.author = TEXT("\xEF\xBF\xBE")}, &paper), STATUS_INVALID);
    CHECK_STATUS(paper_open(arena, &(PaperInformation){.subject = {large, 9000}}, &paper), STATUS_TOO_LARGE);
    CHECK(paper == NULL);
    arena_close(arena);
}

static uint32_t number_at(Text bytes, size_t at, size_t size) {
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++) {
        CHECK(at + i < bytes.size);
        number = number << 8 | (unsigned char)bytes.data[at + i];
    }
    return number;
}

/** The tag's data; ends the test as failed when it is not there or not inside the profile. */
static Text tag_of(Text profile, const char *name) {
    const uint32_t count = number_at(profile, 128, 4);
    for (uint32_t i = 0; i < count; i++) {
        const size_t entry = 132 + 12 * i;
        const uint32_t offset = number_at(profile, entry + 4, 4), size = number_at(profile, entry + 8, 4);
        CHECK(offset % 4 == 0 && offset >= 132 + 12 * count && size <= profile.size - offset);
        if (memcmp(profile.data + entry, name, 4) == 0) {
            return text_slice(profile, offset, offset + size);
        }
    }
    test_fail(__FILE__, __LINE__, "the profile has no tag %s", name);
    return (Text){0};
}

TEST(carries_a_sound_profile_of_srgb) {
    static const char *const tags[] = {"desc", "cprt", "wtpt", "chad", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"};
    Arena *arena = arena_open(BUDGET);
    PdfFile *file = finish(arena, open_paper(arena, &(PaperInformation){.title = TEXT("Colours")}));
    const PdfValue *intents = get(file, catalog_of(file), "OutputIntents");
    CHECK_INT(intents->count, 1);
    const PdfValue *stream = get(file, &intents->items[0], "DestOutputProfile");
    Text profile = {0};
    CHECK_OK(pdf_stream_bytes(file, stream, &profile));
    CHECK_INT(get(file, stream, "N")->integer, 3);
    CHECK_INT(number_at(profile, 0, 4), profile.size);
    CHECK(text_equal(text_slice(profile, 12, 24), TEXT("mntrRGB XYZ ")));
    CHECK(text_equal(text_slice(profile, 36, 40), TEXT("acsp")));
    CHECK_INT(number_at(profile, 128, 4), sizeof tags / sizeof tags[0]);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        (void)tag_of(profile, tags[i]);
    }
    /* The primaries together are white. */
    for (size_t i = 8; i < 20; i += 4) {
        const uint32_t sum = number_at(tag_of(profile, "rXYZ"), i, 4) + number_at(tag_of(profile, "gXYZ"), i, 4) +
                             number_at(tag_of(profile, "bXYZ"), i, 4);
        const uint32_t white = number_at(tag_of(profile, "wtpt"), i, 4);
        CHECK(sum + 12 >= white && sum <= white + 12);
    }
    CHECK(text_equal(tag_of(profile, "rTRC"), tag_of(profile, "bTRC")));
    arena_close(arena);
}

/** Ends the test as failed when our own checker finds a fault. */
static void expect_conforming(Arena *arena, Text pdf) {
    PdfaReport report = {0};
    CHECK_OK(pdfa_check(arena, pdf, PDFA_3B, &report));
    if (!report.conforms) {
        test_fail(__FILE__, __LINE__, "clause %s, object %u: %.*s", report.items[0].clause,
                  report.items[0].object.number, TEXT_ARG(report.items[0].words));
    }
}

static void append_character(Buffer *output, uint32_t c) {
    if (c < 0x80) {
        buffer_append_byte(output, (char)c);
    } else if (c < 0x800) {
        buffer_format(output, "%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 63)));
    } else {
        buffer_format(output, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
    }
}

/** Characters of all scripts, as they come, each between blanks: so many that can be printed. */
static Text random_characters(Arena *arena, uint64_t *random, size_t count) {
    Buffer output = buffer_make(arena, 1 << 16);
    while (count > 0) {
        Buffer one = buffer_make(arena, 64);
        const uint32_t c = 0x20 + (uint32_t)(test_random(random) % (count % 2 == 0 ? 0x3000 : 0xFFD0));
        TextFault fault = {.kind = TEXT_FAULT_ENCODING};
        append_character(&one, c);
        if (c < 0xD800 || c >= 0xE000) {
            CHECK_OK(pdf_missing_glyphs((Text){one.data, one.size}, &fault));
        }
        if (fault.kind == TEXT_FAULT_NONE) {
            buffer_append(&output, (Text){one.data, one.size});
            buffer_append_byte(&output, ' ');
            count--;
        }
    }
    return (Text){output.data, output.size};
}

TEST(conforms_whatever_is_written) {
    uint64_t random = test_seed();
    for (int round = 0; round < 4; round++) {
        Arena *arena = arena_open(BUDGET);
        Paper *paper = open_paper(arena, &(PaperInformation){.title = TEXT("Characters")});
        for (int line = 0; line < 10; line++) {
            const TextRun run = {random_characters(arena, &random, 40),
                                 {.family = line % 2 == 0 ? FONT_SANS : FONT_SERIF,
                                  .bold = line % 3 == 0,
                                  .italic = line % 5 == 0,
                                  .size = 9}};
            TextBlock *block = NULL;
            CHECK_OK(paper_set_text(paper, &run, 1, ALIGN_START, 190, 1, &block));
            paper_draw_text(paper, block, 10, 10 + 20 * line, 0, block_lines(block));
            block_release(block);
        }
        Text pdf = {0};
        CHECK_OK(paper_finish(paper, &pdf));
        expect_conforming(arena, pdf);
        arena_close(arena);
    }
}

TEST(conforms_whatever_is_drawn) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena, &(PaperInformation){.title = TEXT("Все & <all>"), .language = TEXT("en")});
    const Colour grey = colour_of_rgb(0xcccccc), gold = colour_of_rgb(0xeedd88);
    double height = 0;
    paper_waves(paper, (Rectangle){10, 10, 190, 100}, grey, gold);
    paper_rosette(paper, 100, 60, 20, grey, gold);
    CHECK_OK(paper_watermark(paper, TEXT("SPECIMEN"), (Rectangle){10, 10, 190, 277}, grey));
    CHECK_OK(paper_code(paper, TEXT("https://verify.example/V"), (Rectangle){20, 30, 40, 40}, 25, &height));
    CHECK_OK(paper_picture(paper, fixture_read_file(arena, PAPER_FIXTURE_LOGO), (Rectangle){80, 30, 20, 20}));
    paper_page(paper, 297, 210);
    paper_fill(paper, (Rectangle){70, 20, 50, 20}, gold);
    const PaperAttachment attachment = {.name = TEXT("Дата.xml"),
                                        .media_type = TEXT("application/xml"),
                                        .relationship = PAPER_DATA,
                                        .bytes = TEXT("<a/>")};
    CHECK_OK(paper_attach(paper, &attachment));
    paper_seal(paper, &(PaperSeal){.page = 2, .left = 50, .bottom = 50, .right = 90, .top = 90, .content = TEXT("n")});
    Text pdf = {0};
    CHECK_OK(paper_finish(paper, &pdf));
    expect_conforming(arena, pdf);
    arena_close(arena);
}

TEST(prepares_the_field_for_the_seal) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena, &(PaperInformation){.title = TEXT("Field")});
    paper_page(paper, 297, 210);
    paper_seal(paper,
               &(PaperSeal){.page = 2, .left = 100, .bottom = 50, .right = 200, .top = 90, .content = TEXT("n")});
    PdfFile *file = finish(arena, paper);
    PdfSignatureFields fields = {0};
    PdfPage page;
    CHECK_OK(pdf_signature_fields(file, &fields));
    CHECK_INT(fields.count, 1);
    CHECK_TEXT(fields.items[0].name, PAPER_SEAL_FIELD);
    CHECK(fields.items[0].dictionary == NULL);
    CHECK_INT(get(file, fields.items[0].field, "F")->integer, 132);
    CHECK_OK(pdf_page(file, 1, &page));
    CHECK_INT(pdf_entry(fields.items[0].field, "P")->reference.number, page.reference.number);
    const PdfValue *annotations = get(file, page.dictionary, "Annots");
    CHECK_INT(annotations->count, 1);
    CHECK_INT(annotations->items[0].reference.number, fields.items[0].reference.number);
    Text content = {0};
    CHECK_OK(pdf_stream_bytes(file, get(file, get(file, fields.items[0].field, "AP"), "N"), &content));
    CHECK_TEXT(content, "n");
    CHECK_OK(pdf_page(file, 0, &page));
    CHECK(pdf_entry(page.dictionary, "Annots") == NULL);
    CHECK_INT(get(file, get(file, catalog_of(file), "AcroForm"), "SigFlags")->integer, 3);
    arena_close(arena);
}

TEST(refuses_a_seal_on_a_page_that_is_not_there) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena, &(PaperInformation){.title = TEXT("Field")});
    paper_seal(paper, &(PaperSeal){.page = 2});
    Text pdf = TEXT("untouched");
    CHECK_STATUS(paper_finish(paper, &pdf), STATUS_FAILED);
    CHECK_TEXT(pdf, "untouched");
    arena_close(arena);
}
