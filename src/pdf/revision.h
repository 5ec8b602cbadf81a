/**
 * Appending to a PDF file: one incremental update whose earlier bytes stay what they were.
 *
 * Works beside the base and returns only the bytes to append, so that a large base is never copied.
 * Implements: ISO 32000-1, 7.5.6.
 */
#ifndef TRADEPOST_PDF_REVISION_H
#define TRADEPOST_PDF_REVISION_H

#include "base/clock.h"
#include "pdf/reader.h"

typedef struct PdfRevision PdfRevision;

/** One changed entry of a dictionary: `value` as PDF source; an empty one removes the entry. */
typedef struct PdfChange {
    const char *key;
    Text value;
} PdfChange;

/**
 * Begins a revision of `base`, which must outlive it.
 *
 * @return STATUS_UNSUPPORTED for a hybrid file, STATUS_INVALID when the base ends in the middle of something
 */
MUST_USE Status pdf_revision_begin(Arena *arena, PdfFile *base, PdfRevision **ret_revision);
/** The name for a new object. */
PdfReference pdf_revision_reserve(PdfRevision *revision);
/** Writes an object: new, or in the place of one of the base. `source` is its PDF source without `obj` and `endobj`. */
void pdf_revision_put(PdfRevision *revision, PdfReference reference, Text source);
/** Writes a stream; `entries` is the source of its dictionary's entries without Length and Filter, which are added. */
void pdf_revision_put_stream(PdfRevision *revision, PdfReference reference, Text entries, Text data);
/**
 * Writes a form XObject, the appearance of an annotation, whose space is 0 0 to width and height. Its operators may use
 * device RGB and no other resource: it brings its own profile of sRGB, so that a file of PDF/A stays one, whatever its
 * output intent (ISO 19005-3, 6.2.4.3).
 */
PdfReference pdf_revision_put_appearance(PdfRevision *revision, double width, double height, Text content);
/** Writes a signature dictionary with a ByteRange of fixed width and room for `contents_size` bytes of Contents. At
 * most one. */
void pdf_revision_put_signature(PdfRevision *revision, PdfReference reference, Text entries, size_t contents_size);

/** The finished bytes to append. */
typedef struct PdfSection {
    char *bytes;
    size_t size;
    size_t gap_from, gap_to; /**< Contents with its brackets, as places in `bytes`; both 0 without a signature */
} PdfSection;

/** Writes cross-references and trailer in the base's manner. @return STATUS_TOO_LARGE past the arena's budget */
MUST_USE Status pdf_revision_finish(PdfRevision *revision, PdfSection *ret_section);
/** Writes `contents` as hexadecimal into the gap. @return STATUS_TOO_LARGE when it does not fit; then nothing changed
 */
MUST_USE Status pdf_section_fill(PdfSection *section, Text contents);

/** The source of `dictionary` with some entries changed, removed or added. @return STATUS_TOO_LARGE past the budget */
MUST_USE Status pdf_source_with(Arena *arena, const PdfValue *dictionary, const PdfChange *changes, size_t count,
                                Text *ret_source);
/** The source of `array` with one more item at its end; any other kind counts as an empty array. @return
 * STATUS_TOO_LARGE */
MUST_USE Status pdf_source_with_item(Arena *arena, const PdfValue *array, Text item, Text *ret_source);
/** "12 0 R". */
Text pdf_source_reference(Arena *arena, PdfReference reference);
/** A text string of UTF-8 `text`: as it is when ASCII, else UTF-16. */
Text pdf_source_text(Arena *arena, Text text);
/** "(D:20261123183000+00'00')" */
Text pdf_source_date(Arena *arena, Time time);

#endif
