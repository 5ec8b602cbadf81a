/** Keys that live outside the process: pauses after failures, public halves, and distrust of what comes back. */
#include "trust/key_outside.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/der.h"

void key_pause_open(KeyPause *pause) {
    const int made = pthread_mutex_init(&pause->lock, NULL);
    assert(made == 0);
}

void key_pause_close(KeyPause *pause) {
    (void)pthread_mutex_destroy(&pause->lock);
}

Status key_pause_check(KeyPause *pause) {
    char words[sizeof(pause->words)] = "";
    (void)pthread_mutex_lock(&pause->lock);
    const bool lasts = pause->until > clock_monotonic();
    if (lasts) {
        memcpy(words, pause->words, sizeof(words));
    }
    (void)pthread_mutex_unlock(&pause->lock);
    return lasts ? fail(STATUS_UNAVAILABLE, "%s", words) : STATUS_OK;
}

Status key_pause_begin(KeyPause *pause, int64_t microseconds) {
    char words[sizeof(pause->words)] = "";
    const Text last = text_head(failure_take(), sizeof(words) - 1);
    memcpy(words, last.data != NULL ? last.data : "", last.size);
    (void)pthread_mutex_lock(&pause->lock);
    pause->until = clock_monotonic() + microseconds;
    memcpy(pause->words, words, sizeof(words));
    (void)pthread_mutex_unlock(&pause->lock);
    return fail(STATUS_UNAVAILABLE, "%s", words);
}

static void key_free_public(void *public_half) {
    EVP_PKEY_free(public_half);
}

Status key_set_public(Arena *arena, Key *key, Text public_key) {
    const unsigned char *der = (const unsigned char *)public_key.data;
    EVP_PKEY *public_half = public_key.size > 0 ? d2i_PUBKEY(NULL, &der, (long)public_key.size) : NULL;
    KeyKind kind = KEY_P256;
    if (public_half == NULL) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "the key's public half cannot be read");
    }
    arena_defer(arena, key_free_public, public_half);
    if (!key_kind_of(public_half, &kind)) {
        return fail(STATUS_UNSUPPORTED, "the key is of a kind that is not handled here");
    }
    const int size = EVP_PKEY_get_size(public_half);
    assert(size > 0);
    key->kind = kind;
    key->public_half = public_half;
    key->public_key = arena_copy(arena, public_key);
    key->signature_size_max = (size_t)size;
    return STATUS_OK;
}

Status key_verify_own(const Key *key, KeyDigest digest, Text bytes, Text signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    const char *name = key->kind == KEY_ED25519 ? NULL : algorithm_digest_name(digest);
    const bool is_good = context != NULL &&
                         EVP_DigestVerifyInit_ex(context, &parameters, name, NULL, NULL, key->public_half, NULL) == 1 &&
                         key_set_padding(key, parameters) == 1 &&
                         EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                                          (const unsigned char *)bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_good ? STATUS_OK : fail(STATUS_UNAVAILABLE, "the signature that came back is not that of this key");
}

Text key_ecdsa_value(Arena *arena, Text numbers) {
    const size_t half = numbers.size / 2;
    return DER(arena, DER_SEQUENCE, der_unsigned(arena, text_slice(numbers, 0, half)),
               der_unsigned(arena, text_slice(numbers, half, numbers.size)));
}

Text key_digest_info(Arena *arena, KeyDigest digest, Text hash) {
    DerValue algorithm;
    Text bare = algorithm_of_digest(digest);
    /* Here, and here alone, the digest's identifier has parameters of NULL (RFC 8017, B.1). */
    const Status read = der_take(&bare, DER_SEQUENCE, &algorithm);
    assert(read == STATUS_OK);
    return DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, algorithm.content, TEXT("\x05\x00")),
               DER(arena, DER_OCTET_STRING, hash));
}
