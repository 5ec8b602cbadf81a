/** Escaping in each place, patterns, the frame, paging. */
#include "html/catalogue.h"
#include "html/view.h"
#include "testing/test.h"

ID_TYPE(SampleId);

static Arena *arena;
static Writer writer;

static void start(void) {
    arena_close(arena);
    arena = arena_open((size_t)8 << 20);
    writer = writer_make(arena, NULL, time_of_date(2026, 11, 23));
}

static Text written(void) {
    return (Text){writer.buffer.data, writer.buffer.size};
}

static void again(void) {
    writer.buffer.size = 0;
}

TEST(element_text_is_escaped) {
    start();
    write_value(&writer, TEXT("<b>\"Pepper\" & 'salt'</b> жито"));
    CHECK_TEXT(written(), "&lt;b&gt;&quot;Pepper&quot; &amp; &#39;salt&#39;&lt;/b&gt; жито");
}

TEST(each_type_has_its_own_writing) {
    start();
    write_value(&writer, INT64_C(-1234567));
    write_literal(&writer, "|", 1);
    write_value(&writer, (size_t)12);
    write_literal(&writer, "|", 1);
    write_value(&writer, time_of_date(2026, 11, 3));
    write_literal(&writer, "|", 1);
    write_value(&writer, (Time){0});
    write_literal(&writer, "|", 1);
    write_value(&writer, MESSAGE("A & B"));
    write_literal(&writer, "|", 1);
    write_value(&writer, (SampleId){1});
    write_literal(&writer, "|", 1);
    write_plain(&writer, 1234567);
    write_literal(&writer, "|", 1);
    write_plain(&writer, time_of_date(2026, 11, 3));
    CHECK_TEXT(written(), "-1,234,567|12|3 November 2026||A &amp; B|0000000000001|1234567|2026-11-03");
}

TEST(only_harmless_schemes_start_a_url) {
    static const struct {
        const char *url, *expected;
    } cases[] = {
        {"https://example.com/a?b=1&c=2", "https://example.com/a?b=1&amp;c=2"},
        {"HTTP://example.com", "HTTP://example.com"},
        {"mailto:a@example.com", "mailto:a@example.com"},
        {"/documents/1", "/documents/1"},
        {"//example.com", "#"},
        {"/\\example.com", "#"},
        {"/\t/example.com", "#"},
        {"javascript:alert(1)", "#"},
        {" javascript:alert(1)", "#"},
        {"java\nscript:alert(1)", "#"},
        {"data:text/html,x", "#"},
        {"documents", "#"},
        {"", "#"},
        {"https://example.com/\"onload=x", "https://example.com/&quot;onload=x"},
    };
    start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        again();
        write_url_start(&writer, text_of(cases[i].url));
        CHECK_TEXT(written(), cases[i].expected);
    }
}

TEST(parts_of_urls_are_percent_encoded) {
    start();
    write_url_part(&writer, TEXT("a b/c?d&e=\"ж~"));
    CHECK_TEXT(written(), "a%20b%2Fc%3Fd%26e%3D%22%D0%B6~");
}

TEST(json_values) {
    start();
    write_json(&writer, TEXT("</script>\"\\\n\x01 & \xe2\x80\xa8 €"));
    write_literal(&writer, ",", 1);
    write_json(&writer, INT64_C(1234567));
    write_literal(&writer, ",", 1);
    write_json(&writer, (bool)true);
    write_literal(&writer, ",", 1);
    write_json(&writer, time_of_date(2026, 11, 23));
    write_literal(&writer, ",", 1);
    write_json(&writer, (Time){0});
    write_literal(&writer, ",", 1);
    write_json(&writer, (SampleId){1});
    write_literal(&writer, ",", 1);
    write_json(&writer, (SampleId){0});
    CHECK_TEXT(written(), "\"\\u003c/script\\u003e\\\"\\\\\\n\\u0001 \\u0026 \\u2028 €\",1234567,true,"
                          "\"2026-11-23T00:00:00Z\",null,\"0000000000001\",null");
}

TEST(lines_become_breaks) {
    start();
    write_lines(&writer, TEXT("a<\nb\n\nc"));
    CHECK_TEXT(written(), "a&lt;<br>b<br><br>c");
}

static void write_officer(Writer *to, const void *context) {
    write_value(to, *(const Text *)context);
}

static void open_link(Writer *to, const void *context) {
    (void)context;
    write_literal(to, "<a href=\"/x\">", 13);
}

static void close_link(Writer *to, const void *context) {
    (void)context;
    write_literal(to, "</a>", 4);
}

