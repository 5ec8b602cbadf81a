/** ISO 19005-3, 6.4.3 and 6.1.12: what signatures cover, and who signed them. */
#include <string.h>

#include "base/log.h"
#include "pdf/conformance_inside.h"

/* Tags of DER, and how many certificates of a signature are looked at. */
enum { DER_SEQUENCE = 0x30, DER_SET = 0x31, DER_INTEGER = 0x02, DER_OCTETS = 0x04, DER_OID = 0x06, DER_FIRST = 0xA0 };
enum { DER_SECOND = 0xA1, DER_THIRD = 0xA3, DER_KEY_IDENTIFIER = 0x80, CERTIFICATES_MAX = 100 };

/** One element of DER. */
typedef struct Element {
    unsigned tag;
    Text content, whole;
} Element;

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

/** Cuts the next element; false at the end, or where the bytes are no DER. */
static bool next_element(Text *rest, Element *ret_element) {
    const unsigned char *bytes = (const unsigned char *)rest->data;
    if (rest->size < 2 || (bytes[0] & 0x1f) == 0x1f) {
        return false;
    }
    size_t head = 2, size = bytes[1];
    if (size >= 0x80) {
        const size_t count = size & 0x7f;
        if (count == 0 || count > 4 || rest->size < 2 + count) {
            return false;
        }
        size = 0;
        for (size_t i = 0; i < count; i++) {
            size = size << 8 | bytes[2 + i];
        }
        head += count;
    }
    if (size > rest->size - head) {
        return false;
    }
    *ret_element = (Element){
        .tag = bytes[0], .content = text_slice(*rest, head, head + size), .whole = text_slice(*rest, 0, head + size)};
    *rest = text_slice(*rest, head + size, rest->size);
    return true;
}

/** Cuts the next element if it has that tag. */
static bool cut_element(Text *rest, unsigned tag, Element *ret_element) {
    Text behind = *rest;
    if (!next_element(&behind, ret_element) || ret_element->tag != tag) {
        return false;
    }
    *rest = behind;
    return true;
}

/** The parts of SignedData (RFC 5652, 5.1) that rules ask for. */
typedef struct Signed {
    Text certificates, signers; /**< contents of the sets */
} Signed;

static bool read_signed(Text bytes, Signed *ret_signed) {
    Element element = {0}, data = {0}, certificates = {0};
    Text rest = bytes;
    if (!cut_element(&rest, DER_SEQUENCE, &element)) {
        return false;
    }
    rest = element.content;
    if (!cut_element(&rest, DER_OID, &element) || !cut_element(&rest, DER_FIRST, &element)) {
        return false;
    }
    rest = element.content;
    if (!cut_element(&rest, DER_SEQUENCE, &data)) {
        return false;
    }
    rest = data.content;
    if (!cut_element(&rest, DER_INTEGER, &element) || !cut_element(&rest, DER_SET, &element) ||
        !cut_element(&rest, DER_SEQUENCE, &element)) {
        return false;
    }
    const bool has_certificates = cut_element(&rest, DER_FIRST, &certificates);
    (void)cut_element(&rest, DER_SECOND, &element);
    if (!cut_element(&rest, DER_SET, &element)) {
        return false;
    }
    *ret_signed = (Signed){has_certificates ? certificates.content : (Text){NULL, 0}, element.content};
    return true;
}

/** The certificate has that issuer and serial number, or holds that key identifier among its extensions. */
static bool is_certificate_of(Text certificate, Text issuer, Text serial, Text identifier) {
    Element element = {0}, number = {0}, name = {0};
    Text rest = certificate;
    if (!cut_element(&rest, DER_SEQUENCE, &element)) {
        return false;
    }
    rest = element.content;
    (void)cut_element(&rest, DER_FIRST, &element);
    if (!cut_element(&rest, DER_INTEGER, &number) || !cut_element(&rest, DER_SEQUENCE, &element) ||
        !cut_element(&rest, DER_SEQUENCE, &name)) {
        return false;
    }
    if (identifier.size == 0) {
        return text_equal(number.content, serial) && text_equal(name.whole, issuer);
    }
    while (next_element(&rest, &element)) {
        if (element.tag == DER_THIRD) {
            return text_find(element.content, identifier, &(size_t){0});
        }
    }
    return false;
}

/** The certificate that a signer names is among those that the signature holds. */
static bool holds_certificate(Text certificates, Text signer) {
    Element element = {0}, issuer = {0}, serial = {0}, identifier = {0};
    if (!cut_element(&signer, DER_INTEGER, &element)) {
        return false;
    }
    if (cut_element(&signer, DER_SEQUENCE, &element)) {
        Text name = element.content;
        if (!cut_element(&name, DER_SEQUENCE, &issuer) || !cut_element(&name, DER_INTEGER, &serial)) {
            return false;
        }
    } else if (!cut_element(&signer, DER_KEY_IDENTIFIER, &identifier) || identifier.content.size == 0) {
        return false;
    }
    for (int i = 0; i < CERTIFICATES_MAX && next_element(&certificates, &element); i++) {
        if (element.tag == DER_SEQUENCE &&
            is_certificate_of(element.content, issuer.whole, serial.content, identifier.content)) {
            return true;
        }
    }
    return false;
}

/** 6.4.3: the CMS object in Contents, which is DER. */
static void check_cms(PdfaCheck *check, const PdfValue *signature) {
    const PdfValue *contents = pdfa_get(check, signature, "Contents");
    Signed data = {0};
    Element first = {0}, second = {0};
    if (contents->kind != PDF_STRING || !read_signed(contents->text, &data)) {
        pdfa_fault(check, PDFA_RULE_6_4_3_3);
        pdfa_fault(check, PDFA_RULE_6_4_3_2);
        return;
    }
    Text signers = data.signers;
    const bool has_first = next_element(&signers, &first);
    if (!has_first || next_element(&signers, &second)) {
        pdfa_fault(check, PDFA_RULE_6_4_3_3);
    }
    if (!has_first || !holds_certificate(data.certificates, first.content)) {
        pdfa_fault(check, PDFA_RULE_6_4_3_2);
    }
}

/** 6.1.12: with DocMDP the references of a signature hold no digests. */
static void check_references(PdfaCheck *check, const PdfValue *signature) {
    const PdfValue *list = pdfa_get(check, signature, "Reference");
    for (uint32_t i = 0; check->has_docmdp && list->kind == PDF_ARRAY && i < list->count; i++) {
        const PdfValue *reference = pdfa_resolve(check, &list->items[i]);
        if (pdfa_has(check, reference, "DigestLocation") || pdfa_has(check, reference, "DigestMethod") ||
            pdfa_has(check, reference, "DigestValue")) {
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
