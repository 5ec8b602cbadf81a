/**
 * The remote signing service of the Cloud Signature Consortium's API, versions 1.0.4 and 2: its messages.
 *
 * Implements: CSC API v1.0.4.0 and v2.0.0.2: info, auth/login, oauth2/token, credentials/list, credentials/info,
 * credentials/authorize, signatures/signHash.
 */
#ifndef TRADEPOST_TRUST_CSC_H
#define TRADEPOST_TRUST_CSC_H

#include "trust/key.h"

#define CSC_REPLY_MAX        ((size_t)256 << 10)
#define CSC_CERTIFICATES_MAX 16

/** What the service's secret file says, a line each: "client_id=...", "client_secret=...", "token=...", "user=...",
 * "password=...", "pin=...", "otp=...". */
typedef struct CscSecrets {
    Text client_id, client_secret; /**< OAuth 2.0 client credentials */
    Text token;                    /**< a bearer token that the provider handed out */
    Text user, password;           /**< auth/login of version 1 */
    Text pin, otp;                 /**< of the credential; a one-time password only where the service lets it stay */
} CscSecrets;

/** Reads such lines. @return STATUS_INVALID for a line of another kind */
MUST_USE Status csc_read_secrets(Text lines, CscSecrets *ret_secrets);

/** A credential as the service describes it. */
typedef struct CscCredential {
    Texts certificates; /**< DER */
    Texts algorithms;   /**< object identifiers that the key may be used with */
    bool needs_pin;     /**< the mode is "explicit"; otherwise "implicit" */
} CscCredential;

/** What a reply says. @return each STATUS_UNAVAILABLE for a reply that is not of this kind; credentials in a state in
 * which they cannot sign, and modes that need a person, are STATUS_UNSUPPORTED */
MUST_USE Status csc_read_info(Arena *arena, Text json, bool *ret_second, Text *ret_oauth);
MUST_USE Status csc_read_token(Arena *arena, Text json, Text *ret_token, int64_t *ret_seconds);
MUST_USE Status csc_read_list(Arena *arena, Text json, Text *ret_only);
MUST_USE Status csc_read_credential(Arena *arena, Text json, CscCredential *ret_credential);
MUST_USE Status csc_read_authorization(Arena *arena, Text json, Text *ret_sad);
MUST_USE Status csc_read_signature(Arena *arena, Text json, Text *ret_signature);
/** The words of an error reply, fit for a log: "invalid_pin: ...". */
Text csc_read_error(Arena *arena, Text json);

/** What is to be signed. */
typedef struct CscHash {
    bool second; /**< in the words of version 2 */
    Text credential;
    Text hash;
    KeyDigest digest;
    const char *algorithm; /**< signAlgo */
    Text parameters;       /**< signAlgoParams in DER; empty: none */
} CscHash;

/** The bodies of requests. What holds a secret is wiped with the arena. */
Text csc_write_credential(Arena *arena, Text credential);
Text csc_write_authorize(Arena *arena, const CscHash *hash, Text pin, Text otp);
Text csc_write_sign(Arena *arena, const CscHash *hash, Text sad);
/** "grant_type=client_credentials&..." */
Text csc_write_token(Arena *arena, const CscSecrets *secrets);

#endif
