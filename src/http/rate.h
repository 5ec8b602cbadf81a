/** Token buckets by network prefix, in fixed memory. */
#ifndef TRADEPOST_HTTP_RATE_H
#define TRADEPOST_HTTP_RATE_H

#include "base/arena.h"
#include "base/clock.h"

typedef struct Rates Rates;

/** Buckets that hold `burst` and gain `per_minute`. Lives in the arena; closing that ends it. */
Rates *rates_make(Arena *arena, unsigned burst, unsigned per_minute);
/**
 * Takes one token of the sender's network: its IPv4 address, or the /64 of its IPv6 address.
 *
 * Where more networks are busy than the table holds, the one with the fullest bucket is forgotten: it loses least.
 *
 * @param now  monotonic microseconds
 * @param ret_wait_seconds  how long until the next token, when there is none
 */
bool rates_take(Rates *rates, Text address, int64_t now, unsigned *ret_wait_seconds);

#endif
