/** Fresh keys for tests of seals. */
#ifndef TRADEPOST_TESTING_SEAL_FIXTURE_H
#define TRADEPOST_TESTING_SEAL_FIXTURE_H

#include "trust/authority.h"
#include "trust/certificate.h"
#include "trust/pades.h"

/** An installation's authority and one chamber's seal, in a directory of the test. */
typedef struct FixtureKeys {
    Key *authority, *seal;
    TrustAnchors *anchors; /**< the authority */
    const char *root_pem;  /**< path of the authority's certificate */
} FixtureKeys;

/** Makes a key in a PKCS#12 file, valid for five years. @param issuer  NULL: certified by itself
 * @return as key_make_certified */
MUST_USE Status fixture_make_key(Arena *arena, Text path, Text password, KeyKind kind, Key *issuer, CertificateUse use);
/** Makes them; the authority is P-256. */
FixtureKeys fixture_keys(Arena *arena, KeyKind kind);

/** A test authority with all its services, reached without a connection, and a seal that it certified. */
typedef struct FixtureAuthority {
    Authority *authority;
    Text folder;
    TrustFetch fetch;
    TrustAnchors *anchors; /**< its root */
    TimeStampService stamps;
    Key *seal;
} FixtureAuthority;

/** Makes it with P-256 and a seal key of `kind`; closed with the arena. @param from  {0}: the certificates are valid
 * from now on */
FixtureAuthority fixture_authority(Arena *arena, KeyKind kind, Time from);
/** What pades_stamp and the levels above ask for, from this authority. Points into `fixture`. */
PadesServices fixture_services(const FixtureAuthority *fixture);

#endif
