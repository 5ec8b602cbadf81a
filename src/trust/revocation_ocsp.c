/** Reading OCSP responses that strangers made (RFC 6960), and asking for them (RFC 5019). */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "trust/revocation_inside.h"

#define REVOCATION_SINGLES_MAX 64
/* A response that says anything about a certificate is longer. */
#define REVOCATION_OCSP_LEAST 64

static Status ocsp_wrong(const char *what) {
    return fail(STATUS_INVALID, "the OCSP response is not sound: %s", what);
}

/** RFC 5019, 2.1.1: one certificate, SHA-1 in its name, no extension: so that responders may answer from a cache. */
Text revocation_request(Arena *arena, X509 *certificate, X509 *issuer) {
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *name = OCSP_cert_to_id(EVP_sha1(), certificate, issuer);
    unsigned char *der = NULL;
    int size = 0;
    if (request != NULL && name != NULL && OCSP_request_add0_id(request, name) != NULL) {
        name = NULL;
        size = i2d_OCSP_REQUEST(request, &der);
    }
    const Text made = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    OCSP_CERTID_free(name);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return made;
}

/** Whether a response's or a single answer's extension, when critical, is one that is handled here. */
static bool ocsp_may_have(X509_EXTENSION *extension) {
    return X509_EXTENSION_get_critical(extension) != 1 ||
           OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_id_pkix_OCSP_Nonce;
}

static bool ocsp_has_known_extensions(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single) {
    for (int i = 0; i < OCSP_BASICRESP_get_ext_count(basic); i++) {
        if (!ocsp_may_have(OCSP_BASICRESP_get_ext(basic, i))) {
            return false;
        }
    }
    for (int i = 0; i < OCSP_SINGLERESP_get_ext_count(single); i++) {
        if (!ocsp_may_have(OCSP_SINGLERESP_get_ext(single, i))) {
            return false;
        }
    }
    return true;
}

/** The answer about this certificate: its name is hashed as the response does it. */
static OCSP_SINGLERESP *ocsp_find(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer) {
    const int count = OCSP_resp_count(basic);
    for (int i = 0; i < count && i < REVOCATION_SINGLES_MAX; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        OCSP_CERTID *name = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
        ASN1_OBJECT *hash = NULL;
        if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, name) != 1) {
            continue;
        }
        const int kind = OBJ_obj2nid(hash);
        const bool known = kind == NID_sha1 || kind == NID_sha256 || kind == NID_sha384 || kind == NID_sha512;
        OCSP_CERTID *ours = known ? OCSP_cert_to_id(EVP_get_digestbynid(kind), certificate, issuer) : NULL;
        const bool same = ours != NULL && OCSP_id_cmp(ours, name) == 0;
        OCSP_CERTID_free(ours);
        if (same) {
            return single;
        }
    }
    return NULL;
}

/** Whether the issuer let this certificate answer for it (RFC 6960, 4.2.2.2). */
static Status ocsp_judge_delegate(X509 *signer, X509 *issuer, Time produced) {
    time_t seconds = (time_t)(produced.microseconds / TIME_SECOND);
    if (X509_check_issued(issuer, signer) != X509_V_OK || X509_verify(signer, X509_get0_pubkey(issuer)) != 1) {
        return ocsp_wrong("its signer is neither the issuer nor certified by it");
    }
    if ((X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) == 0 ||
        (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) == 0) {
        return ocsp_wrong("its signer's certificate is not for OCSP");
    }
    if ((X509_get_extension_flags(signer) & EXFLAG_CRITICAL) != 0) {
        return ocsp_wrong("its signer's certificate has a critical extension that is unknown here");
    }
    if (X509_cmp_time(X509_get0_notBefore(signer), &seconds) > 0 ||
        X509_cmp_time(X509_get0_notAfter(signer), &seconds) < 0) {
        return ocsp_wrong("its signer's certificate was not valid when it was made");
    }
    return STATUS_OK;
}

