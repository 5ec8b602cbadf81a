/** Finds the messages in C files and in JSON descriptions. */
#include <ctype.h>
#include <string.h>

#include "messages.h"

typedef struct Cursor {
    const char *path;
    Text text;
    size_t at, line;
} Cursor;

static char peek(const Cursor *cursor) {
    return cursor->at < cursor->text.size ? cursor->text.data[cursor->at] : '\0';
}

static bool starts(const Cursor *cursor, const char *start) {
    return text_starts_with(text_slice(cursor->text, cursor->at, cursor->text.size), text_of(start));
}

static void advance(Cursor *cursor, size_t count) {
    for (; count > 0 && cursor->at < cursor->text.size; count--, cursor->at++) {
        cursor->line += peek(cursor) == '\n';
    }
}

static bool is_word(char letter) {
    return isalnum((unsigned char)letter) || letter == '_';
}

/** White space, comments, line continuations. */
static void skip_blank(Cursor *cursor) {
    for (;;) {
        if (isspace((unsigned char)peek(cursor)) || starts(cursor, "\\\n")) {
            advance(cursor, 1);
        } else if (starts(cursor, "//")) {
            while (peek(cursor) != '\n' && peek(cursor) != '\0') {
                advance(cursor, 1);
            }
        } else if (starts(cursor, "/*")) {
            while (!starts(cursor, "*/") && peek(cursor) != '\0') {
                advance(cursor, 1);
            }
            advance(cursor, 2);
        } else {
            return;
        }
    }
}

