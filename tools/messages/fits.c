/** Holds translations against the English: the same holes, the same elements, rightly nested, and the number where it
 * is needed. */
#include <ctype.h>
#include <string.h>

#include "messages.h"

#define TOKENS_MAXIMUM 64

/** The holes {name} and elements <a2> of a text, as they stand. */
typedef struct Tokens {
    Text items[TOKENS_MAXIMUM];
    size_t count;
} Tokens;

/** The size of the hole or element at the start of the text, 0 when there is none. */
static size_t token_size(Text text) {
    const char closing = text.data[0] == '{' ? '}' : '>';
    size_t size = 1;
    if (text.data[0] == '<' && size < text.size && text.data[size] == '/') {
        size++;
    }
    const size_t name = size;
    while (size < text.size && (isalnum((unsigned char)text.data[size]) || text.data[size] == '_')) {
        size++;
    }
    return size > name && size < text.size && text.data[size] == closing ? size + 1 : 0;
}

static Tokens find_tokens(Text text) {
    Tokens tokens = {.count = 0};
    for (size_t at = 0; at < text.size; at++) {
        const bool begins = text.data[at] == '{' || text.data[at] == '<';
        const size_t size = begins ? token_size(text_slice(text, at, text.size)) : 0;
        if (size > 0 && tokens.count < TOKENS_MAXIMUM) {
            tokens.items[tokens.count++] = text_slice(text, at, at + size);
        }
    }
    return tokens;
}

static size_t count_of(const Tokens *tokens, Text token) {
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        count += text_equal(tokens->items[i], token);
    }
    return count;
}

/** "<b2>" for "</b2>" */
static bool closes(Text end, Text start) {
    return end.size == start.size + 1 && text_starts_with(end, TEXT("</")) && start.data[0] == '<' &&
           text_equal(text_slice(end, 2, end.size), text_slice(start, 1, start.size));
}

static bool has_end(const Tokens *tokens, Text start) {
    for (size_t i = 0; i < tokens->count; i++) {
        if (closes(tokens->items[i], start)) {
            return true;
        }
    }
    return false;
}

/** Whether every element that has an end is closed in the order in which it was opened. */
static bool nests(const Tokens *tokens) {
    Text open[TOKENS_MAXIMUM];
    size_t depth = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const Text token = tokens->items[i];
        if (text_starts_with(token, TEXT("</"))) {
            if (depth == 0 || !closes(token, open[depth - 1])) {
                return false;
            }
            depth--;
        } else if (token.data[0] == '<' && has_end(tokens, token)) {
            open[depth++] = token;
        }
    }
    return depth == 0;
}

/** Whether the form stands with several numbers, so that {count} must say which. */
static bool is_for_several(const Catalogue *catalogue, size_t form) {
    size_t numbers = 0;
    for (uint64_t n = 0; n < 1200; n++) {
        numbers += plural_choose(catalogue->plural, n) == form;
    }
    return numbers > 1;
}

/** One form against the English that it stands for; `optional_count` lets {count} be absent. */
static bool form_fits(Arena *arena, Text english, Text form, bool optional_count, Text *ret_why) {
    const Tokens wanted = find_tokens(english), found = find_tokens(form);
    for (size_t i = 0; i < wanted.count; i++) {
        const Text token = wanted.items[i];
        if (count_of(&found, token) == 0 && !(optional_count && text_equal(token, TEXT("{count}")))) {
            *ret_why = arena_format(arena, "%.*s is missing", TEXT_ARG(token));
            return false;
        }
    }
    for (size_t i = 0; i < found.count; i++) {
        const Text token = found.items[i];
        if (count_of(&wanted, token) == 0 && !(optional_count && text_equal(token, TEXT("{count}")))) {
            *ret_why = arena_format(arena, "%.*s is not in the English", TEXT_ARG(token));
            return false;
        }
        if (token.data[0] == '<' && has_end(&wanted, token) && count_of(&found, token) != 1) {
            *ret_why = arena_format(arena, "%.*s stands there more than once", TEXT_ARG(token));
            return false;
        }
    }
    if (!nests(&found)) {
        *ret_why = TEXT("its elements are not closed in the order in which they were opened");
        return false;
    }
    return true;
}

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\n' || letter == '\t';
}

bool translation_fits(Arena *arena, const Catalogue *catalogue, const Translation *translation, Text *ret_why) {
    const bool plural = translation->plural.size > 0;
    for (size_t i = 0; i < translation->form_count; i++) {
        const Text form = translation->forms[i], english = plural ? translation->plural : translation->id;
        const bool optional_count = plural && !is_for_several(catalogue, i);
        if (!text_is_utf8(form)) {
            *ret_why = TEXT("it is not UTF-8");
            return false;
        }
        if (!form_fits(arena, english, form, optional_count, ret_why)) {
            return false;
        }
        if (is_blank(english.data[0]) != is_blank(form.data[0]) ||
            is_blank(english.data[english.size - 1]) != is_blank(form.data[form.size - 1])) {
            *ret_why = TEXT("it begins or ends with a blank where the English does not, or the other way round");
            return false;
        }
    }
    return true;
}