TEST(a_translation_brings_no_markup) {
    static const PatternPart parts[] = {{"officer", write_officer}, {"<a>", open_link}, {"</a>", close_link}};
    const Text name = TEXT("O'Neil <b>");
    start();
    write_pattern(&writer, TEXT("By <a>{officer}</a> & <script>alert(1)</script> {unknown}<img src=x> 2 < 3 {"), parts,
                  3, &name);
    CHECK_TEXT(written(), "By <a href=\"/x\">O&#39;Neil &lt;b&gt;</a> &amp; alert(1)  2 &lt; 3 {");
}

TEST(truth_of_each_type) {
    const struct {
        int *items;
        size_t count;
    } full = {NULL, 1}, empty = {(int[]){1}, 0};
    CHECK(html_truth(TEXT("a")));
    CHECK(!html_truth(TEXT("")));
    CHECK(!html_truth(((Text){"left over", 0})));
    CHECK(html_truth(full));
    CHECK(!html_truth(empty));
    CHECK(html_truth((bool)true));
    CHECK(!html_truth((bool)false));
    CHECK(html_truth(INT64_C(256)));
    CHECK(!html_truth(0));
    CHECK(html_truth((SampleId){1}));
    CHECK(!html_truth((Time){0}));
    CHECK(!html_truth(NO_MESSAGE));
    CHECK(html_truth(&full));
}

static void write_title(Writer *to, const void *model) {
    (void)model;
    write_value(to, TEXT("A <title>"));
}

static bool contains(Text text, const char *part) {
    size_t at = 0;
    return text_find(text, text_of(part), &at);
}

TEST(the_frame_escapes_what_it_is_given) {
    start();
    FrameLink links[] = {{MESSAGE("Documents"), TEXT("/documents"), true, 3},
                         {MESSAGE("Bad"), TEXT("javascript:x"), false, 0}};
    const Frame frame = {
        .language = language_english(),
        .languages = TEXT("en"),
        .chamber_name = TEXT("Chamber \"<x>\""),
        .person_name = TEXT("<i>Ana"),
        .navigation = {links, 2},
        .csrf_token = TEXT("token\""),
        .path = TEXT("/documents?state=a&language=mk"),
        .notice = TEXT("Saved <b>"),
        .demonstration = true,
    };
    writer = writer_make(arena, &frame, (Time){0});
    html_page_begin(&writer, write_title, NULL);
    html_page_end(&writer);
    const Text page = written();
    CHECK(contains(page, "<title>A &lt;title&gt; – Chamber &quot;&lt;x&gt;&quot;</title>"));
    CHECK(contains(page, "&lt;i&gt;Ana") && !contains(page, "name=\"description\""));
    CHECK(contains(page, "value=\"token&quot;\""));
    CHECK(contains(page, "Saved &lt;b&gt;"));
    CHECK(contains(page, "<a href=\"/documents\" aria-current=\"page\">Documents <span class=\"count\">3</span></a>"));
    CHECK(contains(page, "<a href=\"#\">Bad</a>"));
    CHECK(contains(page, "demonstration"));
    CHECK(!contains(page, "<x>") && !contains(page, "<i>") && !contains(page, "<b>"));
}

TEST(a_public_page_says_what_it_is_about) {
    start();
    const Frame frame = {.language = language_english(), .languages = TEXT("en"), .path = TEXT("/")};
    writer = writer_make(arena, &frame, (Time){0});
    html_page_begin(&writer, write_title, NULL);
    html_page_end(&writer);
    CHECK(contains(written(), "<meta name=\"description\" content=\"Apply for"));
}

TEST(paging_shows_ends_and_neighbours) {
    start();
    html_paging(&writer, &(Paging){.address = TEXT("/d?state=a"), .page = 1, .size = 50, .total = 50});
    CHECK_INT(writer.buffer.size, 0);
    html_paging(&writer, &(Paging){.address = TEXT("/d?state=a"), .page = 6, .size = 10, .total = 200});
    const Text page = written();
    CHECK(contains(
        page, "<a href=\"/d?state=a&amp;page=1\"><span class=\"hidden\">Page </span>1</a></li><li class=\"gap\">…"));
    CHECK(contains(page, "page=5\"><span") && contains(page, "page=6\" aria-current=\"page\">"));
    CHECK(contains(page, "page=7\">Next") && contains(page, "page=5\">Previous") && contains(page, "page=20\">"));
    CHECK(!contains(page, "page=4\"") && !contains(page, "page=8\""));
    again();
    html_paging(&writer, &(Paging){.address = TEXT("/d"), .page = 3, .size = 10, .total = 41});
    CHECK(!contains(written(), "gap") && contains(written(), "/d?page=2\""));
}
