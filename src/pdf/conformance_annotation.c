/** ISO 19005-3, 6.3: annotations and their appearances; 6.4.1 for widgets. */
#include "pdf/conformance_inside.h"

/* Bits of F (ISO 32000-1, table 165). */
enum { FLAG_INVISIBLE = 1, FLAG_HIDDEN = 2, FLAG_PRINT = 4, FLAG_NO_VIEW = 32, FLAG_TOGGLE_NO_VIEW = 256 };

static bool is_allowed(const PdfValue *subtype) {
    static const char *const allowed[] = {
        "Text",           "Link",      "FreeText",    "Line",      "Square",    "Circle", "Polygon", "PolyLine",
        "Highlight",      "Underline", "Squiggly",    "StrikeOut", "Stamp",     "Caret",  "Ink",     "Popup",
        "FileAttachment", "Widget",    "PrinterMark", "TrapNet",   "Watermark", "Redact"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (pdf_is_name(subtype, allowed[i])) {
            return true;
        }
    }
    return false;
}

static void check_flags(PdfaCheck *check, const PdfValue *annotation, bool popup) {
    const PdfValue *flags = pdfa_get(check, annotation, "F");
    const int64_t hiding = FLAG_INVISIBLE | FLAG_HIDDEN | FLAG_NO_VIEW | FLAG_TOGGLE_NO_VIEW;
    if (flags->kind != PDF_INTEGER) {
        if (!popup) {
            pdfa_fault(check, PDFA_RULE_6_3_2_1);
        }
    } else if ((flags->integer & FLAG_PRINT) == 0 || (flags->integer & hiding) != 0) {
        pdfa_fault(check, PDFA_RULE_6_3_2_2);
    }
}

/** The field type of a widget, its own or a parent's. */
static bool is_button(PdfaCheck *check, const PdfValue *widget) {
    for (unsigned depth = 0; depth < PDFA_DEPTH_MAX && pdfa_is_dictionary(widget); depth++) {
        const PdfValue *type = pdfa_get(check, widget, "FT");
        if (pdfa_is(type)) {
            return pdf_is_name(type, "Btn");
        }
        widget = pdfa_get(check, widget, "Parent");
    }
    return false;
}

/** The states of an appearance: streams of a dictionary. */
static uint32_t check_states(PdfaCheck *check, const PdfValue *states) {
    uint32_t streams = 0;
    for (uint32_t i = 0; i < states->count && pdfa_goes_on(check); i++) {
        const PdfValue *entry = &states->items[i * 2 + 1];
        if (pdfa_resolve(check, entry)->kind == PDF_STREAM) {
            streams++;
            pdfa_check_form_content(check, entry);
        }
    }
    return streams;
}

/** 6.3.3 */
static void check_appearance(PdfaCheck *check, const PdfValue *annotation, const PdfValue *subtype) {
    const PdfValue *appearance = pdfa_get(check, annotation, "AP");
    if (!pdfa_is_dictionary(appearance)) {
        double sides[4];
        const bool point = pdfa_rectangle(check, pdfa_get(check, annotation, "Rect"), sides) && sides[0] == sides[2] &&
                           sides[1] == sides[3];
        if (!point && !pdf_is_name(subtype, "Popup") && !pdf_is_name(subtype, "Link")) {
            pdfa_fault(check, PDFA_RULE_6_3_3_1);
        }
        return;
    }
    const PdfValue *entry = pdf_entry(appearance, "N");
    if (entry == NULL || appearance->count != 1) {
        pdfa_fault(check, PDFA_RULE_6_3_3_2);
    }
    const PdfValue *normal = pdfa_get(check, appearance, "N");
    uint32_t states = 0;
    if (normal->kind == PDF_STREAM) {
        pdfa_check_form_content(check, entry);
    } else if (normal->kind == PDF_DICTIONARY) {
        states = check_states(check, normal);
    }
    if (entry == NULL || appearance->count != 1) {
        return;
    }
    if (pdf_is_name(subtype, "Widget") && is_button(check, annotation)) {
        if (normal->kind != PDF_DICTIONARY || states == 0) {
            pdfa_fault(check, PDFA_RULE_6_3_3_3);
        }
    } else if (normal->kind != PDF_STREAM) {
        pdfa_fault(check, PDFA_RULE_6_3_3_4);
    }
}

static void check_annotation(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *annotation = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(annotation)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    const PdfValue *subtype = pdfa_get(check, annotation, "Subtype");
    if (!is_allowed(subtype)) {
        pdfa_fault_of(check, PDFA_RULE_6_3_1_1, "It is %.*s.",
                      TEXT_ARG(subtype->kind == PDF_NAME ? subtype->text : TEXT("of no type")));
    }
    check_flags(check, annotation, pdf_is_name(subtype, "Popup"));
    check_appearance(check, annotation, subtype);
    if (pdf_is_name(subtype, "Widget") && (pdfa_has(check, annotation, "A") || pdfa_has(check, annotation, "AA"))) {
        pdfa_fault(check, PDFA_RULE_6_4_1_1);
    }
    pdfa_check_actions(check, annotation);
    check->at = before;
}

void pdfa_check_annotations(PdfaCheck *check, const PdfValue *page) {
    const PdfValue *list = pdfa_get(check, page, "Annots");
    for (uint32_t i = 0; list->kind == PDF_ARRAY && i < list->count && pdfa_goes_on(check); i++) {
        check_annotation(check, &list->items[i]);
    }
}
