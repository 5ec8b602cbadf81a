/** ISO 19005-3, 6.4.3 and 6.1.12: what signatures cover, and who signed them. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

#include "base/log.h"
#include "pdf/conformance_inside.h"

static bool is_line_end(char c) {
    return c == '\r' || c == '\n';
}

/** The end of the revision that holds the byte `at`: behind its end-of-file marker and a line end. */
static void revision_end(Text bytes, size_t at, size_t *ret_least, size_t *ret_most) {
    static const char mark[] = "%%EOF";
    size_t found = 0;
    if (!text_find(text_slice(bytes, at, bytes.size), text_of(mark), &found)) {
        *ret_least = *ret_most = bytes.size;
        return;
    }
    const size_t least = at + found + strlen(mark);
    size_t most = least;
    while (most < bytes.size && most < least + 2 && is_line_end(bytes.data[most])) {
        most++;
    }
    *ret_least = least;
    *ret_most = most;
}

/** 6.4.3: all bytes of the revision but those of Contents. */
static bool covers_all(PdfaCheck *check, const PdfValue *signature) {
    const PdfValue *contents = pdf_entry(signature, "Contents"), *range = pdfa_get(check, signature, "ByteRange");
    size_t start = 0, parts[4], least = 0, most = 0;
    if (contents == NULL || contents->kind != PDF_STRING || !pdf_value_offset(check->file, contents, &start) ||
        range->kind != PDF_ARRAY || range->count != 4) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const PdfValue *part = pdfa_resolve(check, &range->items[i]);
        if (part->kind != PDF_INTEGER || part->integer < 0 || (uint64_t)part->integer > check->bytes.size) {
            return false;
        }
        parts[i] = (size_t)part->integer;
    }
    revision_end(check->bytes, start + contents->source.size, &least, &most);
    return parts[0] == 0 && parts[1] == start && parts[2] == start + contents->source.size &&
           parts[2] + parts[3] >= least && parts[2] + parts[3] <= most;
}

/** The certificate of the one signer is among those that the signature holds. */
static bool holds_certificate(CMS_ContentInfo *cms) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    bool found = sk_CMS_SignerInfo_num(signers) > 0;
    for (int i = 0; i < sk_CMS_SignerInfo_num(signers) && found; i++) {
        found = false;
        for (int j = 0; j < sk_X509_num(certificates) && !found; j++) {
            found = CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, i), sk_X509_value(certificates, j)) == 0;
        }
    }
    sk_X509_pop_free(certificates, X509_free);
    return found;
}

/** 6.4.3: the CMS object in Contents. */
static void check_cms(PdfaCheck *check, const PdfValue *signature) {
    const PdfValue *contents = pdfa_get(check, signature, "Contents");
    const unsigned char *at = contents->kind == PDF_STRING ? (const unsigned char *)contents->text.data : NULL;
    CMS_ContentInfo *cms = at != NULL ? d2i_CMS_ContentInfo(NULL, &at, (long)contents->text.size) : NULL;
    STACK_OF(CMS_SignerInfo) *signers = cms != NULL ? CMS_get0_SignerInfos(cms) : NULL;
    if (signers == NULL || sk_CMS_SignerInfo_num(signers) != 1) {
        pdfa_fault(check, PDFA_RULE_6_4_3_3);
    }
    if (signers == NULL || !holds_certificate(cms)) {
        pdfa_fault(check, PDFA_RULE_6_4_3_2);
    }
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}

/** 6.1.12: with DocMDP the references of a signature hold no digests. */
static void check_references(PdfaCheck *check, const PdfValue *signature) {
    const PdfValue *list = pdfa_get(check, signature, "Reference");
    for (uint32_t i = 0; check->has_docmdp && list->kind == PDF_ARRAY && i < list->count; i++) {
        const PdfValue *reference = pdfa_resolve(check, &list->items[i]);
        if (pdf_entry(reference, "DigestLocation") != NULL || pdf_entry(reference, "DigestMethod") != NULL ||
            pdf_entry(reference, "DigestValue") != NULL) {
            pdfa_fault(check, PDFA_RULE_6_1_12_2);
        }
    }
}

static void check_signature(PdfaCheck *check, const PdfValue *signature) {
    check_references(check, signature);
    if (!covers_all(check, signature)) {
        pdfa_fault(check, PDFA_RULE_6_4_3_1);
    }
    check_cms(check, signature);
}

void pdfa_check_signatures(PdfaCheck *check) {
    PdfSignatureFields fields = {0};
    const Status status = pdf_signature_fields(check->file, &fields);
    if (status == STATUS_INVALID) {
        /* What is wrong with the form's tree is no matter of PDF/A. */
        (void)failure_take();
        return;
    }
    if (!pdfa_took(check, status)) {
        return;
    }
    for (size_t i = 0; i < fields.count && pdfa_goes_on(check); i++) {
        if (fields.items[i].dictionary != NULL) {
            const bool own = fields.items[i].dictionary_reference.number != 0;
            check->at = own ? fields.items[i].dictionary_reference : fields.items[i].reference;
            check_signature(check, fields.items[i].dictionary);
        }
    }
    check->at = check->catalog_reference;
}
