/** What a certificate says of itself, for people who look at it. */
#include "trust/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/pades_inside.h"

enum { SERIAL_MAX = 64 };

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
    const ASN1_INTEGER *serial = X509_get0_serialNumber(read);
    const Text number = {(const char *)ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)};
    *ret_facts = (CertificateFacts){.subject = name_of(arena, X509_get_subject_name(read)),
                                    .issuer = name_of(arena, X509_get_issuer_name(read)),
                                    .serial = hex_encode(arena, text_slice(number, 0, SERIAL_MAX)),
                                    .from = trust_time(X509_get0_notBefore(read)),
                                    .until = trust_time(X509_get0_notAfter(read))};
    X509_free(read);
    return STATUS_OK;
}
