/** Making keys with their certificates, kept in PKCS#12 files. */
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "trust/certificate.h"
#include "trust/key_outside.h"
#include "trust/key_secret.h"

/* Rounds of PBKDF2: the password is usually random already, and opening happens at every start. */
#define KEY_ROUNDS   20000
#define KEY_RSA_BITS ((size_t)3072)

static EVP_PKEY *key_generate_pss(void) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *secret = NULL;
    const bool made = context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
                      EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)KEY_RSA_BITS) == 1 &&
                      EVP_PKEY_generate(context, &secret) == 1;
    EVP_PKEY_CTX_free(context);
    return made ? secret : NULL;
}

static EVP_PKEY *key_generate(KeyKind kind) {
    switch (kind) {
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_RSA_3072:
        return EVP_RSA_gen(KEY_RSA_BITS);
    case KEY_RSA_PSS_3072:
        return key_generate_pss();
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    return NULL;
}

static STACK_OF(X509) * key_stack_of(Texts certificates, size_t from) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = from; stack != NULL && i < certificates.count; i++) {
        const unsigned char *der = (const unsigned char *)certificates.items[i].data;
        X509 *certificate = d2i_X509(NULL, &der, (long)certificates.items[i].size);
        if (certificate == NULL || sk_X509_push(stack, certificate) <= 0) {
            X509_free(certificate);
            sk_X509_pop_free(stack, X509_free);
            return NULL;
        }
    }
    return stack;
}

/** The PKCS#12 bytes, with everything encrypted. */
static Status key_pack(Arena *arena, EVP_PKEY *secret, Texts chain, Text password, Text *ret_bytes) {
    char *secret_word = arena_c_string(arena, password);
    /* OpenSSL takes no certificate of RSA for a key of RSA-PSS: it goes among the others, where we find it. */
    const size_t first = chain.count > 0 && EVP_PKEY_get_base_id(secret) != EVP_PKEY_RSA_PSS ? 1 : 0;
    STACK_OF(X509) *own = key_stack_of((Texts){chain.items, first}, 0);
    STACK_OF(X509) *others = key_stack_of(chain, first);
    PKCS12 *packed = own == NULL || others == NULL
                         ? NULL
                         : PKCS12_create(secret_word, "seal", secret, sk_X509_value(own, 0), others, NID_aes_256_cbc,
                                         NID_aes_256_cbc, KEY_ROUNDS, -1, 0);
    OPENSSL_cleanse(secret_word, password.size);
    unsigned char *der = NULL;
    const bool written = packed != NULL && PKCS12_set_mac(packed, password.data, (int)password.size, NULL, 0,
                                                          KEY_ROUNDS, EVP_sha256()) == 1;
    const int size = written ? i2d_PKCS12(packed, &der) : 0;
    PKCS12_free(packed);
    sk_X509_pop_free(own, X509_free);
    sk_X509_pop_free(others, X509_free);
    if (size <= 0) {
        ERR_clear_error();
        return fail(STATUS_FAILED, "a key cannot be packed into its file");
    }
    *ret_bytes = arena_copy(arena, (Text){(const char *)der, (size_t)size});
    OPENSSL_free(der);
    return STATUS_OK;
}

Status key_make_certified(Text path, Text password, KeyKind kind, KeyCertify *certify, void *context, Arena *arena) {
    Key *key = NULL;
    Text bytes = {0};
    Texts chain = {0};
    EVP_PKEY *secret = key_generate(kind);
    if (secret == NULL) {
        ERR_clear_error();
        return fail(STATUS_FAILED, "a key cannot be made");
    }
    TRY(key_of_secret(arena, secret, &key));
    TRY(certify(context, arena, key, key->public_key, &chain));
    TRY(key_pack(arena, secret, chain, password, &bytes));
    TRY(key_write_file(arena, path, bytes));
    key_close(key);
    return STATUS_OK;
}

Status key_make_bare(Text path, Text password, KeyKind kind, Arena *arena) {
    Text bytes = {0};
    key_guard_process();
    EVP_PKEY *secret = key_generate(kind);
    const Status status = secret != NULL ? key_pack(arena, secret, (Texts){0}, password, &bytes)
                                         : fail(STATUS_FAILED, "a key cannot be made");
    EVP_PKEY_free(secret);
    ERR_clear_error();
    TRY(status);
    return key_write_file(arena, path, bytes);
}

Status key_certify_pkcs12(Text path, Text password, Texts certificates, Arena *arena) {
    Key *key = NULL;
    Text bytes = {0};
    const Text finished = arena_format(arena, "%.*s.new", TEXT_ARG(path));
    key_guard_process();
    TRY(key_open_file(arena, path, password, true, &key));
    TRY(key_take_certificates(arena, key, certificates.items, certificates.count));
    if (key->chain.count == 0 || !key_fits_certificate(key, certificates.items[0])) {
        return fail(STATUS_INVALID, "the certificate belongs to another key");
    }
    TRY(key_pack(arena, key->secret, key->chain, password, &bytes));
    key_close(key);
    (void)unlink(finished.data); /* of an earlier try that ended here */
    TRY(key_write_file(arena, finished, bytes));
    return key_rename(arena, finished, path);
}

Status key_copy_pkcs12(Text from, Text from_password, Text to, Text to_password, Arena *arena) {
    Key *key = NULL;
    Text bytes = {0};
    TRY(key_open_pkcs12(from, from_password, arena, &key));
    const Status status = key_pack(arena, key->secret, key->chain, to_password, &bytes);
    key_close(key);
    TRY(status);
    return key_write_file(arena, to, bytes);
}
