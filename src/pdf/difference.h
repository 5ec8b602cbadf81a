/**
 * What later revisions did to a part of a PDF that was signed: whether they only added validation data, time stamps and
 * signatures, or changed something else. Everything that is not known to be harmless counts as a change.
 *
 * Implements: ISO 32000-2, 12.8.2.2 and 12.8.4, as a list of what is allowed.
 */
#ifndef TRADEPOST_PDF_DIFFERENCE_H
#define TRADEPOST_PDF_DIFFERENCE_H

#include "pdf/reader.h"

typedef struct PdfDifference {
    bool validation_data; /**< DSS and what it holds; entries of Extensions */
    bool time_stamps;     /**< fields of document time stamps, which show nothing */
    bool signatures;      /**< fields of other signatures: new ones, or empty ones filled */
    bool other;           /**< anything else */
    Text words;           /**< the first of those other changes, in English; empty without one */
} PdfDifference;

/**
 * Compares a file with an earlier state of it, of which `before`'s bytes are the first ones of `after`'s.
 *
 * What cannot be read in `after` is a change. Both files take what they read from their own arenas.
 *
 * @param arena  for marks and words
 * @return STATUS_TOO_LARGE past a limit
 */
MUST_USE Status pdf_difference(Arena *arena, PdfFile *before, PdfFile *after, PdfDifference *ret_difference);

#endif
