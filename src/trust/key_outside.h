/** Keys that live outside the process: what tokens and services share. */
#ifndef TRADEPOST_TRUST_KEY_OUTSIDE_H
#define TRADEPOST_TRUST_KEY_OUTSIDE_H

#include <pthread.h>

#include "trust/key_inside.h"

/** A place that failed is left alone for a while, so that it holds up nobody who could do something else. */
typedef struct KeyPause {
    pthread_mutex_t lock;
    int64_t until; /**< clock_monotonic; 0: it works */
    char words[200];
} KeyPause;

void key_pause_open(KeyPause *pause);  /**< begins without a pause */
void key_pause_close(KeyPause *pause); /**< frees what it took */
/** @return STATUS_UNAVAILABLE with the words of the failure while the pause lasts */
MUST_USE Status key_pause_check(KeyPause *pause);
/** Begins a pause because of the last failure of this thread. @return STATUS_UNAVAILABLE with its words */
MUST_USE Status key_pause_begin(KeyPause *pause, int64_t microseconds);

/** Fills kind, size and public half of a key outside by its SubjectPublicKeyInfo; frees with the arena what that takes.
 * @return STATUS_UNSUPPORTED for another kind of key, STATUS_INVALID */
MUST_USE Status key_set_public(Arena *arena, Key *key, Text public_key);
/** Orders certificates that lie with a key, and takes those of its chain. None of its own is no failure. */
MUST_USE Status key_take_certificates(Arena *arena, Key *key, const Text *certificates, size_t count);
/** Verifies what came back. @return STATUS_UNAVAILABLE: a place that lies is no better than none */
MUST_USE Status key_verify_own(const Key *key, KeyDigest digest, Text bytes, Text signature);
/** ECDSA's r and s one behind the other as the value that signatures carry (RFC 3279, 2.2.3). */
Text key_ecdsa_value(Arena *arena, Text numbers);

/** DigestInfo (RFC 8017, 9.2), which RSA pads and signs. */
Text key_digest_info(Arena *arena, KeyDigest digest, Text hash);

/** Opens a key on a PKCS#11 token. @return as key_open */
MUST_USE Status key_open_token(Arena *arena, Text uri, const KeyAccess *access, Key **ret_key);
/** Label and id of a key that key_open_token opened. */
void key_token_names(const Key *key, Text *ret_label, Text *ret_id);
/** Opens a key of a remote signing service. @return as key_open */
MUST_USE Status key_open_service(Arena *arena, Text address, const KeyAccess *access, Key **ret_key);

#endif
