/**
 * Reading the structure of PDF files that strangers made: objects, cross-references, pages, form fields, signatures.
 *
 * The reader repairs nothing: a file whose structure two readers could understand differently is refused, with the
 * reason in the failure's words. Everything lives in the arena given to pdf_open; its budget bounds the memory. A
 * PdfFile belongs to one thread. Implements: ISO 32000-1, 7.2 to 7.5 and 7.7.
 */
#ifndef TRADEPOST_PDF_READER_H
#define TRADEPOST_PDF_READER_H

#include "base/arena.h"
#include "base/clock.h"

#define PDF_OBJECTS_MAX    200000u
#define PDF_NESTING_MAX    64u
#define PDF_INFLATE_MAX    ((size_t)200 << 20)
#define PDF_SECTIONS_MAX   1024u
#define PDF_SIGNATURES_MAX 128u

typedef enum PdfKind {
    PDF_NULL,
    PDF_BOOLEAN,
    PDF_INTEGER,
    PDF_REAL,
    PDF_STRING,
    PDF_NAME,
    PDF_ARRAY,
    PDF_DICTIONARY,
    PDF_STREAM,
    PDF_REFERENCE
} PdfKind;

/** The name of an object. Number 0 names none. */
typedef struct PdfReference {
    uint32_t number, generation;
} PdfReference;

/** One value as it stands in the file. Never changed after reading. */
typedef struct PdfValue {
    PdfKind kind;
    uint32_t count; /**< items of an array; entries of a dictionary or of a stream's dictionary */
    Text source;    /**< its bytes as written, first to last; of a stream only the dictionary */
    union {
        bool boolean;
        int64_t integer;
        double real;
        Text text; /**< the bytes of a string, or a name without its solidus */
        PdfReference reference;
        const struct PdfValue *items; /**< array: count values; dictionary and stream: count pairs of name and value */
    };
} PdfValue;

typedef struct PdfFile PdfFile;

/**
 * Reads trailer and cross-references of `bytes`, which must outlive the file; objects are read when asked for.
 *
 * @return STATUS_INVALID when the file is damaged, STATUS_UNSUPPORTED when it is encrypted, STATUS_TOO_LARGE past a
 * limit
 */
MUST_USE Status pdf_open(Arena *arena, Text bytes, PdfFile **ret_file);

/**
 * As pdf_open for a judge of conformance, who looks at the bytes himself: encrypted files open (and stay encrypted),
 * bytes that are no digits are left out of hexadecimal strings, and a stream of a wrong length ends at `endstream`.
 *
 * @return as pdf_open
 */
MUST_USE Status pdf_open_tolerant(Arena *arena, Text bytes, PdfFile **ret_file);

/** The whole file, as given to pdf_open. */
Text pdf_bytes(const PdfFile *file);
/** The newest trailer dictionary. */
const PdfValue *pdf_trailer(const PdfFile *file);
/** Where the newest cross-reference section begins: the value behind the last `startxref`. */
size_t pdf_cross_reference_offset(const PdfFile *file);
/** The newest cross-references are a stream, so those of an appended revision must be one too. */
bool pdf_uses_cross_reference_stream(const PdfFile *file);
/** Some trailer has XRefStm: readers of different age see different objects. */
bool pdf_is_hybrid(const PdfFile *file);
/** One more than the highest object number in use by any section. */
uint32_t pdf_next_object_number(const PdfFile *file);
/** How many revisions the file names: its chain of cross-reference sections. */
size_t pdf_section_count(const PdfFile *file);
/** How many of those sections begin at `offset` or behind it. */
size_t pdf_sections_from(const PdfFile *file, size_t offset);
/** Where the section of that number, from 0 for the newest, begins. */
size_t pdf_section_offset(const PdfFile *file, size_t number);
/** The object of that number which the cross-references know; false when it is free or absent. */
bool pdf_known_object(const PdfFile *file, uint32_t number, PdfReference *ret_reference);
/** Where the object's definition begins in the file; false when it is absent or inside an object stream. */
bool pdf_object_offset(const PdfFile *file, PdfReference reference, size_t *ret_offset);
/** Where a value's bytes begin in the file; false when it stands inside an object stream. */
bool pdf_value_offset(const PdfFile *file, const PdfValue *value, size_t *ret_offset);

/**
 * The object of that name; an absent one is the null value.
 *
 * @return STATUS_INVALID when its bytes are not an object of that name, STATUS_TOO_LARGE past a limit
 */
MUST_USE Status pdf_object(PdfFile *file, PdfReference reference, const PdfValue **ret_value);
/**
 * Reads every object in use, so that none is left that another reader would have to repair.
 *
 * @return STATUS_INVALID when one is damaged, STATUS_TOO_LARGE past a limit
 */
