/** HMAC-SHA-256 cut to 128 bits, masked by a random pad. */
#include "http/token.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"

#define MARK_SIZE 16

static void mark_of(Arena *arena, Text secret, const char *purpose, Text holder, unsigned char mark[MARK_SIZE]) {
    /* The NUL keeps purpose and holder apart. */
    const Text bytes = ARENA_JOIN(arena, TEXT("tradepost "), text_of(purpose), TEXT("\0"), holder);
    const Sha256 digest = hmac_sha256(secret, bytes);
    memcpy(mark, digest.bytes, MARK_SIZE);
}

Text token_make(Arena *arena, Text secret, const char *purpose, Text holder) {
    unsigned char bytes[2 * MARK_SIZE], mark[MARK_SIZE];
    mark_of(arena, secret, purpose, holder, mark);
    random_bytes(bytes, MARK_SIZE);
    for (size_t i = 0; i < MARK_SIZE; i++) {
        bytes[MARK_SIZE + i] = mark[i] ^ bytes[i];
    }
    return base64url_encode(arena, (Text){(const char *)bytes, sizeof(bytes)});
}

bool token_is_good(Arena *arena, Text secret, const char *purpose, Text holder, Text token) {
    unsigned char mark[MARK_SIZE], given[MARK_SIZE];
    Text bytes = {NULL, 0};
    if (holder.size == 0 || token.size > 64 || base64_decode(arena, token, &bytes) != STATUS_OK ||
        bytes.size != 2 * MARK_SIZE) {
        return false;
    }
    mark_of(arena, secret, purpose, holder, mark);
    for (size_t i = 0; i < MARK_SIZE; i++) {
        given[i] = (unsigned char)bytes.data[i] ^ (unsigned char)bytes.data[MARK_SIZE + i];
    }
    return text_equal_constant_time((Text){(const char *)mark, MARK_SIZE}, (Text){(const char *)given, MARK_SIZE});
}

Text token_sign_message(Arena *arena, Text secret, Text message) {
    unsigned char mark[MARK_SIZE];
    mark_of(arena, secret, "notice", message, mark);
    const Text bytes = arena_format(arena, "%.*s%.*s", MARK_SIZE, "                ", TEXT_ARG(message));
    char *signed_bytes = arena_c_string(arena, bytes);
    memcpy(signed_bytes, mark, MARK_SIZE);
    return base64url_encode(arena, (Text){signed_bytes, bytes.size});
}

Status token_read_message(Arena *arena, Text secret, Text value, Text *ret_message) {
    unsigned char mark[MARK_SIZE];
    Text bytes = {NULL, 0};
    if (value.size > 2048 || base64_decode(arena, value, &bytes) != STATUS_OK || bytes.size <= MARK_SIZE) {
        return fail(STATUS_INVALID, "no notice");
    }
    const Text message = text_slice(bytes, MARK_SIZE, bytes.size);
    mark_of(arena, secret, "notice", message, mark);
    if (!text_equal_constant_time((Text){(const char *)mark, MARK_SIZE}, text_slice(bytes, 0, MARK_SIZE))) {
        return fail(STATUS_INVALID, "forged notice");
    }
    *ret_message = arena_copy(arena, message);
    return STATUS_OK;
}
