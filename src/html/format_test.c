/** Numbers, dates, ages, countries and plurals in several languages, and which language a reader gets. */
#include "html/format.h"

#include "base/clock.h"
#include "html/language.h"
#include "testing/test.h"

static Arena *arena;

static int macedonian_plural(uint64_t n) {
    return n % 10 == 1 && n % 100 != 11 ? 0 : 1;
}

static CatalogueEntry entries[8];
static Catalogue catalogue = {"mk", "Македонски", false, entries, 8, macedonian_plural};
static Language macedonian = {.tag = TEXT_INIT("mk"), .name = TEXT_INIT("Македонски"), .catalogue = &catalogue};
static Language spanish = {.tag = TEXT_INIT("es")};
static Language chinese = {.tag = TEXT_INIT("zh-Hant")};
static Language arabic = {.tag = TEXT_INIT("ar-EG"), .right_to_left = true};
static Language hindi = {.tag = TEXT_INIT("hi")};

static void add(const char *english, const char *one, const char *other) {
    const uint64_t hash = message_hash(english, strlen(english));
    size_t place = hash & 7;
    while (entries[place].forms[0] != NULL) {
        place = (place + 1) & 7;
    }
    entries[place] = (CatalogueEntry){hash, {one, other}};
}

static void start(void) {
    arena_close(arena);
    arena = arena_open((size_t)8 << 20);
    add("Sign in", "Најави се", NULL);
    add("Row {row} of {count}: {row}", "{row}/{count} {unknown}", NULL);
    add("one draft", "{count} нацрт", "{count} нацрти");
}

TEST(numbers_by_language) {
    start();
    CHECK_TEXT(format_number(arena, language_english(), 1234567), "1,234,567");
    CHECK_TEXT(format_number(arena, language_english(), -999), "-999");
    CHECK_TEXT(format_number(arena, language_english(), INT64_MIN), "-9,223,372,036,854,775,808");
    CHECK_TEXT(format_number(arena, &macedonian, 1234567), "1.234.567");
    CHECK_TEXT(format_number(arena, &spanish, 1234), "1234");
    CHECK_TEXT(format_number(arena, &spanish, 12345), "12.345");
    CHECK_TEXT(format_number(arena, &hindi, 1234567), "12,34,567");
    CHECK_TEXT(format_number(arena, &arabic, 1234), "١٬٢٣٤");
}

TEST(decimals_by_language) {
    start();
    CHECK_TEXT(format_decimal(arena, language_english(), TEXT("14620.5")), "14,620.5");
    CHECK_TEXT(format_decimal(arena, &macedonian, TEXT("14620.5")), "14.620,5");
    CHECK_TEXT(format_decimal(arena, &macedonian, TEXT("0.125")), "0,125");
    CHECK_TEXT(format_decimal(arena, language_english(), TEXT("about 5")), "about 5");
    CHECK_TEXT(format_decimal(arena, language_english(), TEXT("1.2.3")), "1.2.3");
    CHECK_TEXT(format_decimal(arena, language_english(), TEXT("")), "");
}

TEST(dates_by_language) {
    start();
    const Time time = time_add(time_of_date(2026, 11, 3), 18 * TIME_HOUR + 5 * TIME_MINUTE);
    CHECK_TEXT(format_date(arena, language_english(), time), "3 November 2026");
    CHECK_TEXT(format_date(arena, &macedonian, time), "3 ноември 2026");
    CHECK_TEXT(format_date(arena, &spanish, time), "3 de noviembre de 2026");
    CHECK_TEXT(format_date(arena, &chinese, time), "2026年11月3日");
    CHECK_TEXT(format_moment(arena, language_english(), time), "3 November 2026, 18:05 UTC");
    CHECK_TEXT(format_moment(arena, &chinese, time), "2026年11月3日 18:05 UTC");
    CHECK_TEXT(format_moment(arena, language_english(), (Time){-1}), "31 December 1969, 23:59 UTC");
}

/** Each language that we mean to speak: a date pattern with a letter that is not handled would abort. */
TEST(every_language_has_a_date) {
    static const char *const tags[] = {"en", "mk", "es", "zh-Hant", "sq", "sr", "sr-Latn", "tr", "sn",
                                       "ar", "he", "fa", "ur",      "de", "fr", "pt",      "ru", "uk",
                                       "el", "bg", "hr", "sl",      "ja", "ko", "th",      "vi", "id",
                                       "sw", "am", "hu", "lt",      "lv", "fi", "zh-Hans"};
    static Language languages[sizeof(tags) / sizeof(tags[0])];
    start();
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        languages[i].tag = text_of(tags[i]);
        const Text date = format_moment(arena, &languages[i], time_of_date(2026, 11, 23));
        CHECK(date.size > 10 && text_is_utf8(date));
        CHECK(format_age(arena, &languages[i], 3 * TIME_HOUR).size > 2);
        CHECK(format_countries(&languages[i])->count > 240);
    }
}

TEST(ages) {
    start();
    CHECK_TEXT(format_age(arena, language_english(), 0), "0 seconds");
    CHECK_TEXT(format_age(arena, language_english(), TIME_MINUTE), "1 minute");
    CHECK_TEXT(format_age(arena, language_english(), 3 * TIME_HOUR + 59 * TIME_MINUTE), "3 hours");
    CHECK_TEXT(format_age(arena, language_english(), -26 * TIME_HOUR), "1 day");
    CHECK_TEXT(format_age(arena, language_english(), 59 * TIME_DAY), "59 days");
    CHECK_TEXT(format_age(arena, language_english(), 60 * TIME_DAY), "2 months");
    CHECK_TEXT(format_age(arena, language_english(), 800 * TIME_DAY), "2 years");
    CHECK_TEXT(format_age(arena, language_english(), INT64_MIN), "292,471 years");
    CHECK_TEXT(format_age(arena, &macedonian, 3 * TIME_HOUR), "3 часа");
}

