/** Fuzz driver of the form readers: the first byte chooses, the rest is the body. What is read must lie inside what was
 * sent. */
#include <assert.h>

#include "base/log.h"
#include "http/pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(Text part, Text whole) {
    assert(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void check_pairs(const FormPairs *pairs, Text body, bool is_multipart) {
    assert(pairs->count <= PAIRS_MAX);
    for (size_t i = 0; i < pairs->count; i++) {
        const FormPair *pair = &pairs->items[i];
        assert(pair->name.size <= PAIR_NAME_MAX && text_is_utf8(pair->name) && text_is_utf8(pair->value));
        assert(text_is_utf8(pair->upload.name) && text_is_utf8(pair->upload.type));
        if (is_multipart) {
            check_inside(pair->value, body);
            check_inside(pair->upload.bytes, body);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open((size_t)256 << 20);
    FormPairs pairs = {NULL, 0};
    Text name = {NULL, 0}, boundary = {NULL, 0};
    const bool is_multipart = size > 0 && data[0] != '=';
    Text body = size > 0 ? (Text){(const char *)data + 1, size - 1} : (Text){NULL, 0};
    if (!is_multipart) {
        if (pairs_of_urlencoded(arena, body, &pairs, &name) == PAIRS_FINE) {
            check_pairs(&pairs, body, false);
        }
    } else if (multipart_boundary(arena, text_cut(&body, '\n'), &boundary) == STATUS_OK) {
        if (pairs_of_multipart(arena, body, boundary, &pairs, &name) == PAIRS_FINE) {
            check_pairs(&pairs, body, true);
        }
    }
    (void)failure_take();
    arena_close(arena);
    return 0;
}
