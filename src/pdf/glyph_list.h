/** Names of glyphs: the standard encodings of simple fonts and the Adobe Glyph List. */
#ifndef TRADEPOST_PDF_GLYPH_LIST_H
#define TRADEPOST_PDF_GLYPH_LIST_H

#include "base/text.h"

typedef enum GlyphEncoding { GLYPHS_STANDARD, GLYPHS_MAC_ROMAN, GLYPHS_WIN_ANSI } GlyphEncoding;

#define GLYPH_CODES 256u

/** The names that an encoding gives the codes from 0 to 255; empty texts where it gives none. Static storage. */
void glyph_names(GlyphEncoding encoding, Text ret_names[GLYPH_CODES]);
/** The first Unicode value of a name in the glyph list; 0 when the list does not have it. */
uint32_t glyph_code_point(Text name);

/* The list in rows "A=41 AE=C6 ...", sorted by the bytes of the names: front, then back. */
extern const char *const glyph_list_front[], *const glyph_list_back[];
extern const size_t glyph_list_front_count, glyph_list_back_count;

#endif
