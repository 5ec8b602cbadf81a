/** Tests of layouts: what JSON they take, how holes are filled, how texts flow; judged by programs that read the
 * papers. */
#include "pdf/layout.h"

#include <math.h>
#include <pthread.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/layout_template.h"
#include "pdf/reader.h"
#include "testing/paper_fixture.h"
#include "testing/paper_judge.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)512 << 20)

/* Templates. */

static bool look_up_pair(void *context, size_t row, Text name, Text *ret_value) {
    (void)context;
    if (text_equal(name, TEXT("full"))) {
        *ret_value = TEXT("value");
        return true;
    }
    if (text_equal(name, TEXT("empty"))) {
        *ret_value = TEXT("");
        return true;
    }
    if (row == 2 && text_equal(name, TEXT("line"))) {
        *ret_value = TEXT("of the row");
        return true;
    }
    return false;
}

static const LayoutFill pair_fill = {.lookup = look_up_pair};

static void expect_filled(const char *template, const char *expected) {
    Arena *arena = arena_open(1 << 20);
    const TemplateValues values = {.fill = &pair_fill, .row = 2};
    Text text = {0};
    CHECK_OK(template_check(text_of(template)));
    CHECK_OK(template_fill(arena, text_of(template), &values, &text));
    CHECK_TEXT(text, expected);
    arena_close(arena);
}

TEST(fills_templates) {
    expect_filled("", "");
    expect_filled("plain", "plain");
    expect_filled("a {full} b {line}", "a value b of the row");
    expect_filled("{full}[, {empty}][ ({full})]", "value (value)");
    expect_filled("{empty}\n{full}", "value");
    expect_filled("{full}\nNo. {empty}\nend", "value\nend");
    expect_filled("{full}\n\nend", "value\n\nend");
    expect_filled("[{?full}To order]", "To order");
    expect_filled("[{?empty}To order]\n{full}", "value");
    expect_filled("\\{full\\} \\[x\\] \\\\", "{full} [x] \\");
    expect_filled("[no hole]", "no hole");
}

TEST(refuses_templates_of_bad_form) {
    static const char *const bad[] = {"{", "{}", "{Name}", "{na me}", "}",  "{a",
                                      "[", "]",  "[a[b]]", "[a\nb]",  "\\", "{?}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (template_check(text_of(bad[i])) != STATUS_INVALID) {
            test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
        }
    }
    CHECK(template_asks(TEXT("x {pages}"), TEXT("pages")));
    CHECK(!template_asks(TEXT("x \\{pages\\} {page}"), TEXT("pages")));
    Arena *arena = arena_open(1 << 20);
    const TemplateValues values = {.fill = &pair_fill, .row = LAYOUT_NO_ROW};
    Text text = TEXT("untouched");
    CHECK_STATUS(template_fill(arena, TEXT("{line}"), &values, &text), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "{line} has no value"));
    CHECK_TEXT(text, "untouched");
    arena_close(arena);
}

/* JSON. */

static void expect_refusal(const char *json, const char *words) {
    Arena *arena = arena_open(8 << 20);
    const Layout *layout = NULL;
    const Status status = layout_of_json(arena, text_of(json), &layout);
    const Text why = test_failure();
    if (status == STATUS_OK || layout != NULL || !fixture_contains(why, words)) {
        test_fail(__FILE__, __LINE__, "%s: %s \"%.*s\", expected \"%s\"", json, status_name(status), TEXT_ARG(why),
                  words);
    }
    arena_close(arena);
}

#define PART(members) "{\"first\": [{\"part\": " members "}]}"
#define PLACED        "\"x\": 1, \"y\": 1, \"width\": 9, \"height\": 9"

