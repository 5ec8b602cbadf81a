/** Trust anchors and the path from a certificate to one of them. */
#ifndef TRADEPOST_TRUST_ANCHOR_H
#define TRADEPOST_TRUST_ANCHOR_H

#include "base/arena.h"
#include "base/clock.h"

/** A fixed set of trusted root certificates; may be used by many threads at once. */
typedef struct TrustAnchors TrustAnchors;

/** Takes certificates in DER or PEM (each text may hold several in PEM). They live as long as `arena`.
 * @return STATUS_INVALID when one cannot be read */
MUST_USE Status trust_anchors_make(Arena *arena, Texts certificates, TrustAnchors **ret_anchors);
/** All of them in PEM, one behind the other, as trust_anchors_make takes them. */
Text trust_anchors_pem(Arena *arena, const TrustAnchors *anchors);
size_t trust_anchors_count(const TrustAnchors *anchors);

#endif
