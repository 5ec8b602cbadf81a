/**
 * How trust reaches other servers: a call that its caller gives it. So the rules of the net (allow-list, time-outs, no
 * redirects) stay in outside/fetch.h, an authority within this process answers without a connection, and tests can lie.
 */
#ifndef TRADEPOST_TRUST_FETCH_H
#define TRADEPOST_TRUST_FETCH_H

#include "base/arena.h"

/** One question over HTTP. */
typedef struct TrustQuestion {
    Text url;
    Text content_type;  /**< of the body */
    Text body;          /**< empty: a GET */
    Text accept;        /**< media type that the reply must have; empty: any */
    Text authorization; /**< the header's value; empty: none. Never logged */
    size_t reply_max;   /**< a longer reply is refused */
    int *http_status; /**< NULL, or where the reply's status goes; a reply of 400 to 499 is then given too, of any type
                       */
} TrustQuestion;

/**
 * Asks and waits for the reply, a bounded time.
 *
 * @param ret_reply  the body of a reply with status 200, in `arena`
 * @return STATUS_UNAVAILABLE when the server cannot be reached, is too slow or answers another status; STATUS_TOO_LARGE
 * past reply_max; STATUS_FORBIDDEN for an address that the operator did not allow
 */
typedef Status TrustFetchCall(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply);

typedef struct TrustFetch {
    TrustFetchCall *call;
    void *context;
} TrustFetch;

#endif