TEST(names_the_place_of_what_it_refuses) {
    expect_refusal("", "line 1");
    expect_refusal("[1]", "an object is needed");
    expect_refusal("{\"first\": 1}", "first: an array");
    expect_refusal("{\"name\": \"a\", \"name\": \"b\"}", "duplicate");
    expect_refusal("{\"nane\": \"a\"}", "nane: no such member");
    expect_refusal("{\"art\": \"a\"}", "art: no such member");
    expect_refusal("{\"paper\": \"Letter\"}", "paper: one of \"A4\", \"A5\", \"A3\" is needed");
    expect_refusal("{\"first\": [1]}", "first[0]: an object is needed");
    expect_refusal(PART("\"circle\""), "first[0].part: one of \"box\"");
    expect_refusal(PART("\"box\", \"x\": 1"), "first[0]: x, y, width and height are needed");
    expect_refusal(PART("\"box\", \"x\": \"1\""), "first[0].x: a number");
    expect_refusal(PART("\"box\", \"x\": 200, \"y\": 1, \"width\": 20, \"height\": 9"), "reaches beyond the page");
    expect_refusal(PART("\"box\", \"x\": 1, \"y\": 1, \"width\": 0, \"height\": 9"), "above 0");
    expect_refusal(PART("\"box\", " PLACED ", \"colour\": \"ink\""), "first[0].colour: no such member");
    expect_refusal(PART("\"box\", " PLACED ", \"texts\": [\"a\", \"{b\"]"), "first[0].texts[1].text: a hole is");
    expect_refusal(PART("\"box\", " PLACED ", \"texts\": {\"text\": \"a\", \"style\": \"none\"}"),
                   "first[0].texts.style: no style");
    expect_refusal(PART("\"box\", " PLACED ", \"texts\": \"{pages}\""), "cannot tell {pages}");
    expect_refusal(PART("\"box\", " PLACED ", \"label_second\": \"x\""), "first[0].label_second: an object of texts");
    expect_refusal(PART("\"code\", " PLACED), "first[0].value: the content");
    expect_refusal(PART("\"code\", " PLACED ", \"value\": \"x\", \"size\": 20"), "first[0].size: a number from 25");
    expect_refusal(PART("\"area\", " PLACED ", \"colour\": \"#12345\""), "first[0].colour: a colour is written");
    expect_refusal("{\"styles\": {\"a\": {\"like\": \"b\"}}}", "styles.a.like: no style");
    expect_refusal("{\"styles\": {\"a\": {\"size\": 100}}}", "styles.a.size: a number from 4 to 72");
    expect_refusal("{\"every\": [{\"part\": \"flow\", " PLACED "}]}", "every: a flow belongs");
    expect_refusal("{\"table\": {\"columns\": []}}", "table.columns: an array of 1");
    expect_refusal("{\"table\": {\"columns\": [{\"width\": 20}]}}", "continuation: a table needs a flow");
    expect_refusal("{\"continuation\": [{\"part\": \"flow\", " PLACED
                   "}], \"table\": {\"columns\": [{\"width\": 20}]}}",
                   "continuation: the flow must be as wide");
    expect_refusal("{\"table\": {\"columns\": [{\"width\": 20}], \"groups\": [{\"columns\": 2}]}}", "groups must hold");
}

TEST(takes_a_layout_inside_a_description) {
    Arena *arena = arena_open(1 << 20);
    const Layout *layout = NULL;
    CHECK_OK(layout_of_json(
        arena, TEXT("{\"layout\": {\"name\": \"inner\", \"orientation\": \"landscape\"}, \"x\": 1}"), &layout));
    CHECK_TEXT(layout->name, "inner");
    CHECK(fabs(layout->width - 297) < 1e-9);
    arena_close(arena);
}

TEST(survives_broken_layouts) {
    Arena *arena = arena_open(BUDGET);
    const Text json = fixture_read_file(arena, PAPER_FIXTURE_LAYOUT);
    uint64_t random = test_seed();
    for (int round = 0; round < 150; round++) {
        Arena *inner = arena_open(8 << 20);
        char *broken = (char *)(uintptr_t)arena_copy(inner, json).data;
        for (int i = 0; i < 3; i++) {
            broken[test_random(&random) % json.size] = "{}[]\",:0-9ae"[test_random(&random) % 12];
        }
        const Layout *layout = NULL;
        const Status status = layout_of_json(inner, (Text){broken, json.size}, &layout);
        CHECK((status == STATUS_OK) == (layout != NULL));
        arena_close(inner);
    }
    arena_close(arena);
}

/* Papers. */

static LayoutDrawn draw_sample(Arena *arena, PaperSample *sample) {
    LayoutDrawn drawn = {0};
    sample->arena = arena;
    const LayoutFill fill = paper_fixture_fill(sample);
    CHECK_OK(layout_draw(arena, paper_fixture_layout(arena), &fill, &drawn));
    return drawn;
}

