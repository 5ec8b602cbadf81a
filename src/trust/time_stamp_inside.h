/** What asking for time stamps, reading them and giving them share. */
#ifndef TRADEPOST_TRUST_TIME_STAMP_INSIDE_H
#define TRADEPOST_TRUST_TIME_STAMP_INSIDE_H

#include "trust/time_stamp.h"

/** What a request asks for. */
typedef struct TimeStampRequest {
    KeyDigest digest;
    Text imprint;
    Text nonce;  /**< content of an INTEGER; empty: none */
    Text policy; /**< OBJECT IDENTIFIER with tag and length; empty: any */
    bool wants_certificates;
} TimeStampRequest;

/** The request in DER (RFC 3161, 2.4.1). */
Text time_stamp_request(Arena *arena, const TimeStampRequest *request);
/** The digest that an AlgorithmIdentifier names; its parameters are absent or NULL. @return STATUS_UNSUPPORTED for any
 * but SHA-256, SHA-384 and SHA-512 */
MUST_USE Status time_stamp_digest(Text algorithm, KeyDigest *ret_digest);
/** The bytes of a digest. */
size_t time_stamp_digest_size(KeyDigest digest);
/** A dotted identifier as DER; refused when it is none. @return STATUS_INVALID */
MUST_USE Status time_stamp_policy(Arena *arena, Text dotted, Text *ret_object);

#endif
