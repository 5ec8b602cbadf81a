/** Sized texts: comparison, search, UTF-8. */
#include "base/text.h"

#include <string.h>

Text text_of(const char *c_string) {
    return c_string == NULL ? (Text){NULL, 0} : (Text){c_string, strlen(c_string)};
}

bool text_equal(Text a, Text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
}

bool text_equal_ignoring_case(Text a, Text b) {
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

bool text_equal_constant_time(Text a, Text b) {
    if (a.size != b.size) {
        return false;
    }
    unsigned difference = 0;
    for (size_t i = 0; i < a.size; i++) {
        difference |= (unsigned)(unsigned char)a.data[i] ^ (unsigned)(unsigned char)b.data[i];
    }
    return difference == 0;
}

int text_compare(Text a, Text b) {
    const size_t shared = a.size < b.size ? a.size : b.size;
    const int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);
    if (order != 0) {
        return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

bool text_starts_with(Text text, Text start) {
    return text.size >= start.size && text_equal((Text){text.data, start.size}, start);
}

bool text_ends_with(Text text, Text end) {
    return text.size >= end.size && text_equal(text_slice(text, text.size - end.size, text.size), end);
}

bool text_find(Text text, Text part, size_t *ret_at) {
    if (part.size == 0) {
        *ret_at = 0;
        return true;
    }
    if (text.size == 0) {
        return false;
    }
    const char *found = memmem(text.data, text.size, part.data, part.size);
    if (found == NULL) {
        return false;
    }
    *ret_at = (size_t)(found - text.data);
    return true;
}

static bool is_space(char letter) {
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

Text text_trim(Text text) {
    while (text.size > 0 && is_space(text.data[0])) {
        text = (Text){text.data + 1, text.size - 1};
    }
    while (text.size > 0 && is_space(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

Text text_slice(Text text, size_t from, size_t to) {
    if (to > text.size) {
        to = text.size;
    }
    if (from >= to) {
        return (Text){NULL, 0};
    }
    return (Text){text.data + from, to - from};
}

Text text_head(Text text, size_t size) {
    if (text.size <= size) {
        return text;
    }
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80) {
        size--;
    }
    return (Text){text.data, size};
}

Text text_cut(Text *rest, char separator) {
    const char *at = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);
    if (at == NULL) {
        const Text all = *rest;
        *rest = (Text){NULL, 0};
        return all;
    }
    const size_t before = (size_t)(at - rest->data);
    const Text first = {rest->data, before};
    *rest = (Text){at + 1, rest->size - before - 1};
    return first;
}

/** Size of the well-formed sequence at the start of `text` and its code point; 0 when it is not well formed. */
static size_t sequence(Text text, uint32_t *ret_code_point) {
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (text.size == 0) {
        return 0;
    }
    if (bytes[0] < 0x80) {
        *ret_code_point = bytes[0];
        return 1;
    }
    size_t size = 0;
    uint32_t value = 0, least = 0;
    if ((bytes[0] & 0xE0) == 0xC0) {
        size = 2, value = bytes[0] & 0x1FU, least = 0x80;
    } else if ((bytes[0] & 0xF0) == 0xE0) {
        size = 3, value = bytes[0] & 0x0FU, least = 0x800;
    } else if ((bytes[0] & 0xF8) == 0xF0) {
        size = 4, value = bytes[0] & 0x07U, least = 0x10000;
    }
    if (size == 0 || text.size < size) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3FU);
    }
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *ret_code_point = value;
    return size;
}

/** How many bytes at the start are ASCII and no NUL, looked at eight at a time; there may be a few more. */
static size_t plain_start(Text text) {
    const uint64_t high_bits = UINT64_C(0x8080808080808080), low_bits = UINT64_C(0x0101010101010101);
    size_t at = 0;
    for (; text.size - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t bytes = 0;
        memcpy(&bytes, text.data + at, sizeof bytes);
        /* In bytes below 0x80 taking one away sets the high bit of a NUL, and of what stands above one. */
        if (((bytes | (bytes - low_bits)) & high_bits) != 0) {
            break;
        }
    }
    return at;
}

bool text_is_utf8(Text text) {
    while (text.size > 0) {
        uint32_t code_point = 0;
        if (text.data[0] > 0) {
            const size_t plain = plain_start(text);
            text = (Text){text.data + plain, text.size - plain};
            if (text.size == 0) {
                break;
            }
        }
        const size_t size = sequence(text, &code_point);
        if (size == 0 || code_point == 0) {
            return false;
        }
        text = (Text){text.data + size, text.size - size};
    }
    return true;
}

size_t text_length(Text text) {
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++) {
        length += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    }
    return length;
}

uint32_t text_next_code_point(Text *rest) {
    uint32_t code_point = 0;
    const size_t size = sequence(*rest, &code_point);
    if (size == 0) {
        *rest = (Text){NULL, 0};
        return 0;
    }
    *rest = (Text){rest->data + size, rest->size - size};
    return code_point;
}

Status text_to_int(Text text, int64_t *ret_value) {
    size_t at = 0;
    const bool negative = text.size > 0 && text.data[0] == '-';
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        at = 1;
    }
    if (at == text.size) {
        return STATUS_INVALID;
    }
    int64_t value = 0;
    for (; at < text.size; at++) {
        const char digit = text.data[at];
        if (digit < '0' || digit > '9' || __builtin_mul_overflow(value, 10, &value) ||
            (negative ? __builtin_sub_overflow(value, digit - '0', &value)
                      : __builtin_add_overflow(value, digit - '0', &value))) {
            return STATUS_INVALID;
        }
    }
    *ret_value = value;
    return STATUS_OK;
}
