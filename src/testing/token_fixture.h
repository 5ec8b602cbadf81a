/** A PKCS#11 token for tests: SoftHSM with a store of its own, through a module that can be told to misbehave. */
#ifndef TRADEPOST_TESTING_TOKEN_FIXTURE_H
#define TRADEPOST_TESTING_TOKEN_FIXTURE_H

#include "trust/key.h"

#define FIXTURE_PIN "7315-xq-9281"

typedef struct FixtureToken {
    Text pin_file;       /**< 0600 */
    const char *module;  /**< the misbehaving module, which stands before SoftHSM */
    const char *trouble; /**< the file that tells it how */
} FixtureToken;

/** Makes a store with one token, "chamber". Skips the test where SoftHSM is not installed. */
FixtureToken fixture_token(Arena *arena);
/** The description of a key on it. */
Text fixture_token_uri(Arena *arena, const FixtureToken *token, const char *name);
/** Tells the module to misbehave from its next call on: "hang C_Sign", "fail C_Sign 0xb3 1" (so many times), "lie",
 * "crash C_Sign", "log" (all calls, to a file beside); "" for good behaviour. */
void fixture_token_trouble(const FixtureToken *token, const char *words);

#endif
