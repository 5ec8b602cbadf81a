/** Reading single PDF values: numbers, strings, names, arrays, dictionaries, references (ISO 32000-1, 7.2 and 7.3). */
#include <string.h>

#include "base/log.h"
#include "pdf/reader_internal.h"

const PdfValue pdf_null = {.kind = PDF_NULL};

Status pdf_damaged(size_t at, const char *what) {
    return fail(STATUS_INVALID, "the PDF is damaged near byte %zu: %s", at, what);
}

const uint8_t pdf_classes[256] = {
    ['\0'] = 1, ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1, ['('] = 2, [')'] = 2,
    ['<'] = 2,  ['>'] = 2,  ['['] = 2,  [']'] = 2,  ['{'] = 2,  ['}'] = 2, ['/'] = 2, ['%'] = 2,
};

static bool pdf_is_digit(char c) {
    return c >= '0' && c <= '9';
}

int pdf_hex_digit(char c) {
    if (pdf_is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void pdf_skip_space(PdfParser *parser) {
    const Text bytes = parser->bytes;
    size_t at = parser->at;
    while (at < bytes.size) {
        if (bytes.data[at] == '%') {
            while (at < bytes.size && bytes.data[at] != '\n' && bytes.data[at] != '\r') {
                at++;
            }
        } else if (pdf_is_space(bytes.data[at])) {
            at++;
        } else {
            break;
        }
    }
    parser->at = at;
}

bool pdf_skip_keyword(PdfParser *parser, const char *keyword) {
    pdf_skip_space(parser);
    const Text rest = text_slice(parser->bytes, parser->at, parser->bytes.size);
    const size_t size = strlen(keyword);
    if (!text_starts_with(rest, text_of(keyword)) || (rest.size > size && pdf_is_regular(rest.data[size]))) {
        return false;
    }
    parser->at += size;
    return true;
}

Status pdf_parse_count(PdfParser *parser, uint64_t maximum, uint64_t *ret_number) {
    pdf_skip_space(parser);
    const Text bytes = parser->bytes;
    size_t at = parser->at;
    uint64_t number = 0;
    while (at < bytes.size && pdf_is_digit(bytes.data[at])) {
        number = number * 10 + (uint64_t)(bytes.data[at] - '0');
        if (number > maximum) {
            return pdf_damaged(parser->at, "a number is out of range");
        }
        at++;
    }
    if (at == parser->at || (at < bytes.size && pdf_is_regular(bytes.data[at]))) {
        return pdf_damaged(parser->at, "a number is expected");
    }
    parser->at = at;
    *ret_number = number;
    return STATUS_OK;
}

static Status pdf_push(PdfParser *parser, const PdfValue *value) {
    if (parser->stack_count == parser->stack_capacity) {
        const size_t capacity = parser->stack_capacity == 0 ? 64 : parser->stack_capacity * 2;
        void *stack = NULL;
        TRY(arena_try_allocate(parser->arena, capacity * sizeof(PdfValue), &stack));
        if (parser->stack_count > 0) {
            memcpy(stack, parser->stack, parser->stack_count * sizeof(PdfValue));
        }
        parser->stack = stack;
        parser->stack_capacity = capacity;
    }
    parser->stack[parser->stack_count++] = *value;
    return STATUS_OK;
}

/** Moves what was pushed since `from` into memory of its own. */
static Status pdf_pop_items(PdfParser *parser, size_t from, const PdfValue **ret_items) {
    const size_t count = parser->stack_count - from;
    void *items = NULL;
    if (count > 0) {
        TRY(arena_try_allocate(parser->arena, count * sizeof(PdfValue), &items));
        memcpy(items, parser->stack + from, count * sizeof(PdfValue));
    }
    parser->stack_count = from;
    *ret_items = items;
    return STATUS_OK;
}

static Status pdf_parse_hex_string(PdfParser *parser, PdfValue *value) {
    const Text bytes = parser->bytes;
    const size_t start = parser->at;
    size_t end = start + 1;
    while (end < bytes.size && bytes.data[end] != '>') {
        if (!parser->tolerant && !pdf_is_space(bytes.data[end]) && pdf_hex_digit(bytes.data[end]) < 0) {
            return pdf_damaged(end, "a hexadecimal string holds another character");
        }
        end++;
    }
    if (end == bytes.size) {
        return pdf_damaged(start, "a hexadecimal string has no end");
    }
    void *memory = NULL;
    TRY(arena_try_allocate(parser->arena, (end - start) / 2 + 1, &memory));
    char *decoded = memory;
    size_t digits = 0;
    for (size_t at = start + 1; at < end; at++) {
        const int digit = pdf_hex_digit(bytes.data[at]);
        if (digit >= 0) {
            const int before = digits % 2 == 0 ? 0 : (unsigned char)decoded[digits / 2];
            decoded[digits / 2] = (char)(digits % 2 == 0 ? digit << 4 : before | digit);
            digits++;
        }
    }
    value->kind = PDF_STRING;
    value->text = (Text){decoded, (digits + 1) / 2};
    parser->at = end + 1;
    return STATUS_OK;
}

/** The end of a literal string and whether its bytes need decoding. */
static Status pdf_measure_literal(const PdfParser *parser, size_t *ret_end, bool *ret_plain) {
    const Text bytes = parser->bytes;
    size_t depth = 0;
    bool plain = true;
    for (size_t at = parser->at; at < bytes.size; at++) {
        const char c = bytes.data[at];
        if (c == '\\') {
            plain = false;
            at++;
        } else if (c == '\r') {
            plain = false;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            *ret_end = at;
            *ret_plain = plain;
            return STATUS_OK;
        }
    }
    return pdf_damaged(parser->at, "a string has no end");
}

/** Reads the escape behind a backslash at `*at`, which moves behind it. Returns -1 when it stands for nothing. */
static int pdf_read_escape(Text raw, size_t *at) {
    const char c = *at < raw.size ? raw.data[*at] : '\n';
    (*at)++;
    if (c >= '0' && c <= '7') {
        int code = c - '0';
        for (int i = 0; i < 2 && *at < raw.size && raw.data[*at] >= '0' && raw.data[*at] <= '7'; i++) {
            code = code * 8 + (raw.data[(*at)++] - '0');
        }
        return code & 0xff;
    }
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case '\r':
        *at += *at < raw.size && raw.data[*at] == '\n';
        return -1;
    case '\n':
        return -1;
    default:
        return (unsigned char)c;
    }
}

static Status pdf_parse_literal_string(PdfParser *parser, PdfValue *value) {
    size_t end = 0;
    bool plain = false;
    TRY(pdf_measure_literal(parser, &end, &plain));
    const Text raw = text_slice(parser->bytes, parser->at + 1, end);
    value->kind = PDF_STRING;
    value->text = raw;
    parser->at = end + 1;
    if (plain) {
        return STATUS_OK;
    }
    void *memory = NULL;
    TRY(arena_try_allocate(parser->arena, raw.size, &memory));
    char *decoded = memory;
    size_t size = 0;
    for (size_t at = 0; at < raw.size;) {
        const char c = raw.data[at++];
        if (c == '\\') {
            const int code = pdf_read_escape(raw, &at);
            if (code >= 0) {
                decoded[size++] = (char)code;
            }
        } else if (c == '\r') {
            at += at < raw.size && raw.data[at] == '\n';
            decoded[size++] = '\n';
        } else {
            decoded[size++] = c;
        }
    }
    value->text = (Text){decoded, size};
    return STATUS_OK;
}

static Status pdf_parse_name(PdfParser *parser, PdfValue *value) {
    const Text bytes = parser->bytes;
    const size_t start = parser->at + 1;
    size_t end = start;
    bool plain = true;
    while (end < bytes.size && pdf_is_regular(bytes.data[end])) {
        plain = plain && bytes.data[end] != '#';
        end++;
    }
    const Text raw = text_slice(bytes, start, end);
    value->kind = PDF_NAME;
    value->text = raw;
    parser->at = end;
    if (plain) {
        return STATUS_OK;
    }
    void *memory = NULL;
    TRY(arena_try_allocate(parser->arena, raw.size, &memory));
    char *decoded = memory;
    size_t size = 0;
    for (size_t at = 0; at < raw.size; at++) {
        const bool escaped = raw.data[at] == '#' && at + 2 < raw.size && pdf_hex_digit(raw.data[at + 1]) >= 0 &&
                             pdf_hex_digit(raw.data[at + 2]) >= 0;
        if (escaped) {
            decoded[size++] = (char)(pdf_hex_digit(raw.data[at + 1]) << 4 | pdf_hex_digit(raw.data[at + 2]));
            at += 2;
        } else {
            decoded[size++] = raw.data[at];
        }
    }
    value->text = (Text){decoded, size};
    return STATUS_OK;
}

/** "12 0 R" when `value` is its first integer; leaves the parser behind the integer when it is not. */
static void pdf_parse_reference_rest(PdfParser *parser, PdfValue *value) {
    const size_t behind_integer = parser->at;
    uint64_t generation = 0;
    size_t digits_at = behind_integer;
    while (digits_at < parser->bytes.size && pdf_is_space(parser->bytes.data[digits_at])) {
        digits_at++;
    }
    const bool may_be = value->integer >= 0 && value->integer <= UINT32_MAX && digits_at > behind_integer &&
                        digits_at < parser->bytes.size && pdf_is_digit(parser->bytes.data[digits_at]);
    if (!may_be) {
        return;
    }
    size_t at = digits_at;
    while (at < parser->bytes.size && pdf_is_digit(parser->bytes.data[at]) && at - digits_at < 6) {
        generation = generation * 10 + (uint64_t)(parser->bytes.data[at] - '0');
        at++;
    }
    parser->at = at;
    const bool spaced = at < parser->bytes.size && pdf_is_space(parser->bytes.data[at]);
    if (spaced && generation <= UINT16_MAX && pdf_skip_keyword(parser, "R")) {
        value->kind = PDF_REFERENCE;
        value->reference = (PdfReference){(uint32_t)value->integer, (uint32_t)generation};
        return;
    }
    parser->at = behind_integer;
}

/** A number of more digits than an integer holds, digit by digit; `*at` moves behind it. */
static Status pdf_parse_long_number(const PdfParser *parser, size_t *at, double *ret_real, bool *ret_point) {
    const Text bytes = parser->bytes;
    double real = 0, scale = 1;
    size_t digits = 0, place = *at;
    bool has_point = false;
    for (; place < bytes.size && pdf_is_regular(bytes.data[place]); place++) {
        const char c = bytes.data[place];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!pdf_is_digit(c) || ++digits > 300) {
            return pdf_damaged(*at, "a number is misspelt");
        }
        if (has_point) {
            scale /= 10;
            real += scale * (c - '0');
        } else {
            real = real * 10 + (c - '0');
        }
    }
    *at = place;
    *ret_real = real;
    *ret_point = has_point;
    return STATUS_OK;
}

