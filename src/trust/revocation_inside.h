/** What the files about revocation share. */
#ifndef TRADEPOST_TRUST_REVOCATION_INSIDE_H
#define TRADEPOST_TRUST_REVOCATION_INSIDE_H

#include <openssl/x509.h>

#include "trust/pades_inside.h"
#include "trust/revocation.h"

#define REVOCATION_SKEW     (5 * TIME_MINUTE)
#define REVOCATION_PATH_MAX 8
/* Proofs of each kind that are looked at in what a stranger sent, and certificates. */
#define REVOCATION_PROOFS_MAX       64
#define REVOCATION_CERTIFICATES_MAX 128

/** What one OCSP response or CRL says about one certificate. */
typedef struct RevocationProof {
    RevocationVerdict verdict;
    Time revoked;    /**< {0} unless revoked */
    Time produced;   /**< thisUpdate */
    Time next;       /**< nextUpdate; {0}: none is said */
    Text responder;  /**< DER of a delegated responder whose certificate needs a proof itself; else empty */
    bool is_current; /**< for whoever asks now: neither from the future nor past its nextUpdate */
} RevocationProof;

/**
 * Judges an OCSP response (RFC 6960, 4.2.2): for this certificate, signed by its issuer or by a responder to whom the
 * issuer delegated that.
 *
 * @return STATUS_INVALID with the fault, also when it is about other certificates only
 */
MUST_USE Status revocation_read_ocsp(Arena *arena, Text response, X509 *certificate, X509 *issuer,
                                     RevocationProof *ret_proof);
/** A request about one certificate as RFC 5019 profiles it; empty when OpenSSL refuses. */
Text revocation_request(Arena *arena, X509 *certificate, X509 *issuer);
/** Judges a CRL (RFC 5280, 6.3) of the certificate's own issuer: neither indirect nor delta, and for all reasons.
 * @return STATUS_INVALID with the fault */
MUST_USE Status revocation_read_crl(Text list, X509 *certificate, X509 *issuer, RevocationProof *ret_proof);
/** Whether a signature algorithm is strong enough to believe what it signs. */
bool revocation_is_strong(const X509_ALGOR *algorithm, EVP_PKEY *key);
/** Sets is_current, and takes back a verdict that was made after the certificate's end, when responders may forget
 * (unless they say from when on they remember: `remembered`). */
void revocation_finish(RevocationProof *proof, const X509 *certificate, Time remembered);
/** The subject, to name a certificate in words: the common name, cut. */
Text revocation_name(Arena *arena, const X509 *certificate);
/** A certificate's DER. */
Text revocation_der(Arena *arena, X509 *certificate);

#endif
