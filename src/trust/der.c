/** DER: definite lengths in their shortest form, sets in order. */
#include "trust/der.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/** Writes tag and length and returns how many bytes that took: at most 6. */
static size_t der_head(int tag, size_t size, unsigned char head[6]) {
    head[0] = (unsigned char)tag;
    if (size < 0x80) {
        head[1] = (unsigned char)size;
        return 2;
    }
    size_t bytes = 1;
    while (bytes < 4 && size >> (8 * bytes) != 0) {
        bytes++;
    }
    assert(size <= UINT32_MAX);
    head[1] = (unsigned char)(0x80 | bytes);
    for (size_t i = 0; i < bytes; i++) {
        head[2 + i] = (unsigned char)(size >> (8 * (bytes - 1 - i)));
    }
    return 2 + bytes;
}

/** `head` and the parts behind it. */
static Text der_put(Arena *arena, Text head, const Text *parts, size_t count, size_t size) {
    char *bytes = arena_allocate(arena, head.size + size);
    size_t at = head.size;
    if (head.size > 0) {
        memcpy(bytes, head.data, head.size);
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            memcpy(bytes + at, parts[i].data, parts[i].size);
            at += parts[i].size;
        }
    }
    return (Text){bytes, at};
}

static size_t der_size(const Text *parts, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].size;
    }
    return size;
}

Text der_value(Arena *arena, int tag, const Text *parts, size_t count) {
    const size_t size = der_size(parts, count);
    unsigned char head[6];
    const size_t head_size = der_head(tag, size, head);
    return der_put(arena, (Text){(const char *)head, head_size}, parts, count, size);
}

Text der_join(Arena *arena, const Text *parts, size_t count) {
    return der_put(arena, (Text){0}, parts, count, der_size(parts, count));
}

/* DER pads the shorter encoding with zero bytes to compare; a whole encoding is never the start of another one, so
 * comparing bytes comes to the same. */
static int der_compare(const void *a, const void *b) {
    const Text first = *(const Text *)a, second = *(const Text *)b;
    const size_t shorter = first.size < second.size ? first.size : second.size;
    const int order = shorter == 0 ? 0 : memcmp(first.data, second.data, shorter);
    if (order != 0) {
        return order;
    }
    return first.size < second.size ? -1 : first.size > second.size;
}

Text der_set_of(Arena *arena, int tag, Text *parts, size_t count) {
    if (count > 1) {
        qsort(parts, count, sizeof(Text), der_compare);
    }
    return der_value(arena, tag, parts, count);
}

Text der_unsigned(Arena *arena, Text bytes) {
    while (bytes.size > 1 && bytes.data[0] == 0) {
        bytes = text_slice(bytes, 1, bytes.size);
    }
    const bool needs_zero = bytes.size == 0 || (unsigned char)bytes.data[0] >= 0x80;
    return DER(arena, DER_INTEGER, needs_zero ? (Text){"\0", 1} : (Text){0}, bytes);
}

Text der_small(Arena *arena, unsigned char number) {
    assert(number < 128);
    return DER(arena, DER_INTEGER, {(const char *)&number, 1});
}

/** "20261123183000Z" */
static Text der_time_digits(Arena *arena, Time time) {
    const Text rfc = time_rfc3339(arena, time);
    const char *t = rfc.data;
    assert(rfc.size == sizeof("2026-11-23T18:30:00Z") - 1);
    return arena_format(arena, "%.4s%.2s%.2s%.2s%.2s%.2sZ", t, t + 5, t + 8, t + 11, t + 14, t + 17);
}

Text der_generalized_time(Arena *arena, Time time) {
    return DER(arena, DER_GENERALIZED_TIME, der_time_digits(arena, time));
}

Text der_time(Arena *arena, Time time) {
    const Text digits = der_time_digits(arena, time);
    const bool is_late = memcmp(digits.data, "2050", 4) >= 0;
    return is_late ? DER(arena, DER_GENERALIZED_TIME, digits)
                   : DER(arena, DER_UTC_TIME, text_slice(digits, 2, digits.size));
}

static Status der_wrong(void) {
    return fail(STATUS_INVALID, "not DER");
}

Status der_next(Text *rest, DerValue *ret_value) {
    const unsigned char *bytes = (const unsigned char *)rest->data;
    /* Tag numbers above 30 take several bytes; nothing that is read here uses them. */
    if (rest->size < 2 || (bytes[0] & 0x1f) == 0x1f) {
        return der_wrong();
    }
    size_t head = 2, size = bytes[1];
    if (size >= 0x80) {
        const size_t count = size & 0x7f;
        if (count == 0 || count > 4 || rest->size < 2 + count || bytes[2] == 0) {
            return der_wrong();
        }
        size = 0;
        for (size_t i = 0; i < count; i++) {
            size = size << 8 | bytes[2 + i];
        }
        if (size < 0x80) {
            return der_wrong();
        }
        head += count;
    }
    if (size > rest->size - head) {
        return der_wrong();
    }
    *ret_value = (DerValue){
        .tag = bytes[0], .content = text_slice(*rest, head, head + size), .whole = text_slice(*rest, 0, head + size)};
    *rest = text_slice(*rest, head + size, rest->size);
    return STATUS_OK;
}

Status der_take(Text *rest, int tag, DerValue *ret_value) {
    if (!der_is_next(*rest, tag)) {
        return der_wrong();
    }
    return der_next(rest, ret_value);
}

bool der_is_next(Text rest, int tag) {
    return rest.size > 0 && (unsigned char)rest.data[0] == tag;
}
