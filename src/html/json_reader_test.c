/** JSON that is read, and JSON that is refused with its place. */
#include "html/json_reader.h"

#include "testing/test.h"

static Arena *arena;

static void start(Text json, JsonReader *reader) {
    arena_close(arena);
    arena = arena_open((size_t)1 << 20);
    CHECK_OK(json_reader_start(arena, json, reader));
}

/* Takes the value that stands in the array [VALUE]. */
static Status take(const char *json, Text *ret_text) {
    JsonReader reader;
    bool more = false;
    start(text_of(json), &reader);
    CHECK_INT(json_reader_value(&reader), JSON_VALUE_ARRAY);
    json_reader_enter(&reader);
    TRY(json_reader_next(&reader, JSON_VALUE_ARRAY, 0, &more));
    CHECK(more);
    switch (json_reader_value(&reader)) {
    case JSON_VALUE_STRING:
        TRY(json_reader_string(&reader, ret_text));
        break;
    case JSON_VALUE_NUMBER:
        TRY(json_reader_number(&reader, ret_text));
        break;
    default:
        TRY(json_reader_word(&reader));
    }
    TRY(json_reader_next(&reader, JSON_VALUE_ARRAY, 1, &more));
    CHECK(!more);
    return json_reader_end(&reader);
}

TEST(strings_and_numbers_are_read) {
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"[\"\"]", ""},
        {"[\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"]", "a\"\\/\b\f\n\r\tz"},
        {"[\"жито 中 \xf0\x9f\x98\x80\"]", "жито 中 \xf0\x9f\x98\x80"},
        {"[\"\\u0041\\u00e9\\u4E2D\\ud83d\\uDE00!\"]", "A\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80!"},
        {" [ \n\t\"x\"\r ] ", "x"},
        {"[0]", "0"},
        {"[-0]", "0"},
        {"[-12]", "-12"},
        {"[9223372036854775807]", "9223372036854775807"},
        {"[12.50]", "12.5"},
        {"[1e3]", "1000"},
        {"[25E-1]", "2.5"},
        {"[true]", ""},
        {"[null]", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Text text = {NULL, 0};
        CHECK_OK(take(cases[i].json, &text));
        CHECK_TEXT(text, cases[i].text);
    }
}

TEST(what_is_no_json_is_refused) {
    static const char *const cases[] = {
        "[\"a]",
        "[\"a\\\"]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[\"\\u0000\"]",
        "[\"\\ud83d\"]",
        "[\"\\ud83d\\n\"]",
        "[\"\\ude00\"]",
        "[\"\n\"]",
        "[\"\\ud83d\\u0041\"]",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[-]",
        "[1e]",
        "[1e999]",
        "[99999999999999999999]",
        "[0x1]",
        "[tru]",
        "[nil]",
        "[truefalse]",
        "[1 2]",
        "[1,]",
        "[1",
        "[1]]",
        "[1]x",
        "[",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Text text = {NULL, 0};
        if (take(cases[i], &text) != STATUS_INVALID ||
            !text_starts_with(test_failure(), TEXT("no JSON: line 1, column "))) {
            test_fail(__FILE__, __LINE__, "%s is taken", cases[i]);
        }
    }
}

TEST(members_are_read_in_their_order) {
    JsonReader reader;
    Text name = {NULL, 0}, value = {NULL, 0};
    bool more = false;
    start(TEXT("{ \"a\" : \"1\" , \"b\":[], \"c\":{}}"), &reader);
    json_reader_enter(&reader);
    CHECK_OK(json_reader_next(&reader, JSON_VALUE_OBJECT, 0, &more));
    CHECK_OK(json_reader_name(&reader, &name));
    CHECK_TEXT(name, "a");
    CHECK_OK(json_reader_string(&reader, &value));
    CHECK_TEXT(value, "1");
    for (size_t count = 1; count < 3; count++) {
        const JsonValue kind = count == 1 ? JSON_VALUE_ARRAY : JSON_VALUE_OBJECT;
        CHECK_OK(json_reader_next(&reader, JSON_VALUE_OBJECT, count, &more));
        CHECK(more);
        CHECK_OK(json_reader_name(&reader, &name));
        CHECK_INT(json_reader_value(&reader), kind);
        json_reader_enter(&reader);
        CHECK_OK(json_reader_next(&reader, kind, 0, &more));
        CHECK(!more);
    }
    CHECK_OK(json_reader_next(&reader, JSON_VALUE_OBJECT, 3, &more));
    CHECK(!more);
    CHECK_OK(json_reader_end(&reader));
}

TEST(members_without_name_colon_or_value_are_refused) {
    static const char *const cases[] = {"{1:2}", "{\"a\" 1}", "{\"a\":}", "{\"a\":,}", "{,\"a\":1}", "{\"a\":1,}"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        JsonReader reader;
        Text name = {NULL, 0};
        bool more = true;
        Status status = STATUS_OK;
        start(text_of(cases[i]), &reader);
        json_reader_enter(&reader);
        for (size_t count = 0; status == STATUS_OK && more; count++) {
            status = json_reader_next(&reader, JSON_VALUE_OBJECT, count, &more);
            status = status == STATUS_OK && more ? json_reader_name(&reader, &name) : status;
            status = status == STATUS_OK && more ? json_reader_number(&reader, &name) : status;
        }
        CHECK_STATUS(status, STATUS_INVALID);
    }
}

TEST(the_place_is_told_by_line_and_column) {
    JsonReader reader;
    bool more = false;
    start(TEXT("[1,\n  2 3]"), &reader);
    json_reader_enter(&reader);
    for (size_t count = 0; count < 2; count++) {
        Text number = {NULL, 0};
        CHECK_OK(json_reader_next(&reader, JSON_VALUE_ARRAY, count, &more));
        CHECK_OK(json_reader_number(&reader, &number));
    }
    CHECK_STATUS(json_reader_next(&reader, JSON_VALUE_ARRAY, 2, &more), STATUS_INVALID);
    CHECK_TEXT(test_failure(), "no JSON: line 2, column 5: a comma or the end is missing");
    CHECK_STATUS(json_reader_start(arena, TEXT("\"\xff\""), &reader), STATUS_INVALID);
}
