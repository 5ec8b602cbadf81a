/** What page drawing alone needs of the fonts: the thread's pango context and font descriptions. */
#ifndef TRADEPOST_PDF_FONT_INSIDE_H
#define TRADEPOST_PDF_FONT_INSIDE_H

#include <pango/pango.h>

#include "pdf/font.h"

/**
 * The calling thread's context for a language, 72 units to the inch, unhinted. The caller holds a reference
 * (g_object_unref).
 *
 * @return STATUS_UNAVAILABLE without the fonts
 */
MUST_USE Status font_context(const char *language, PangoContext **ret_context);

/** Comma-separated names of a family and, in order, of those that it falls back on. Static storage. */
const char *font_family_names(FontFamily family);

#endif
