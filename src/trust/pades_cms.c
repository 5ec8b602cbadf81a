/** Judging the CMS of a signature: signer's certificate, digests, value, path. */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/der.h"
#include "trust/pades_inside.h"

#define PADES_NAME_MAX 2048

Status pades_keep_name(PadesCourt *court, const X509_NAME *name, Text *ret_text) {
    BIO *out = BIO_new(BIO_s_mem());
    char *data = NULL;
    Text text = {0};
    if (out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        const long size = BIO_get_mem_data(out, &data);
        text = (Text){data, size > 0 ? (size_t)size : 0};
    }
    const Status status = pades_keep(court->arena, text_slice(text, 0, PADES_NAME_MAX), ret_text);
    BIO_free(out);
    return status;
}

static Status pades_keep_algorithm(PadesJudge *judge, Text algorithm, Text *ret_name) {
    const unsigned char *der = (const unsigned char *)algorithm.data;
    X509_ALGOR *read = d2i_X509_ALGOR(NULL, &der, (long)algorithm.size);
    char name[80] = "";
    if (read != NULL) {
        const ASN1_OBJECT *object = NULL;
        X509_ALGOR_get0(&object, NULL, NULL, read);
        const int nid = OBJ_obj2nid(object);
        if (nid != NID_undef) {
            snprintf(name, sizeof(name), "%s", OBJ_nid2sn(nid));
        } else {
            OBJ_obj2txt(name, (int)sizeof(name), object, 1);
        }
    }
    X509_ALGOR_free(read);
    ERR_clear_error();
    return pades_keep(judge->court->arena, text_of(name), ret_name);
}

Status pades_describe_certificate(PadesCourt *court, PadesSignature *report, X509 *signer, Text certificate) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(signer);
    const Text bytes = {(const char *)ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)};
    void *memory = NULL;
    TRY(pades_keep_name(court, X509_get_subject_name(signer), &report->subject));
    TRY(pades_keep_name(court, X509_get_issuer_name(signer), &report->issuer));
    TRY(pades_keep(court->arena, hex_encode(court->scratch, text_slice(bytes, 0, 64)), &report->serial));
    TRY(arena_try_allocate(court->arena, certificate.size, &memory));
    memcpy(memory, certificate.data, certificate.size);
    report->certificate = (Text){memory, certificate.size};
    report->valid_from = trust_time(X509_get0_notBefore(signer));
    report->valid_until = trust_time(X509_get0_notAfter(signer));
    return STATUS_OK;
}

static Status pades_describe_signer(PadesJudge *judge, Text certificate) {
    TRY(pades_describe_certificate(judge->court, judge->report, judge->signer, certificate));
    TRY(pades_keep_algorithm(judge, judge->cms.digest_algorithm, &judge->report->digest_algorithm));
    return pades_keep_algorithm(judge, judge->cms.signature_algorithm, &judge->report->signature_algorithm);
}

bool cms_names_signer(const CmsSigned *cms, X509 *certificate) {
    if (cms->subject_key.size > 0) {
        const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(certificate);
        return own != NULL && text_equal(cms->subject_key, (Text){(const char *)ASN1_STRING_get0_data(own),
                                                                  (size_t)ASN1_STRING_length(own)});
    }
    const unsigned char *name = NULL;
    size_t size = 0;
    unsigned char *serial = NULL;
    if (X509_NAME_get0_der(X509_get_issuer_name(certificate), &name, &size) != 1) {
        return false;
    }
    const int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
    Text rest = {(const char *)serial, serial_size > 0 ? (size_t)serial_size : 0};
    DerValue number;
    const bool same = der_take(&rest, DER_INTEGER, &number) == STATUS_OK && text_equal(number.content, cms->serial) &&
                      text_equal(cms->issuer, (Text){(const char *)name, size});
    OPENSSL_free(serial);
    return same;
}

static bool cms_is_digest(Text expected, const EVP_MD *digest, Text bytes) {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return digest != NULL && EVP_Digest(bytes.data, bytes.size, value, &size, digest, NULL) == 1 &&
           text_equal(expected, (Text){(const char *)value, size});
}

bool cms_binds(const CmsSigned *cms, Text certificate) {
    const EVP_MD *digest =
        cms->certificate_digest_algorithm.size == 0 ? EVP_sha256() : pades_digest_of(cms->certificate_digest_algorithm);
    return cms->certificate_digest.size > 0 ? cms_is_digest(cms->certificate_digest, digest, certificate)
                                            : cms->has_old_certificate_attribute &&
                                                  cms_is_digest(cms->old_certificate_digest, EVP_sha1(), certificate);
}

