/** ISO 19005-3, 6.2.5, 6.2.6 and 6.2.10: graphics state dictionaries, halftones, rendering intents, blend modes. */
#include "pdf/conformance_content.h"

void pdfa_check_intent(PdfaCheck *check, const PdfValue *intent) {
    if (pdfa_is(intent) && !pdf_is_name(intent, "RelativeColorimetric") &&
        !pdf_is_name(intent, "AbsoluteColorimetric") && !pdf_is_name(intent, "Perceptual") &&
        !pdf_is_name(intent, "Saturation")) {
        pdfa_fault(check, PDFA_RULE_6_2_6_1);
    }
}

/** The usual colourants' halftones may have no transfer function, others must. */
static bool is_usual_colourant(const PdfValue *name) {
    return name == NULL || pdf_is_name(name, "Cyan") || pdf_is_name(name, "Magenta") || pdf_is_name(name, "Yellow") ||
           pdf_is_name(name, "Black");
}

/** 6.2.5: a halftone; within one of type 5 for the colourant of that name. */
static void check_halftone(PdfaCheck *check, const PdfValue *entry, const PdfValue *colourant, unsigned depth) {
    const PdfValue *halftone = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(halftone) || depth > 2 || !pdfa_goes_on(check)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    const PdfValue *type = pdfa_get(check, halftone, "HalftoneType");
    if (type->kind != PDF_INTEGER || (type->integer != 1 && type->integer != 5)) {
        pdfa_fault(check, PDFA_RULE_6_2_5_4);
    }
    if (pdfa_has(check, halftone, "HalftoneName")) {
        pdfa_fault(check, PDFA_RULE_6_2_5_5);
    }
    const bool standard = colourant != NULL && pdf_is_name(colourant, "Default");
    const bool transfers = pdfa_has(check, halftone, "TransferFunction");
    if (!standard && transfers == is_usual_colourant(colourant)) {
        pdfa_fault(check, PDFA_RULE_6_2_5_6);
    }
    for (uint32_t i = 0; type->kind == PDF_INTEGER && type->integer == 5 && i < halftone->count; i++) {
        check_halftone(check, &halftone->items[i * 2 + 1], &halftone->items[i * 2], depth + 1);
    }
    check->at = before;
}

/** 6.2.10: a blend mode, or several to choose from. */
static void check_blend_mode(PdfaCheck *check, const PdfValue *mode) {
    static const char *const known[] = {"Normal",    "Compatible", "Multiply",   "Screen",    "Overlay",   "Darken",
                                        "Lighten",   "ColorDodge", "ColorBurn",  "HardLight", "SoftLight", "Difference",
                                        "Exclusion", "Hue",        "Saturation", "Color",     "Luminosity"};
    if (mode->kind == PDF_ARRAY) {
        for (uint32_t i = 0; i < mode->count; i++) {
            const PdfValue *item = pdfa_resolve(check, &mode->items[i]);
            if (item->kind != PDF_ARRAY) {
                check_blend_mode(check, item);
            }
        }
        return;
    }
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        found = found || pdf_is_name(mode, known[i]);
    }
    if (!found) {
        pdfa_fault(check, PDFA_RULE_6_2_10_1);
    }
}

static void take_overprint(PdfaCheck *check, const PdfValue *dictionary, PdfaState *state) {
    const PdfValue *stroke = pdfa_get(check, dictionary, "OP"), *fill = pdfa_get(check, dictionary, "op");
    const PdfValue *mode = pdfa_get(check, dictionary, "OPM");
    if (stroke->kind == PDF_BOOLEAN) {
        state->overprints_stroke = stroke->boolean;
        state->overprints_fill = stroke->boolean;
    }
    if (fill->kind == PDF_BOOLEAN) {
        state->overprints_fill = fill->boolean;
    }
    if (mode->kind == PDF_INTEGER) {
        state->overprint_mode = mode->integer;
    }
}

/** Notes whether a constant opacity, if it is given, lets shine through. */
static void take_opacity(PdfaCheck *check, const PdfValue *dictionary, const char *key, bool *faint) {
    double opacity = 1;
    if (pdfa_number(pdfa_get(check, dictionary, key), &opacity)) {
        *faint = opacity < 1;
    }
}

static void take_transparency(PdfaCheck *check, const PdfValue *dictionary, PdfaState *state) {
    const PdfValue *mode = pdfa_get(check, dictionary, "BM"), *mask = pdfa_get(check, dictionary, "SMask");
    if (pdfa_is(mode)) {
        check_blend_mode(check, mode);
        const PdfValue *first =
            mode->kind == PDF_ARRAY && mode->count > 0 ? pdfa_resolve(check, &mode->items[0]) : mode;
        state->is_blended = !pdf_is_name(first, "Normal") && !pdf_is_name(first, "Compatible");
    }
    take_opacity(check, dictionary, "ca", &state->is_faint_fill);
    take_opacity(check, dictionary, "CA", &state->is_faint_stroke);
    if (pdfa_is(mask)) {
        state->is_masked = pdfa_is_dictionary(mask);
    }
    const PdfValue *group = pdf_entry(mask, "G");
    if (group != NULL) {
        /* What a mask is painted with becomes opacity and is never seen as a colour. */
        const bool before = check->in_mask, transparent = check->has_transparency;
        check->in_mask = true;
        pdfa_check_form_content(check, group);
        check->in_mask = before;
        check->has_transparency = transparent;
    }
}

void pdfa_check_graphics_state(PdfaCheck *check, const PdfValue *entry, PdfaState *state) {
    const PdfValue *dictionary = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(dictionary)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    const PdfValue *transfer = pdfa_get(check, dictionary, "TR2");
    if (pdfa_has(check, dictionary, "TR")) {
        pdfa_fault(check, PDFA_RULE_6_2_5_1);
    }
    if (pdfa_has(check, dictionary, "TR2") && !pdf_is_name(transfer, "Default")) {
        pdfa_fault(check, PDFA_RULE_6_2_5_2);
    }
    if (pdfa_has(check, dictionary, "HTP")) {
        pdfa_fault(check, PDFA_RULE_6_2_5_3);
    }
    const PdfValue *halftone = pdf_entry(dictionary, "HT");
    if (halftone != NULL) {
        check_halftone(check, halftone, NULL, 0);
    }
    pdfa_check_intent(check, pdfa_get(check, dictionary, "RI"));
    take_transparency(check, dictionary, state);
    take_overprint(check, dictionary, state);
    const PdfValue *font = pdfa_get(check, dictionary, "Font");
    if (font->kind == PDF_ARRAY && font->count > 0) {
        state->font = pdfa_font(check, &font->items[0]);
    }
    check->at = before;
}
