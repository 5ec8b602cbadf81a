/** Paths and conditions of tags, written as C. */
#include <string.h>

#include "template.h"

static const char *const reserved[] = {
    "page",  "writer", "scope", "context", "if",  "each",   "none",  "else",  "include", "plural", "other", "form",
    "field", "fields", "rows",  "errors",  "raw", "paging", "title", "model", "in",      "count",  "as",
};

void expression_open(Template *template, size_t line, Text name, bool counts_only) {
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (!counts_only && text_equal(name, text_of(reserved[i]))) {
            template_refuse(template, line, "a loop cannot be named \"%.*s\": that word has a meaning in templates",
                            TEXT_ARG(name));
        }
    }
    for (const Scope *scope = template->scopes; scope != NULL; scope = scope->outer) {
        if (text_equal(scope->name, name)) {
            template_refuse(template, line, "\"%.*s\" is already the name of an outer loop: choose another",
                            TEXT_ARG(name));
        }
    }
    Scope *scope = arena_new(template->arena, Scope);
    *scope = (Scope){.name = name, .counts_only = counts_only, .outer = template->scopes};
    template->scopes = scope;
}

void expression_close(Template *template) {
    template->scopes = template->scopes->outer;
}

static bool is_word(char letter) {
    return is_name_start(letter) || letter == '_' || (letter >= '0' && letter <= '9');
}

static Text take_word(Text *rest) {
    size_t size = 0;
    while (size < rest->size && is_word(rest->data[size])) {
        size++;
    }
    const Text word = text_slice(*rest, 0, size);
    *rest = text_slice(*rest, size, rest->size);
    return word;
}

static bool take(Text *rest, const char *start) {
    const Text text = text_of(start);
    if (!text_starts_with(*rest, text)) {
        return false;
    }
    *rest = text_slice(*rest, text.size, rest->size);
    return true;
}

static const Scope *find_scope(const Template *template, size_t line, Text name) {
    for (const Scope *scope = template->scopes; scope != NULL; scope = scope->outer) {
        if (text_equal(scope->name, name)) {
            return scope;
        }
    }
    template_refuse(
        template, line,
        "\"%.*s\" is no tag and no name here: values begin with \"page.\" or with the name of a loop around "
        "them",
        TEXT_ARG(name));
}

/** Takes one path off the start of `rest`. */
static Path take_path(const Template *template, size_t line, Text *rest) {
    const Text whole = *rest;
    const Text root = take_word(rest);
    if (root.size == 0 || !is_name_start(root.data[0])) {
        template_refuse(template, line, "expected a value such as page.name at \"%.*s\"", TEXT_ARG(whole));
    }
    const Scope *scope = find_scope(template, line, root);
    Arena *arena = template->arena;
    if (take(rest, "#")) {
        if (text_equal(root, TEXT("page"))) {
            template_refuse(template, line,
                            "page# has no meaning: # gives the number of a loop's turn, as in {{row#}}");
        }
        return (Path){.code = arena_format(arena, "(index_of_%.*s + 1)", TEXT_ARG(root)), .last = TEXT("number")};
    }
    if (scope->counts_only) {
        template_refuse(template, line, "\"%.*s\" is a group of the form: only its number {{%.*s#}} can be written",
                        TEXT_ARG(root), TEXT_ARG(root));
    }
    Path path = {.code = arena_format(arena, "(*%.*s)", TEXT_ARG(root)), .last = root, .address = root};
    Text code = root;
    bool first = true;
    for (;;) {
        const bool dot = take(rest, ".");
        if (!dot && !take(rest, "->")) {
            return path;
        }
        path.last = take_word(rest);
        if (path.last.size == 0) {
            template_refuse(template, line, "\"%.*s\": a member's name is missing behind the dot", TEXT_ARG(whole));
        }
        code = arena_format(arena, "%.*s%s%.*s", TEXT_ARG(code), first || !dot ? "->" : ".", TEXT_ARG(path.last));
        path.code = code;
        path.address = arena_format(arena, "&%.*s", TEXT_ARG(code));
        first = false;
    }
}

Path expression_path(const Template *template, size_t line, Text text) {
    Text rest = text;
    const Path path = take_path(template, line, &rest);
    if (rest.size > 0) {
        template_refuse(template, line,
                        "\"%.*s\" is not a path: write members joined by dots, and compute anything else in the page's "
                        "handler",
                        TEXT_ARG(text));
    }
    return path;
}

