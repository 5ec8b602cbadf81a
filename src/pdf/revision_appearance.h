/** What a visible seal looks like: a content stream of outlines, so that no font needs to be embedded. */
#ifndef TRADEPOST_PDF_REVISION_APPEARANCE_H
#define TRADEPOST_PDF_REVISION_APPEARANCE_H

#include "base/arena.h"

/**
 * Draws a framed seal of `width` to `height` points with an emblem and lines of text, the first one larger.
 *
 * @param ret_content  operators of a form XObject whose space is 0 0 to width and height; it needs no resources
 * @return STATUS_INVALID when a character cannot be printed or the seal is too small, STATUS_UNAVAILABLE without fonts,
 *         STATUS_TOO_LARGE for too much text
 */
MUST_USE Status pdf_seal_appearance(Arena *arena, Texts lines, double width, double height, Text *ret_content);

#endif
