/** Plural rules: the expressions of PO headers, read, evaluated and written as C. */
#include <ctype.h>

#include "messages.h"

typedef enum PluralKind { PLURAL_N, PLURAL_NUMBER, PLURAL_NOT, PLURAL_TWO, PLURAL_CHOICE } PluralKind;

struct Plural {
    PluralKind kind;
    uint64_t number;
    size_t sign; /**< PLURAL_TWO: place in `signs` */
    Plural *first, *second, *third;
};

typedef struct Sign {
    const char *text;
    int level; /**< binds stronger the higher it is */
} Sign;

/** Longer signs before their beginnings. */
static const Sign signs[] = {{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<=", 4}, {">=", 4}, {"<", 4},
                             {">", 4},  {"+", 5},  {"-", 5},  {"*", 6},  {"/", 6},  {"%", 6}};

enum { SIGN_COUNT = sizeof(signs) / sizeof(signs[0]), LEVEL_HIGHEST = 6, DEPTH_MAXIMUM = 100 };

typedef struct PluralReader {
    Arena *arena;
    Text rest;
    size_t depth;
} PluralReader;

static bool take(PluralReader *reader, const char *start) {
    reader->rest = text_trim(reader->rest);
    const Text text = text_of(start);
    if (!text_starts_with(reader->rest, text)) {
        return false;
    }
    reader->rest = text_slice(reader->rest, text.size, reader->rest.size);
    return true;
}

static Plural *node(PluralReader *reader, PluralKind kind, Plural *first, Plural *second) {
    Plural *plural = arena_new(reader->arena, Plural);
    *plural = (Plural){.kind = kind, .first = first, .second = second};
    return plural;
}

static Plural *read_choice(PluralReader *reader);

static Plural *read_operand(PluralReader *reader) {
    if (++reader->depth > DEPTH_MAXIMUM) {
        return NULL;
    }
    Plural *plural = NULL;
    if (take(reader, "!")) {
        Plural *operand = read_operand(reader);
        plural = operand == NULL ? NULL : node(reader, PLURAL_NOT, operand, NULL);
    } else if (take(reader, "(")) {
        plural = read_choice(reader);
        plural = plural != NULL && take(reader, ")") ? plural : NULL;
    } else if (take(reader, "n")) {
        plural = node(reader, PLURAL_N, NULL, NULL);
    } else {
        size_t size = 0;
        uint64_t number = 0;
        for (; size < reader->rest.size && size < 9 && isdigit((unsigned char)reader->rest.data[size]); size++) {
            number = number * 10 + (uint64_t)(reader->rest.data[size] - '0');
        }
        reader->rest = text_slice(reader->rest, size, reader->rest.size);
        plural = size > 0 ? node(reader, PLURAL_NUMBER, NULL, NULL) : NULL;
        if (plural != NULL) {
            plural->number = number;
        }
    }
    reader->depth--;
    return plural;
}

static Plural *read_level(PluralReader *reader, int level) {
    if (level > LEVEL_HIGHEST) {
        return read_operand(reader);
    }
    Plural *left = read_level(reader, level + 1);
    while (left != NULL) {
        size_t sign = 0;
        while (sign < SIGN_COUNT && !(signs[sign].level == level && take(reader, signs[sign].text))) {
            sign++;
        }
        if (sign == SIGN_COUNT) {
            break;
        }
        Plural *right = read_level(reader, level + 1);
        const bool divides = signs[sign].text[0] == '%' || signs[sign].text[0] == '/';
        if (divides && right != NULL && (right->kind != PLURAL_NUMBER || right->number == 0)) {
            return NULL;
        }
        left = right == NULL ? NULL : node(reader, PLURAL_TWO, left, right);
        if (left != NULL) {
            left->sign = sign;
        }
    }
    return left;
}

static Plural *read_choice(PluralReader *reader) {
    Plural *condition = read_level(reader, 1);
    if (condition == NULL || !take(reader, "?")) {
        return condition;
    }
    if (++reader->depth > DEPTH_MAXIMUM) {
        return NULL;
    }
    Plural *then = read_choice(reader);
    Plural *otherwise = then != NULL && take(reader, ":") ? read_choice(reader) : NULL;
    reader->depth--;
    if (otherwise == NULL) {
        return NULL;
    }
    Plural *plural = node(reader, PLURAL_CHOICE, condition, then);
    plural->third = otherwise;
    return plural;
}

Plural *plural_read(Arena *arena, Text expression) {
    PluralReader reader = {.arena = arena, .rest = expression};
    Plural *plural = read_choice(&reader);
    return text_trim(reader.rest).size == 0 ? plural : NULL;
}

static uint64_t choose_two(size_t sign, uint64_t a, uint64_t b) {
    switch (signs[sign].text[0]) {
    case '|':
        return a || b;
    case '&':
        return a && b;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return signs[sign].text[1] == '=' ? a <= b : a < b;
    case '>':
        return signs[sign].text[1] == '=' ? a >= b : a > b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    default:
        return a % b;
    }
}

uint64_t plural_choose(const Plural *plural, uint64_t n) {
    switch (plural->kind) {
    case PLURAL_N:
        return n;
    case PLURAL_NUMBER:
        return plural->number;
    case PLURAL_NOT:
        return !plural_choose(plural->first, n);
    case PLURAL_TWO:
        return choose_two(plural->sign, plural_choose(plural->first, n), plural_choose(plural->second, n));
    default:
        return plural_choose(plural_choose(plural->first, n) ? plural->second : plural->third, n);
    }
}

/** An operand, in parentheses where it is composed. */
static Text operand_to_c(Arena *arena, const Plural *plural) {
    const Text text = plural_to_c(arena, plural);
    const bool composed = plural->kind == PLURAL_TWO || plural->kind == PLURAL_CHOICE;
    return composed ? arena_format(arena, "(%.*s)", TEXT_ARG(text)) : text;
}

Text plural_to_c(Arena *arena, const Plural *plural) {
    switch (plural->kind) {
    case PLURAL_N:
        return TEXT("n");
    case PLURAL_NUMBER:
        return arena_format(arena, "%llu", (unsigned long long)plural->number);
    case PLURAL_NOT:
        return arena_format(arena, "!(%.*s)", TEXT_ARG(plural_to_c(arena, plural->first)));
    case PLURAL_TWO:
        return arena_format(arena, "%.*s %s %.*s", TEXT_ARG(operand_to_c(arena, plural->first)),
                            signs[plural->sign].text, TEXT_ARG(operand_to_c(arena, plural->second)));
    default:
        return arena_format(arena, "%.*s ? %.*s : %.*s", TEXT_ARG(operand_to_c(arena, plural->first)),
                            TEXT_ARG(operand_to_c(arena, plural->second)),
                            TEXT_ARG(operand_to_c(arena, plural->third)));
    }
}
