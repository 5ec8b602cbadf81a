/** Files that hold an application's data: a UBL invoice, or a document that a chamber issued (PDF, its XML or JSON). */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_DATA_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_DATA_H

#include "capabilities/documents/documents_invoice.h"

/** No file of more bytes is read. */
#define DATA_BYTES ((size_t)32 << 20)

/**
 * Reads a file with data in the jail: UBL, JSON as we write it, or a PDF with such files attached.
 *
 * @param ret_json  what was found, for documents_data_fill; a stranger's word still
 * @return STATUS_INVALID with the mend when it holds no data; STATUS_TOO_LARGE; STATUS_UNAVAILABLE without a jail
 */
MUST_USE Status documents_data_read(Arena *arena, Text bytes, Text *ret_json);

/** What was found in a file. */
typedef struct DataNotes {
    InvoiceNotes invoice;
    bool is_invoice; /**< the file is a UBL invoice, so it can be attached as such */
} DataNotes;

/**
 * Fills the values of a type's form from what documents_data_read found: an invoice by the type's own mapping, data of
 * the same type by its table, and of another type those fields that have the same name.
 *
 * @return STATUS_INVALID when nothing of it can be used; STATUS_TOO_LARGE with more lines than the form takes
 */
MUST_USE Status documents_data_fill(Arena *arena, const DocumentType *type, Text json, FormValues *values,
                                    DataNotes *ret_notes);

/** Whether what was found is a UBL invoice. */
bool documents_data_is_invoice(Text json);

struct json_t;
/** Whether the document says of itself what the table says of every one of its kind: the constants right below the
 * root, as TypeCode; of whatever version of UBL. */
bool ubl_is_kind(const UblTable *table, const struct json_t *tree);
/** Fills values from a tree of XML by the type's table. @return STATUS_TOO_LARGE with more rows than the form takes */
MUST_USE Status ubl_read(Arena *arena, const DocumentType *type, const struct json_t *tree, FormValues *values);

/** What the jail runs: also for the fuzzer. Its output is an array of what was found. @return as documents_data_read */
MUST_USE Status data_read(Text bytes, Buffer *output);

#endif
