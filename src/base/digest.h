/** Hashes, keyed hashes, random bytes and their spellings. */
#ifndef TRADEPOST_BASE_DIGEST_H
#define TRADEPOST_BASE_DIGEST_H

#include "base/arena.h"

#define SHA256_SIZE 32
/** SHA-256 (FIPS 180-4). */
typedef struct Sha256 {
    unsigned char bytes[SHA256_SIZE];
} Sha256;

/** The hash of bytes, or of several texts one behind the other. */
Sha256 sha256(Text bytes);
Sha256 sha256_of_parts(const Text *parts, size_t count);
/** SHA-256 of bytes that come in parts, of any number. */
typedef struct Sha256Stream Sha256Stream;
/** Begins; ended, and freed, by sha256_end alone. */
Sha256Stream *sha256_begin(void);
/** Adds the next part. */
void sha256_add(Sha256Stream *stream, Text part);
/** Ends and frees the stream. */
Sha256 sha256_end(Sha256Stream *stream);
/** HMAC-SHA-256 (RFC 2104). */
Sha256 hmac_sha256(Text key, Text bytes);
/** 32 lower-case hexadecimal digits of the MD5, for formats that ask for it; it finds accidents, no forgery. Empty
 * where the cryptographic library refuses MD5. */
Text md5_hex(Arena *arena, Text bytes);
Text sha256_text(const Sha256 *digest); /**< its 32 bytes, borrowed */
/** 64 lower-case hexadecimal digits. */
Text sha256_hex(Arena *arena, const Sha256 *digest);
Text hex_encode(Arena *arena, Text bytes);
MUST_USE Status hex_decode(Arena *arena, Text text, Text *ret_bytes); /**< @return STATUS_INVALID */
/** Base64url without padding (RFC 4648 section 5). */
Text base64url_encode(Arena *arena, Text bytes);
Text base64_encode(Arena *arena, Text bytes);                            /**< with padding (section 4) */
MUST_USE Status base64_decode(Arena *arena, Text text, Text *ret_bytes); /**< either alphabet. @return STATUS_INVALID */
/** Fills from the kernel's generator; aborts when that fails. */
void random_bytes(void *bytes, size_t size);

#endif
