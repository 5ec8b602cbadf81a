/** What compiled templates write: golden pages, and random text that comes back from every hole as itself. */
#include <jansson.h>
#include <libxml/HTMLparser.h>

#include "html_reader.h"
#include "sample_views.h"
#include "testing/test.h"

#define RUNS 300

static Arena *arena;

static Sample sample(void) {
    static SampleTag tags[] = {{TEXT_INIT("new")}, {TEXT_INIT("<old>")}};
    static SampleRow rows[] = {{TEXT_INIT("A&B"), 1, {tags, 2}}, {TEXT_INIT("C"), 12345, {NULL, 0}}};
    static Text words[] = {TEXT_INIT("x y"), TEXT_INIT("z\"")};
    static const SampleOfficer deputy = {TEXT_INIT("Bo")};
    return (Sample){
        .id = {1234567890123},
        .name = TEXT("Fish & \"chips\" <b>'s</b>"),
        .url = TEXT("https://example.com/?a=1&b=2"),
        .country = TEXT("MK"),
        .decimal = TEXT("1234.5"),
        .lines = TEXT("one\ntwo <three>"),
        .count = 12345,
        .small = 1,
        .kind = SAMPLE_OLD,
        .at = {INT64_C(1795458600000000)},
        .open = true,
        .state = MESSAGE("Waits & sees"),
        .safe = {TEXT("<i>safe</i>")},
        .officer = {TEXT("Ana")},
        .deputy = &deputy,
        .first = rows[0],
        .rows = {rows, 2},
        .words = {words, 2},
    };
}

typedef void Render(Writer *writer, const Sample *page);

static Text render(Render *function, const Sample *page) {
    Writer writer = writer_make(arena, NULL, page->at);
    function(&writer, page);
    Text text = {NULL, 0};
    CHECK_OK(buffer_take(&writer.buffer, &text));
    return text;
}

static Text read_golden(const char *name) {
    char path[200];
    snprintf(path, sizeof(path), "tools/htmlgen_test/good/%s.expected", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        test_fail(__FILE__, __LINE__, "%s is not there", path);
    }
    char *bytes = arena_allocate(arena, 100000);
    const size_t size = fread(bytes, 1, 100000, file);
    fclose(file);
    return text_trim((Text){bytes, size});
}

static void check_golden(const char *name, Render *function) {
    arena = arena_open((size_t)64 << 20);
    const Sample page = sample();
    const Text actual = text_trim(render(function, &page)), expected = read_golden(name);
    if (!text_equal(actual, expected)) {
        test_fail(__FILE__, __LINE__, "%s became\n%.*s\nexpected\n%.*s", name, TEXT_ARG(actual), TEXT_ARG(expected));
    }
    arena_close(arena);
}

