/** The PKCS#11 calls of the token helper. Nothing else includes it: modules are loaded in that process alone. */
#ifndef TRADEPOST_TRUST_TOKEN_MODULE_H
#define TRADEPOST_TRUST_TOKEN_MODULE_H

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "trust/token.h"

/** A module that is loaded, with the token that the URI names. */
typedef struct TokenModule {
    CK_FUNCTION_LIST *calls;
    P11KitUri *uri;
    CK_SLOT_ID slot;
    Text pin; /**< kept only for keys that ask for it with each signature */
    bool asks_each_time;
    KeyKind kind;
} TokenModule;

/** A call of the module failed: words, status, and what it means for the helper. @return the status that goes
 * with the code */
MUST_USE Status token_failure(const char *act, CK_RV code, TokenTrouble *ret_trouble);

/** Loads the module of the URI, finds its token, logs in on a first session, which stays open.
 * @return STATUS_INVALID for a URI or module that cannot be used, STATUS_UNAVAILABLE */
MUST_USE Status token_load(TokenModule *module, Text uri, Text pin, bool writable, CK_SESSION_HANDLE *ret_session,
                           TokenTrouble *ret_trouble);
/** One more session. @return STATUS_UNAVAILABLE */
MUST_USE Status token_session(const TokenModule *module, bool writable, CK_SESSION_HANDLE *ret_session,
                              TokenTrouble *ret_trouble);
/** The private key that the URI names. @return STATUS_NOT_FOUND, STATUS_INVALID when there are several */
MUST_USE Status token_find_key(TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_key,
                               TokenTrouble *ret_trouble);
/** Fills the reply to TOKEN_OPEN. @return STATUS_UNSUPPORTED for another kind of key, STATUS_INVALID without its public
 * half */
MUST_USE Status token_describe(Arena *arena, TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                               TokenMessage *reply, TokenTrouble *ret_trouble);
/** Signs what the mechanism of the key's kind asks for; ECDSA gives r and s one behind the other. @return
 * STATUS_UNAVAILABLE, STATUS_UNSUPPORTED */
MUST_USE Status token_sign(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                           KeyDigest digest, Text input, Text *ret_signature, TokenTrouble *ret_trouble);
/** Makes a key pair that cannot leave the token. @return STATUS_CONFLICT when the label is taken, STATUS_UNSUPPORTED */
MUST_USE Status token_make_pair(const TokenModule *module, CK_SESSION_HANDLE session, KeyKind kind, Text label, Text id,
                                TokenTrouble *ret_trouble);
/** Puts a certificate beside its key. @return STATUS_UNAVAILABLE */
MUST_USE Status token_store(const TokenModule *module, CK_SESSION_HANDLE session, Text label, Text id, Text certificate,
                            Text subject, TokenTrouble *ret_trouble);
/** The bytes of an attribute; empty when the object has none. */
Text token_attribute(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_TYPE type);
/** Objects that match; at most `limit`. @return STATUS_UNAVAILABLE */
MUST_USE Status token_find(const TokenModule *module, CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, size_t count,
                           CK_OBJECT_HANDLE *objects, size_t limit, size_t *ret_count, TokenTrouble *ret_trouble);

#endif
