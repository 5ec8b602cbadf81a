/** Certificates of keys: read, ordered from the key's own to the root, matched with the key. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "trust/certificate.h"
#include "trust/der.h"
#include "trust/key_inside.h"
#include "trust/key_outside.h"

#define OID_RSA_PSS TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")

static bool key_read_time(const ASN1_TIME *time, Time *ret_time) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return false;
    }
    const Time midnight = time_of_date(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
    *ret_time = time_add(midnight, (parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec) * TIME_SECOND);
    return true;
}

Status key_set_chain(Key *key, Texts chain) {
    const unsigned char *der = (const unsigned char *)chain.items[0].data;
    X509 *certificate = d2i_X509(NULL, &der, (long)chain.items[0].size);
    const bool read = certificate != NULL && key_read_time(X509_get0_notBefore(certificate), &key->valid_from) &&
                      key_read_time(X509_get0_notAfter(certificate), &key->valid_until);
    X509_free(certificate);
    if (!read) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "the key's certificate cannot be read");
    }
    key->chain = chain;
    return STATUS_OK;
}

Status key_public_of_certificate(Text certificate, Text *ret_public) {
    CertificateParts parts;
    TRY(certificate_parts(certificate, &parts));
    *ret_public = parts.public_key;
    return STATUS_OK;
}

Status key_public_bits(Text public_key, Text *ret_bits) {
    DerValue outer, algorithm, bits;
    TRY(der_take(&public_key, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &algorithm));
    TRY(der_take(&outer.content, DER_BIT_STRING, &bits));
    *ret_bits = text_slice(bits.content, 1, bits.content.size);
    return STATUS_OK;
}

/* The bits, not the algorithm: an RSA key is the same under rsaEncryption and under RSASSA-PSS. */
bool key_fits_certificate(const Key *key, Text certificate) {
    CertificateParts parts;
    Text bits = {0};
    return certificate_parts(certificate, &parts) == STATUS_OK &&
           key_public_bits(key->public_key, &bits) == STATUS_OK && text_equal(parts.public_key_bits, bits);
}

Text key_certificate_der(Arena *arena, X509 *certificate) {
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);
    const Text copy = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    return copy;
}

static Status key_order_chain(Arena *arena, X509 *own, STACK_OF(X509) * others, Texts *ret_chain) {
    Texts chain = {arena_new_array(arena, Text, KEY_CHAIN_MAX), 0};
    for (X509 *at = own; at != NULL && chain.count < KEY_CHAIN_MAX;) {
        chain.items[chain.count++] = key_certificate_der(arena, at);
        X509 *issuer = NULL;
        const bool is_root = X509_check_issued(at, at) == X509_V_OK;
        for (int i = 0; !is_root && i < sk_X509_num(others) && issuer == NULL; i++) {
            issuer = X509_check_issued(sk_X509_value(others, i), at) == X509_V_OK ? sk_X509_value(others, i) : NULL;
        }
        at = issuer;
    }
    for (size_t i = 0; i < chain.count; i++) {
        if (chain.items[i].size == 0) {
            return fail(STATUS_INVALID, "a certificate of the key cannot be read");
        }
    }
    *ret_chain = chain;
    return STATUS_OK;
}

/** The certificate allows its key of RSA nothing but PSS (RFC 4055, 1.2). */
static bool key_is_for_pss(Text certificate) {
    CertificateParts parts;
    Text rest = {0};
    DerValue outer, algorithm, oid;
    if (certificate_parts(certificate, &parts) != STATUS_OK) {
        return false;
    }
    rest = parts.public_key;
    return der_take(&rest, DER_SEQUENCE, &outer) == STATUS_OK &&
           der_take(&outer.content, DER_SEQUENCE, &algorithm) == STATUS_OK &&
           der_take(&algorithm.content, DER_OBJECT, &oid) == STATUS_OK && text_equal(oid.whole, OID_RSA_PSS);
}

/** Certificates in DER as a stack; what cannot be read is left out. */
static STACK_OF(X509) * key_stack(const Text *certificates, size_t count) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack != NULL && i < count; i++) {
        const unsigned char *der = (const unsigned char *)certificates[i].data;
        X509 *certificate = d2i_X509(NULL, &der, (long)certificates[i].size);
        if (certificate != NULL && sk_X509_push(stack, certificate) <= 0) {
            X509_free(certificate);
        }
    }
    ERR_clear_error();
    return stack;
}

Status key_take_certificates(Arena *arena, Key *key, const Text *certificates, size_t count) {
    size_t own = 0;
    while (own < count && !key_fits_certificate(key, certificates[own])) {
        own++;
    }
    if (own == count) {
        return STATUS_OK;
    }
    Texts chain = {0};
    STACK_OF(X509) *mine = key_stack(&certificates[own], 1), *all = key_stack(certificates, count);
    const Status status = sk_X509_num(mine) == 1 ? key_order_chain(arena, sk_X509_value(mine, 0), all, &chain)
                                                 : fail(STATUS_INVALID, "the key's certificate cannot be read");
    sk_X509_pop_free(mine, X509_free);
    sk_X509_pop_free(all, X509_free);
    TRY(status);
    if (key->kind == KEY_RSA_3072 && key_is_for_pss(certificates[own])) {
        key->kind = KEY_RSA_PSS_3072;
    }
    return key_set_chain(key, chain);
}

/** Certificates of a text in PEM, one behind the other. */
static Status key_read_pem(Arena *arena, Text bytes, Texts *certificates) {
    BIO *source = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    X509 *certificate = NULL;
    while (source != NULL && certificates->count < KEY_CHAIN_MAX &&
           (certificate = PEM_read_bio_X509(source, NULL, NULL, NULL)) != NULL) {
        certificates->items[certificates->count++] = key_certificate_der(arena, certificate);
        X509_free(certificate);
    }
    BIO_free(source);
    ERR_clear_error();
    return certificates->count > 0 ? STATUS_OK : fail(STATUS_INVALID, "the file holds no certificate that can be read");
}

Status key_read_certificates(Arena *arena, Text bytes, Texts *ret_certificates) {
    Texts certificates = {arena_new_array(arena, Text, KEY_CHAIN_MAX), 0};
    Text rest = bytes;
    DerValue value;
    if (bytes.size > KEY_CERTIFICATES_SIZE_MAX) {
        return fail(STATUS_TOO_LARGE, "the file is too large for a chain of certificates");
    }
    if (!der_is_next(bytes, DER_SEQUENCE)) {
        TRY(key_read_pem(arena, bytes, &certificates));
        *ret_certificates = certificates;
        return STATUS_OK;
    }
    while (rest.size > 0 && certificates.count < KEY_CHAIN_MAX) {
        Text ignored = {0};
        TRY(der_take(&rest, DER_SEQUENCE, &value));
        TRY(key_public_of_certificate(value.whole, &ignored));
        certificates.items[certificates.count++] = value.whole;
    }
    *ret_certificates = certificates;
    return STATUS_OK;
}
