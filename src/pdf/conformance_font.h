/** ISO 19005-3, 6.2.11: fonts, as the files of the checker share them. */
#ifndef TRADEPOST_PDF_CONFORMANCE_FONT_H
#define TRADEPOST_PDF_CONFORMANCE_FONT_H

#include "pdf/conformance_inside.h"

typedef struct PdfaState PdfaState;

/** The font that `entry` names, read and judged once; NULL when it is no font. */
PdfaFont *pdfa_font(PdfaCheck *check, const PdfValue *entry);
/** 6.2.11: the font is used to show a text. */
void pdfa_show_text(PdfaCheck *check, PdfaFont *font, Text codes, const PdfaState *state,
                    const PdfaResources *resources);

#endif
