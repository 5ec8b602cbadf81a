/** Passwords: which are refused, and their hashes, a few at a time. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_PASSWORD_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_PASSWORD_H

#include "base/arena.h"
#include "html/message.h"

/** Code points of a password. */
enum { PASSWORD_SHORTEST = 8, PASSWORD_LONGEST = 200 };

/** What must not be the password: words that a stranger tries first. */
typedef struct PasswordContext {
    Text email, name, chamber;
} PasswordContext;

/** Why a password is refused; NO_MESSAGE when it may be taken. */
Message accounts_password_refusal(Arena *arena, Text password, const PasswordContext *context);
/** Whether the password is one of the most common ones; letters' case does not matter. */
bool accounts_password_is_common(Arena *arena, Text password);

/**
 * Hashes with Argon2id under a fresh salt, after a keyed hash with the installation's secret.
 *
 * The result carries its parameters: "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH". Waits for a place among those that
 * hash.
 *
 * @return STATUS_UNAVAILABLE when too many wait already
 */
MUST_USE Status accounts_password_hash(Arena *arena, Text secret, Text password, Text *ret_hash);

typedef struct PasswordVerdict {
    bool right;
    bool outdated; /**< right, but stored with other parameters than today's: to be hashed anew */
} PasswordVerdict;

/**
 * Compares a password with a stored hash. An empty hash takes the same time and is never right.
 *
 * @return STATUS_UNAVAILABLE when too many wait already; STATUS_CORRUPT for a stored text that is no such hash
 */
MUST_USE Status accounts_password_verify(Arena *arena, Text secret, Text password, Text stored,
                                         PasswordVerdict *ret_verdict);

#endif
