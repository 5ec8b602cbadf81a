/** What the kinds of keys share: the key itself, its driver, and algorithm identifiers. */
#ifndef TRADEPOST_TRUST_KEY_INSIDE_H
#define TRADEPOST_TRUST_KEY_INSIDE_H

#include <openssl/evp.h>

#include "trust/key.h"

/* A key's certificate with its issuers. */
#define KEY_CHAIN_MAX 16

/** How one kind of place keeps and uses keys. */
typedef struct KeyDriver {
    Status (*sign)(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature);
    void (*close)(Key *key);
} KeyDriver;

struct Key {
    const KeyDriver *driver;
    KeyKind kind;
    Texts chain;     /**< empty only where the key was opened bare */
    Text public_key; /**< SubjectPublicKeyInfo in DER */
    Time valid_from, valid_until;
    size_t signature_size_max;
    EVP_PKEY *secret; /**< of keys in the process; NULL when closed */
};

/** A key in the process. Takes `secret`, which is freed with the arena; the chain may be empty and set later.
 * @return STATUS_UNSUPPORTED for another kind of key */
MUST_USE Status key_of_secret(Arena *arena, EVP_PKEY *secret, Key **ret_key);
/** Opens a PKCS#12 file. @param is_bare  it may hold no certificate
 * @return as key_open */
MUST_USE Status key_open_file(Arena *arena, Text path, Text password, bool is_bare, Key **ret_key);
/** SubjectPublicKeyInfo of a certificate in DER. @return STATUS_INVALID */
MUST_USE Status key_public_of_certificate(Text certificate, Text *ret_public);
/** Sets the chain and reads the validity of its first certificate. @return STATUS_INVALID */
MUST_USE Status key_set_chain(Key *key, Texts chain);
/** Writes `bytes` to a new file of mode 0600, durably. @return STATUS_CONFLICT when it exists, STATUS_FULL */
MUST_USE Status key_write_file(Arena *arena, Text path, Text bytes);

#endif
