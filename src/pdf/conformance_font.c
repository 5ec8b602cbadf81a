/** ISO 19005-3, 6.2.11: fonts. */
#include "pdf/conformance_content.h"

struct PdfaFont {
    const PdfValue *dictionary;
};

PdfaFont *pdfa_font(PdfaCheck *check, const PdfValue *entry) {
    (void)check;
    (void)entry;
    return NULL;
}

void pdfa_show_text(PdfaCheck *check, PdfaFont *font, Text codes, const PdfaState *state,
                    const PdfaResources *resources) {
    (void)resources;
    (void)check;
    (void)font;
    (void)codes;
    (void)state;
}
