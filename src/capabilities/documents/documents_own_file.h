/** Documents that are the firm's own PDF: its bytes stay, the chamber's certification is appended as revisions. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_OWN_FILE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_OWN_FILE_H

#include "base/digest.h"
#include "capabilities/documents/documents_type.h"
#include "documents_sql.h"
#include "trust/pades.h"

/** The attachment that is the document. */
typedef struct OwnFile {
    bool wanted; /**< the type is of this kind */
    Sha256 digest;
    Text name;
} OwnFile;

/**
 * Finds the file that an application of such a type certifies; of several the last.
 *
 * @return STATUS_INVALID with the mend when it is missing or no PDF
 */
MUST_USE Status own_file_find(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document,
                              const DocumentType *type, OwnFile *ret_file);

/** Whether a stranger's PDF can be certified, read in the jail. @return STATUS_INVALID with the reason when not */
MUST_USE Status own_file_check(Arena *arena, Text pdf);

/** What goes into the firm's file. */
typedef struct OwnFileParts {
    Text page;      /**< the certification page, a PDF */
    Text page_name; /**< "certification-DEMO-CI-2026-000001.pdf" */
    Text data;      /**< the data of the document */
    Text data_name, data_type;
    Time modified;
} OwnFileParts;

/**
 * Appends a revision with page and data attached; the file is read in the jail.
 *
 * @param ret_pdf  `pdf` followed by the revision
 * @return STATUS_INVALID with the reason when that cannot be; STATUS_TOO_LARGE; STATUS_UNAVAILABLE without a jail
 */
MUST_USE Status own_file_attach(Arena *arena, Text pdf, const OwnFileParts *parts, Text *ret_pdf);

/** Reads strangers' PDFs in the jail, for sealing and raising levels. */
extern const PadesReader own_file_reader;

#endif
