/** The algorithms of signatures: their identifiers in DER and their names in OpenSSL. */
#ifndef TRADEPOST_TRUST_ALGORITHM_H
#define TRADEPOST_TRUST_ALGORITHM_H

#include "trust/key.h"

/** AlgorithmIdentifier of a digest, without parameters (RFC 5754, 2). Static storage. */
Text algorithm_of_digest(KeyDigest digest);
/** AlgorithmIdentifier of a signature with that kind of key. Static storage. */
Text algorithm_of_signature(KeyKind kind, KeyDigest digest);
/** OpenSSL's name: "SHA256". */
const char *algorithm_digest_name(KeyDigest digest);
/** Digest of parts one behind the other. */
Text algorithm_digest(Arena *arena, KeyDigest digest, const Text *parts, size_t count);
/** Digest of bytes that come in parts, of any number. */
typedef struct evp_md_ctx_st AlgorithmDigest;
/** Begins; ended, and freed, by algorithm_digest_end alone. */
AlgorithmDigest *algorithm_digest_begin(KeyDigest digest);
/** Adds the next part. */
void algorithm_digest_add(AlgorithmDigest *state, Text part);
/** Ends and frees the state. */
Text algorithm_digest_end(Arena *arena, AlgorithmDigest *state);

#endif