#define GOLDEN(name, kind)                                                                                             \
    TEST(golden_##name##_##kind) {                                                                                     \
        check_golden(#name "." #kind, sample_##name##_##kind);                                                         \
    }

GOLDEN(text, html)
GOLDEN(attribute, html)
GOLDEN(url, html)
GOLDEN(message, html)
GOLDEN(plural, html)
GOLDEN(if, html)
GOLDEN(each, html)
GOLDEN(include, html)
GOLDEN(space, html)
GOLDEN(svg, html)
GOLDEN(all, json)
GOLDEN(holes, html)
GOLDEN(holes, json)

TEST(plural_forms_follow_the_number) {
    arena = arena_open((size_t)64 << 20);
    Sample page = sample();
    for (int64_t count = 0; count < 3; count++) {
        page.count = count;
        const Text text = render(sample_plural_html, &page);
        static const char *const starts[] = {"<p>0 drafts</p>", "<p>one draft</p>", "<p>2 drafts</p>"};
        CHECK(text_starts_with(text, text_of(starts[count])));
    }
    arena_close(arena);
}

TEST(a_page_has_both_views_and_its_title) {
    arena = arena_open((size_t)64 << 20);
    Sample page = sample();
    page.values = form_empty(arena, &(Form){.name = "none"});
    const Shown shown = sample_page_view(&page);
    CHECK(shown.model == &page && shown.view->html != NULL && shown.view->json != NULL);
    CHECK(sample_all_view(&page).view->html == NULL);
    CHECK_TEXT(text_of(shown.view->name), "sample_page");
    arena_close(arena);
}

/* Random texts */

static const char *const nasty[] = {
    "<",
    ">",
    "&",
    "\"",
    "'",
    "=",
    "`",
    "/",
    "</",
    "<!--",
    "-->",
    "]]>",
    "<b>",
    "</p>",
    "</textarea>",
    "</title>",
    "</a2>",
    "<script>",
    "{",
    "}",
    "{name}",
    "{{page.name}}",
    "{count}",
    "&amp;",
    "&lt",
    "&#60;",
    "&#x3c;",
    "&notin;",
    "&bogus;",
    "&",
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    "data:text/html,",
    "vbscript:",
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https://a.example/",
    "mailto:a@b.mk",
    "/path",
    "?q=",
    "#",
    "%",
    "%00",
    "%22",
    "+",
    ":",
    ";",
    ",",
    " 2x, ",
    "onclick=",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\f",
    "\v",
    "\x01",
    "\x08",
    "\x1b",
    "\x7f",
    "\xc2\x80",
    "\xc2\x85",
    "\xc2\xa0",
    "\xe2\x80\xa8",
    "\xe2\x80\xae",
    "\xef\xbb\xbf",
    "\xef\xbf\xbd",
    "\xf0\x9f\x98\x80",
    "\xf4\x8f\xbf\xbf",
    "\xd0\x8a",
    "\xe5\x95\x86",
    "a",
    "Z",
    "0",
    " ",
    "  ",
};

static Text random_text(uint64_t *state) {
    Buffer buffer = buffer_make(arena, 10000);
    for (size_t count = 1 + test_random(state) % 8; count > 0; count--) {
        if (test_random(state) % 4 == 0) {
            buffer_append_byte(&buffer, (char)(1 + test_random(state) % 127));
        } else {
            buffer_append(&buffer, text_of(nasty[test_random(state) % (sizeof(nasty) / sizeof(nasty[0]))]));
        }
    }
    Text text = {NULL, 0};
    CHECK_OK(buffer_take(&buffer, &text));
    CHECK(text_is_utf8(text));
    return text;
}

/** A model that has `name` in every text and `url` in every address. */
static Sample filled(Text name, Text url) {
    Sample page = sample();
    Text *words = arena_new_array(arena, Text, 2);
    words[0] = words[1] = name;
    page.name = page.officer.name = name;
    page.url = url;
    page.words = (Texts){words, 2};
    return page;
}

/** The text with each "NAME" in it replaced, percent-encoded in addresses. */
static Text expected_value(Text pattern, Text name, bool address) {
    Buffer buffer = buffer_make(arena, (size_t)1 << 20);
    size_t at;
    while (text_find(pattern, TEXT("NAME"), &at)) {
        buffer_append(&buffer, text_slice(pattern, 0, at));
        for (size_t i = 0; i < name.size; i++) {
            const char letter = name.data[i];
            const bool unreserved = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                                    (letter >= '0' && letter <= '9') ||
                                    (letter != '\0' && strchr("-._~", letter) != NULL);
            if (address && !unreserved) {
                buffer_format(&buffer, "%%%02X", (unsigned char)letter);
            } else {
                buffer_append_byte(&buffer, letter);
            }
        }
        pattern = text_slice(pattern, at + 4, pattern.size);
    }
    buffer_append(&buffer, pattern);
    Text text = {NULL, 0};
    CHECK_OK(buffer_take(&buffer, &text));
    return text;
}

/** Whether a browser that resolves the address stays with http, https, mailto or on this site. */
static bool is_harmless(Text address) {
    char start[16] = "";
    size_t size = 0;
    for (size_t i = 0; i < address.size && size < sizeof(start) - 1; i++) {
        const unsigned char letter = (unsigned char)address.data[i];
        const bool dropped = letter == '\t' || letter == '\n' || letter == '\r' || (size == 0 && letter <= ' ');
        if (!dropped) {
            start[size++] = (char)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter == '\\' ? '/' : letter);
        }
    }
    return strncmp(start, "http:", 5) == 0 || strncmp(start, "https:", 6) == 0 || strncmp(start, "mailto:", 7) == 0 ||
           (start[0] == '/' && start[1] != '/');
}

