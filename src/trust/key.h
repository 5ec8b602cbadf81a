/**
 * Signing keys behind one interface, wherever they live: PKCS#12 files, PKCS#11 tokens, remote signing services.
 *
 * A Key may be used by many threads at once.
 */
#ifndef TRADEPOST_TRUST_KEY_H
#define TRADEPOST_TRUST_KEY_H

#include "base/arena.h"
#include "base/clock.h"
#include "trust/fetch.h"

typedef struct Key Key;

typedef enum KeyKind { KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519 } KeyKind;

typedef enum KeyDigest { KEY_SHA256, KEY_SHA384, KEY_SHA512 } KeyDigest;

/** Where the secrets that open a key come from: the first of environment, file and terminal that is there. */
typedef struct KeyAccess {
    const char *environment; /**< name of a variable, which is wiped from the environment once read; NULL: none */
    Text file;               /**< path of a file that belongs to this user with mode 0600; empty: none */
    bool prompt;             /**< ask on the terminal */
    const TrustFetch *fetch; /**< reaches remote signing services; its context outlives the key; NULL: there are none */
    Texts chain;             /**< certificates in DER, the key's own first, instead of those that lie with the key */
    bool bare;               /**< no certificate is needed: the key will sign a request for one */
} KeyAccess;

/**
 * Opens a key by its description:
 *
 * "pkcs12:PATH" (or a bare path): a file; its secret is its password.
 * "pkcs11:token=NAME;object=NAME?module-path=/PATH" (RFC 7512): a key of a PKCS#11 token; its secret is the PIN. The
 * module runs in a process of its own. An RSA key is used with PSS where the token allows nothing else, its certificate
 * says so, or "&x-padding=pss" stands behind.
 * "csc:https://SERVICE/csc/v1#CREDENTIAL" (CSC API 1.0.4 and 2): a key of a remote signing service; its secret is a
 * file of lines NAME=VALUE: client_id and client_secret, or token, or user and password, and pin. Without CREDENTIAL it
 * is the only one that the service has for us.
 *
 * From the first key that is opened on, the process writes no core file and nobody but root reads its memory.
 *
 * @param access  NULL: no secret, no certificates but those that lie with the key
 * @return STATUS_NOT_FOUND when there is no such key; STATUS_INVALID for a description or file that cannot be read, or
 * a wrong secret; STATUS_FORBIDDEN when others could read the secret's file; STATUS_UNSUPPORTED for another kind of
 * key; STATUS_UNAVAILABLE when token or service do not answer
 */
MUST_USE Status key_open(Arena *arena, Text description, const KeyAccess *access, Key **ret_key);
/** Opens the key and certificates of a PKCS#12 file. The key lives in `arena` and is cleansed with it.
 * @return STATUS_NOT_FOUND; STATUS_INVALID when the file is damaged or the password wrong; STATUS_UNSUPPORTED for
 * another kind of key */
MUST_USE Status key_open_pkcs12(Text path, Text password, Arena *arena, Key **ret_key);
/** Wipes and closes the key before its arena ends. NULL and a second call are allowed. */
void key_close(Key *key);

/* Longest file of certificates. */
#define KEY_CERTIFICATES_SIZE_MAX ((size_t)256 << 10)
/** Reads certificates, in PEM or DER, one behind the other; at most 16. @return STATUS_INVALID, STATUS_TOO_LARGE */
MUST_USE Status key_read_certificates(Arena *arena, Text bytes, Texts *ret_certificates);

/** Algorithm and curve. */
KeyKind key_kind(const Key *key);
/** The digest that goes with this key: SHA-256, SHA-384 for P-384, SHA-512 for Ed25519. */
KeyDigest key_digest(const Key *key);
/** No signature of this key is longer. */
size_t key_signature_size_max(const Key *key);
/** Certificates in DER: the key's own first, then its issuers up to the root. */
Texts key_chain(const Key *key);
/** SubjectPublicKeyInfo in DER. */
Text key_public_key(const Key *key);
/** The key's own certificate is valid from `ret_from` until `ret_until`. */
void key_validity(const Key *key, Time *ret_from, Time *ret_until);

