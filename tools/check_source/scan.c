/** Reads C as far as the rules need it: comments, literals, functions, waivers. */
#include <string.h>

#include "check_source.h"

bool source_is_word(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_';
}

bool source_word_at(Text text, size_t at, const char *word) {
    const size_t size = strlen(word);
    return at + size <= text.size && memcmp(text.data + at, word, size) == 0 &&
           (at == 0 || !source_is_word(text.data[at - 1])) &&
           (at + size == text.size || !source_is_word(text.data[at + size]));
}

size_t source_line(const Source *source, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at && i < source->raw.size; i++) {
        line += source->raw.data[i] == '\n';
    }
    return line;
}

static void blank(char *bytes, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if (bytes[i] != '\n') {
            bytes[i] = ' ';
        }
    }
}

/** Where a comment, literal or preprocessor line that begins at `at` ends. */
static size_t end_of_comment(Text raw, size_t at) {
    const bool line_comment = raw.data[at + 1] == '/';
    size_t i = at + 2;
    while (i < raw.size) {
        if (line_comment && raw.data[i] == '\n') {
            return i;
        }
        if (!line_comment && raw.data[i] == '*' && i + 1 < raw.size && raw.data[i + 1] == '/') {
            return i + 2;
        }
        i++;
    }
    return raw.size;
}

static size_t end_of_literal(Text raw, size_t at) {
    size_t i = at + 1;
    while (i < raw.size && raw.data[i] != raw.data[at] && raw.data[i] != '\n') {
        i += raw.data[i] == '\\' ? 2 : 1;
    }
    return i < raw.size ? i + 1 : raw.size;
}

/** An apostrophe between digits is no literal in C17, so each one opens a character constant. */
static void split(Source *source) {
    const Text raw = source->raw;
    char *code = arena_c_string(source->arena, raw);
    char *uncommented = arena_c_string(source->arena, raw);
    size_t i = 0;
    while (i < raw.size) {
        const char letter = raw.data[i];
        if (letter == '/' && i + 1 < raw.size && (raw.data[i + 1] == '*' || raw.data[i + 1] == '/')) {
            const size_t end = end_of_comment(raw, i);
            blank(code, i, end);
            blank(uncommented, i, end);
            i = end;
        } else if (letter == '"' || letter == '\'') {
            const size_t end = end_of_literal(raw, i);
            blank(code, i + 1, end - 1);
            i = end;
        } else {
            i++;
        }
    }
    source->uncommented = (Text){uncommented, raw.size};
    source->code = (Text){code, raw.size};
    /* Preprocessor lines last: a comment or literal within them is already blank. */
    bool line_start = true;
    for (i = 0; i < raw.size; i++) {
        if (line_start && code[i] == '#') {
            size_t end = i;
            while (end < raw.size && (code[end] != '\n' || code[end - 1] == '\\')) {
                end++;
            }
            blank(code, i, end);
            i = end < raw.size ? end : raw.size - 1;
        }
        line_start = code[i] == '\n' || (line_start && (code[i] == ' ' || code[i] == '\t'));
    }
}

/** Where the group that opens at `at` ({, ( or [) ends: behind its last letter. */
static size_t end_of_group(Text code, size_t at) {
    size_t depth = 0;
    for (size_t i = at; i < code.size; i++) {
        const char letter = code.data[i];
        if (letter == '{' || letter == '(' || letter == '[') {
            depth++;
        } else if (letter == '}' || letter == ')' || letter == ']') {
            depth--;
            if (depth == 0) {
                return i + 1;
            }
        }
    }
    return code.size;
}

/** True for words that name macros: PRINTF_LIKE, TEST, ID_TYPE. */
static bool is_macro_word(Text word) {
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] >= 'a' && word.data[i] <= 'z') {
            return false;
        }
    }
    return true;
}

/**
 * Finds in the head of a statement at top level the name of the function that it declares.
 *
 * @return false when it declares none: a type, a variable, a macro's use
 */
static bool function_name(Text head, Text *ret_name) {
    size_t words = 0;
    size_t i = 0;
    while (i < head.size) {
        if (source_is_word(head.data[i])) {
            size_t end = i;
            while (end < head.size && source_is_word(head.data[end])) {
                end++;
            }
            const Text word = {head.data + i, end - i};
            if (text_equal(word, TEXT("typedef"))) {
                return false;
            }
            const bool called = end < head.size && head.data[end] == '(';
            const bool attribute = text_equal(word, TEXT("__attribute__")) || is_macro_word(word);
            if (called && !attribute && words > 0) {
                *ret_name = word;
                return true;
            }
            if (called) {
                end = end_of_group(head, end);
            } else {
                words++;
            }
            i = end;
        } else if (head.data[i] == '=' || head.data[i] == '{') {
            return false;
        } else {
            i++;
        }
    }
    return false;
}

static bool is_test(Text head) {
    return text_starts_with(head, TEXT("TEST("));
}