/** The text of a "literal", ready to stand in C. */
static Text take_literal(const Template *template, size_t line, Text *rest) {
    size_t end;
    if (!text_find(*rest, TEXT("\""), &end)) {
        template_refuse(template, line, "the literal has no closing quotation mark");
    }
    const Text literal = text_slice(*rest, 0, end);
    for (size_t i = 0; i < literal.size; i++) {
        if (literal.data[i] == '\\' || literal.data[i] == '?' || (unsigned char)literal.data[i] < 0x20) {
            template_refuse(template, line, "a literal in a condition has no backslash, question mark or line end");
        }
    }
    *rest = text_slice(*rest, end + 1, rest->size);
    return literal;
}

/** What is behind a comparison sign. */
static Text comparison(const Template *template, size_t line, Text *rest, Text left, const char *sign) {
    Arena *arena = template->arena;
    *rest = text_trim(*rest);
    if (take(rest, "\"")) {
        const Text literal = take_literal(template, line, rest);
        if (strcmp(sign, "==") != 0 && strcmp(sign, "!=") != 0) {
            template_refuse(template, line, "texts are compared with == and != only");
        }
        return arena_format(arena, "%stext_equal(%.*s, TEXT(\"%.*s\"))", sign[0] == '!' ? "!" : "", TEXT_ARG(left),
                            TEXT_ARG(literal));
    }
    const bool negative = take(rest, "-");
    const Text word = take_word(rest);
    bool number = word.size > 0, constant = word.size > 0 && word.data[0] >= 'A' && word.data[0] <= 'Z' && !negative;
    for (size_t i = 0; i < word.size; i++) {
        number = number && word.data[i] >= '0' && word.data[i] <= '9';
        constant = constant && !(word.data[i] >= 'a' && word.data[i] <= 'z');
    }
    if (!number && !constant) {
        template_refuse(
            template, line,
            "a value is compared with an integer, a CONSTANT or a \"literal\" only: compute anything else in "
            "the page's handler");
    }
    return arena_format(arena, "%.*s %s %s%.*s", TEXT_ARG(left), sign, negative ? "-" : "", TEXT_ARG(word));
}

static Text take_or(const Template *template, size_t line, Text *rest, size_t depth, bool *ret_compound);

/** !x, (x), path, path sign operand */
static Text take_operand(const Template *template, size_t line, Text *rest, size_t depth, bool *ret_compound) {
    Arena *arena = template->arena;
    *rest = text_trim(*rest);
    *ret_compound = false;
    if (depth > TEMPLATE_MAXIMUM_DEPTH) {
        template_refuse(template, line, "the condition is too deep");
    }
    if (take(rest, "!")) {
        bool compound;
        const Text operand = take_operand(template, line, rest, depth + 1, &compound);
        return arena_format(arena, "!(%.*s)", TEXT_ARG(operand));
    }
    if (take(rest, "(")) {
        const Text inner = take_or(template, line, rest, depth + 1, ret_compound);
        *rest = text_trim(*rest);
        if (!take(rest, ")")) {
            template_refuse(template, line, "a parenthesis is not closed in the condition");
        }
        return inner;
    }
    const Path path = take_path(template, line, rest);
    *rest = text_trim(*rest);
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (take(rest, signs[i])) {
            return comparison(template, line, rest, path.code, signs[i]);
        }
    }
    if (path.address.size == 0) {
        template_refuse(template, line, "a number such as row# is always true: compare it with an integer");
    }
    return arena_format(arena, "html_truth(%.*s)", TEXT_ARG(path.code));
}

static Text take_chain(const Template *template, size_t line, Text *rest, size_t depth, const char *sign,
                       bool *ret_compound) {
    const bool or = sign[0] == '|';
    bool compound;
    Text code = or ? take_chain(template, line, rest, depth, "&&", &compound)
                   : take_operand(template, line, rest, depth, &compound);
    *ret_compound = compound;
    for (;;) {
        *rest = text_trim(*rest);
        if (!take(rest, sign)) {
            return code;
        }
        bool right_compound;
        const Text right = or ? take_chain(template, line, rest, depth, "&&", &right_compound)
                              : take_operand(template, line, rest, depth, &right_compound);
        code = arena_format(template->arena, "%s%.*s%s %s %s%.*s%s", compound ? "(" : "", TEXT_ARG(code),
                            compound ? ")" : "", sign, right_compound ? "(" : "", TEXT_ARG(right),
                            right_compound ? ")" : "");
        compound = false;
        *ret_compound = true;
    }
}

static Text take_or(const Template *template, size_t line, Text *rest, size_t depth, bool *ret_compound) {
    return take_chain(template, line, rest, depth, "||", ret_compound);
}

Text expression_condition(const Template *template, size_t line, Text text) {
    Text rest = text;
    bool compound;
    const Text code = take_or(template, line, &rest, 0, &compound);
    if (text_trim(rest).size > 0) {
        template_refuse(template, line, "the condition cannot be read from \"%.*s\" on", TEXT_ARG(rest));
    }
    return code;
}
