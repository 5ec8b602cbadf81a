/** Draws a document by its type's layout: values become finished texts, then a PDF that is ready to be sealed. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_DRAW_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_DRAW_H

#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_type.h"
#include "pdf/layout.h"

/** All that stands on the paper. */
typedef struct DocumentPaper {
    const DocumentType *type;
    const FormValues *values;
    const ChamberLetterhead *chamber;
    Text number, code;
    Text officer_name;
    Time certified;     /**< the day of the decision; also the file's time of creation */
    Text replaces;      /**< number of the document that this one replaces; empty for none */
    Text file_digest;   /**< SHA-256 of the firm's own file in hexadecimal, where one is certified; else empty */
    bool demonstration; /**< "DEMONSTRATION" stands across each page */
    bool trial;         /**< nothing is drawn: whether it can be printed */
    bool test_seal;     /**< the seal says that it has no legal effect */
} DocumentPaper;

/**
 * Draws the paper. Equal papers give equal bytes.
 *
 * @return STATUS_INVALID naming box and row when a text cannot be printed; STATUS_TOO_LARGE; STATUS_UNAVAILABLE without
 * the type's layout or fonts
 */
MUST_USE Status documents_draw(Arena *arena, const DocumentPaper *paper, LayoutDrawn *ret_drawn);

/** The sum of a number over the lines, as "total_gross_weight": without grouping; empty unless each line has it, since
 * half a sum misleads. */
Text documents_total(Arena *arena, const DocumentPaper *paper, Text name);

/** The address that the QR code carries: PUBLIC_URL/verify/NUMBER/CODE. */
Text documents_verify_address(Arena *arena, Text public_url, Text number, Text code);

#endif