static bool is_address(Text attribute) {
    static const char *const names[] = {"href", "src", "srcset", "action", "formaction", "cite"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal(attribute, text_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static void check_token(const Token *pattern, const Token *token, Text name, Text url) {
    CHECK_INT(token->kind, pattern->kind);
    CHECK_TEXT(token->name, arena_c_string(arena, pattern->name));
    const bool address = token->kind == TOKEN_ATTRIBUTE && is_address(token->name);
    if (address && text_equal(pattern->value, TEXT("/URL"))) {
        CHECK(text_equal(token->value, TEXT("#")) || (text_equal(token->value, url) && is_harmless(url)));
        return;
    }
    const Text expected = expected_value(pattern->value, name, address);
    if (!text_equal(token->value, expected)) {
        test_fail(__FILE__, __LINE__, "in %.*s came \"%.*s\" instead of \"%.*s\"", TEXT_ARG(token->name),
                  TEXT_ARG(token->value), TEXT_ARG(expected));
    }
}

static void count_elements(const xmlNode *node, size_t *count) {
    for (; node != NULL; node = node->next) {
        *count += node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, "html") != 0 &&
                  strcmp((const char *)node->name, "body") != 0;
        count_elements(node->children, count);
    }
}

/** How many elements another parser finds. */
static size_t elements_by_libxml(Text html) {
    htmlDocPtr document =
        htmlReadMemory(html.data, (int)html.size, NULL, "UTF-8",
                       HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER | HTML_PARSE_NONET);
    CHECK(document != NULL);
    size_t count = 0;
    count_elements(xmlDocGetRootElement(document), &count);
    xmlFreeDoc(document);
    return count;
}

TEST(random_text_comes_back_from_every_hole) {
    uint64_t state = test_seed();
    for (int run = 0; run < RUNS; run++) {
        arena = arena_open((size_t)256 << 20);
        const Text name = random_text(&state), url = random_text(&state);
        const Sample pattern_page = filled(TEXT("NAME"), TEXT("/URL")), page = filled(name, url);
        Tokens pattern = {NULL, 0}, tokens = {NULL, 0};
        CHECK_OK(html_read(arena, render(sample_holes_html, &pattern_page), &pattern));
        CHECK(pattern.count > 100);
        const Text html = render(sample_holes_html, &page);
        CHECK_OK(html_read(arena, html, &tokens));
        CHECK_INT(tokens.count, pattern.count);
        size_t starts = 0;
        for (size_t i = 0; i < tokens.count; i++) {
            check_token(&pattern.items[i], &tokens.items[i], name, url);
            starts += tokens.items[i].kind == TOKEN_START;
        }
        CHECK_INT(elements_by_libxml(html), starts);
        arena_close(arena);
    }
}

static void check_json_text(const json_t *value, Text expected) {
    CHECK(json_is_string(value));
    const Text text = {json_string_value(value), json_string_length(value)};
    CHECK(text_equal(text, expected));
}

TEST(random_text_comes_back_from_json) {
    uint64_t state = test_seed();
    for (int run = 0; run < RUNS; run++) {
        arena = arena_open((size_t)64 << 20);
        const Text name = random_text(&state), url = random_text(&state);
        const Sample page = filled(name, url);
        const Text text = render(sample_holes_json, &page);
        json_error_t error;
        json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
        CHECK(root != NULL);
        CHECK_INT(json_object_size(root), 3);
        check_json_text(json_object_get(root, "name"), name);
        check_json_text(json_object_get(root, "url"), url);
        const json_t *rows = json_object_get(root, "rows");
        CHECK_INT(json_array_size(rows), 2);
        check_json_text(json_object_get(json_array_get(rows, 1), "word"), name);
        json_decref(root);
        arena_close(arena);
    }
}

TEST(json_is_valid_whatever_if_and_each_leave_out) {
    arena = arena_open((size_t)64 << 20);
    Sample page = sample();
    const SampleRows rows = page.rows;
    const Texts words = page.words;
    for (unsigned bits = 0; bits < 16; bits++) {
        page.open = bits & 1;
        page.empty = bits & 2 ? TEXT("x") : TEXT("");
        page.rows.count = bits & 4 ? rows.count : 0;
        page.words.count = bits & 8 ? words.count : 0;
        page.none = bits & 4 ? (SampleRows){NULL, 0} : rows;
        const Text text = render(sample_all_json, &page);
        json_error_t error;
        json_t *root = json_loadb(text.data, text.size, 0, &error);
        if (root == NULL) {
            test_fail(__FILE__, __LINE__, "%s: %.*s", error.text, TEXT_ARG(text));
        }
        json_decref(root);
    }
    arena_close(arena);
}
