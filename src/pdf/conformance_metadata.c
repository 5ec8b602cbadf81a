/** ISO 19005-3, 6.6: metadata streams, and how a file says what it conforms to. */
#include <string.h>

#include "base/log.h"
#include "pdf/conformance_inside.h"
#include "pdf/conformance_xmp.h"

static const char *const levels[] = {[PDFA_2B] = "BUA", [PDFA_2U] = "UA", [PDFA_3B] = "BUA"};

static const XmpNode *identification(const XmpPacket *packet, const char *name) {
    for (const XmpNode *node = packet->properties; node != NULL; node = node->next) {
        if (xmp_is(node, XMP_SPACE_PDFA_ID, name)) {
            return node;
        }
    }
    return NULL;
}

static bool has_prefix(const XmpNode *node) {
    return node == NULL || text_equal(node->prefix, TEXT("pdfaid"));
}

/** 6.6.4 */
static void check_identification(PdfaCheck *check, const XmpPacket *packet) {
    const XmpNode *part = identification(packet, "part"), *level = identification(packet, "conformance");
    bool any = false;
    for (const XmpNode *node = packet->properties; node != NULL; node = node->next) {
        any = any || text_equal(node->space, TEXT(XMP_SPACE_PDFA_ID));
    }
    if (!any) {
        pdfa_fault(check, PDFA_RULE_6_6_4_1);
        return;
    }
    const int64_t wanted = check->flavour == PDFA_3B ? 3 : 2;
    int64_t number = 0;
    const bool is_number = part != NULL && part->form == XMP_SIMPLE && text_to_int(part->value, &number) == STATUS_OK;
    if (!is_number) {
        (void)failure_take();
    }
    if (!is_number || (number != wanted && !check->is_any_part)) {
        pdfa_fault(check, PDFA_RULE_6_6_4_2);
    }
    if (level == NULL || level->form != XMP_SIMPLE || level->value.size != 1 ||
        (strchr(levels[check->flavour], level->value.data[0]) == NULL && !check->is_any_part)) {
        pdfa_fault(check, PDFA_RULE_6_6_4_3);
    }
    if (!has_prefix(part)) {
        pdfa_fault(check, PDFA_RULE_6_6_4_4);
    }
    if (!has_prefix(level)) {
        pdfa_fault(check, PDFA_RULE_6_6_4_5);
    }
    if (!has_prefix(identification(packet, "amd"))) {
        pdfa_fault(check, PDFA_RULE_6_6_4_6);
    }
    if (!has_prefix(identification(packet, "corr"))) {
        pdfa_fault(check, PDFA_RULE_6_6_4_7);
    }
}

/** 6.6.2.3.1: each property is known, by the document's or the packet's own extension schemas too, and of its type. */
static void check_properties(PdfaCheck *check, const XmpPacket *packet, bool is_main) {
    XmpExtensions extensions = check->extensions;
    for (const XmpNode *node = packet->properties; node != NULL; node = node->next) {
        if (xmp_is(node, XMP_SPACE_PDFA_EXTENSION, "schemas")) {
            pdfa_check_extensions(check, node, &extensions);
        }
    }
    if (is_main) {
        check->extensions = extensions;
    }
    for (const XmpNode *node = packet->properties; node != NULL && pdfa_goes_on(check); node = node->next) {
        Text type = {0};
        if (!xmp_type_of(&extensions, node, &type)) {
            pdfa_fault_of(check, PDFA_RULE_6_6_2_3_1_1, "It is %.*s:%.*s.", TEXT_ARG(node->prefix),
                          TEXT_ARG(node->name));
        } else if (!xmp_fits(&extensions, node, type, 0)) {
            pdfa_fault_of(check, PDFA_RULE_6_6_2_3_1_2, "%.*s:%.*s is no %.*s.", TEXT_ARG(node->prefix),
                          TEXT_ARG(node->name), TEXT_ARG(type));
        }
    }
}

