/**
 * Whether certificates were revoked: getting OCSP responses and CRLs, keeping them for later, and judging by them.
 *
 * Implements: RFC 6960, RFC 5280 (5 and 6.3), RFC 5019 for requests.
 */
#ifndef TRADEPOST_TRUST_REVOCATION_H
#define TRADEPOST_TRUST_REVOCATION_H

#include "trust/anchor.h"
#include "trust/fetch.h"

#define REVOCATION_OCSP_MAX ((size_t)64 << 10)
#define REVOCATION_CRL_MAX  ((size_t)16 << 20)

/** All that is needed to judge a path later without the net (EN 319 142-1, 5.4.2), each in DER. */
typedef struct ValidationData {
    Texts certificates, ocsps, crls;
} ValidationData;

/** Puts two sets together, each value once. */
ValidationData validation_data_join(Arena *arena, const ValidationData *first, const ValidationData *second);

/**
 * Gets what proves that each certificate of a path was good: OCSP where the certificate names a responder, else its
 * CRL, and the same for the responders' certificates (unless they carry id-pkix-ocsp-nocheck). Anchors need no proof.
 *
 * @param chain    the certificate first, then its issuers as far as known; missing issuers are fetched by AIA
 * @param known    what is at hand already and still fresh is not asked again; may be NULL
 * @return STATUS_INVALID when a certificate is revoked (the words say which and since when) or has no path to an
 * anchor; STATUS_UNAVAILABLE when a responder does not answer or its answer is not good
 */
MUST_USE Status revocation_collect(Arena *arena, const TrustFetch *fetch, Texts chain, const TrustAnchors *anchors,
                                   const ValidationData *known, Time at, ValidationData *ret_data);

typedef enum RevocationVerdict { REVOCATION_GOOD, REVOCATION_REVOKED, REVOCATION_UNKNOWN } RevocationVerdict;

/**
 * Judges a path by data alone, without the net. What had to be renewed before `at` says nothing about it.
 *
 * @param at           the time for which the certificate is judged: a revocation after it does not count
 * @param ret_revoked  when and {0} unless revoked
 * @param ret_fresh    the oldest time of production among the proofs used; may be NULL
 * @return STATUS_INVALID when no path leads to an anchor
 */
MUST_USE Status revocation_judge(Arena *arena, Texts chain, const TrustAnchors *anchors, const ValidationData *data,
                                 Time at, RevocationVerdict *ret_verdict, Time *ret_revoked, Time *ret_fresh);

#endif
