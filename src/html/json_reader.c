/** A JSON text from its first byte to its last, value by value. */
#include "html/json_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { NUMBER_DIGITS = 64 };

Status json_reader_refuse(const JsonReader *reader, const char *words) {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < reader->at; i++) {
        column = reader->text.data[i] == '\n' ? 1 : column + 1;
        line += reader->text.data[i] == '\n';
    }
    return fail(STATUS_INVALID, "no JSON: line %zu, column %zu: %s", line, column, words);
}

Status json_reader_start(Arena *arena, Text text, JsonReader *ret_reader) {
    const JsonReader reader = {.arena = arena, .text = text};
    if (!text_is_utf8(text)) {
        return json_reader_refuse(&reader, "it is not UTF-8 or holds a NUL");
    }
    *ret_reader = reader;
    return STATUS_OK;
}

/* The byte at the reading place; NUL, which no text holds, at the end. */
static char here(const JsonReader *reader) {
    return reader->at < reader->text.size ? reader->text.data[reader->at] : '\0';
}

static void skip_white_space(JsonReader *reader) {
    while (here(reader) == ' ' || here(reader) == '\n' || here(reader) == '\r' || here(reader) == '\t') {
        reader->at++;
    }
}

static bool take(JsonReader *reader, char byte) {
    skip_white_space(reader);
    const bool taken = here(reader) == byte;
    reader->at += taken;
    return taken;
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

JsonValue json_reader_value(JsonReader *reader) {
    skip_white_space(reader);
    switch (here(reader)) {
    case '{':
        return JSON_VALUE_OBJECT;
    case '[':
        return JSON_VALUE_ARRAY;
    case '"':
        return JSON_VALUE_STRING;
    case 't':
        return JSON_VALUE_TRUE;
    case 'f':
        return JSON_VALUE_FALSE;
    case 'n':
        return JSON_VALUE_NULL;
    default:
        return here(reader) == '-' || is_digit(here(reader)) ? JSON_VALUE_NUMBER : JSON_VALUE_NONE;
    }
}

void json_reader_enter(JsonReader *reader) {
    skip_white_space(reader);
    reader->at++;
}

Status json_reader_next(JsonReader *reader, JsonValue inside, size_t count, bool *ret_more) {
    if (take(reader, inside == JSON_VALUE_OBJECT ? '}' : ']')) {
        *ret_more = false;
        return STATUS_OK;
    }
    if (count > 0 && !take(reader, ',')) {
        return json_reader_refuse(reader, "a comma or the end is missing");
    }
    if (inside == JSON_VALUE_ARRAY && json_reader_value(reader) == JSON_VALUE_NONE) {
        return json_reader_refuse(reader, "a value is missing");
    }
    *ret_more = true;
    return STATUS_OK;
}

Status json_reader_name(JsonReader *reader, Text *ret_name) {
    if (json_reader_value(reader) != JSON_VALUE_STRING) {
        return json_reader_refuse(reader, "a member's name in quotation marks is missing");
    }
    TRY(json_reader_string(reader, ret_name));
    if (!take(reader, ':')) {
        return json_reader_refuse(reader, "a colon is missing");
    }
    return json_reader_value(reader) == JSON_VALUE_NONE ? json_reader_refuse(reader, "a value is missing") : STATUS_OK;
}

static int hex_digit(char letter) {
    if (is_digit(letter)) {
        return letter - '0';
    }
    letter = (char)(letter | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The four digits behind "\u". */
static Status read_unit(JsonReader *reader, uint32_t *ret_unit) {
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(here(reader));
        if (digit < 0) {
            return json_reader_refuse(reader, "four hexadecimal digits are missing");
        }
        unit = unit << 4 | (uint32_t)digit;
        reader->at++;
    }
    *ret_unit = unit;
    return STATUS_OK;
}

static size_t write_utf8(uint32_t code_point, char *target) {
    if (code_point < 0x80) {
        target[0] = (char)code_point;
        return 1;
    }
    const size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char starts[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, code_point >>= 6) {
        target[i] = (char)(0x80 | (code_point & 0x3F));
    }
    target[0] = (char)(starts[size] | code_point);
    return size;
}

static Status read_code_point(JsonReader *reader, char *target, size_t *size) {
    uint32_t high = 0, low = 0;
    TRY(read_unit(reader, &high));
    if (high >= 0xD800 && high < 0xDC00 && here(reader) == '\\') {
        reader->at++;
        if (here(reader) != 'u') {
            return json_reader_refuse(reader, "half a surrogate pair");
        }
        reader->at++;
        TRY(read_unit(reader, &low));
        if (low < 0xDC00 || low > 0xDFFF) {
            return json_reader_refuse(reader, "half a surrogate pair");
        }
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    if (high == 0 || (high >= 0xD800 && high <= 0xDFFF)) {
        return json_reader_refuse(reader, high == 0 ? "a NUL" : "half a surrogate pair");
    }
    *size += write_utf8(high, target + *size);
    return STATUS_OK;
}

/* Behind a backslash; what is written is never longer than what is read. */
static Status read_escape(JsonReader *reader, char *target, size_t *size) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char letter = here(reader);
    reader->at++;
    if (letter == 'u') {
        return read_code_point(reader, target, size);
    }
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL) {
        return json_reader_refuse(reader, "an unknown escape");
    }
    target[(*size)++] = meanings[found - letters];
    return STATUS_OK;
}

/* The size of the string's bytes as they stand, from behind its opening quotation mark, and whether they hold escapes.
 */
static Status measure_string(const JsonReader *reader, size_t *ret_size, bool *ret_escapes) {
    static const bool is_plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... 255] = true};
    const unsigned char *bytes = (const unsigned char *)reader->text.data;
    const size_t size = reader->text.size;
    size_t at = reader->at;
    bool escapes = false;
    for (;;) {
        while (at < size && is_plain[bytes[at]]) {
            at++;
        }
        if (at < size && bytes[at] == '"') {
            *ret_size = at - reader->at;
            *ret_escapes = escapes;
            return STATUS_OK;
        }
        if (at + 1 >= size || bytes[at] != '\\') {
            return json_reader_refuse(reader, "a string does not end, or holds a control character");
        }
        escapes = true;
        at += 2;
    }
}

