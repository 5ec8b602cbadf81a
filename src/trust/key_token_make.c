/** Making keys on tokens, and putting their certificates beside them. */
#include <openssl/x509.h>
#include <p11-kit/uri.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/key_outside.h"
#include "trust/token_process.h"

#define TOKEN_MAKE_LIMIT  (120 * TIME_SECOND)
#define TOKEN_STORE_LIMIT (20 * TIME_SECOND)
#define TOKEN_ID_SIZE     16

/** The name and number that a description gives its key. */
static Status token_names(Arena *arena, Text uri, Text *ret_label, Text *ret_id) {
    P11KitUri *parsed = p11_kit_uri_new();
    const bool read =
        parsed != NULL && p11_kit_uri_parse(arena_c_string(arena, uri), P11_KIT_URI_FOR_ANY, parsed) == P11_KIT_URI_OK;
    const CK_ATTRIBUTE *label = read ? p11_kit_uri_get_attribute(parsed, CKA_LABEL) : NULL;
    const CK_ATTRIBUTE *id = read ? p11_kit_uri_get_attribute(parsed, CKA_ID) : NULL;
    if (label != NULL) {
        *ret_label = arena_copy(arena, (Text){label->pValue, label->ulValueLen});
    }
    if (id != NULL) {
        *ret_id = arena_copy(arena, (Text){id->pValue, id->ulValueLen});
    }
    p11_kit_uri_free(parsed);
    return label != NULL ? STATUS_OK : fail(STATUS_INVALID, "the description names the new key: ...;object=NAME");
}

static Status token_once(Arena *arena, Text uri, const KeyAccess *access, int64_t limit, const TokenMessage *question) {
    TokenProcess helper = {.process = 0};
    TokenMessage answer = {.head = {.part_count = 0}};
    TokenTrouble trouble = TOKEN_NO_TROUBLE;
    bool is_hung = false;
    TRY(token_start(arena, arena_copy(arena, uri), access, TOKEN_ATTACH, &helper, &answer, &is_hung));
    const Status status = token_ask(arena, helper.connections[0], limit, question, &answer, &trouble, &is_hung);
    token_reap(&helper);
    return status;
}

Status key_make_on_token(Text uri, const KeyAccess *access, KeyKind kind, Arena *arena) {
    unsigned char random[TOKEN_ID_SIZE];
    Text label = {0}, id = {0};
    TRY(token_check_uri(arena, uri));
    TRY(token_names(arena, uri, &label, &id));
    random_bytes(random, sizeof(random));
    if (id.size == 0) {
        id = (Text){(const char *)random, sizeof(random)};
    }
    const TokenMessage question = {.head = {.act = TOKEN_MAKE, .kind = kind, .part_count = 2}, .parts = {label, id}};
    return token_once(arena, uri, access, TOKEN_MAKE_LIMIT, &question);
}

static Text token_subject(Arena *arena, Text certificate) {
    const unsigned char *der = (const unsigned char *)certificate.data;
    X509 *parsed = d2i_X509(NULL, &der, (long)certificate.size);
    unsigned char *name = NULL;
    const int size = parsed != NULL ? i2d_X509_NAME(X509_get_subject_name(parsed), &name) : 0;
    const Text subject = size > 0 ? arena_copy(arena, (Text){(const char *)name, (size_t)size}) : (Text){0};
    OPENSSL_free(name);
    X509_free(parsed);
    return subject;
}

Status key_store_on_token(Text uri, const KeyAccess *access, const Key *key, Text certificate, Arena *arena) {
    Text label = {0}, id = {0};
    TRY(token_check_uri(arena, uri));
    if (!key_fits_certificate(key, certificate)) {
        return fail(STATUS_INVALID, "the certificate belongs to another key");
    }
    key_token_names(key, &label, &id);
    const TokenMessage question = {.head = {.act = TOKEN_STORE, .part_count = 4},
                                   .parts = {label, id, certificate, token_subject(arena, certificate)}};
    return token_once(arena, uri, access, TOKEN_STORE_LIMIT, &question);
}
