/** Reading CRLs that strangers made (RFC 5280, 5 and 6.3): whole ones of the certificate's own issuer. */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "trust/revocation_inside.h"

/* X509_CRL_get0_by_cert: an entry of a delta list that takes a revocation back. */
#define CRL_ENTRY_REMOVED 2
/** Since when the list remembers expired certificates (X.509, 9.5.2.7). */
#define CRL_EXPIRED_OBJECT "2.5.29.60"

static Status crl_wrong(const char *what) {
    return fail(STATUS_INVALID, "the revocation list is not sound: %s", what);
}

/** The list covers this certificate, for all reasons and by its own issuer. */
static Status crl_judge_scope(const X509_CRL *list, X509 *certificate) {
    ISSUING_DIST_POINT *scope = X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, NULL, NULL);
    const bool is_authority = X509_check_ca(certificate) != 0;
    const char *fault = NULL;
    if (scope != NULL && (scope->indirectCRL > 0 || scope->onlysomereasons != NULL || scope->onlyattr > 0)) {
        fault = "it is indirect, or for some reasons or attributes only";
    } else if (scope != NULL && ((scope->onlyuser > 0 && is_authority) || (scope->onlyCA > 0 && !is_authority))) {
        fault = "it is not for this kind of certificate";
    }
    ISSUING_DIST_POINT_free(scope);
    if (fault == NULL && X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) >= 0) {
        fault = "it is only a part (delta)";
    }
    for (int i = 0; fault == NULL && i < X509_CRL_get_ext_count(list); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(list, i);
        if (X509_EXTENSION_get_critical(extension) == 1 &&
            OBJ_obj2nid(X509_EXTENSION_get_object(extension)) != NID_issuing_distribution_point) {
            fault = "it has a critical extension that is unknown here";
        }
    }
    return fault == NULL ? STATUS_OK : crl_wrong(fault);
}

static Status crl_judge_signature(X509_CRL *list, X509 *issuer) {
    const X509_ALGOR *algorithm = NULL;
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) != 0) {
        return crl_wrong("it is of another issuer");
    }
    X509_CRL_get0_signature(list, NULL, &algorithm);
    if (key == NULL || (X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0 || !revocation_is_strong(algorithm, key)) {
        return crl_wrong("its signature's algorithm or key is weak, unknown or not for lists");
    }
    return X509_CRL_verify(list, key) == 1 ? STATUS_OK : crl_wrong("its signature is broken");
}

static Time crl_remembers_from(const X509_CRL *list) {
    ASN1_OBJECT *name = OBJ_txt2obj(CRL_EXPIRED_OBJECT, 1);
    const int at = name != NULL ? X509_CRL_get_ext_by_OBJ(list, name, -1) : -1;
    Time from = {0};
    if (at >= 0) {
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_CRL_get_ext(list, at));
        const unsigned char *der = ASN1_STRING_get0_data(value);
        ASN1_GENERALIZEDTIME *read = d2i_ASN1_GENERALIZEDTIME(NULL, &der, ASN1_STRING_length(value));
        from = trust_time(read);
        ASN1_GENERALIZEDTIME_free(read);
    }
    ASN1_OBJECT_free(name);
    return from;
}

static Status crl_read(X509_CRL *list, X509 *certificate, X509 *issuer, RevocationProof *ret_proof) {
    X509_REVOKED *entry = NULL;
    RevocationProof made = {.verdict = REVOCATION_GOOD,
                            .produced = trust_time(X509_CRL_get0_lastUpdate(list)),
                            .next = trust_time(X509_CRL_get0_nextUpdate(list))};
    TRY(crl_judge_signature(list, issuer));
    TRY(crl_judge_scope(list, certificate));
    if (!time_is_set(made.produced) || (time_is_set(made.next) && time_before(made.next, made.produced))) {
        return crl_wrong("its dates");
    }
    const int found = X509_CRL_get0_by_cert(list, &entry, certificate);
    if (found != 0 && found != CRL_ENTRY_REMOVED) {
        made.verdict = REVOCATION_REVOKED;
        made.revoked = trust_time(X509_REVOKED_get0_revocationDate(entry));
        if (!time_is_set(made.revoked)) {
            return crl_wrong("its date of revocation");
        }
    }
    revocation_finish(&made, certificate, crl_remembers_from(list));
    *ret_proof = made;
    return STATUS_OK;
}

Status revocation_read_crl(Text list, X509 *certificate, X509 *issuer, RevocationProof *ret_proof) {
    const unsigned char *der = (const unsigned char *)list.data;
    if (list.size > REVOCATION_CRL_MAX) {
        return crl_wrong("it is too large");
    }
    X509_CRL *read = list.size > 0 ? d2i_X509_CRL(NULL, &der, (long)list.size) : NULL;
    const bool whole = read != NULL && (const char *)der == list.data + list.size;
    const Status status = whole ? crl_read(read, certificate, issuer, ret_proof)
                                : crl_wrong("it is none, is cut short, or something follows it");
    X509_CRL_free(read);
    ERR_clear_error();
    return status;
}
