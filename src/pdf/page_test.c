/** Tests of papers: equal bytes for equal calls, sound files, text in all scripts, codes that can be read. */
#include "pdf/page.h"

#include <math.h>

#include "base/log.h"
#include "pdf/reader.h"
#include "testing/paper_fixture.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)256 << 20)

static Paper *open_paper(Arena *arena) {
    Paper *paper = NULL;
    const PaperInformation information = {.title = TEXT("Уверение (test) \\ 1"),
                                          .author = TEXT("Chamber"),
                                          .language = TEXT("mk"),
                                          .created = time_of_date(2026, 3, 14)};
    CHECK_OK(paper_open(arena, &information, &paper));
    paper_page(paper, 210, 297);
    return paper;
}

static Text finish(Paper *paper) {
    Text pdf;
    CHECK_OK(paper_finish(paper, &pdf));
    return pdf;
}

static TextBlock *set(Paper *paper, const char *text, double size, double width) {
    const TextRun run = {text_of(text), {.size = size}};
    TextBlock *block = NULL;
    CHECK_OK(paper_set_text(paper, &run, 1, ALIGN_START, width, 1, &block));
    return block;
}

static void draw(Paper *paper, const char *text, double x, double y) {
    TextBlock *block = set(paper, text, 9, 180);
    paper_draw_text(paper, block, x, y, 0, block_lines(block));
    block_release(block);
}

/** A paper with something of everything. */
static Text draw_all(Arena *arena) {
    Paper *paper = open_paper(arena);
    double height = 0;
    paper_waves(paper, (Rectangle){10, 10, 190, 100}, colour_of_rgb(0xdddddd), colour_of_rgb(0xeedddd));
    paper_rosette(paper, 100, 60, 20, colour_of_rgb(0xaaaaaa), colour_of_rgb(0xbbaaaa));
    CHECK_OK(paper_watermark(paper, TEXT("SPECIMEN"), (Rectangle){10, 10, 190, 277}, colour_of_rgb(0xeeeeee)));
    draw(paper, "Скопје 臺北市 Αθήνα İstanbul", 20, 20);
    CHECK_OK(paper_code(paper, TEXT("https://verify.example/V"), (Rectangle){20, 30, 40, 40}, 25, &height));
    CHECK_OK(paper_picture(paper, fixture_read_file(arena, PAPER_FIXTURE_LOGO), (Rectangle){80, 30, 20, 20}));
    paper_line(paper, 10, 200, 200, 200, 0.5, colour_of_rgb(0));
    paper_frame(paper, (Rectangle){10, 210, 50, 20}, 0.5, colour_of_rgb(0x336699));
    paper_fill(paper, (Rectangle){70, 210, 50, 20}, colour_of_rgb(0x99ccff));
    paper_page(paper, 297, 210);
    draw(paper, "Second page", 20, 20);
    CHECK_INT(paper_pages(paper), 2);
    return finish(paper);
}

TEST(gives_equal_bytes_for_equal_calls) {
    Arena *first = arena_open(BUDGET), *second = arena_open(BUDGET);
    const Text one = draw_all(first), two = draw_all(second);
    CHECK(text_equal(one, two));
    arena_close(first);
    arena_close(second);
}

TEST(writes_sound_files) {
    Arena *arena = arena_open(BUDGET);
    const Text pdf = draw_all(arena);
    CHECK(text_starts_with(pdf, TEXT("%PDF-1.7\n%")));
    PdfFile *file = NULL;
    CHECK_OK(pdf_open(arena, pdf, &file));
    CHECK_OK(pdf_check_objects(file));
    CHECK(!pdf_uses_cross_reference_stream(file));
    const char *path = arena_format(arena, "%s/paper.pdf", test_directory()).data;
    fixture_write_file(path, pdf);
    Text output;
    if (fixture_run(arena, &output, "qpdf --check %s", path) != 0) {
        test_fail(__FILE__, __LINE__, "qpdf: %.*s", TEXT_ARG(output));
    }
    CHECK_INT(fixture_run(arena, &output, "mutool info %s", path), 0);
    CHECK(!fixture_contains(output, "error") && !fixture_contains(output, "warning"));
    CHECK_INT(fixture_run(arena, &output, "pdfinfo %s", path), 0);
    CHECK(fixture_contains(output, "Уверение (test) \\ 1"));
    CHECK(fixture_contains(output, "Sat Mar 14 00:00:00 2026"));
    CHECK(fixture_contains(output, "PDF version:     1.7"));
    CHECK_INT(fixture_run(arena, &output, "mutool show %s trailer/Root trailer/ID", path), 0);
    CHECK(fixture_contains(output, "/Lang (mk)"));
    CHECK_INT(fixture_run(arena, &output, "pdfimages -list %s", path), 0);
    CHECK(fixture_contains(output, "stencil"));
    CHECK(fixture_contains(output, "jpeg"));
    CHECK(!fixture_contains(output, "smask"));
    CHECK_INT(fixture_run(arena, &output, "pdftotext %s -", path), 0);
    CHECK(fixture_contains(output, "Скопје 臺北市 Αθήνα İstanbul"));
    /* Rotated letters stand on lines of their own. */
    CHECK_INT(fixture_run(arena, &output, "pdftotext %s - | tr -d ' \\n\\f'", path), 0);
    CHECK(fixture_contains(output, "SPECIMEN") || fixture_contains(output, "NEMICEPS"));
    arena_close(arena);
}