/** signing-certificate-v2 names this certificate and no other with the same name. */
static void pades_judge_binding(PadesJudge *judge, Text certificate) {
    const CmsSigned *cms = &judge->cms;
    const bool is_pades = text_equal(judge->report->sub_filter, TEXT("ETSI.CAdES.detached"));
    if (cms->certificate_digest.size == 0) {
        if (is_pades) {
            pades_set_verdict(judge->report, PADES_FAILED, PADES_FORMAT_FAILURE,
                              "the signature lacks signing-certificate-v2");
        }
        return;
    }
    if (!cms_binds(cms, certificate)) {
        pades_set_verdict(judge->report, PADES_FAILED, PADES_FORMAT_FAILURE,
                          "signing-certificate-v2 names another certificate");
    }
}

bool pades_covers_digest(const PadesJudge *judge, const EVP_MD *digest, Text expected) {
    const Text pdf = pdf_bytes(judge->court->file);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const bool same =
        context != NULL && EVP_DigestInit_ex(context, digest, NULL) == 1 &&
        EVP_DigestUpdate(context, pdf.data, judge->gap_from) == 1 &&
        EVP_DigestUpdate(context, pdf.data + judge->gap_to, judge->report->covered - judge->gap_to) == 1 &&
        EVP_DigestFinal_ex(context, value, &size) == 1 && text_equal(expected, (Text){(const char *)value, size});
    EVP_MD_CTX_free(context);
    return same;
}

static void pades_judge_digest(PadesJudge *judge) {
    const EVP_MD *digest = pades_digest_of(judge->cms.digest_algorithm);
    if (digest == NULL) {
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_CRYPTO_CONSTRAINTS_FAILURE,
                          "the signature's digest is weak or unknown");
    } else if (!pades_covers_digest(judge, digest, judge->cms.message_digest)) {
        pades_set_verdict(judge->report, PADES_FAILED, PADES_HASH_FAILURE, "the signed bytes were changed");
    }
}

const char *pades_path_words(PadesReason reason) {
    switch (reason) {
    case PADES_NO_CERTIFICATE_CHAIN_FOUND:
        return "no path leads from the signer's certificate to a trust anchor";
    case PADES_EXPIRED:
        return "a certificate of the path has expired";
    case PADES_NOT_YET_VALID:
        return "a certificate of the path is not valid yet";
    case PADES_CHAIN_CONSTRAINTS_FAILURE:
        return "a certificate of the path was used for what it is not made for";
    case PADES_CRYPTO_CONSTRAINTS_FAILURE:
        return "a certificate of the path has a weak key or digest";
    default:
        return "the path from the signer's certificate to a trust anchor is not sound";
    }
}

/** All certificates that can be read; the signer's is noted in `judge`, with its bytes in `certificate`. */
static STACK_OF(X509) * pades_read_certificates(PadesJudge *judge, Text *certificate) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack != NULL && i < judge->cms.certificate_count; i++) {
        const Text bytes = judge->cms.certificates[i];
        X509 *read = trust_certificate(bytes);
        if (read == NULL || sk_X509_push(stack, read) <= 0) {
            X509_free(read);
            continue;
        }
        if (judge->signer == NULL && cms_names_signer(&judge->cms, read)) {
            judge->signer = read;
            *certificate = bytes;
        }
    }
    ERR_clear_error();
    return stack;
}

Status pades_judge_cms(PadesJudge *judge) {
    Text certificate = {0};
    STACK_OF(X509) *stack = pades_read_certificates(judge, &certificate);
    Status status = STATUS_OK;
    pades_judge_digest(judge);
    if (judge->signer == NULL) {
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_NO_SIGNING_CERTIFICATE_FOUND,
                          "the signer's certificate is not in the signature");
    } else {
        pades_judge_binding(judge, certificate);
        pades_judge_value(judge);
        judge->report->intact = judge->report->reason == PADES_OK;
        const uint32_t usage = X509_get_key_usage(judge->signer);
        if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
            pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_CHAIN_CONSTRAINTS_FAILURE,
                              "the signer's certificate is not made for signatures");
        }
        status = pades_describe_signer(judge, certificate);
        if (status == STATUS_OK) {
            status = pades_judge_time(judge, certificate, stack);
        }
    }
    sk_X509_pop_free(stack, X509_free);
    judge->signer = NULL;
    return status;
}
