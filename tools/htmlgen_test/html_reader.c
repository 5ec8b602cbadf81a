/** Splits HTML into tokens (WHATWG, section 13.2.5, without scripts and comments, which our pages do not have). */
#include "html_reader.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"

#define TOKENS_MAXIMUM ((size_t)100000)
#define VALUE_MAXIMUM  ((size_t)1 << 20)

typedef struct Reader {
    Arena *arena;
    Text rest;
    Token *items;
    size_t count;
    Text element; /**< the innermost that is open, as far as texts need it */
} Reader;

static Status add(Reader *reader, Token token) {
    if (reader->count == TOKENS_MAXIMUM) {
        return fail(STATUS_TOO_LARGE, "too many tokens");
    }
    reader->items[reader->count++] = token;
    return STATUS_OK;
}

static void skip(Reader *reader, size_t count) {
    reader->rest = text_slice(reader->rest, count, reader->rest.size);
}

static bool at(const Reader *reader, const char *start) {
    return text_starts_with(reader->rest, text_of(start));
}

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\f' || letter == '\r';
}

static bool is_name(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '-' || letter == ':' || letter == '_';
}

static Text take_name(Reader *reader) {
    size_t size = 0;
    while (size < reader->rest.size && is_name(reader->rest.data[size])) {
        size++;
    }
    const Text name = text_slice(reader->rest, 0, size);
    skip(reader, size);
    return name;
}

static Status take_reference(Reader *reader, Buffer *out) {
    static const struct {
        const char *name, *text;
    } known[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&#13;", "\r"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (at(reader, known[i].name)) {
            buffer_append(out, text_of(known[i].text));
            skip(reader, strlen(known[i].name));
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "an ampersand that is not escaped: %.*s", TEXT_ARG(text_slice(reader->rest, 0, 20)));
}

/** Reads up to `end`, decoding; a browser's input stream makes line feeds of carriage returns. */
static Status take_decoded(Reader *reader, const char *end, Text *ret_text) {
    Buffer out = buffer_make(reader->arena, VALUE_MAXIMUM);
    while (reader->rest.size > 0 && !at(reader, end)) {
        const char letter = reader->rest.data[0];
        if (letter == '&') {
            TRY(take_reference(reader, &out));
        } else if (letter == '\r') {
            skip(reader, at(reader, "\r\n") ? 2 : 1);
            buffer_append_byte(&out, '\n');
        } else if (letter == '\0') {
            return fail(STATUS_INVALID, "a NUL in the page");
        } else {
            buffer_append_byte(&out, letter);
            skip(reader, 1);
        }
    }
    return buffer_take(&out, ret_text);
}

static Status read_attribute(Reader *reader) {
    Token token = {.kind = TOKEN_ATTRIBUTE, .name = take_name(reader)};
    if (token.name.size == 0) {
        return fail(STATUS_INVALID, "no name of an attribute: %.*s", TEXT_ARG(text_slice(reader->rest, 0, 20)));
    }
    if (at(reader, "=")) {
        skip(reader, 1);
        if (!at(reader, "\"")) {
            return fail(STATUS_INVALID, "the value of %.*s is not quoted", TEXT_ARG(token.name));
        }
        skip(reader, 1);
        TRY(take_decoded(reader, "\"", &token.value));
        if (!at(reader, "\"")) {
            return fail(STATUS_INVALID, "the value of %.*s does not end", TEXT_ARG(token.name));
        }
        skip(reader, 1);
    }
    return add(reader, token);
}

static Status read_start(Reader *reader) {
    skip(reader, 1);
    const Text name = take_name(reader);
    TRY(add(reader, (Token){.kind = TOKEN_START, .name = name}));
    while (is_blank(reader->rest.size > 0 ? reader->rest.data[0] : '\0')) {
        skip(reader, 1);
        TRY(read_attribute(reader));
    }
    if (at(reader, "/>")) {
        skip(reader, 1);
    }
    if (!at(reader, ">")) {
        return fail(STATUS_INVALID, "the tag <%.*s does not end: %.*s", TEXT_ARG(name),
                    TEXT_ARG(text_slice(reader->rest, 0, 20)));
    }
    skip(reader, 1);
    reader->element = name;
    const bool keeps_space = text_equal(name, TEXT("textarea")) || text_equal(name, TEXT("pre"));
    if (keeps_space && at(reader, "\n")) {
        skip(reader, 1);
    }
    if (text_equal(name, TEXT("textarea"))) {
        Token text = {.kind = TOKEN_TEXT, .name = name};
        TRY(take_decoded(reader, "</textarea", &text.value));
        return add(reader, text);
    }
    return STATUS_OK;
}

static Status read_end(Reader *reader) {
    skip(reader, 2);
    const Text name = take_name(reader);
    if (!at(reader, ">")) {
        return fail(STATUS_INVALID, "the end tag </%.*s does not end", TEXT_ARG(name));
    }
    skip(reader, 1);
    reader->element = (Text){NULL, 0};
    return add(reader, (Token){.kind = TOKEN_END, .name = name});
}

Status html_read(Arena *arena, Text html, Tokens *ret_tokens) {
    Reader reader = {.arena = arena, .rest = html, .items = arena_new_array(arena, Token, TOKENS_MAXIMUM)};
    while (reader.rest.size > 0) {
        const char second = reader.rest.size > 1 ? reader.rest.data[1] : '\0';
        if (at(&reader, "</")) {
            TRY(read_end(&reader));
        } else if (at(&reader, "<") && is_name(second)) {
            TRY(read_start(&reader));
        } else if (at(&reader, "<")) {
            return fail(STATUS_INVALID, "a < that begins no tag: %.*s", TEXT_ARG(text_slice(reader.rest, 0, 20)));
        } else {
            Token token = {.kind = TOKEN_TEXT, .name = reader.element};
            TRY(take_decoded(&reader, "<", &token.value));
            TRY(add(&reader, token));
        }
    }
    *ret_tokens = (Tokens){reader.items, reader.count};
    return STATUS_OK;
}