/** A number of more than fifteen digits: an integer as long as it fits. */
static Status pdf_parse_many_digits(PdfParser *parser, size_t first, bool negative, PdfValue *value) {
    size_t at = first;
    double real = 0;
    bool has_point = false;
    TRY(pdf_parse_long_number(parser, &at, &real, &has_point));
    uint64_t whole = 0;
    for (size_t i = first; i < at && !has_point; i++) {
        whole = whole < INT64_MAX / 10 ? whole * 10 + (uint64_t)(parser->bytes.data[i] - '0') : INT64_MAX;
    }
    parser->at = at;
    if (has_point || whole >= INT64_MAX) {
        value->kind = PDF_REAL;
        value->real = negative ? -real : real;
    } else {
        value->kind = PDF_INTEGER;
        value->integer = negative ? -(int64_t)whole : (int64_t)whole;
    }
    return STATUS_OK;
}

static Status pdf_parse_number(PdfParser *parser, PdfValue *value) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const Text bytes = parser->bytes;
    const size_t start = parser->at;
    const bool negative = bytes.data[start] == '-';
    const size_t first = start + (bytes.data[start] == '-' || bytes.data[start] == '+');
    size_t at = first, digits = 0, behind_point = 0;
    uint64_t whole = 0;
    bool has_point = false;
    for (; at < bytes.size && pdf_is_regular(bytes.data[at]); at++) {
        const char c = bytes.data[at];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!pdf_is_digit(c)) {
            return pdf_damaged(start, "a number is misspelt");
        }
        if (++digits > 15) {
            break;
        }
        whole = whole * 10 + (uint64_t)(c - '0');
        behind_point += has_point;
    }
    if (digits == 0) {
        return pdf_damaged(start, "a number is misspelt");
    }
    if (digits > 15) {
        return pdf_parse_many_digits(parser, first, negative, value);
    }
    parser->at = at;
    if (has_point) {
        const double real = (double)whole / powers[behind_point];
        value->kind = PDF_REAL;
        value->real = negative ? -real : real;
        return STATUS_OK;
    }
    value->kind = PDF_INTEGER;
    value->integer = negative ? -(int64_t)whole : (int64_t)whole;
    if (!parser->direct) {
        pdf_parse_reference_rest(parser, value);
    }
    return STATUS_OK;
}