TEST(countries_are_named_and_sorted_by_the_language) {
    start();
    CHECK_TEXT(format_country(arena, language_english(), TEXT("MK")), "North Macedonia");
    CHECK_TEXT(format_country(arena, &macedonian, TEXT("AT")), "Австрија");
    CHECK_TEXT(format_country(arena, &chinese, TEXT("TW")), "台灣");
    CHECK_TEXT(format_country(arena, language_english(), TEXT("ZZ")), "ZZ");
    CHECK_TEXT(format_country(arena, language_english(), TEXT("")), "");
    const CountryNames *english = format_countries(language_english());
    /* The 249 of ISO 3166-1, and Kosovo. */
    CHECK_INT(english->count, 250);
    CHECK_TEXT(english->items[0].name, "Afghanistan");
    CHECK_TEXT(english->items[1].name, "Åland Islands");
    CHECK_TEXT(english->items[english->count - 1].name, "Zimbabwe");
}

TEST(messages_are_translated_filled_and_counted) {
    start();
    CHECK_TEXT(message_text(&macedonian, MESSAGE("Sign in")), "Најави се");
    CHECK_TEXT(message_text(&macedonian, MESSAGE("Sign out")), "Sign out");
    CHECK_TEXT(message_text(&spanish, MESSAGE("Sign in")), "Sign in");
    CHECK_TEXT(MESSAGE_FORMAT(arena, language_english(), MESSAGE("Row {row} of {count}: {row}"), {"row", TEXT("2")},
                              {"count", TEXT("<9>")}),
               "Row 2 of <9>: 2");
    CHECK_TEXT(MESSAGE_FORMAT(arena, &macedonian, MESSAGE("Row {row} of {count}: {row}"), {"row", TEXT("{count}")},
                              {"count", TEXT("9")}),
               "{count}/9 ");
    CHECK_TEXT(message_format(arena, language_english(), MESSAGE("a { b"), NULL, 0), "a { b");
    CHECK_TEXT(message_plural(arena, language_english(), MESSAGE("one draft"), MESSAGE("{count} drafts"), 1),
               "one draft");
    CHECK_TEXT(message_plural(arena, language_english(), MESSAGE("one draft"), MESSAGE("{count} drafts"), 1200),
               "1,200 drafts");
    CHECK_TEXT(message_plural(arena, &macedonian, MESSAGE("one draft"), MESSAGE("{count} drafts"), 21), "21 нацрт");
    CHECK_TEXT(message_plural(arena, &macedonian, MESSAGE("one draft"), MESSAGE("{count} drafts"), 12), "12 нацрти");
}

TEST(english_answers_whatever_is_asked) {
    static const char *const headers[] = {"",  "*",          ";;;,,,", "xx", "en;q=0", "q=1", "en-GB,en;q=0.9",
                                          "-", "a-b-c-d-e-f"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        CHECK(language_negotiate(text_of(headers[i]), TEXT("en")) == language_english());
    }
    CHECK(language_negotiate(TEXT("en"), TEXT("")) == language_english());
    CHECK(language_of_tag(TEXT("EN")) == language_english());
    CHECK(language_of_tag(TEXT("xx")) == NULL);
}

static void check_negotiation(const char *header, const char *offered, const char *expected) {
    const Text tag = language_tag(language_negotiate(text_of(header), text_of(offered)));
    if (!text_equal(tag, text_of(expected))) {
        test_fail(__FILE__, __LINE__, "\"%s\" of \"%s\" gives %.*s, expected %s", header, offered, TEXT_ARG(tag),
                  expected);
    }
}

TEST(a_reader_gets_the_best_offered_language) {
    static const char all[] = "en mk es zh-Hant";
    check_negotiation("mk", all, "mk");
    check_negotiation("MK-mk", all, "mk");
    check_negotiation("sq, mk;q=0.8, en;q=0.9", all, "en");
    check_negotiation("sq;q=1.0 , mk ; q=0.8,en;q=0.7", all, "mk");
    check_negotiation("es-419,es;q=0.9", all, "es");
    check_negotiation("zh-TW,zh;q=0.9,en-US;q=0.8", all, "zh-Hant");
    check_negotiation("zh-Hant-TW", all, "zh-Hant");
    check_negotiation("zh-HK", "en zh-Hant", "zh-Hant");
    check_negotiation("zh", all, "zh-Hant");
    check_negotiation("zh-CN,en;q=0.5", all, "zh-Hant");
    check_negotiation("mk;q=0,es;q=0.1", all, "es");
    check_negotiation("mk;q=0.5,es;q=0.501", all, "es");
    check_negotiation("mk;q=2,es;q=x", all, "en");
    check_negotiation("es,mk", all, "es");
    check_negotiation("*,mk", all, "en");
    check_negotiation("mk", "en es", "en");
    check_negotiation("de-x-mk", all, "en");
}

TEST(a_header_of_many_ranges_ends) {
    arena_close(arena);
    arena = arena_open((size_t)1 << 20);
    Text header = {NULL, 0};
    for (int i = 0; i < 60; i++) {
        header = arena_format(arena, "%.*sx%d-yyyyyyyy-zzzzzzzz;q=0.%d,", TEXT_ARG(header), i, i % 10);
    }
    CHECK(language_negotiate(header, TEXT("en mk")) == language_english());
}