static void append_code_point(Buffer *out, uint32_t point) {
    if (point < 0x80) {
        buffer_append_byte(out, (char)point);
    } else if (point < 0x800) {
        buffer_append_byte(out, (char)(0xc0 | (point >> 6)));
        buffer_append_byte(out, (char)(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
        buffer_append_byte(out, (char)(0xe0 | (point >> 12)));
        buffer_append_byte(out, (char)(0x80 | ((point >> 6) & 0x3f)));
        buffer_append_byte(out, (char)(0x80 | (point & 0x3f)));
    } else {
        buffer_append_byte(out, (char)(0xf0 | (point >> 18)));
        buffer_append_byte(out, (char)(0x80 | ((point >> 12) & 0x3f)));
        buffer_append_byte(out, (char)(0x80 | ((point >> 6) & 0x3f)));
        buffer_append_byte(out, (char)(0x80 | (point & 0x3f)));
    }
}

/** \u00e9, \U0001f600: the digits behind the letter. */
static void take_code_point(Cursor *cursor, Buffer *out, size_t digits) {
    uint32_t point = 0;
    for (size_t i = 0; i < digits; i++, advance(cursor, 1)) {
        const char letter = peek(cursor);
        if (!isxdigit((unsigned char)letter)) {
            die(cursor->path, cursor->line, "a \\u escape has too few digits");
        }
        point = point * 16 + (uint32_t)(letter <= '9' ? letter - '0' : tolower((unsigned char)letter) - 'a' + 10);
    }
    if (point == 0 || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) {
        die(cursor->path, cursor->line, "a message cannot hold this \\u escape: write the character itself");
    }
    append_code_point(out, point);
}

static void take_escape(Cursor *cursor, Buffer *out) {
    static const char letters[] = "\"\\/'?nt", meanings[] = "\"\\/'?\n\t";
    advance(cursor, 1);
    const char letter = peek(cursor);
    const char *known = letter != '\0' ? strchr(letters, letter) : NULL;
    advance(cursor, 1);
    if (letter == 'u' || letter == 'U') {
        take_code_point(cursor, out, letter == 'u' ? 4 : 8);
    } else if (known != NULL) {
        buffer_append_byte(out, meanings[known - letters]);
    } else if (letter != '\n') {
        die(cursor->path, cursor->line, "a message has no escape \\%c: write the character itself", letter);
    }
}

/** The string literal at the cursor; in C, neighbours are joined. */
static Text take_string(Arena *arena, Cursor *cursor, bool joins) {
    Buffer out = buffer_make(arena, MESSAGE_MAXIMUM_BYTES);
    do {
        advance(cursor, 1);
        while (peek(cursor) != '"') {
            if (peek(cursor) == '\0' || peek(cursor) == '\n') {
                die(cursor->path, cursor->line, "this string is not closed on its line");
            }
            if (peek(cursor) == '\\') {
                take_escape(cursor, &out);
            } else {
                buffer_append_byte(&out, peek(cursor));
                advance(cursor, 1);
            }
        }
        advance(cursor, 1);
        if (joins) {
            skip_blank(cursor);
        }
    } while (joins && peek(cursor) == '"');
    Text text = {NULL, 0};
    if (buffer_take(&out, &text) != STATUS_OK) {
        die(cursor->path, cursor->line, "the message is too long");
    }
    return text;
}

/** Passes a literal whose text nobody asks for, escapes of any kind in it. */
static void skip_literal(Cursor *cursor) {
    const char quote = peek(cursor);
    advance(cursor, 1);
    while (peek(cursor) != quote && peek(cursor) != '\0' && peek(cursor) != '\n') {
        advance(cursor, peek(cursor) == '\\' ? 2 : 1);
    }
    advance(cursor, 1);
}

static Text take_word(Cursor *cursor) {
    const size_t from = cursor->at;
    while (is_word(peek(cursor))) {
        advance(cursor, 1);
    }
    return text_slice(cursor->text, from, cursor->at);
}

/** `("text")` behind MESSAGE. False when it is the macro's definition or holds no literal. */
static bool take_message(Arena *arena, Cursor *cursor, Use *ret_use) {
    skip_blank(cursor);
    if (peek(cursor) != '(') {
        return false;
    }
    advance(cursor, 1);
    skip_blank(cursor);
    if (peek(cursor) != '"') {
        return false;
    }
    const size_t line = cursor->line;
    const Text text = take_string(arena, cursor, true);
    if (peek(cursor) != ')') {
        die(cursor->path, line, "MESSAGE takes one literal");
    }
    if (text.size == 0) {
        die(cursor->path, line, "an empty message: write NO_MESSAGE");
    }
    *ret_use = (Use){.id = text, .file = project_path(cursor->path), .line = line};
    return true;
}

static bool is_message(Text word) {
    return text_equal(word, TEXT("MESSAGE")) || text_equal(word, TEXT("MESSAGE_INIT"));
}

/** What is between the parentheses of message_plural: the first message is the singular of the second. */
static void scan_plural(Arena *arena, Uses *uses, Cursor *cursor) {
    skip_blank(cursor);
    if (peek(cursor) != '(') {
        return;
    }
    size_t depth = 0, found = 0;
    Use pair[2];
    do {
        skip_blank(cursor);
        if (peek(cursor) == '"' || peek(cursor) == '\'') {
            skip_literal(cursor);
            continue;
        }
        if (is_word(peek(cursor))) {
            if (is_message(take_word(cursor)) && found < 2 && take_message(arena, cursor, &pair[found])) {
                found++;
                advance(cursor, 1);
            }
            continue;
        }
        depth += peek(cursor) == '(';
        depth -= peek(cursor) == ')';
        if (peek(cursor) == '\0') {
            return;
        }
        advance(cursor, 1);
    } while (depth > 0);
    if (found == 2) {
        pair[0].plural = pair[1].id;
    }
    if (found > 0) {
        uses_add(arena, uses, pair[0]);
    }
}

void scan_c(Arena *arena, Uses *uses, const char *path) {
    Cursor cursor = {.path = path, .text = read_file(arena, path), .line = 1};
    while (cursor.at < cursor.text.size) {
        skip_blank(&cursor);
        const char letter = peek(&cursor);
        if (letter == '"' || letter == '\'') {
            skip_literal(&cursor);
        } else if (is_word(letter)) {
            const Text word = take_word(&cursor);
            Use use;
            if (text_equal(word, TEXT("message_plural"))) {
                scan_plural(arena, uses, &cursor);
            } else if (is_message(word) && take_message(arena, &cursor, &use)) {
                uses_add(arena, uses, use);
            }
        } else {
            advance(&cursor, 1);
        }
    }
}

void scan_json(Arena *arena, Uses *uses, const char *path) {
    static const char *const members[] = {"label", "hint", "title", "text", "summary", "section"};
    Cursor cursor = {.path = path, .text = read_file(arena, path), .line = 1};
    while (cursor.at < cursor.text.size) {
        if (peek(&cursor) != '"') {
            advance(&cursor, 1);
            continue;
        }
        const Text name = take_string(arena, &cursor, false);
        bool wanted = false;
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            wanted = wanted || text_equal(name, text_of(members[i]));
        }
        while (isspace((unsigned char)peek(&cursor))) {
            advance(&cursor, 1);
        }
        if (!wanted || peek(&cursor) != ':') {
            continue;
        }
        advance(&cursor, 1);
        while (isspace((unsigned char)peek(&cursor))) {
            advance(&cursor, 1);
        }
        if (peek(&cursor) == '"') {
            const size_t line = cursor.line;
            const Text text = take_string(arena, &cursor, false);
            if (text.size > 0) {
                uses_add(arena, uses, (Use){.id = text, .file = project_path(path), .line = line});
            }
        }
    }
}
