/** What the files of the PDF/A checker that follow content streams share. */
#ifndef TRADEPOST_PDF_CONFORMANCE_CONTENT_H
#define TRADEPOST_PDF_CONFORMANCE_CONTENT_H

#include "pdf/conformance_font.h"
#include "pdf/conformance_inside.h"

/** The part of the graphics state that rules ask for. */
struct PdfaState {
    const PdfValue *fill, *stroke; /**< colour spaces */
    bool fill_checked, stroke_checked;
    bool overprints_fill, overprints_stroke;
    int64_t overprint_mode, rendering_mode;
    bool is_blended, is_masked, is_faint_fill, is_faint_stroke; /**< what makes transparent */
    PdfaFont *font;
};

/** 6.2.5: a graphics state dictionary, and what of it the state keeps. */
void pdfa_check_graphics_state(PdfaCheck *check, const PdfValue *entry, PdfaState *state);
/** 6.2.6: a rendering intent, if it is any. */
void pdfa_check_intent(PdfaCheck *check, const PdfValue *intent);
/** 6.2.8: an image XObject. */
void pdfa_check_image(PdfaCheck *check, const PdfaResources *resources, const PdfValue *entry);
/** 6.2.8 and 6.1.10: an inline image: its dictionary with abbreviated keys. */
void pdfa_check_inline_image(PdfaCheck *check, const PdfaResources *resources, const PdfValue *dictionary);
/** 6.2.2: the resource of that kind and name; NULL when there is none. */
const PdfValue *pdfa_resource(PdfaCheck *check, const PdfaResources *resources, const char *kind, const PdfValue *name);
/** The content of a glyph of a Type 3 font, shown in a state among resources. */
void pdfa_check_glyph_content(PdfaCheck *check, const PdfValue *glyph, const PdfValue *font, const PdfaState *state,
                              const PdfaResources *around);
/** The state at the beginning of a page. */
PdfaState pdfa_initial_state(void);
/** 6.2.9: follows a form XObject, or a pattern, in a state; `around` are the resources of what draws it, or NULL. */
void pdfa_follow_form(PdfaCheck *check, const PdfValue *entry, const PdfaResources *around, const PdfaState *state);
/** 6.2.2: reads content from its first operator to its last. */
void pdfa_run_content(PdfaCheck *check, Text content, PdfaResources resources, const PdfaState *state);

extern const PdfValue pdfa_device_gray, pdfa_device_rgb, pdfa_device_cmyk;

#endif
