/** Making X.509 certificates with any key (RFC 5280), and reading what one is made from and of. */
#ifndef TRADEPOST_TRUST_CERTIFICATE_H
#define TRADEPOST_TRUST_CERTIFICATE_H

#include "trust/key.h"

/* X.520's upper bound for organisation and common name, in characters. */
#define CERTIFICATE_NAME_MAX 64

/** What a certificate's key may do, and nothing else. */
typedef enum CertificateUse {
    CERTIFICATE_SEAL,      /**< seal documents */
    CERTIFICATE_ROOT,      /**< sign certificates of one more authority below, and revocation lists */
    CERTIFICATE_ISSUER,    /**< sign certificates of end users, and revocation lists */
    CERTIFICATE_RESPONDER, /**< sign OCSP responses; needs no proof that it was not revoked (RFC 6960, 4.2.2.2.1) */
    CERTIFICATE_STAMPS     /**< sign time stamps (RFC 3161, 2.3) */
} CertificateUse;

typedef struct CertificateRequest {
    Text organisation, name; /**< UTF-8; cut at 64 characters each */
    Text country;            /**< two capital letters */
    Text public_key;         /**< SubjectPublicKeyInfo in DER */
    Text issuer;             /**< the issuer's certificate in DER; empty: self-signed */
    Time from, until;
    CertificateUse use;
    Text responder_url, issuer_url, list_url; /**< OCSP, the issuer's certificate, its CRL; each may be empty */
    bool is_test; /**< says by its policy that it comes from a test authority and is not qualified */
} CertificateRequest;

/** What stands in a certificate, borrowed from its bytes. */
typedef struct CertificateParts {
    Text serial;          /**< content of the INTEGER */
    Text issuer, subject; /**< Names with tag */
    Text public_key;      /**< SubjectPublicKeyInfo with tag, and */
    Text public_key_bits; /**< the key inside, whose SHA-1 names it (RFC 5280, 4.2.1.2) */
} CertificateParts;

/** Reads a certificate's parts. @return STATUS_INVALID unless it is DER */
MUST_USE Status certificate_parts(Text certificate, CertificateParts *ret_parts);
/** SHA-1 of the key's bits: the name by which extensions and OCSP call the key. */
Text certificate_key_name(Arena *arena, Text public_key_bits);
/**
 * Reads a request for a certificate (PKCS#10, DER or PEM): names, country and public key, once its own signature shows
 * that the asker has the key. Names that it lacks stay empty.
 *
 * @return STATUS_INVALID when it is none or its signature is not good; STATUS_UNSUPPORTED for a weak or unknown key
 */
MUST_USE Status certificate_read_request(Arena *arena, Text request, CertificateRequest *ret_request);

/** What a certificate says, for people. */
typedef struct CertificateFacts {
    Text subject, issuer; /**< on one line: "C = MK, O = Chamber, CN = Chamber" */
    Text serial;          /**< hexadecimal */
    Time from, until;
} CertificateFacts;
/** Reads it from DER, or from the first certificate in PEM. @return STATUS_INVALID */
MUST_USE Status certificate_facts(Arena *arena, Text certificate, CertificateFacts *ret_facts);

/** The first so many characters of a UTF-8 text. */
Text certificate_cut(Text text, size_t characters);
/** Makes a certificate signed by `signer`. @return STATUS_INVALID for a bad request, and what the key says */
MUST_USE Status certificate_make(Arena *arena, const CertificateRequest *request, Key *signer, Text *ret_certificate);

#endif
