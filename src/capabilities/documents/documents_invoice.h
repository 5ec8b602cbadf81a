/** Invoices in UBL 2: what an export invoice says, as values that fill an application. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_INVOICE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_INVOICE_H

#include "base/buffer.h"
#include "capabilities/documents/documents_type.h"
#include "html/form.h"

/** No invoice of more bytes is read. */
#define INVOICE_BYTES ((size_t)8 << 20)

/**
 * Reads a UBL 2 Invoice (OASIS UBL 2.0 to 2.4, EN 16931 syntax) and writes its parts as one JSON object: "number",
 * "seller.name", ..., "lines".
 *
 * The XML is a stranger's: call this in a jail. A document type declaration is refused, so no entity is ever expanded,
 * and nothing is fetched. Call invoice_prepare once before the jail is entered.
 *
 * @return STATUS_INVALID for no XML or no UBL invoice, with the mend; STATUS_TOO_LARGE for too many lines
 */
MUST_USE Status invoice_read(Text xml, Buffer *output);

/** Lets the libraries do what a jail forbids them later (seeds, tables). */
void invoice_prepare(void);

/** What was left out of an application and why. */
typedef struct InvoiceNotes {
    size_t credit_lines; /**< lines with a quantity below or at zero: they move no goods */
    Text seller_name, seller_tax_number, seller_country;
} InvoiceNotes;

/**
 * Fills the values of a type's form from what invoice_read wrote, by the type's own mapping. Values already there stay
 * where the invoice says nothing.
 *
 * @return STATUS_INVALID when `json` is not from invoice_read; STATUS_TOO_LARGE when the invoice has more lines than
 * the form takes
 */
MUST_USE Status invoice_fill(Arena *arena, const DocumentType *type, Text json, FormValues *values,
                             InvoiceNotes *ret_notes);

#endif
