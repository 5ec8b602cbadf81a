/** Making X.509 certificates with any key (RFC 5280). */
#ifndef TRADEPOST_TRUST_CERTIFICATE_H
#define TRADEPOST_TRUST_CERTIFICATE_H

#include "trust/key.h"

/* X.520's upper bound for organisation and common name, in characters. */
#define CERTIFICATE_NAME_MAX 64

typedef struct CertificateRequest {
    Text organisation, name; /**< UTF-8; cut at 64 characters each */
    Text country;            /**< two capital letters */
    Text public_key;         /**< SubjectPublicKeyInfo in DER */
    Text issuer;             /**< the issuer's certificate in DER; empty: self-signed */
    Time from, until;
    bool is_authority; /**< may sign certificates and nothing else; otherwise may seal and nothing else */
} CertificateRequest;

/** The first so many characters of a UTF-8 text. */
Text certificate_cut(Text text, size_t characters);
/** Makes a certificate signed by `signer`. @return STATUS_INVALID for a bad request, and what the key says */
MUST_USE Status certificate_make(Arena *arena, const CertificateRequest *request, Key *signer, Text *ret_certificate);

#endif
