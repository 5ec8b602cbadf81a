/** Taking the hints for screens out of TrueType fonts: papers embed subsets, and half of such a subset would be hints
 * that print ignores. */
#ifndef TRADEPOST_PDF_FONT_STRIP_H
#define TRADEPOST_PDF_FONT_STRIP_H

#include "base/arena.h"

/**
 * Gives the font without its instructions: tables fpgm, prep, cvt and those of device metrics, and the instructions of
 * each glyph.
 *
 * @return STATUS_UNSUPPORTED when it is no TrueType font with outlines in a sound glyf table; STATUS_TOO_LARGE past the
 * arena's budget
 */
MUST_USE Status font_strip(Arena *arena, Text font, Text *ret_font);

#endif