/**
 * Signs `bytes` (not their digest). May take long with keys outside the process.
 *
 * @return STATUS_UNAVAILABLE when token or service does not answer; STATUS_CONFLICT when the key is closed
 */
MUST_USE Status key_sign(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature);

/** Gives a fresh key its certificate. `ret_chain`: that certificate first, then its issuers. */
typedef Status KeyCertify(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain);
/**
 * Makes a key, has it certified, and keeps both in a PKCS#12 file (mode 0600).
 *
 * @return STATUS_CONFLICT when the file exists, STATUS_FULL, and what `certify` says
 */
MUST_USE Status key_make_certified(Text path, Text password, KeyKind kind, KeyCertify *certify, void *context,
                                   Arena *arena);
/** Whom a request for a certificate names. */
typedef struct KeySubject {
    Text organisation, name; /**< UTF-8; cut at 64 characters each */
    Text country;            /**< two capital letters */
    Text identifier;         /**< of the organisation, as "NTRMK-4030000000000" (EN 319 412-1, 5.1.4); may be empty */
} KeySubject;

/** Writes a request for a certificate (PKCS#10, PEM), signed by the key wherever it lives.
 * @return STATUS_INVALID for a bad subject, and as key_sign */
MUST_USE Status key_request(Key *key, const KeySubject *subject, Arena *arena, Text *ret_pem);

/** The state of a key. */
typedef struct KeyHealth {
    Status status; /**< STATUS_OK: it signs, and its certificate, which is valid, verifies; else why not, with */
    Text words;    /**< one English sentence */
    Time valid_from, valid_until; /**< its certificate's */
    int64_t remaining;            /**< microseconds until the certificate ends; negative when it has */
    bool chain_complete;          /**< the certificates lead to a root */
} KeyHealth;

/** Tries a key: signs something and verifies it with the certificate. @param at  {0}: now */
void key_preflight(Key *key, Time at, Arena *arena, KeyHealth *ret_health);

/** Makes a PKCS#12 file (mode 0600) of a new key without a certificate.
 * @return STATUS_CONFLICT when the file exists, STATUS_FULL */
MUST_USE Status key_make_bare(Text path, Text password, KeyKind kind, Arena *arena);
/** Writes a PKCS#12 file anew with these certificates, the key's own first; all of it or nothing.
 * @return STATUS_INVALID for another key's certificate or a wrong password, STATUS_NOT_FOUND, STATUS_FULL */
MUST_USE Status key_certify_pkcs12(Text path, Text password, Texts certificates, Arena *arena);
/** Copies the key of one PKCS#12 file, with its certificates, into a new one with another password.
 * @return STATUS_CONFLICT when the new file exists, and as key_open */
MUST_USE Status key_copy_pkcs12(Text from, Text from_password, Text to, Text to_password, Arena *arena);

/**
 * Makes a key pair on a PKCS#11 token, where it stays: sensitive, never extractable, for signing alone. The description
 * names it: "...;object=NAME". It has no certificate yet.
 *
 * @return STATUS_CONFLICT when the name is taken, STATUS_UNSUPPORTED when the token makes no keys of that kind or only
 * ones that could leave it, and as key_open
 */
MUST_USE Status key_make_on_token(Text description, const KeyAccess *access, KeyKind kind, Arena *arena);
/** Puts the certificate of an open key beside it on its token, for other programs that use the token.
 * @return STATUS_INVALID for another key's certificate, and as key_open */
MUST_USE Status key_store_on_token(Text description, const KeyAccess *access, const Key *key, Text certificate,
                                   Arena *arena);

/**
 * The password of key files: from the environment variable if that is set (it is wiped there and remembered in locked
 * memory), else from `file`, which must belong to this user with mode 0600.
 *
 * @return STATUS_NOT_FOUND without both, STATUS_FORBIDDEN when others could read the file. Cleansed with the arena.
 */
MUST_USE Status key_password(Text file, const char *environment_name, Arena *arena, Text *ret_password);
/** Makes a random password and keeps it in `file` (mode 0600). @return STATUS_CONFLICT when the file exists */
MUST_USE Status key_password_make(Text file, Arena *arena, Text *ret_password);

#endif