MUST_USE Status pdf_check_objects(PdfFile *file);
/** The value, or the object that it refers to. @return as pdf_object */
MUST_USE Status pdf_resolve(PdfFile *file, const PdfValue *value, const PdfValue **ret_value);
/** The entry `key` of a dictionary or stream as written; NULL when absent or when `dictionary` is another kind. */
const PdfValue *pdf_entry(const PdfValue *dictionary, const char *key);
/** The entry `key`, resolved; the null value when absent. @return as pdf_object */
MUST_USE Status pdf_get(PdfFile *file, const PdfValue *dictionary, const char *key, const PdfValue **ret_value);
/** No key stands twice in the dictionary. */
bool pdf_keys_are_unique(const PdfValue *dictionary);
bool pdf_is_name(const PdfValue *value, const char *name);
/**
 * The decoded bytes of a stream: no filter or FlateDecode with PNG or TIFF predictors.
 *
 * @return STATUS_UNSUPPORTED for other filters, STATUS_INVALID when damaged, STATUS_TOO_LARGE past a limit
 */
MUST_USE Status pdf_stream_bytes(PdfFile *file, const PdfValue *stream, Text *ret_bytes);
/**
 * The bytes of a stream with all filters undone that are not for pictures alone: Flate, ASCIIHex, ASCII85, RunLength.
 *
 * @param ret_filter  the filter that is left (DCTDecode, JPXDecode ...); the empty text when none is
 * @return STATUS_UNSUPPORTED for LZW and unknown filters, STATUS_INVALID when damaged, STATUS_TOO_LARGE past a limit
 */
MUST_USE Status pdf_stream_unpacked(PdfFile *file, const PdfValue *stream, Text *ret_bytes, Text *ret_filter);
/** The same for bytes beside any file's stream, such as an inline image's: `filter` and `parameters` as in a stream. */
MUST_USE Status pdf_unpack(PdfFile *file, Text raw, const PdfValue *filter, const PdfValue *parameters, Text *ret_bytes,
                           Text *ret_filter);
/** The bytes of a stream as they stand in the file. @return STATUS_INVALID */
MUST_USE Status pdf_stream_raw(PdfFile *file, const PdfValue *stream, Text *ret_raw);
/** A text string (PDFDocEncoding, UTF-16 or UTF-8) as UTF-8; unreadable parts become U+FFFD. @return STATUS_TOO_LARGE
 */
MUST_USE Status pdf_text_string(Arena *arena, Text string, Text *ret_text);

/** Reads "D:20261123183000+01'00'" (ISO 32000-1, 7.9.4); {0} when it is something else. */
Time pdf_date(Text date);

/** A page and the attributes it inherits. */
typedef struct PdfPage {
    PdfReference reference; /**< number 0 when the page is not an object of its own */
    const PdfValue *dictionary;
    double left, bottom, right, top; /**< its MediaBox in points */
    int64_t rotation;                /**< degrees clockwise: 0, 90, 180, 270 */
} PdfPage;

/** The document's catalog. @return STATUS_INVALID when it is not a dictionary */
MUST_USE Status pdf_catalog(PdfFile *file, PdfReference *ret_reference, const PdfValue **ret_catalog);
/** The page of that number, from 0. @return STATUS_NOT_FOUND, STATUS_INVALID when the page tree is damaged */
MUST_USE Status pdf_page(PdfFile *file, size_t number, PdfPage *ret_page);
/**
 * Calls `visit` with each page in order, until it fails.
 *
 * @return what `visit` returned; STATUS_INVALID when the page tree is damaged
 */
MUST_USE Status pdf_each_page(PdfFile *file, Status (*visit)(PdfFile *file, const PdfPage *page, void *context),
                              void *context);
/** How many pages the tree holds. @return STATUS_INVALID when it is damaged */
MUST_USE Status pdf_page_count(PdfFile *file, size_t *ret_count);

/** A signature field of the form, filled or empty. */
typedef struct PdfSignatureField {
    Text name;              /**< full name, UTF-8 */
    PdfReference reference; /**< of the field; number 0 when it is no object of its own */
    const PdfValue *field;
    const PdfValue *dictionary;        /**< its signature dictionary; NULL when empty */
    PdfReference dictionary_reference; /**< number 0 when it stands directly in the field */
} PdfSignatureField;

typedef struct PdfSignatureFields {
    PdfSignatureField *items;
    size_t count;
} PdfSignatureFields;

/** All signature fields in the order of the form. @return STATUS_INVALID when the form is damaged, STATUS_TOO_LARGE */
MUST_USE Status pdf_signature_fields(PdfFile *file, PdfSignatureFields *ret_fields);

#endif