static Status pdf_parse_keyword(PdfParser *parser, PdfValue *value) {
    if (pdf_skip_keyword(parser, "true") || pdf_skip_keyword(parser, "false")) {
        value->kind = PDF_BOOLEAN;
        value->boolean = parser->bytes.data[parser->at - 2] == 'u';
        return STATUS_OK;
    }
    if (pdf_skip_keyword(parser, "null")) {
        value->kind = PDF_NULL;
        return STATUS_OK;
    }
    return pdf_damaged(parser->at, "a value is expected");
}

static Status pdf_parse_nested(PdfParser *parser, unsigned depth, PdfValue *ret_value);

/** The items of an array or the pairs of a dictionary up to their end. */
static Status pdf_parse_items(PdfParser *parser, unsigned depth, const char *end, PdfValue *value) {
    const size_t from = parser->stack_count;
    const bool pairs = end[0] == '>';
    for (size_t number = 0;; number++) {
        pdf_skip_space(parser);
        const Text rest = text_slice(parser->bytes, parser->at, parser->bytes.size);
        if (text_starts_with(rest, text_of(end))) {
            if (pairs && number % 2 != 0) {
                return pdf_damaged(parser->at, "a dictionary has a key without a value");
            }
            parser->at += strlen(end);
            value->count = (uint32_t)(pairs ? number / 2 : number);
            return pdf_pop_items(parser, from, &value->items);
        }
        PdfValue item;
        TRY(pdf_parse_nested(parser, depth, &item));
        if (pairs && number % 2 == 0 && item.kind != PDF_NAME) {
            return pdf_damaged(parser->at, "a dictionary has a key that is no name");
        }
        if (number >= UINT32_MAX - 1) {
            return fail(STATUS_TOO_LARGE, "the PDF has an array of too many items");
        }
        TRY(pdf_push(parser, &item));
    }
}

