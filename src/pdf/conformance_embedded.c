/** ISO 19005-3, 6.8: embedded files, their descriptions, and what they are associated with. */
#include "pdf/conformance_inside.h"

static bool is_media_type(PdfaCheck *check, const PdfValue *stream) {
    const PdfValue *type = pdfa_get(check, stream, "Subtype");
    return type->kind == PDF_NAME && xmp_is_media_type(type->text);
}

/** One embedded file stream. */
static void check_embedded_file(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *stream = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(stream)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    if (check->flavour == PDFA_3B && !is_media_type(check, stream)) {
        pdfa_fault(check, PDFA_RULE_6_8_1);
    }
    check->at = before;
}

void pdfa_check_file_specification(PdfaCheck *check, const PdfValue *value) {
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
            if (!pdfa_is(pdfa_get(check, specification, "AFRelationship"))) {
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
    if (list->kind != PDF_ARRAY) {
        (void)pdfa_first_time(check, entry, PDFA_SEEN_ASSOCIATED);
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        (void)pdfa_first_time(check, &list->items[i], PDFA_SEEN_ASSOCIATED);
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
            if (!pdfa_is_dictionary(value)) {
                continue;
            }
            if (round == 0) {
                note_associated(check, value);
            } else if (pdf_entry(value, "EF") != NULL) {
                pdfa_check_file_specification(check, &reference);
            }
        }
    }
}
