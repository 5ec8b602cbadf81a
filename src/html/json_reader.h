/**
 * Strict JSON (RFC 8259) read in one pass, by callers who know the shape that they expect. Nothing is built, so that a
 * stored form is read in a fraction of the time that a tree of its values would cost. What is taken lies where it was
 * read, or in the arena where it was written with escapes.
 * Refused beyond the grammar: text that is not UTF-8, NUL, lone surrogates, integers beyond 64 bits, numbers that are
 * no finite doubles.
 */
#ifndef TRADEPOST_HTML_JSON_READER_H
#define TRADEPOST_HTML_JSON_READER_H

#include "base/arena.h"

typedef enum JsonValue {
    JSON_VALUE_NONE, /**< no value starts here */
    JSON_VALUE_OBJECT,
    JSON_VALUE_ARRAY,
    JSON_VALUE_STRING,
    JSON_VALUE_NUMBER,
    JSON_VALUE_TRUE,
    JSON_VALUE_FALSE,
    JSON_VALUE_NULL
} JsonValue;

/** Where the reading stands. */
typedef struct JsonReader {
    Arena *arena;
    Text text;
    size_t at;
} JsonReader;

/** Starts at the first value; the text must live as long as the reader. @return STATUS_INVALID when it is not UTF-8 */
MUST_USE Status json_reader_start(Arena *arena, Text text, JsonReader *ret_reader);
/** Which value starts here. Nothing is taken but white space. */
JsonValue json_reader_value(JsonReader *reader);
/** Goes into the object or array that starts here. */
void json_reader_enter(JsonReader *reader);
/**
 * In an object or array, before its first and after each value: whether another one follows. At the end it goes out.
 *
 * @param count  values so far
 * @return STATUS_INVALID
 */
MUST_USE Status json_reader_next(JsonReader *reader, JsonValue inside, size_t count, bool *ret_more);
/** Takes a member's name with its colon. @return STATUS_INVALID; STATUS_TOO_LARGE past the arena's budget */
MUST_USE Status json_reader_name(JsonReader *reader, Text *ret_name);
/** Takes a string. @return as json_reader_name */
MUST_USE Status json_reader_string(JsonReader *reader, Text *ret_text);
/** Takes a number as somebody would have typed it: 12.5 for 12.50, 1000 for 1e3. @return as json_reader_name */
MUST_USE Status json_reader_number(JsonReader *reader, Text *ret_text);
/** Takes true, false or null, as json_reader_value said. @return STATUS_INVALID when the word goes on otherwise */
MUST_USE Status json_reader_word(JsonReader *reader);
/** @return STATUS_INVALID when anything but white space follows */
MUST_USE Status json_reader_end(JsonReader *reader);
/** Refuses the text: "no JSON: line 1, column 7: WORDS". @return STATUS_INVALID */
MUST_USE Status json_reader_refuse(const JsonReader *reader, const char *words);

#endif
