/** Trust anchors: an OpenSSL store of roots, and paths to them (RFC 5280, 6). */
#include "trust/anchor.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/log.h"
#include "trust/pades_inside.h"

#define TRUST_PATH_MAX 8
/* OpenSSL's level 2: 112 bits, so RSA from 2048 bits, curves from 224, no SHA-1. */
#define TRUST_LEVEL 2

struct TrustAnchors {
    X509_STORE *store;
    size_t count;
};

static void trust_close(void *thing) {
    TrustAnchors *anchors = thing;
    X509_STORE_free(anchors->store);
}

/** Adds one certificate; takes it. */
static Status trust_add(TrustAnchors *anchors, X509 *certificate) {
    const bool added = certificate != NULL && X509_STORE_add_cert(anchors->store, certificate) == 1;
    X509_free(certificate);
    if (!added) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "a trust anchor is no certificate");
    }
    anchors->count++;
    return STATUS_OK;
}

static Status trust_add_pem(TrustAnchors *anchors, Text pem) {
    BIO *source = BIO_new_mem_buf(pem.data, (int)pem.size);
    const size_t before = anchors->count;
    Status status = STATUS_OK;
    for (X509 *certificate = NULL; status == STATUS_OK;) {
        certificate = PEM_read_bio_X509(source, NULL, NULL, NULL);
        if (certificate == NULL) {
            break;
        }
        status = trust_add(anchors, certificate);
    }
    BIO_free(source);
    /* The last read failed at the end of the text. */
    ERR_clear_error();
    return status == STATUS_OK && anchors->count == before
               ? fail(STATUS_INVALID, "a trust anchor file holds no certificate")
               : status;
}

Status trust_anchors_make(Arena *arena, Texts certificates, TrustAnchors **ret_anchors) {
    TrustAnchors *anchors = arena_new(arena, TrustAnchors);
    anchors->store = X509_STORE_new();
    if (anchors->store == NULL) {
        return fail(STATUS_FAILED, "OpenSSL has no memory");
    }
    arena_defer(arena, trust_close, anchors);
    for (size_t i = 0; i < certificates.count; i++) {
        const Text text = certificates.items[i];
        size_t at = 0;
        if (text.size > INT32_MAX) {
            return fail(STATUS_INVALID, "a trust anchor is no certificate");
        }
        if (text_find(text, TEXT("-----BEGIN "), &at)) {
            TRY(trust_add_pem(anchors, text));
        } else {
            const unsigned char *der = (const unsigned char *)text.data;
            TRY(trust_add(anchors, d2i_X509(NULL, &der, (long)text.size)));
        }
    }
    *ret_anchors = anchors;
    return STATUS_OK;
}

Text trust_anchors_pem(Arena *arena, const TrustAnchors *anchors) {
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(anchors->store);
    BIO *out = BIO_new(BIO_s_mem());
    for (int i = 0; out != NULL && i < sk_X509_OBJECT_num(objects); i++) {
        X509 *certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (certificate != NULL && PEM_write_bio_X509(out, certificate) != 1) {
            break;
        }
    }
    char *data = NULL;
    const long size = out != NULL ? BIO_get_mem_data(out, &data) : 0;
    const Text pem = size > 0 ? arena_copy(arena, (Text){data, (size_t)size}) : (Text){0};
    BIO_free(out);
    return pem;
}

size_t trust_anchors_count(const TrustAnchors *anchors) {
    return anchors->count;
}

static PadesReason trust_reason(int error) {
    switch (error) {
    case X509_V_OK:
        return PADES_OK;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return PADES_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return PADES_NOT_YET_VALID;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return PADES_NO_CERTIFICATE_CHAIN_FOUND;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return PADES_CRYPTO_CONSTRAINTS_FAILURE;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
        return PADES_CHAIN_CONSTRAINTS_FAILURE;
    default:
        return PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE;
    }
}

Time trust_time(const ASN1_TIME *time) {
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        return (Time){0};
    }
    const Time midnight = time_of_date(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
    return time_add(midnight, (parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec) * TIME_SECOND);
}

STACK_OF(X509) * trust_certificates(Texts certificates) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack != NULL && i < certificates.count; i++) {
        X509 *read = trust_certificate(certificates.items[i]);
        if (read == NULL || sk_X509_push(stack, read) <= 0) {
            X509_free(read);
        }
    }
    ERR_clear_error();
    return stack;
}

PadesReason trust_path(const TrustAnchors *anchors, X509 *certificate, STACK_OF(X509) * others, Time at,
                       STACK_OF(X509) * *ret_path) {
    if (anchors == NULL || anchors->count == 0) {
        return PADES_NO_CERTIFICATE_CHAIN_FOUND;
    }
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    PadesReason reason = PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE;
    if (context != NULL && X509_STORE_CTX_init(context, anchors->store, certificate, others) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_time(parameters, (time_t)(at.microseconds / TIME_SECOND));
        X509_VERIFY_PARAM_set_depth(parameters, TRUST_PATH_MAX);
        X509_VERIFY_PARAM_set_auth_level(parameters, TRUST_LEVEL);
        /* An anchor need not have signed itself: an operator may trust an issuing authority alone. */
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
        const int verified = X509_verify_cert(context);
        const int error = X509_STORE_CTX_get_error(context);
        reason = verified == 1 ? PADES_OK : trust_reason(error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error);
        if (reason == PADES_OK && ret_path != NULL) {
            *ret_path = X509_STORE_CTX_get1_chain(context);
            reason = *ret_path != NULL ? PADES_OK : PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE;
        }
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return reason;
}

PadesReason trust_judge_path(const TrustAnchors *anchors, X509 *certificate, STACK_OF(X509) * others, Time at) {
    return trust_path(anchors, certificate, others, at, NULL);
}
