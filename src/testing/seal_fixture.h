/** Fresh keys for tests of seals. */
#ifndef TRADEPOST_TESTING_SEAL_FIXTURE_H
#define TRADEPOST_TESTING_SEAL_FIXTURE_H

#include "trust/pades.h"

/** An installation's authority and one chamber's seal, in a directory of the test. */
typedef struct FixtureKeys {
    Key *authority, *seal;
    TrustAnchors *anchors; /**< the authority */
    const char *root_pem;  /**< path of the authority's certificate */
} FixtureKeys;

/** Makes them; the authority is P-256. */
FixtureKeys fixture_keys(Arena *arena, KeyKind kind);

#endif