TEST(prints_every_value_in_all_scripts) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 8};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    const char *path = paper_save(arena, drawn.pdf);
    const Text whole = paper_text(arena, path);
    paper_expect_no_overlap(arena, path);
    const char *name = NULL, *value = NULL;
    for (size_t i = 0; paper_fixture_value(i, &name, &value); i++) {
        if (strcmp(name, "origins") != 0 && strcmp(name, "chamber_address") != 0) {
            paper_expect_text(arena, whole, value);
        }
    }
    for (size_t row = 0; row < 8; row++) {
        for (size_t i = 0; paper_fixture_row_value(row, i, &name, &value); i++) {
            paper_expect_text(arena, whole, value);
        }
    }
    paper_expect_text(arena, whole, "УВЕРЕНИЕ ЗА ПОТЕКЛО");
    paper_expect_text(arena, whole, "Kej Dimitar Vlahov 11, 1000 Skopje, North Macedonia");
    arena_close(arena);
}

TEST(is_a_sound_file_with_embedded_fonts) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 40};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    const char *path = paper_save(arena, drawn.pdf);
    PdfFile *file = NULL;
    Text output;
    CHECK_OK(pdf_open(arena, drawn.pdf, &file));
    CHECK_OK(pdf_check_objects(file));
    if (fixture_run(arena, &output, "qpdf --check %s", path) != 0) {
        test_fail(__FILE__, __LINE__, "qpdf: %.*s", TEXT_ARG(output));
    }
    CHECK_INT(fixture_run(arena, &output, "mutool info %s >/dev/null", path), 0);
    CHECK_TEXT(output, "");
    CHECK_INT(fixture_run(arena, &output, "pdffonts %s | tail -n +3 | grep -v ' yes yes yes '", path), 1);
    CHECK_INT(fixture_run(arena, &output, "qpdf --qdf --object-streams=disable %s - | grep -ac CIDFontType2", path), 0);
    const Text fonts = text_trim(output);
    CHECK_INT(fixture_run(arena, &output, "qpdf --qdf --object-streams=disable %s - | grep -ac CIDToGIDMap", path), 0);
    CHECK(text_equal(fonts, text_trim(output)));
    CHECK(!fixture_contains(drawn.pdf, "/SMask") && !fixture_contains(drawn.pdf, "/Interpolate true"));
    CHECK_INT(fixture_run(arena, &output, "pdfinfo %s", path), 0);
    CHECK(fixture_contains(output, "Certificate of origin VAR-CO-2026-000123"));
    CHECK(fixture_contains(output, "Encrypted:       no"));
    CHECK_INT(fixture_run(arena, &output, "pdfinfo %s | awk '/^Pages/ {print $2}'", path), 0);
    CHECK_TEXT(text_trim(output), arena_format(arena, "%zu", drawn.pages).data);
    arena_close(arena);
}

TEST(the_code_can_be_read_on_every_page) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 30};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    const char *path = paper_save(arena, drawn.pdf);
    Text output;
    CHECK(drawn.pages > 1);
    CHECK_INT(fixture_run(arena, &output,
                          "pdftoppm -r 200 -gray %s %s.page && for page in %s.page*; do zbarimg -q --raw -S disable -S "
                          "qrcode.enable $page 2>/dev/null; done",
                          path, path, path),
              0);
    size_t count = 0;
    for (Text rest = output; rest.size > 0; count++) {
        CHECK_TEXT(text_cut(&rest, '\n'), "https://verify.example/verify/VAR-CO-2026-000123/7K3M-9QXR-T4WD");
    }
    CHECK_INT(count, drawn.pages);
    arena_close(arena);
}

TEST(tells_where_the_seal_belongs) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 1};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    const Layout *layout = paper_fixture_layout(arena);
    CHECK(drawn.seal.present);
    CHECK_INT(drawn.seal.page, 1);
    for (size_t i = 0; i < layout->first.count; i++) {
        const LayoutPart *part = &layout->first.items[i];
        if (part->kind == LAYOUT_SEAL) {
            CHECK(fabs(drawn.seal.left * 25.4 / 72 - part->area.x) < 1e-6);
            CHECK(fabs((drawn.seal.right - drawn.seal.left) * 25.4 / 72 - part->area.width) < 1e-6);
            CHECK(fabs(297 - drawn.seal.top * 25.4 / 72 - part->area.y) < 1e-6);
            CHECK(fabs((drawn.seal.top - drawn.seal.bottom) * 25.4 / 72 - part->area.height) < 1e-6);
        }
    }
    arena_close(arena);
}

