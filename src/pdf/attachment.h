/**
 * Files embedded in a PDF that a stranger may have made: those of its name tree, of its catalog's associated files, and
 * of file annotations on its pages, each once.
 *
 * Implements: ISO 32000-1, 7.11; ISO 19005-3, 6.8 and annex E.
 */
#ifndef TRADEPOST_PDF_ATTACHMENT_H
#define TRADEPOST_PDF_ATTACHMENT_H

#include "base/clock.h"
#include "pdf/reader.h"
#include "pdf/revision.h"

#define PDF_ATTACHMENTS_MAX 256u

/** An embedded file. All texts are the file's own claims, in UTF-8. */
typedef struct PdfAttachment {
    Text name;         /**< of the file; never use it as a path as it is */
    Text description;  /**< may be empty */
    Text media_type;   /**< "application/xml"; may be empty */
    Text relationship; /**< "Data", "Source", "Alternative", "Supplement", ...; empty: none is said */
    Time modified;     /**< {0} when nothing is said */
    PdfReference specification;
    const PdfValue *stream;
} PdfAttachment;

typedef struct PdfAttachments {
    PdfAttachment *items;
    size_t count;
} PdfAttachments;

/**
 * Lists the embedded files of a PDF; a specification without embedded bytes is no such file.
 *
 * @return STATUS_INVALID when the structures that lead to them are damaged; STATUS_TOO_LARGE past PDF_ATTACHMENTS_MAX
 */
MUST_USE Status pdf_attachments(PdfFile *file, PdfAttachments *ret_attachments);
/** The one of that name; NULL when there is none or more than one. */
const PdfAttachment *pdf_attachment_named(const PdfAttachments *attachments, Text name);
/**
 * The bytes of an embedded file.
 *
 * @return STATUS_INVALID when they are damaged: also when size or checksum are not what the file says of them;
 * STATUS_UNSUPPORTED for filters other than FlateDecode; STATUS_TOO_LARGE past a limit of the reader
 */
MUST_USE Status pdf_attachment_bytes(PdfFile *file, const PdfAttachment *attachment, Text *ret_bytes);

/** A file to attach. */
typedef struct PdfNewFile {
    Text name; /**< ASCII, without folders */
    Text description;
    Text media_type;   /**< "application/xml" */
    Text relationship; /**< "Data", "Supplement", ... */
    Time modified;
    Text bytes;
} PdfNewFile;

/**
 * Writes files into a revision of `file`: embedded, named in the name tree, associated with the catalog. What the file
 * has embedded already stays; a name that is taken gets a number in front, as "2-data.xml".
 *
 * @return STATUS_INVALID when the file's structures are damaged; STATUS_TOO_LARGE
 */
MUST_USE Status pdf_attach(Arena *arena, PdfFile *file, PdfRevision *revision, const PdfNewFile *files, size_t count);

#endif
