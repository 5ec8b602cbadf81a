/** What a certificate says of itself, for people who look at it. */
#include "trust/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/log.h"

static Text name_of(Arena *arena, const X509_NAME *name) {
    BIO *words = BIO_new(BIO_s_mem());
    char *data = NULL;
    Text text = {NULL, 0};
    if (words != NULL && X509_NAME_print_ex(words, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        const long size = BIO_get_mem_data(words, &data);
        text = arena_copy(arena, text_head((Text){data, size > 0 ? (size_t)size : 0}, 500));
    }
    BIO_free(words);
    return text;
}

static Time time_of(const ASN1_TIME *time) {
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    const int known = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return known ? (Time){days * TIME_DAY + seconds * TIME_SECOND} : (Time){0};
}

Status certificate_facts(Arena *arena, Text certificate, CertificateFacts *ret_facts) {
    size_t at = 0;
    X509 *read = NULL;
    if (certificate.size > INT32_MAX) {
        return fail(STATUS_INVALID, "this is no certificate");
    }
    if (text_find(certificate, TEXT("-----BEGIN "), &at)) {
        BIO *source = BIO_new_mem_buf(certificate.data, (int)certificate.size);
        read = PEM_read_bio_X509(source, NULL, NULL, NULL);
        BIO_free(source);
    } else {
        const unsigned char *der = (const unsigned char *)certificate.data;
        read = d2i_X509(NULL, &der, (long)certificate.size);
    }
    if (read == NULL) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "this is no certificate");
    }
    *ret_facts = (CertificateFacts){.subject = name_of(arena, X509_get_subject_name(read)),
                                    .issuer = name_of(arena, X509_get_issuer_name(read)),
                                    .from = time_of(X509_get0_notBefore(read)),
                                    .until = time_of(X509_get0_notAfter(read))};
    X509_free(read);
    return STATUS_OK;
}
