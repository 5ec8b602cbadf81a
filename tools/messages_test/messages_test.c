/** Compiled translations in compiled templates: the words of the language, the forms of its plurals, markup from the
 * template alone. */
#include "html/catalogue.h"
#include "sample_views.h"
#include "testing/test.h"

static Arena *arena;

static Frame frame_in(const char *tag) {
    const Language *language = language_of_tag(text_of(tag));
    CHECK(language != NULL);
    return (Frame){.language = language};
}

static Text render(const char *tag, void (*function)(Writer *writer, const Sample *page), const Sample *page) {
    const Frame frame = frame_in(tag);
    Writer writer = writer_make(arena, &frame, (Time){0});
    function(&writer, page);
    Text text = {NULL, 0};
    CHECK_OK(buffer_take(&writer.buffer, &text));
    return text;
}

static void check_holds(Text text, const char *part) {
    size_t at;
    if (!text_find(text, text_of(part), &at)) {
        test_fail(__FILE__, __LINE__, "\"%s\" is not in %.*s", part, TEXT_ARG(text));
    }
}

static Sample sample(void) {
    arena = arena_open((size_t)8 << 20);
    return (Sample){.name = TEXT("<i>&</i>"),
                    .url = TEXT("/u"),
                    .at = time_of_date(2026, 11, 23),
                    .officer = {TEXT("Ana {name} <b>")},
                    .count = 1,
                    .small = 21};
}

TEST(a_translation_orders_holes_and_elements_as_it_likes) {
    const Sample page = sample();
    const Text text = render("mk", sample_message_html, &page);
    check_holds(text, " потпиша <b>Ana {name} &lt;b&gt;</b>.");
    check_holds(text, "title=\"Terms of &lt;i&gt;&amp;&lt;/i&gt;\""); /* not translated */
}

TEST(attributes_are_translated_and_escaped) {
    const Sample page = sample();
    check_holds(render("mk", sample_holes_html, &page), "title=\"Наслов &quot;на&quot; &lt;i&gt;&amp;&lt;/i&gt;\"");
}

TEST(a_translation_that_does_not_fit_is_not_used) {
    const Sample page = sample();
    const Text text = render("mk", sample_holes_html, &page);
    check_holds(text, "Words of &lt;i&gt;");
    size_t at;
    CHECK(!text_find(text, TEXT("<script"), &at));
    check_holds(render("mk", sample_message_html, &page), ">Edit</a>");
    check_holds(render("mk", sample_svg_html, &page), "Sales of");
}

TEST(fuzzy_translations_are_not_used) {
    CHECK_TEXT(message_text(language_of_tag(TEXT("mk")), MESSAGE("Save")), "Save");
}

TEST(plural_forms_follow_the_rule_of_the_language) {
    static const struct {
        const char *tag;
        int64_t count;
        const char *words;
    } cases[] = {
        {"mk", 1, "<p>1 нацрт</p>"},
        {"mk", 2, "<p>2 нацрти</p>"},
        {"mk", 11, "<p>11 нацрти</p>"},
        {"mk", 21, "<p>21 нацрт</p>"},
        {"mk", 111, "<p>111 нацрти</p>"},
        {"mk", 0, "<p>0 нацрти</p>"},
        {"ar", 0, "<p>zero</p>"},
        {"ar", 1, "<p>one</p>"},
        {"ar", 2, "<p>two</p>"},
        {"ar", 3, "<p>few "},
        {"ar", 11, "<p>many "},
        {"ar", 100, "<p>other "},
        {"zh-Hant", 1, "<p>1 份草稿</p>"},
        {"en", 1, "<p>one draft</p>"},
        {"en", 21, "<p>21 drafts</p>"},
    };
    Sample page = sample();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        page.count = cases[i].count;
        check_holds(render(cases[i].tag, sample_plural_html, &page), cases[i].words);
    }
}

TEST(elements_of_plurals_come_from_the_template) {
    Sample page = sample();
    check_holds(render("mk", sample_plural_html, &page),
                "<p><a href=\"/x\">види</a>: &lt;i&gt;&amp;&lt;/i&gt;, <b>21</b> ред</p>");
    page.small = 3;
    check_holds(render("mk", sample_plural_html, &page), "<b>3</b> реда</p>");
}

TEST(languages_know_their_direction_and_name) {
    CHECK(language_is_right_to_left(language_of_tag(TEXT("ar"))));
    CHECK(!language_is_right_to_left(language_of_tag(TEXT("mk"))));
    CHECK_TEXT(language_name(language_of_tag(TEXT("zh-Hant"))), "繁體中文");
    CHECK(language_of_tag(TEXT("es")) == NULL);
}
