/** ISO 19005-3, 6.8: embedded files, their descriptions, and what they are associated with. */
#include "base/log.h"
#include "pdf/conformance_inside.h"

/* Files in files. */
#define EMBEDDED_DEPTH_MAX 3u

/** 6.8 of part 2: what is embedded is itself PDF/A-1 or PDF/A-2. Part 1 asks for more than part 2 and allows less, so
 * its files are checked as those of part 2 that name another part. */
static bool is_archive_file(PdfaCheck *check, const PdfValue *stream) {
    Text bytes = {0}, filter = {0}, part = {0}, level = {0};
    if (check->nesting >= EMBEDDED_DEPTH_MAX || stream->kind != PDF_STREAM ||
        !pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter))) {
        return false;
    }
    if (pdfa_claim(check->arena, bytes, &part, &level) != STATUS_OK) {
        (void)failure_take();
        return false;
    }
    const bool first = text_equal(part, TEXT("1"));
    if (!first && !text_equal(part, TEXT("2"))) {
        return false;
    }
    PdfaReport report = {0};
    const PdfaFlavour flavour = first || text_equal(level, TEXT("B")) ? PDFA_2B : PDFA_2U;
    const PdfaCheck inside = {
        .arena = check->arena, .bytes = bytes, .flavour = flavour, .nesting = check->nesting + 1, .is_any_part = first};
    return pdfa_took(check, pdfa_run(&inside, &report)) && report.conforms;
}

/** One embedded file stream. */
static void check_embedded_file(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *stream = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(stream)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    const PdfValue *type = pdfa_get(check, stream, "Subtype");
    if (check->flavour == PDFA_3B && (type->kind != PDF_NAME || !xmp_is_media_type(type->text))) {
        pdfa_fault(check, PDFA_RULE_6_8_1);
    }
    if (check->flavour != PDFA_3B && !is_archive_file(check, stream)) {
        pdfa_fault(check, PDFA_RULE_6_8_5);
    }
    check->at = before;
}

static void check_specification(PdfaCheck *check, const PdfValue *value) {
    const PdfValue *specification = pdfa_resolve(check, value);
    if (!pdfa_is_dictionary(specification) || !pdfa_first_time(check, value, PDFA_SEEN_FILE)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, value);
    const PdfValue *files = pdfa_get(check, specification, "EF");
    if (pdfa_is_dictionary(files)) {
        if (!pdfa_is(pdfa_get(check, specification, "F")) || !pdfa_is(pdfa_get(check, specification, "UF"))) {
            pdfa_fault(check, PDFA_RULE_6_8_2);
        }
        if (check->flavour == PDFA_3B) {
            if (pdfa_get(check, specification, "AFRelationship")->kind != PDF_NAME) {
                pdfa_fault(check, PDFA_RULE_6_8_3);
            }
            if (!pdfa_was_seen(check, value, PDFA_SEEN_ASSOCIATED)) {
                pdfa_fault(check, PDFA_RULE_6_8_4);
            }
        }
        for (uint32_t i = 0; i < files->count && pdfa_goes_on(check); i++) {
            check_embedded_file(check, &files->items[i * 2 + 1]);
        }
    }
    check->at = before;
}

/** The file specifications of an object's AF entry are associated. */
static void note_associated(PdfaCheck *check, const PdfValue *owner) {
    const PdfValue *entry = pdf_entry(owner, "AF");
    if (entry == NULL) {
        return;
    }
    const PdfValue *list = pdfa_resolve(check, entry);
    for (uint32_t i = 0; list->kind == PDF_ARRAY && i < list->count; i++) {
        (void)pdfa_first_time(check, &list->items[i], PDFA_SEEN_ASSOCIATED);
    }
}

/** The file specifications within a value that are no objects of their own, and all metadata: 6.6.2.1. */
static void check_within(PdfaCheck *check, const PdfValue *value, unsigned depth) {
    if (depth > PDF_NESTING_MAX) {
        return;
    }
    if (value->kind == PDF_ARRAY) {
        for (uint32_t i = 0; i < value->count; i++) {
            check_within(check, &value->items[i], depth + 1);
        }
    } else if (pdfa_is_dictionary(value)) {
        if (pdfa_has(check, value, "EF") && depth > 0) {
            check_specification(check, value);
        }
        pdfa_check_metadata(check, value, false);
        for (uint32_t i = 0; i < value->count; i++) {
            check_within(check, &value->items[i * 2 + 1], depth + 1);
        }
    }
}

/** All objects, whatever refers to them: a file that nothing shows is embedded all the same. */
void pdfa_check_embedded(PdfaCheck *check) {
    const uint32_t count = pdf_next_object_number(check->file);
    for (int round = 0; round < 2; round++) {
        for (uint32_t number = 0; number < count && pdfa_goes_on(check); number++) {
            PdfValue reference = {.kind = PDF_REFERENCE};
            if (!pdf_known_object(check->file, number, &reference.reference)) {
                continue;
            }
            const PdfValue *value = pdfa_resolve(check, &reference);
            check->at = reference.reference;
            if (round == 0) {
                note_associated(check, value);
            } else {
                if (pdfa_has(check, value, "EF")) {
                    check_specification(check, &reference);
                }
                check_within(check, value, 0);
            }
        }
    }
    check->at = check->catalog_reference;
}