/** True when a docstring ends in the line above byte `from`. */
static bool has_docstring_above(const Source *source, size_t from) {
    const Text raw = source->raw;
    size_t at = from;
    while (at > 0 && (raw.data[at - 1] == ' ' || raw.data[at - 1] == '\n')) {
        if (raw.data[at - 1] == '\n' && at >= 2 && raw.data[at - 2] == '\n') {
            return false;
        }
        at--;
    }
    if (at < 4 || raw.data[at - 1] != '/' || raw.data[at - 2] != '*') {
        return false;
    }
    size_t open = at - 3;
    while (open > 0 && !(raw.data[open] == '/' && raw.data[open + 1] == '*')) {
        open--;
    }
    const Text comment = text_slice(raw, open, at);
    return text_starts_with(comment, TEXT("/**")) && !text_starts_with(comment, TEXT("/**<"));
}

/** True when a docstring for what stands before byte `to` follows in the same line. */
static bool has_docstring_behind(const Source *source, size_t to) {
    Text behind = text_slice(source->raw, to, source->raw.size);
    return text_starts_with(text_trim(text_cut(&behind, '\n')), TEXT("/**<"));
}

static void add_function(Source *source, size_t capacity, Text head, size_t from, size_t to, bool definition) {
    Text name;
    if (is_test(head)) {
        name = head;
    } else if (!function_name(head, &name)) {
        return;
    }
    SourceFunctions *functions = &source->functions;
    if (functions->count == capacity) {
        return;
    }
    SourceFunction *function = &functions->items[functions->count++];
    *function = (SourceFunction){.name = name, .head = head, .definition = definition};
    function->first_line = source_line(source, from);
    function->last_line = source_line(source, to - 1);
    function->documented_above = has_docstring_above(source, from);
    /* One docstring may stand above a group: declarations that follow it without an empty line. */
    if (!function->documented_above && functions->count > 1) {
        const SourceFunction *before = function - 1;
        function->documented_above = before->documented_above && before->last_line + 1 == function->first_line;
    }
    function->documented = function->documented_above || has_docstring_behind(source, to);
}

static void find_functions(Source *source) {
    const Text code = source->code;
    size_t capacity = 0;
    for (size_t i = 0; i < code.size; i++) {
        capacity += code.data[i] == ';' || code.data[i] == '}';
    }
    source->functions.items = arena_new_array(source->arena, SourceFunction, capacity);
    size_t start = 0;
    size_t i = 0;
    while (i < code.size) {
        const char letter = code.data[i];
        if (letter == '(' || letter == '[') {
            i = end_of_group(code, i);
        } else if (letter == '{' || letter == ';') {
            while (start < i && (code.data[start] == ' ' || code.data[start] == '\n')) {
                start++;
            }
            const Text head = text_trim(text_slice(code, start, i));
            const size_t end = letter == '{' ? end_of_group(code, i) : i + 1;
            const bool body = letter == '{' && head.size > 0 && head.data[head.size - 1] == ')';
            if (body || letter == ';') {
                add_function(source, capacity, head, start, end, body);
            }
            i = end;
            /* A struct's or an initialiser's braces are part of a statement that ends with a semicolon. */
            if (body || letter == ';') {
                start = i;
            } else {
                while (i < code.size && code.data[i] != ';') {
                    i++;
                }
                start = i < code.size ? i + 1 : code.size;
                i = start;
            }
        } else {
            i++;
        }
    }
}

static SourceWaiver read_waiver(Text words) {
    SourceWaiver waiver = {0};
    Text rest = text_trim(words);
    static const char *const rules[] = {"long file", "long"};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (text_starts_with(rest, text_of(rules[i]))) {
            waiver.rule = text_of(rules[i]);
            waiver.reason = text_trim(text_slice(rest, strlen(rules[i]), rest.size));
            return waiver;
        }
    }
    if (text_starts_with(rest, TEXT("allow "))) {
        size_t end = strlen("allow ");
        while (end < rest.size && source_is_word(rest.data[end])) {
            end++;
        }
        waiver.rule = text_slice(rest, 0, end);
        waiver.reason = text_trim(text_slice(rest, end, rest.size));
    }
    return waiver;
}

/** Waivers are comments of their own: a slash, a star, then check_source and a colon. */
static void find_waivers(Source *source) {
    static const char mark[] = "/* check_source:";
    const Text raw = source->raw;
    Text rest = raw;
    size_t count = 0;
    size_t at = 0;
    while (text_find(rest, text_of(mark), &at)) {
        count++;
        rest = text_slice(rest, at + 1, rest.size);
    }
    source->waivers.items = arena_new_array(source->arena, SourceWaiver, count + 1);
    size_t from = 0;
    while (text_find(text_slice(raw, from, raw.size), text_of(mark), &at)) {
        const size_t start = from + at;
        from = start + strlen(mark);
        /* Within a literal it is only text. */
        if (source->uncommented.data[start] == ' ') {
            const size_t end = end_of_comment(raw, start);
            SourceWaiver waiver = read_waiver(text_slice(raw, from, end - 2));
            waiver.line = source_line(source, start);
            source->waivers.items[source->waivers.count++] = waiver;
        }
    }
}

bool source_waived(Source *source, const char *rule, size_t from, size_t to) {
    for (size_t i = 0; i < source->waivers.count; i++) {
        SourceWaiver *waiver = &source->waivers.items[i];
        if (text_equal(waiver->rule, text_of(rule)) && waiver->line >= from && waiver->line <= to) {
            waiver->used = true;
            return true;
        }
    }
    return false;
}

void source_scan(Source *source) {
    split(source);
    find_functions(source);
    find_waivers(source);
}
