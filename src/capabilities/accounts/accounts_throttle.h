/** Slows down those who guess passwords: per account and network, in fixed memory, never for the owner elsewhere. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_THROTTLE_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_THROTTLE_H

#include "base/clock.h"
#include "base/id.h"

/** Whose tries are counted together. */
typedef struct ThrottleKey {
    uint64_t words[2];
} ThrottleKey;

/** The key of an account (its address in lower case, whether or not there is such an account) and the client's network:
 * an IPv4 address, or the /64 of an IPv6 address. `secret` keeps strangers from choosing keys that crowd each other. */
ThrottleKey accounts_throttle_key(Text secret, ChamberId chamber, Text email_key, Text address);

/**
 * Counts a try before it is made. Five are free; then each next one must wait, from half a minute up to 15 minutes.
 * After 15 quiet minutes all is forgotten.
 *
 * @param ret_wait_seconds  how long to wait, when the answer is false
 */
bool accounts_throttle_take(ThrottleKey key, Time now, int64_t *ret_wait_seconds);
/** Forgets the tries: the password was right. */
void accounts_throttle_forget(ThrottleKey key);

#endif