TEST(flows_three_hundred_rows) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 300};
    PaperChange changes[300];
    for (size_t i = 0; i < 300; i++) {
        changes[i] = (PaperChange){"marks", i, arena_format(arena, "MARK-%03zu-KRAM", i)};
    }
    sample.changes = changes;
    sample.change_count = 300;
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    CHECK(drawn.pages > 10);
    const Text whole = paper_text(arena, paper_save(arena, drawn.pdf));
    for (size_t i = 0; i < 300; i++) {
        const char *mark = changes[i].value.data;
        size_t at = 0;
        CHECK(text_find(whole, text_of(mark), &at));
        CHECK(!fixture_contains(text_slice(whole, at + 1, whole.size), mark));
    }
    paper_expect_text(arena, whole, arena_format(arena, "Continuation page %zu of %zu", drawn.pages, drawn.pages).data);
    arena_close(arena);
}

/** Numbered words, about `size` bytes of them. */
static Text numbered_words(Arena *arena, size_t size, const char *prefix) {
    Buffer words = buffer_make(arena, size + 100);
    for (size_t i = 0; words.size < size; i++) {
        buffer_format(&words, "%s%s%04zu", i > 0 ? " " : "", prefix, i);
    }
    Text text = {0};
    CHECK_OK(buffer_take(&words, &text));
    return text;
}

TEST(breaks_a_long_description_over_pages) {
    Arena *arena = arena_open(BUDGET);
    const PaperChange change = {"description", 1, numbered_words(arena, 5000, "w")};
    PaperSample sample = {.rows = 4, .changes = &change, .change_count = 1};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    CHECK(drawn.pages >= 2);
    paper_expect_words(paper_text(arena, paper_save(arena, drawn.pdf)), change.value);
    arena_close(arena);
}

TEST(breaks_a_row_longer_than_several_pages) {
    Arena *arena = arena_open(BUDGET);
    const PaperChange change = {"description", 0, numbered_words(arena, 60000, "w")};
    PaperSample sample = {.rows = 1, .changes = &change, .change_count = 1};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    CHECK(drawn.pages >= 12);
    paper_expect_words(paper_text(arena, paper_save(arena, drawn.pdf)), change.value);
    arena_close(arena);
}

TEST(continues_boxes_that_are_too_full) {
    Arena *arena = arena_open(BUDGET);
    const PaperChange changes[] = {{"remarks", LAYOUT_NO_ROW, numbered_words(arena, 5000, "r")},
                                   {"consignee_address", LAYOUT_NO_ROW, numbered_words(arena, 9000, "c")}};
    PaperSample sample = {.rows = 3, .changes = changes, .change_count = 2};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    const Text whole = paper_text(arena, paper_save(arena, drawn.pdf));
    paper_expect_words(whole, changes[0].value);
    paper_expect_words(whole, changes[1].value);
    paper_expect_text(arena, whole, "Box 5, REMARKS, continued");
    paper_expect_text(arena, whole, "continued on page 2");
    arena_close(arena);
}

TEST(continues_on_landscape_pages_without_a_table) {
    Arena *arena = arena_open(BUDGET);
    const Layout *layout = NULL;
    LayoutDrawn drawn;
    CHECK_OK(layout_of_json(
        arena,
        TEXT(
            "{\"orientation\": \"landscape\", \"first\": [{\"part\": \"box\", \"x\": 20, \"y\": 20, \"width\": 150, "
            "\"height\": 30, \"label\": \"FACTS\", \"texts\": \"{remarks}\"}], \"continuation\": [{\"part\": \"flow\", "
            "\"x\": 20, \"y\": 20, \"width\": 170, \"height\": 40}]}"),
        &layout));
    const PaperChange change = {"remarks", LAYOUT_NO_ROW, numbered_words(arena, 9000, "f")};
    PaperSample sample = {.rows = 7, .changes = &change, .change_count = 1, .arena = arena};
    const LayoutFill fill = paper_fixture_fill(&sample);
    CHECK_OK(layout_draw(arena, layout, &fill, &drawn));
    CHECK(drawn.pages > 3 && !drawn.seal.present);
    const char *path = paper_save(arena, drawn.pdf);
    Text output;
    paper_expect_words(paper_text(arena, path), change.value);
    CHECK_INT(fixture_run(arena, &output, "pdfinfo %s", path), 0);
    CHECK(fixture_contains(output, "841.89 x 595.27"));
    arena_close(arena);
}