/** Scripts whose letters change places or melt into one another are read back as they were typed. */
TEST(reordered_letters_are_read_back) {
    static const char *const texts[] = {"हिन्दी क्षेत्र", "ខ្មែរ",  "বাংলা কি", "தமிழ் கொ", "ภาษาไทย",
                                        "العربية",    "עברית", "አማርኛ",     "Հայերեն", "ქართული"};
    Arena *arena = arena_open(BUDGET);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Paper *paper = open_paper(arena);
        draw(paper, texts[i], 20, 20);
        const char *path = arena_format(arena, "%s/paper.pdf", test_directory()).data;
        Text output;
        fixture_write_file(path, finish(paper));
        CHECK_INT(fixture_run(arena, &output, "pdftotext %s -", path), 0);
        if (!fixture_contains(output, texts[i])) {
            test_fail(__FILE__, __LINE__, "%s is read back as %.*s", texts[i], TEXT_ARG(output));
        }
    }
    arena_close(arena);
}

TEST(different_papers_have_different_identifiers) {
    Arena *arena = arena_open(BUDGET);
    Paper *one = open_paper(arena);
    draw(one, "one", 20, 20);
    const Text first = finish(one);
    Paper *two = open_paper(arena);
    draw(two, "two", 20, 20);
    const Text second = finish(two);
    size_t at = 0, other = 0;
    CHECK(text_find(first, TEXT("/ID [<"), &at));
    CHECK(text_find(second, TEXT("/ID [<"), &other));
    CHECK(!text_equal(text_slice(first, at, at + 38), text_slice(second, other, other + 38)));
    arena_close(arena);
}

TEST(breaks_text_into_lines_that_can_be_parted) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    const TextRun runs[] = {{TEXT("one two three four five six seven"), {.size = 10}},
                            {TEXT("second\nthird"), {.size = 20, .above = 5}}};
    TextBlock *block = NULL;
    CHECK_OK(paper_set_text(paper, runs, 2, ALIGN_START, 30, 1, &block));
    const size_t lines = block_lines(block);
    CHECK(lines >= 4);
    const double whole = block_height(block, 0, lines);
    CHECK(fabs(whole - block_height(block, 0, 2) - block_height(block, 2, lines)) < 1e-9);
    CHECK_INT(block_fit(block, 0, whole), lines);
    CHECK_INT(block_fit(block, 0, whole - 0.01), lines - 1);
    CHECK_INT(block_fit(block, 0, 0), 0);
    CHECK_INT(block_fit(block, lines, 10), lines);
    size_t run = 9, byte = 9;
    block_place(block, lines - 1, &run, &byte);
    CHECK_INT(run, 1);
    CHECK_INT(byte, 7);
    block_place(block, 0, &run, &byte);
    CHECK_INT(run, 0);
    CHECK_INT(byte, 0);
    (void)finish(paper);
    arena_close(arena);
}

TEST(remembers_set_text_without_mixing_it_up) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1500; i++) {
            const Text text = arena_format(arena, "%d", i * 7919);
            TextBlock *wide = set(paper, text.data, 9, 50), *narrow = set(paper, text.data, 9, 1.5);
            CHECK_INT(block_lines(wide), 1);
            CHECK_INT(block_lines(narrow), text.size);
            TextBlock *large = set(paper, text.data, 18, 50);
            CHECK(block_height(large, 0, 1) > 1.9 * block_height(wide, 0, 1));
            block_release(wide);
            block_release(narrow);
            block_release(large);
        }
    }
    (void)finish(paper);
    arena_close(arena);
}

TEST(refuses_what_cannot_be_printed) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    TextBlock *block = NULL;
    const TextRun glyph = {TEXT("wine \U0001F377"), {.size = 9}};
    CHECK_STATUS(paper_set_text(paper, &glyph, 1, ALIGN_START, 50, 1, &block), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "U+1F377"));
    const TextRun turned = {TEXT("12\u202E34"), {.size = 9}};
    CHECK_STATUS(paper_set_text(paper, &turned, 1, ALIGN_START, 50, 1, &block), STATUS_INVALID);
    char *long_text = arena_allocate(arena, PAPER_MAXIMUM_TEXT + 1);
    memset(long_text, 'x', PAPER_MAXIMUM_TEXT + 1);
    const TextRun huge = {{long_text, PAPER_MAXIMUM_TEXT + 1}, {.size = 9}};
    CHECK_STATUS(paper_set_text(paper, &huge, 1, ALIGN_START, 50, 1, &block), STATUS_TOO_LARGE);
    CHECK(block == NULL);
    Paper *other = NULL;
    const PaperInformation information = {.title = TEXT("\xFF")};
    CHECK_STATUS(paper_open(arena, &information, &other), STATUS_INVALID);
    arena_close(arena);
}

