/** Keys: the interface, and the keys that live in the process. */
#include "trust/key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/der.h"
#include "trust/key_inside.h"

#define KEY_RSA_BITS_MIN 2048

KeyKind key_kind(const Key *key) {
    return key->kind;
}

KeyDigest key_digest(const Key *key) {
    switch (key->kind) {
    case KEY_P384:
        return KEY_SHA384;
    case KEY_ED25519:
        return KEY_SHA512;
    case KEY_P256:
    case KEY_RSA_3072:
    case KEY_RSA_PSS_3072:
        break;
    }
    return KEY_SHA256;
}

size_t key_signature_size_max(const Key *key) {
    return key->signature_size_max;
}

Texts key_chain(const Key *key) {
    return key->chain;
}

Text key_public_key(const Key *key) {
    return key->public_key;
}

void key_validity(const Key *key, Time *ret_from, Time *ret_until) {
    *ret_from = key->valid_from;
    *ret_until = key->valid_until;
}

Status key_sign(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature) {
    return key->driver->sign(key, digest, bytes, arena, ret_signature);
}

void key_close(Key *key) {
    if (key != NULL) {
        key->driver->close(key);
    }
}

int key_set_padding(const Key *key, EVP_PKEY_CTX *context) {
    if (key->kind != KEY_RSA_PSS_3072) {
        return 1;
    }
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static Status key_sign_here(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature) {
    if (key->secret == NULL) {
        return fail(STATUS_CONFLICT, "the key is closed");
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    const char *digest_name = key->kind == KEY_ED25519 ? NULL : algorithm_digest_name(digest);
    size_t size = key->signature_size_max;
    unsigned char *signature = arena_allocate(arena, size);
    const bool signed_well =
        context != NULL &&
        EVP_DigestSignInit_ex(context, &parameters, digest_name, NULL, NULL, key->secret, NULL) == 1 &&
        key_set_padding(key, parameters) == 1 &&
        EVP_DigestSign(context, signature, &size, (const unsigned char *)bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    if (!signed_well) {
        ERR_clear_error();
        return fail(STATUS_FAILED, "the key cannot sign");
    }
    *ret_signature = (Text){(const char *)signature, size};
    return STATUS_OK;
}

/* The numbers of the secret are wiped by OpenSSL when the last reference goes. */
static void key_close_here(Key *key) {
    EVP_PKEY_free(key->secret);
    key->secret = NULL;
}

static const KeyDriver key_driver_here = {.sign = key_sign_here, .close = key_close_here};

static void key_close_deferred(void *key) {
    key_close(key);
}

bool key_kind_of(const EVP_PKEY *secret, KeyKind *ret_kind) {
    char group[64] = "";
    switch (EVP_PKEY_get_base_id(secret)) {
    case EVP_PKEY_EC:
        (void)EVP_PKEY_get_utf8_string_param(secret, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL);
        *ret_kind = text_equal(text_of(group), TEXT("secp384r1")) ? KEY_P384 : KEY_P256;
        return *ret_kind == KEY_P384 || text_equal(text_of(group), TEXT("prime256v1"));
    case EVP_PKEY_RSA:
        *ret_kind = KEY_RSA_3072;
        return EVP_PKEY_get_bits(secret) >= KEY_RSA_BITS_MIN;
    case EVP_PKEY_RSA_PSS:
        *ret_kind = KEY_RSA_PSS_3072;
        return EVP_PKEY_get_bits(secret) >= KEY_RSA_BITS_MIN;
    case EVP_PKEY_ED25519:
        *ret_kind = KEY_ED25519;
        return true;
    default:
        return false;
    }
}

Text key_public_rsa(Arena *arena, Text bits) {
    return DER(arena, DER_SEQUENCE,
               DER(arena, DER_SEQUENCE, TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")),
               DER(arena, DER_BIT_STRING, (Text){"\0", 1}, bits));
}

/* A key of RSA-PSS is certified as one of RSA, which RFC 4055 (1.2) allows: NSS, and so poppler, refuse certificates of
 * id-RSASSA-PSS, and few authorities issue them. */
static Status key_public_of_secret(Arena *arena, const EVP_PKEY *secret, KeyKind kind, Text *ret_public) {
    unsigned char *der = NULL;
    const int size = i2d_PUBKEY(secret, &der);
    if (size <= 0) {
        ERR_clear_error();
        return fail(STATUS_FAILED, "the key has no public half");
    }
    Text public_key = arena_copy(arena, (Text){(const char *)der, (size_t)size}), bits = {0};
    OPENSSL_free(der);
    if (kind == KEY_RSA_PSS_3072) {
        TRY(key_public_bits(public_key, &bits));
        public_key = key_public_rsa(arena, bits);
    }
    *ret_public = public_key;
    return STATUS_OK;
}

Status key_of_secret(Arena *arena, EVP_PKEY *secret, Key **ret_key) {
    Key *key = arena_new(arena, Key);
    *key = (Key){.driver = &key_driver_here, .secret = secret};
    arena_defer(arena, key_close_deferred, key);
    if (!key_kind_of(secret, &key->kind)) {
        return fail(STATUS_UNSUPPORTED, "the key is of a kind that is not handled here");
    }
    const int size = EVP_PKEY_get_size(secret);
    assert(size > 0);
    key->signature_size_max = (size_t)size;
    TRY(key_public_of_secret(arena, secret, key->kind, &key->public_key));
    *ret_key = key;
    return STATUS_OK;
}
