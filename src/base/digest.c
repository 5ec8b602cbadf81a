/** Hashes by OpenSSL; base 64, base 16 and random bytes. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { HMAC_BLOCK = 64 };

static EVP_MD *sha256_kind;
static pthread_once_t sha256_fetched = PTHREAD_ONCE_INIT;

/* Left to each hash, the search through OpenSSL's providers costs more than hashing a short text. */
static void fetch_sha256(void) {
    sha256_kind = EVP_MD_fetch(NULL, "SHA256", NULL);
}

Sha256 sha256(Text bytes) {
    return sha256_of_parts(&bytes, 1);
}

/* A stream is OpenSSL's context under our name. */
static EVP_MD_CTX *context_of(Sha256Stream *stream) {
    return (EVP_MD_CTX *)stream;
}

Sha256Stream *sha256_begin(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (pthread_once(&sha256_fetched, fetch_sha256) != 0 || context == NULL ||
        EVP_DigestInit_ex(context, sha256_kind, NULL) != 1) {
        abort();
    }
    return (Sha256Stream *)context;
}

void sha256_add(Sha256Stream *stream, Text part) {
    if (EVP_DigestUpdate(context_of(stream), part.data, part.size) != 1) {
        abort();
    }
}

Sha256 sha256_end(Sha256Stream *stream) {
    Sha256 digest = {{0}};
    if (EVP_DigestFinal_ex(context_of(stream), digest.bytes, NULL) != 1) {
        abort();
    }
    EVP_MD_CTX_free(context_of(stream));
    return digest;
}

Sha256 sha256_of_parts(const Text *parts, size_t count) {
    Sha256Stream *stream = sha256_begin();
    for (size_t i = 0; i < count; i++) {
        sha256_add(stream, parts[i]);
    }
    return sha256_end(stream);
}

static Sha256 hash_padded(Text key, unsigned char pad, Text bytes) {
    unsigned char block[HMAC_BLOCK];
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] = (unsigned char)((i < key.size ? (unsigned char)key.data[i] : 0) ^ pad);
    }
    const Text parts[] = {{(const char *)block, sizeof block}, bytes};
    return sha256_of_parts(parts, 2);
}

Sha256 hmac_sha256(Text key, Text bytes) {
    const Sha256 shortened = key.size > HMAC_BLOCK ? sha256(key) : (Sha256){{0}};
    const Text used = key.size > HMAC_BLOCK ? sha256_text(&shortened) : key;
    const Sha256 inner = hash_padded(used, 0x36, bytes);
    return hash_padded(used, 0x5c, sha256_text(&inner));
}

Text md5_hex(Arena *arena, Text bytes) {
    char digest[16];
    if (EVP_Q_digest(NULL, "MD5", NULL, bytes.data == NULL ? "" : bytes.data, bytes.size, (unsigned char *)digest,
                     NULL) != 1) {
        return (Text){NULL, 0};
    }
    return hex_encode(arena, (Text){digest, sizeof digest});
}

Text sha256_text(const Sha256 *digest) {
    return (Text){(const char *)digest->bytes, SHA256_SIZE};
}

Text sha256_hex(Arena *arena, const Sha256 *digest) {
    return hex_encode(arena, sha256_text(digest));
}

Text hex_encode(Arena *arena, Text bytes) {
    static const char digits[] = "0123456789abcdef";
    char *text = arena_allocate(arena, bytes.size * 2 + 1);
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
    }
    return (Text){text, bytes.size * 2};
}

static int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    if (letter >= 'a' && letter <= 'f') {
        return letter - 'a' + 10;
    }
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

Status hex_decode(Arena *arena, Text text, Text *ret_bytes) {
    if (text.size % 2 != 0) {
        return STATUS_INVALID;
    }
    char *bytes = arena_allocate(arena, text.size / 2 + 1);
    for (size_t i = 0; i < text.size / 2; i++) {
        const int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return STATUS_INVALID;
        }
        bytes[i] = (char)(high << 4 | low);
    }
    *ret_bytes = (Text){bytes, text.size / 2};
    return STATUS_OK;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static Text encode(Arena *arena, Text bytes, bool url) {
    char *text = arena_allocate(arena, (bytes.size + 2) / 3 * 4 + 1);
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i += 3) {
        const size_t have = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (k < have ? (unsigned char)bytes.data[i + k] : 0U);
        }
        for (size_t k = 0; k < 4; k++) {
            if (k <= have) {
                const char digit = base64_digits[group >> (18 - 6 * k) & 63];
                text[size++] = !url ? digit : digit == '+' ? '-' : digit == '/' ? '_' : digit;
            } else if (!url) {
                text[size++] = '=';
            }
        }
    }
    return (Text){text, size};
}

Text base64url_encode(Arena *arena, Text bytes) {
    return encode(arena, bytes, true);
}

Text base64_encode(Arena *arena, Text bytes) {
    return encode(arena, bytes, false);
}

static int base64_digit(char letter) {
    letter = (char)(letter == '-' ? '+' : letter == '_' ? '/' : letter);
    const char *at = letter == '\0' ? NULL : strchr(base64_digits, letter);
    return at == NULL ? -1 : (int)(at - base64_digits);
}

Status base64_decode(Arena *arena, Text text, Text *ret_bytes) {
    for (int padding = 0; padding < 2 && text.size % 4 == 0 && text.size > 0 && text.data[text.size - 1] == '=';
         padding++) {
        text.size--;
        if (text.size % 4 == 3 && text.data[text.size - 1] == '=') {
            text.size--;
            break;
        }
    }
    if (text.size % 4 == 1) {
        return STATUS_INVALID;
    }
    char *bytes = arena_allocate(arena, text.size / 4 * 3 + 3);
    size_t size = 0;
    uint32_t group = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.size; i++) {
        const int digit = base64_digit(text.data[i]);
        if (digit < 0) {
            return STATUS_INVALID;
        }
        group = group << 6 | (unsigned)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[size++] = (char)(group >> bits & 0xFF);
        }
    }
    if ((group & ((1U << bits) - 1)) != 0) {
        return STATUS_INVALID; /* bits that no encoder leaves set: two spellings of one value */
    }
    *ret_bytes = (Text){bytes, size};
    return STATUS_OK;
}

void random_bytes(void *bytes, size_t size) {
    char *at = bytes;
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got <= 0) {
            abort();
        }
        at += got;
        size -= (size_t)got;
    }
}