/** Judges the signature; `ret_responder` is set when its certificate needs a proof of its own. */
static Status ocsp_judge_signature(Arena *arena, OCSP_BASICRESP *basic, X509 *issuer, Text *ret_responder) {
    X509 *signer = NULL;
    STACK_OF(X509) *others = sk_X509_new_null();
    const bool good = others != NULL && sk_X509_push(others, issuer) > 0 &&
                      OCSP_basic_verify(basic, others, NULL, OCSP_NOVERIFY) == 1 &&
                      OCSP_resp_get0_signer(basic, &signer, others) == 1;
    sk_X509_free(others);
    if (!good) {
        return ocsp_wrong("its signature is broken, or its signer's certificate is missing");
    }
    if (!revocation_is_strong(OCSP_resp_get0_tbs_sigalg(basic), X509_get0_pubkey(signer))) {
        return ocsp_wrong("its signature's algorithm or key is weak or unknown");
    }
    if (X509_cmp(signer, issuer) == 0) {
        return STATUS_OK;
    }
    TRY(ocsp_judge_delegate(signer, issuer, trust_time(OCSP_resp_get0_produced_at(basic))));
    if (X509_get_ext_by_NID(signer, NID_id_pkix_OCSP_noCheck, -1) < 0) {
        *ret_responder = revocation_der(arena, signer);
    }
    return STATUS_OK;
}

static Status ocsp_read_single(OCSP_SINGLERESP *single, const X509 *certificate, RevocationProof *made) {
    ASN1_GENERALIZEDTIME *revoked = NULL, *produced = NULL, *next = NULL;
    int reason = 0;
    const int status = OCSP_single_get0_status(single, &reason, &revoked, &produced, &next);
    ASN1_GENERALIZEDTIME *cutoff = OCSP_SINGLERESP_get1_ext_d2i(single, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
    const Time remembered = trust_time(cutoff);
    ASN1_GENERALIZEDTIME_free(cutoff);
    made->verdict = status == V_OCSP_CERTSTATUS_GOOD      ? REVOCATION_GOOD
                    : status == V_OCSP_CERTSTATUS_REVOKED ? REVOCATION_REVOKED
                                                          : REVOCATION_UNKNOWN;
    made->produced = trust_time(produced);
    made->next = trust_time(next);
    if (!time_is_set(made->produced) || (time_is_set(made->next) && time_before(made->next, made->produced))) {
        return ocsp_wrong("its dates");
    }
    if (made->verdict == REVOCATION_REVOKED) {
        made->revoked = trust_time(revoked);
        if (!time_is_set(made->revoked)) {
            return ocsp_wrong("its date of revocation");
        }
    }
    revocation_finish(made, certificate, remembered);
    return STATUS_OK;
}

static Status ocsp_read_basic(Arena *arena, OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer,
                              RevocationProof *ret_proof) {
    RevocationProof made = {0};
    OCSP_SINGLERESP *single = ocsp_find(basic, certificate, issuer);
    if (single == NULL) {
        return ocsp_wrong("it is about another certificate");
    }
    if (!ocsp_has_known_extensions(basic, single)) {
        return ocsp_wrong("it has a critical extension that is unknown here");
    }
    TRY(ocsp_judge_signature(arena, basic, issuer, &made.responder));
    TRY(ocsp_read_single(single, certificate, &made));
    *ret_proof = made;
    return STATUS_OK;
}

Status revocation_read_ocsp(Arena *arena, Text response, X509 *certificate, X509 *issuer, RevocationProof *ret_proof) {
    const unsigned char *der = (const unsigned char *)response.data;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const Text number = {(const char *)ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)};
    size_t at = 0;
    if (response.size > REVOCATION_OCSP_MAX) {
        return ocsp_wrong("it is too large");
    }
    /* Sooner than parsing: most of a file's responses are about others. */
    if (response.size > REVOCATION_OCSP_LEAST && !text_find(response, number, &at)) {
        return ocsp_wrong("it is about another certificate");
    }
    OCSP_RESPONSE *read = response.size > 0 ? d2i_OCSP_RESPONSE(NULL, &der, (long)response.size) : NULL;
    const bool whole = read != NULL && (const char *)der == response.data + response.size;
    const int answer = whole ? OCSP_response_status(read) : -1;
    OCSP_BASICRESP *basic = answer == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic(read) : NULL;
    Status status;
    if (!whole) {
        status = ocsp_wrong("it is none, is cut short, or something follows it");
    } else if (answer != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        status = fail(STATUS_INVALID, "the responder gave no answer: %s", OCSP_response_status_str(answer));
    } else if (basic == NULL) {
        status = ocsp_wrong("its kind is unknown");
    } else {
        status = ocsp_read_basic(arena, basic, certificate, issuer, ret_proof);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(read);
    ERR_clear_error();
    return status;
}
