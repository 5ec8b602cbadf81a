/** What the kinds of keys share: the key itself, its driver, and algorithm identifiers. */
#ifndef TRADEPOST_TRUST_KEY_INSIDE_H
#define TRADEPOST_TRUST_KEY_INSIDE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

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
    EVP_PKEY *secret;      /**< of keys in the process; NULL when closed */
    EVP_PKEY *public_half; /**< of keys outside: what comes back is verified with it */
    void *place;           /**< what the driver keeps of a key outside */
};

/** A key in the process. Takes `secret`, which is freed with the arena; the chain may be empty and set later.
 * @return STATUS_UNSUPPORTED for another kind of key */
MUST_USE Status key_of_secret(Arena *arena, EVP_PKEY *secret, Key **ret_key);
/** Opens a PKCS#12 file. @param is_bare  it may hold no certificate
 * @return as key_open */
MUST_USE Status key_open_file(Arena *arena, Text path, Text password, bool is_bare, Key **ret_key);
/** Algorithm and curve; false for kinds that are not handled here. */
bool key_kind_of(const EVP_PKEY *key, KeyKind *ret_kind);
/** The padding that a key of RSA-PSS signs with: salt as long as the digest. 1 on success. */
int key_set_padding(const Key *key, EVP_PKEY_CTX *context);
/** The certificate is that of this key. */
bool key_fits_certificate(const Key *key, Text certificate);
/** A certificate in DER; empty when it cannot be written. */
Text key_certificate_der(Arena *arena, X509 *certificate);
/** The key inside a SubjectPublicKeyInfo. @return STATUS_INVALID */
MUST_USE Status key_public_bits(Text public_key, Text *ret_bits);
/** SubjectPublicKeyInfo of such a key of RSA, without saying for which padding. */
Text key_public_rsa(Arena *arena, Text bits);
/** SubjectPublicKeyInfo of a certificate in DER. @return STATUS_INVALID */
MUST_USE Status key_public_of_certificate(Text certificate, Text *ret_public);
/** Sets the chain and reads the validity of its first certificate. @return STATUS_INVALID */
MUST_USE Status key_set_chain(Key *key, Texts chain);
/** Makes the entry of a new file in its directory durable. @return STATUS_FAILED */
MUST_USE Status key_sync_directory(Arena *arena, Text path);
/** Writes `bytes` to a new file of mode 0600, durably. @return STATUS_CONFLICT when it exists, STATUS_FULL */
MUST_USE Status key_write_file(Arena *arena, Text path, Text bytes);
/** Puts a file in another's place, durably. @return STATUS_FAILED */
MUST_USE Status key_rename(Arena *arena, Text from, Text to);

#endif