TEST(sets_a_full_box_smaller_before_it_continues) {
    Arena *arena = arena_open(BUDGET);
    const PaperChange change = {"remarks", LAYOUT_NO_ROW, numbered_words(arena, 230, "r")};
    PaperSample sample = {.rows = 3, .changes = &change, .change_count = 1};
    const LayoutDrawn drawn = draw_sample(arena, &sample);
    CHECK_INT(drawn.pages, 1);
    paper_expect_words(paper_text(arena, paper_save(arena, drawn.pdf)), change.value);
    arena_close(arena);
}

TEST(cuts_nothing_off_whatever_the_length) {
    uint64_t random = test_seed();
    for (int round = 0; round < 8; round++) {
        Arena *arena = arena_open(BUDGET);
        PaperChange changes[6];
        for (size_t i = 0; i < 6; i++) {
            const size_t size = (size_t)1 << test_random(&random) % 14;
            const Text words = numbered_words(arena, size, arena_format(arena, "%c", (char)('p' + (char)i)).data);
            changes[i] = (PaperChange){i == 0   ? "remarks"
                                       : i == 1 ? "transport_details"
                                                : "description",
                                       i < 2 ? LAYOUT_NO_ROW : i, words};
        }
        PaperSample sample = {.rows = 6 + test_random(&random) % 40, .changes = changes, .change_count = 6};
        const LayoutDrawn drawn = draw_sample(arena, &sample);
        const char *path = paper_save(arena, drawn.pdf);
        const Text whole = paper_text(arena, path);
        paper_expect_no_overlap(arena, path);
        for (size_t i = 0; i < 6; i++) {
            paper_expect_words(whole, changes[i].value);
        }
        arena_close(arena);
    }
}

TEST(refuses_what_cannot_be_printed_and_says_where) {
    Arena *arena = arena_open(BUDGET);
    const Layout *layout = paper_fixture_layout(arena);
    LayoutDrawn drawn = {.pages = 77};
    const PaperChange in_row[] = {{"description", 3, TEXT("tea \U0001F375")}};
    PaperSample sample = {.rows = 5, .changes = in_row, .change_count = 1, .arena = arena};
    LayoutFill fill = paper_fixture_fill(&sample);
    CHECK_STATUS(layout_draw(arena, layout, &fill, &drawn), STATUS_INVALID);
    Text why = test_failure();
    CHECK(fixture_contains(why, "row 4, description") && fixture_contains(why, "U+1F375"));
    const PaperChange in_box[] = {{"consignor_name", LAYOUT_NO_ROW, TEXT("abc\u202Efed")}};
    sample.changes = in_box;
    CHECK_STATUS(layout_draw(arena, layout, &fill, &drawn), STATUS_INVALID);
    why = test_failure();
    CHECK(fixture_contains(why, "box 1") && fixture_contains(why, "U+202E"));
    const PaperChange in_code[] = {{"verify_address", LAYOUT_NO_ROW, TEXT("https://höst")}};
    sample.changes = in_code;
    CHECK_STATUS(layout_draw(arena, layout, &fill, &drawn), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "QR code"));
    const PaperChange in_title[] = {{"chamber_name", LAYOUT_NO_ROW, numbered_words(arena, 3000, "n")}};
    sample.changes = in_title;
    CHECK_STATUS(layout_draw(arena, layout, &fill, &drawn), STATUS_TOO_LARGE);
    CHECK_INT(drawn.pages, 77);
    arena_close(arena);
}

