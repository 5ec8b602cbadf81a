/** What the files of the verifier share. */
#ifndef TRADEPOST_TRUST_PADES_INSIDE_H
#define TRADEPOST_TRUST_PADES_INSIDE_H

#include <openssl/x509.h>

#include "pdf/difference.h"
#include "pdf/reader.h"
#include "trust/cms.h"
#include "trust/pades.h"

/** What all signatures of a file are judged by. */
typedef struct PadesCourt {
    Arena *arena;   /**< of the report */
    Arena *scratch; /**< emptied between signatures; what goes there is bounded */
    PdfFile *file;
    const TrustAnchors *anchors;
    ValidationData data;      /**< of DSS */
    STACK_OF(X509) * helpers; /**< its certificates */
    Time at;
    Time control;     /**< all that is judged next was there by this time */
    bool is_proven;   /**< by a good document time stamp; else it is `at` */
    Text proven_by;   /**< subject of that stamp's certificate */
    bool covers_data; /**< a good document time stamp covers DSS */
} PadesCourt;

/** One signature under judgement. */
typedef struct PadesJudge {
    PadesCourt *court;
    const PdfSignatureField *field;
    PadesSignature *report;
    size_t gap_from, gap_to; /**< Contents with its brackets */
    bool has_data;           /**< the revision that it covers has DSS */
    CmsSigned cms;
    X509 *signer;
} PadesJudge;

/** Reads what one filled field claims and where it stands. @return STATUS_TOO_LARGE past a budget */
MUST_USE Status pades_judge_claims(PadesJudge *judge);
/** Judges it at the court's time; a good document time stamp sets that. @return STATUS_TOO_LARGE past a budget */
MUST_USE Status pades_judge(PadesJudge *judge);
/** Judges message digest, signature value and certificate path of what judge->cms holds. */
MUST_USE Status pades_judge_cms(PadesJudge *judge);
/** Judges a document time stamp. */
MUST_USE Status pades_judge_stamp(PadesJudge *judge);
/** Finds what proves the signature's time, judges path and revocation at that time, and says the level. */
MUST_USE Status pades_judge_time(PadesJudge *judge, Text certificate, STACK_OF(X509) * others);
/** Writes what the signer's certificate says of itself. @return STATUS_TOO_LARGE past the budget */
MUST_USE Status pades_describe_certificate(PadesCourt *court, PadesSignature *report, X509 *signer, Text certificate);
/** The subject as RFC 2253 has it. @return STATUS_TOO_LARGE past the budget */
MUST_USE Status pades_keep_name(PadesCourt *court, const X509_NAME *name, Text *ret_text);
/** Words for why a path does not lead to an anchor. */
const char *pades_path_words(PadesReason reason);
/** Digest of the bytes that the signature covers is `expected`. */
bool pades_covers_digest(const PadesJudge *judge, const EVP_MD *digest, Text expected);

/** The state of the file that signatures are compared with, newest first. */
typedef struct PadesLine {
    Arena *arena;        /**< of `file`; NULL when that is the whole file */
    PdfFile *file;       /**< the state that the signature judged before stands in */
    PdfDifference found; /**< what all later revisions did together */
    bool is_doubted;     /**< some later signature did not pass */
    const char *end;     /**< what is wrong behind the last revision; NULL: nothing */
} PadesLine;

/** Compares the revision that a signature covers with what follows it. Its own state becomes that of the line.
 * @return STATUS_TOO_LARGE past a budget */
MUST_USE Status pades_enter_revision(PadesJudge *judge, PadesLine *line);
/** Says in the report what came after the signature. */
void pades_judge_later(PadesJudge *judge, const PadesLine *line);
void pades_line_close(PadesLine *line);

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
/** The signer's certificate in a CMS; empty when it is not there. */
Text pades_signer_of(const CmsSigned *cms);
/** The time stamp in a signature's unsigned attributes; empty without one. */
Text pades_signature_token(const CmsSigned *cms);
/** The digest that an AlgorithmIdentifier names; NULL when it is weak or unknown. */
const EVP_MD *pades_digest_of(Text algorithm);
/** A certificate in DER as OpenSSL has it, shared with others who asked for the same bytes, so that nobody changes it;
 * the caller frees its reference. NULL when it cannot be read. */
X509 *trust_certificate(Text der);
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
