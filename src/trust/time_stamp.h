/**
 * Time stamps: asking an authority for one, and judging what it answers.
 *
 * Implements: RFC 3161, RFC 5816 (signing-certificate-v2), EN 319 422.
 */
#ifndef TRADEPOST_TRUST_TIME_STAMP_H
#define TRADEPOST_TRUST_TIME_STAMP_H

#include "trust/anchor.h"
#include "trust/fetch.h"
#include "trust/key.h"

/** A larger reply is a lie. */
#define TIME_STAMP_REPLY_MAX ((size_t)64 << 10)

/** An authority that is asked for time stamps. */
typedef struct TimeStampService {
    Text url;
    Text authorization; /**< header's value, "Basic …"; empty: none */
    Text policy;        /**< dotted OBJECT IDENTIFIER that its stamps must have; empty: any */
} TimeStampService;

typedef struct TimeStampServices {
    const TimeStampService *items;
    size_t count;
} TimeStampServices;

/** What a token says, borrowed from its bytes. */
typedef struct TimeStamp {
    Text token; /**< ContentInfo in DER: what PAdES embeds */
    Time time;
    int64_t accuracy; /**< microseconds; 0 when not said */
    KeyDigest digest;
    Text imprint, serial, policy, nonce;
    Text signer;        /**< the stamping certificate in DER */
    Texts certificates; /**< all that the token brings */
} TimeStamp;

/** The size of the largest token that these services are expected to send; for room in a signature. */
#define TIME_STAMP_ROOM ((size_t)8 << 10)

/**
 * Asks the services in turn for a stamp over the digest `imprint` until one gives a good one: granted, with our nonce
 * and imprint, a policy as asked, signed by a certificate for time stamping alone (critical extended key usage), and
 * with a time within `clock_now()` ± 5 minutes.
 *
 * @param anchors      NULL: the path of the stamping certificate is not judged
 * @param ret_service  which one answered; may be NULL
 * @return STATUS_UNAVAILABLE when none gave one; the words name each service and its fault
 */
MUST_USE Status time_stamp_get(Arena *arena, const TrustFetch *fetch, TimeStampServices services,
                               const TrustAnchors *anchors, KeyDigest digest, Text imprint, TimeStamp *ret_stamp,
                               size_t *ret_service);

/**
 * Reads a token that a stranger made and judges it by itself: its signature, and that its signer's certificate, which
 * it must bring, is for time stamps alone and was valid at its time. Zero bytes may follow it. The path to an anchor,
 * the imprint and revocation are left to the caller.
 *
 * @return STATUS_INVALID with the fault
 */
MUST_USE Status time_stamp_read(Arena *arena, Text token, TimeStamp *ret_stamp);

#endif
