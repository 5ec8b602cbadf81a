/** What the files of the verifier share. */
#ifndef TRADEPOST_TRUST_PADES_INSIDE_H
#define TRADEPOST_TRUST_PADES_INSIDE_H

#include <openssl/x509.h>

#include "pdf/reader.h"
#include "trust/cms.h"
#include "trust/pades.h"

/** One signature under judgement. */
typedef struct PadesJudge {
    Arena *arena;   /**< of the report */
    Arena *scratch; /**< dies with the judgement of the file; what goes there is bounded */
    PdfFile *file;
    const PdfSignatureField *field;
    const TrustAnchors *anchors;
    Time at;
    PadesSignature *report;
    size_t gap_from, gap_to; /**< Contents with its brackets */
    CmsSigned cms;
    X509 *signer;
} PadesJudge;

/** Judges one filled field and writes the result to `judge->report`. @return STATUS_TOO_LARGE past a budget */
MUST_USE Status pades_judge(PadesJudge *judge);
/** Judges message digest, signature value and certificate path of what judge->cms holds. */
MUST_USE Status pades_judge_cms(PadesJudge *judge);
/** Sets a verdict other than passed, unless one that is as grave stands already. */
void pades_set_verdict(PadesSignature *report, PadesIndication indication, PadesReason reason, const char *words);
/** A copy of a stranger's text, cut to a length that a report can carry. @return STATUS_TOO_LARGE past the budget */
MUST_USE Status pades_keep(Arena *arena, Text text, Text *ret_copy);
/** Whether `signature` is the signer's over the signed attributes. */
void pades_judge_value(PadesJudge *judge);
typedef enum CmsValue { CMS_VALUE_GOOD, CMS_VALUE_WEAK, CMS_VALUE_WRONG } CmsValue;
/** Whether the signature value is the signer's over the signed attributes; weak when algorithm or key is weak, unknown
 * or does not fit. */
CmsValue cms_judge_value(Arena *scratch, const CmsSigned *cms, X509 *signer);
/** Whether the CMS names this certificate, by issuer (as its DER has it) and serial number or by key identifier. */
bool cms_names_signer(const CmsSigned *cms, X509 *certificate);
/** Whether signing-certificate-v2, or its old form where that is all there is, names exactly this certificate. */
bool cms_binds(const CmsSigned *cms, Text certificate);
/** The digest that an AlgorithmIdentifier names; NULL when it is weak or unknown. */
const EVP_MD *pades_digest_of(Text algorithm);
/** Certificates in DER as OpenSSL has them, those left out that cannot be read; the caller frees the stack with them.
 * NULL without memory. */
STACK_OF(X509) * trust_certificates(Texts certificates);
/** The time that OpenSSL holds; {0} for NULL and what is none. */
Time trust_time(const ASN1_TIME *time);
/** A path from the certificate to an anchor, which is its last; the caller frees the stack with its certificates.
 * `ret_path` may be NULL. PADES_OK or why there is none. */
PadesReason trust_path(const TrustAnchors *anchors, X509 *certificate, STACK_OF(X509) * others, Time at,
                       STACK_OF(X509) * *ret_path);
/** Whether a path leads from the certificate to an anchor; PADES_OK or why not. */
PadesReason trust_judge_path(const TrustAnchors *anchors, X509 *certificate, STACK_OF(X509) * others, Time at);

#endif