/* What was measured, its escapes resolved. */
static Status resolve_escapes(JsonReader *reader, size_t room, Text *ret_text) {
    void *memory = NULL;
    size_t size = 0;
    TRY(arena_try_reserve(reader->arena, room, &memory));
    char *target = memory;
    while (here(reader) != '"') {
        if (here(reader) == '\\') {
            reader->at++;
            TRY(read_escape(reader, target, &size));
        } else {
            target[size++] = here(reader);
            reader->at++;
        }
    }
    *ret_text = (Text){target, size};
    return STATUS_OK;
}

Status json_reader_string(JsonReader *reader, Text *ret_text) {
    size_t size = 0;
    bool escapes = false;
    reader->at++;
    TRY(measure_string(reader, &size, &escapes));
    if (escapes) {
        TRY(resolve_escapes(reader, size, ret_text));
    } else {
        *ret_text = text_slice(reader->text, reader->at, reader->at + size);
        reader->at += size;
    }
    reader->at++;
    return STATUS_OK;
}

static bool skip_digits(JsonReader *reader) {
    const size_t start = reader->at;
    while (is_digit(here(reader))) {
        reader->at++;
    }
    return reader->at > start;
}

/* RFC 8259 section 6. */
static bool skip_number(JsonReader *reader, bool *ret_whole) {
    *ret_whole = true;
    reader->at += here(reader) == '-';
    if (here(reader) == '0') {
        reader->at++;
    } else if (!skip_digits(reader)) {
        return false;
    }
    if (here(reader) == '.') {
        *ret_whole = false;
        reader->at++;
        if (!skip_digits(reader)) {
            return false;
        }
    }
    if (here(reader) == 'e' || here(reader) == 'E') {
        *ret_whole = false;
        reader->at++;
        reader->at += here(reader) == '+' || here(reader) == '-';
        return skip_digits(reader);
    }
    return true;
}

static Status take_real(const JsonReader *reader, Text digits, Text *ret_text) {
    char number[NUMBER_DIGITS + 1], typed[NUMBER_DIGITS];
    if (digits.size > NUMBER_DIGITS) {
        return json_reader_refuse(reader, "a number is too long");
    }
    memcpy(number, digits.data, digits.size);
    number[digits.size] = '\0';
    const double value = strtod(number, NULL);
    if (!isfinite(value)) {
        return json_reader_refuse(reader, "a number is too large");
    }
    (void)snprintf(typed, sizeof(typed), "%.15g", value);
    *ret_text = arena_copy(reader->arena, text_of(typed));
    return STATUS_OK;
}

Status json_reader_number(JsonReader *reader, Text *ret_text) {
    const size_t start = reader->at;
    bool whole = false;
    int64_t value = 0;
    if (!skip_number(reader, &whole)) {
        return json_reader_refuse(reader, "a number breaks off");
    }
    const Text digits = text_slice(reader->text, start, reader->at);
    if (!whole) {
        return take_real(reader, digits, ret_text);
    }
    if (text_to_int(digits, &value) != STATUS_OK) {
        return json_reader_refuse(reader, "an integer is too large");
    }
    *ret_text = arena_copy(reader->arena, value == 0 ? TEXT("0") : digits);
    return STATUS_OK;
}

Status json_reader_word(JsonReader *reader) {
    static const char *const words[] = {"true", "false", "null"};
    const Text rest = text_slice(reader->text, reader->at, reader->text.size);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_starts_with(rest, text_of(words[i]))) {
            reader->at += strlen(words[i]);
            return STATUS_OK;
        }
    }
    return json_reader_refuse(reader, "an unknown word");
}

Status json_reader_end(JsonReader *reader) {
    skip_white_space(reader);
    return reader->at == reader->text.size ? STATUS_OK
                                           : json_reader_refuse(reader, "something follows behind the value");
}