static Status pdf_parse_one(PdfParser *parser, unsigned depth, PdfValue *value) {
    const Text rest = text_slice(parser->bytes, parser->at, parser->bytes.size);
    if (rest.size == 0) {
        return pdf_damaged(parser->at, "it ends in the middle of an object");
    }
    const char c = rest.data[0];
    if (text_starts_with(rest, TEXT("<<")) || c == '[') {
        if (depth >= PDF_NESTING_MAX) {
            return fail(STATUS_TOO_LARGE, "the PDF nests values deeper than %u", PDF_NESTING_MAX);
        }
        value->kind = c == '[' ? PDF_ARRAY : PDF_DICTIONARY;
        parser->at += c == '[' ? 1 : 2;
        return pdf_parse_items(parser, depth + 1, c == '[' ? "]" : ">>", value);
    }
    switch (c) {
    case '<':
        return pdf_parse_hex_string(parser, value);
    case '(':
        return pdf_parse_literal_string(parser, value);
    case '/':
        return pdf_parse_name(parser, value);
    default:
        return pdf_is_digit(c) || c == '-' || c == '+' || c == '.' ? pdf_parse_number(parser, value)
                                                                   : pdf_parse_keyword(parser, value);
    }
}

static Status pdf_parse_nested(PdfParser *parser, unsigned depth, PdfValue *ret_value) {
    pdf_skip_space(parser);
    const size_t start = parser->at;
    PdfValue value = {.kind = PDF_NULL};
    TRY(pdf_parse_one(parser, depth, &value));
    value.source = text_slice(parser->bytes, start, parser->at);
    *ret_value = value;
    return STATUS_OK;
}

Status pdf_parse_value(PdfParser *parser, PdfValue *ret_value) {
    parser->stack_count = 0;
    return pdf_parse_nested(parser, 0, ret_value);
}