TEST(refuses_too_many_rows_and_names_without_value) {
    Arena *arena = arena_open(BUDGET);
    const Layout *layout = paper_fixture_layout(arena), *asking = NULL;
    LayoutDrawn drawn = {0};
    PaperSample sample = {.rows = LAYOUT_MAXIMUM_ROWS + 1, .arena = arena};
    LayoutFill fill = paper_fixture_fill(&sample);
    CHECK_STATUS(layout_draw(arena, layout, &fill, &drawn), STATUS_TOO_LARGE);
    fill.row_count = 1;
    CHECK_OK(layout_of_json(arena, TEXT(PART("\"box\", " PLACED ", \"name\": \"here\", \"texts\": \"{nothing}\"")),
                            &asking));
    CHECK_STATUS(layout_draw(arena, asking, &fill, &drawn), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "here: {nothing} has no value"));
    CHECK_OK(
        layout_of_json(arena, TEXT(PART("\"box\", " PLACED ", \"texts\": \"{consignor_address}{remarks}\"")), &asking));
    CHECK_STATUS(layout_draw(arena, asking, &fill, &drawn), STATUS_TOO_LARGE);
    CHECK(fixture_contains(test_failure(), "no continuation page"));
    arena_close(arena);
}

TEST(gives_equal_bytes_for_equal_input) {
    Arena *arena = arena_open(BUDGET);
    PaperSample sample = {.rows = 25}, other = {.rows = 25, .serial = 1};
    const Text first = draw_sample(arena, &sample).pdf;
    CHECK(!text_equal(first, draw_sample(arena, &other).pdf));
    CHECK(text_equal(first, draw_sample(arena, &sample).pdf));
    CHECK_INT(setenv("LANG", "zh_CN.UTF-8", 1), 0);
    CHECK_INT(setenv("LANGUAGE", "ar:zh", 1), 0);
    CHECK_INT(setenv("PANGO_LANGUAGE", "ja", 1), 0);
    pdf_fonts_close_thread();
    CHECK(text_equal(first, draw_sample(arena, &sample).pdf));
    arena_close(arena);
}

typedef struct Worker {
    unsigned serial;
    Text expected;
} Worker;

static void *draw_in_thread(void *thing) {
    const Worker *worker = thing;
    for (int round = 0; round < 4; round++) {
        Arena *arena = arena_open(BUDGET);
        PaperSample sample = {.rows = 12, .serial = worker->serial};
        CHECK(text_equal(draw_sample(arena, &sample).pdf, worker->expected));
        arena_close(arena);
    }
    return NULL;
}

TEST(draws_in_several_threads_at_once) {
    enum { WORKERS = 4 };
    Arena *arena = arena_open(BUDGET);
    pthread_t threads[WORKERS];
    Worker workers[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        PaperSample sample = {.rows = 12, .serial = i + 1};
        workers[i] = (Worker){i + 1, draw_sample(arena, &sample).pdf};
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, draw_in_thread, &workers[i]), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    arena_close(arena);
}

TEST(speaks_the_second_language_of_the_chamber) {
    Arena *arena = arena_open(BUDGET);
    static const struct {
        const char *language, *words;
    } cases[] = {{"es", "CERTIFICADO DE ORIGEN"},
                 {"zh-Hant-TW", "原產地證明書"},
                 {"sr-Cyrl", "УВЕРЕЊЕ О ПОРЕКЛУ"},
                 {"tr", "MENŞE ŞAHADETNAMESİ"},
                 {"sq", "CERTIFIKATË"}};
    PaperSample sample = {.rows = 2, .arena = arena};
    LayoutFill fill = paper_fixture_fill(&sample);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        LayoutDrawn drawn;
        fill.second_language = text_of(cases[i].language);
        CHECK_OK(layout_draw(arena, paper_fixture_layout(arena), &fill, &drawn));
        const Text whole = paper_text(arena, paper_save(arena, drawn.pdf));
        paper_expect_text(arena, whole, cases[i].words);
        CHECK(!fixture_contains(whole, "УВЕРЕНИЕ"));
    }
    arena_close(arena);
}

TEST(memory_stays_bounded_whatever_the_rows) {
    Arena *arena = arena_open(BUDGET);
    const Layout *layout = paper_fixture_layout(arena);
    size_t used[2];
    for (size_t i = 0; i < 2; i++) {
        Arena *values = arena_open(BUDGET), *inner = arena_open(BUDGET);
        PaperSample sample = {.rows = i == 0 ? 200 : 2000, .arena = values};
        const LayoutFill fill = paper_fixture_fill(&sample);
        LayoutDrawn drawn;
        CHECK_OK(layout_draw(inner, layout, &fill, &drawn));
        used[i] = arena_used(inner) - drawn.pdf.size;
        arena_close(inner);
        arena_close(values);
    }
    CHECK(used[1] < used[0] + ((size_t)200 << 10));
    arena_close(arena);
}