TEST(refuses_bad_pictures_and_codes) {
    Arena *arena = arena_open(BUDGET);
    Paper *paper = open_paper(arena);
    const Rectangle area = {10, 10, 40, 40};
    const Text logo = fixture_read_file(arena, PAPER_FIXTURE_LOGO);
    double height = 0;
    CHECK_STATUS(paper_picture(paper, TEXT("GIF89a"), area), STATUS_INVALID);
    CHECK_STATUS(paper_picture(paper, TEXT(""), area), STATUS_INVALID);
    CHECK_STATUS(paper_picture(paper, text_slice(logo, 0, logo.size / 2), area), STATUS_INVALID);
    char *wide = (char *)(uintptr_t)arena_copy(arena, logo).data;
    wide[16] = 1;
    CHECK_STATUS(paper_picture(paper, (Text){wide, logo.size}, area), STATUS_TOO_LARGE);
    uint64_t random = test_seed();
    for (int round = 0; round < 100; round++) {
        char *broken = (char *)(uintptr_t)arena_copy(arena, logo).data;
        broken[33 + test_random(&random) % (logo.size - 33)] ^= (char)(1 + test_random(&random) % 255);
        const Status status = paper_picture(paper, (Text){broken, logo.size}, area);
        CHECK(status == STATUS_OK || status == STATUS_INVALID);
    }
    CHECK_STATUS(paper_code(paper, TEXT(""), area, 25, &height), STATUS_TOO_LARGE);
    CHECK_STATUS(paper_code(paper, TEXT("Скопје"), area, 25, &height), STATUS_INVALID);
    CHECK_STATUS(paper_code(paper, TEXT("https://verify.example"), (Rectangle){0, 0, 30, 40}, 25, &height),
                 STATUS_TOO_LARGE);
    char *long_content = arena_allocate(arena, CODE_MAXIMUM + 1);
    memset(long_content, 'a', CODE_MAXIMUM + 1);
    CHECK_STATUS(paper_code(paper, (Text){long_content, CODE_MAXIMUM + 1}, area, 25, &height), STATUS_TOO_LARGE);
    CHECK_OK(paper_code(paper, (Text){long_content, CODE_MAXIMUM}, (Rectangle){0, 0, 100, 100}, 90, &height));
    arena_close(arena);
}

TEST(gives_up_in_the_middle_without_leaks) {
    for (int round = 0; round < 5; round++) {
        Arena *arena = arena_open(BUDGET);
        Paper *paper = open_paper(arena);
        (void)set(paper, "never released", 9, 100);
        draw(paper, "never finished", 20, 20);
        if (round % 2 == 0) {
            paper_page(paper, 210, 297);
        }
        arena_close(arena);
    }
}

TEST(refuses_to_pass_the_memory_budget) {
    Arena *arena = arena_open(8 << 10);
    Paper *paper = open_paper(arena);
    draw(paper, "Скопје 臺北市 Αθήνα İstanbul", 20, 20);
    paper_waves(paper, (Rectangle){10, 10, 190, 100}, colour_of_rgb(0xdddddd), colour_of_rgb(0xeedddd));
    Text pdf = TEXT("untouched");
    CHECK_STATUS(paper_finish(paper, &pdf), STATUS_TOO_LARGE);
    CHECK_TEXT(pdf, "untouched");
    arena_close(arena);
}

static double luminance(Colour colour) {
    const double channels[] = {colour.red, colour.green, colour.blue}, weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        sum += weights[i] * (channels[i] <= 0.04045 ? channels[i] / 12.92 : pow((channels[i] + 0.055) / 1.055, 2.4));
    }
    return sum;
}

TEST(darkens_colours_that_cannot_be_read) {
    for (uint32_t rgb = 0; rgb <= 0xFFFFFF; rgb += 0x10337) {
        CHECK(1.05 / (luminance(colour_for_text(colour_of_rgb(rgb))) + 0.05) >= 4.5);
    }
    const Colour navy = colour_of_rgb(0x1d3a5f), same = colour_for_text(navy);
    CHECK(navy.red == same.red && navy.green == same.green && navy.blue == same.blue);
}

TEST(reads_colours) {
    Colour colour = {0, 0, 0};
    CHECK_OK(colour_read(TEXT("#fF8000"), &colour));
    CHECK(fabs(colour.red - 1) < 1e-9 && fabs(colour.green - 128.0 / 255) < 1e-9 && fabs(colour.blue) < 1e-9);
    CHECK_STATUS(colour_read(TEXT("#ff800"), &colour), STATUS_INVALID);
    CHECK_STATUS(colour_read(TEXT("ff80000"), &colour), STATUS_INVALID);
    CHECK_STATUS(colour_read(TEXT("#ff80g0"), &colour), STATUS_INVALID);
    CHECK_STATUS(colour_read(TEXT(""), &colour), STATUS_INVALID);
}
