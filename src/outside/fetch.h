/**
 * Other servers over HTTP, for trust services: only at addresses that the operator allowed, no redirects, no proxies of
 * the environment, TLS verified, a bounded time and a bounded reply.
 */
#ifndef TRADEPOST_OUTSIDE_FETCH_H
#define TRADEPOST_OUTSIDE_FETCH_H

#include "trust/fetch.h"

/** Keeps connections; may be used by many threads at once. */
typedef struct Fetcher Fetcher;

/**
 * Opens it.
 *
 * @param allowed  addresses "http://host[:port]" and "https://…", separated by blanks. What a name leads to must be a
 * public address, unless that is itself in the list ("http://10.1.2.3 http://tsa.lan"), so that nobody's name leads
 * into this machine or the network around it
 * @return STATUS_INVALID naming what is no such address
 */
MUST_USE Status fetcher_open(Text allowed, Fetcher **ret_fetcher);
void fetcher_close(Fetcher *fetcher); /**< NULL is allowed */
/** Limits one question, connecting included; 10 s unless told. */
void fetcher_set_time_out(Fetcher *fetcher, int64_t microseconds);
/** The call for trust, which has what each status means (trust/fetch.h). The fetcher outlives it. */
TrustFetch fetcher_trust(Fetcher *fetcher);

#endif