/** UTF-8 may begin with its mark; other encodings have other marks or zero bytes. */
static bool is_utf8(Text bytes) {
    return bytes.size < 2 || (memcmp(bytes.data, "\xfe\xff", 2) != 0 && memcmp(bytes.data, "\xff\xfe", 2) != 0 &&
                              bytes.data[0] != '\0' && bytes.data[1] != '\0');
}

static void check_packet(PdfaCheck *check, Text bytes, bool is_main) {
    XmpPacket packet = {0};
    if (!is_utf8(bytes)) {
        pdfa_fault(check, PDFA_RULE_6_6_2_1_5);
    }
    const Status status = xmp_read(check->arena, bytes, &packet);
    if (status == STATUS_INVALID) {
        const Text words = failure_take();
        pdfa_fault_of(check, PDFA_RULE_6_6_2_1_4, "The reason: %.*s.", TEXT_ARG(words));
        return;
    }
    if (!pdfa_took(check, status)) {
        return;
    }
    if (packet.has_bytes) {
        pdfa_fault(check, PDFA_RULE_6_6_2_1_2);
    }
    if (packet.has_encoding) {
        pdfa_fault(check, PDFA_RULE_6_6_2_1_3);
    }
    check_properties(check, &packet, is_main);
    if (is_main) {
        check_identification(check, &packet);
    }
}

void pdfa_check_metadata(PdfaCheck *check, const PdfValue *owner, bool is_main) {
    const PdfValue *entry = pdf_entry(owner, "Metadata");
    const PdfValue *stream = pdfa_get(check, owner, "Metadata");
    if (entry == NULL && !is_main) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    if (is_main && (stream->kind != PDF_STREAM || !pdf_is_name(pdfa_get(check, stream, "Type"), "Metadata") ||
                    !pdf_is_name(pdfa_get(check, stream, "Subtype"), "XML"))) {
        pdfa_fault(check, PDFA_RULE_6_6_2_1_1);
    }
    Text bytes = {0}, filter = {0};
    if (stream->kind == PDF_STREAM && pdfa_first_time(check, entry, PDFA_SEEN_METADATA) &&
        pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter))) {
        check_packet(check, bytes, is_main);
    }
    check->at = before;
}

Status pdfa_claim(Arena *arena, Text pdf, Text *ret_part, Text *ret_level) {
    PdfFile *file = NULL;
    PdfReference reference;
    const PdfValue *catalog = NULL, *stream = NULL;
    Text bytes = {0}, filter = {0};
    XmpPacket packet = {0};
    TRY(pdf_open(arena, pdf, &file));
    TRY(pdf_catalog(file, &reference, &catalog));
    TRY(pdf_get(file, catalog, "Metadata", &stream));
    if (stream->kind != PDF_STREAM) {
        return fail(STATUS_NOT_FOUND, "the PDF has no metadata");
    }
    TRY(pdf_stream_unpacked(file, stream, &bytes, &filter));
    TRY(xmp_read(arena, bytes, &packet));
    const XmpNode *part = identification(&packet, "part"), *level = identification(&packet, "conformance");
    if (part == NULL || level == NULL) {
        return fail(STATUS_NOT_FOUND, "the PDF claims no part of PDF/A");
    }
    *ret_part = part->value;
    *ret_level = level->value;
    return STATUS_OK;
}

Status pdfa_flavour_claimed(Arena *arena, Text pdf, PdfaFlavour *ret_flavour) {
    Text part = {0}, level = {0};
    TRY(pdfa_claim(arena, pdf, &part, &level));
    if (text_equal(part, TEXT("3")) && level.size > 0) {
        *ret_flavour = PDFA_3B;
        return STATUS_OK;
    }
    if (text_equal(part, TEXT("2")) && level.size > 0) {
        *ret_flavour = level.data[0] == 'B' ? PDFA_2B : PDFA_2U;
        return STATUS_OK;
    }
    return fail(STATUS_NOT_FOUND, "the PDF claims no part of PDF/A that is checked here");
}
