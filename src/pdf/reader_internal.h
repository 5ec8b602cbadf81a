/** What the files of the reader share: the open file, its slots, and the parser of single values. */
#ifndef TRADEPOST_PDF_READER_INTERNAL_H
#define TRADEPOST_PDF_READER_INTERNAL_H

#include "pdf/reader.h"

typedef enum PdfSlotKind {
    PDF_SLOT_ABSENT,
    PDF_SLOT_FREE,
    PDF_SLOT_IN_FILE,  /**< `offset` is a place in the file */
    PDF_SLOT_IN_STREAM /**< `offset` is an index into the object stream `container` */
} PdfSlotKind;

typedef enum PdfSlotState { PDF_UNREAD, PDF_READING, PDF_READ } PdfSlotState;

/** A decoded object stream. */
typedef struct PdfObjectStream {
    Text bytes;
    size_t first;
    const PdfValue *index; /**< pairs of object number and place behind `first` */
    uint32_t count;
} PdfObjectStream;

/** What the cross-references say of one object number, and what was read of it. */
typedef struct PdfSlot {
    uint64_t offset;
    const PdfValue *value;
    const PdfObjectStream *stream; /**< when this object was opened as an object stream */
    uint32_t generation;
    uint32_t container;
    uint32_t mark; /**< the last walk that came by */
    PdfSlotKind kind : 8;
    PdfSlotState state : 8;
} PdfSlot;

struct PdfFile {
    Arena *arena;
    Text bytes;
    PdfSlot *slots;
    uint32_t slot_count, slot_capacity;
    const PdfValue *trailer;
    size_t cross_reference_offset;
    size_t *section_offsets; /**< newest first; room for PDF_SECTIONS_MAX */
    size_t section_count;
    size_t entry_count; /**< of all sections together */
    size_t inflated;    /**< bytes so far, against PDF_INFLATE_MAX */
    size_t parsed;      /**< bytes so far: overlapping objects must not multiply the work */
    uint32_t walk;      /**< the current walk's mark */
    uint32_t steps;     /**< of the current walk */
    bool uses_stream, is_hybrid;
    struct libdeflate_decompressor *unpacker; /**< made for the first stream */
    bool tolerant;                            /**< opened by pdf_open_tolerant */
};

/** Reads values one behind the other. */
typedef struct PdfParser {
    Arena *arena;
    Text bytes;
    size_t at;
    PdfValue *stack; /**< items of arrays and dictionaries that are still open */
    size_t stack_count, stack_capacity;
    bool tolerant; /**< leaves out of hexadecimal strings what is no digit */
    bool direct;   /**< there are no references here, as in content */
} PdfParser;

extern const PdfValue pdf_null;

/** A refusal because of the bytes near `at`. */
MUST_USE Status pdf_damaged(size_t at, const char *what);
void pdf_skip_space(PdfParser *parser);
bool pdf_skip_keyword(PdfParser *parser, const char *keyword);
/** A plain decimal integer without sign, after white space. @return STATUS_INVALID */
MUST_USE Status pdf_parse_count(PdfParser *parser, uint64_t maximum, uint64_t *ret_number);
/** One value after white space. @return STATUS_INVALID, STATUS_TOO_LARGE */
MUST_USE Status pdf_parse_value(PdfParser *parser, PdfValue *ret_value);
/** The object that begins at `offset`: "N G obj" and its value. @return STATUS_INVALID, STATUS_TOO_LARGE */
MUST_USE Status pdf_parse_object(PdfFile *file, size_t offset, PdfReference *ret_reference, const PdfValue **ret_value);

/** A hexadecimal digit's value; -1 for other characters. */
int pdf_hex_digit(char c);
/** What each byte is: 1 white space, 2 a delimiter (ISO 32000-1, 7.2.2), 0 regular. */
extern const uint8_t pdf_classes[256];
/** White space of ISO 32000-1, 7.2.2. */
static inline bool pdf_is_space(char c) {
    return pdf_classes[(unsigned char)c] == 1;
}
/** Neither white space nor delimiter. */
static inline bool pdf_is_regular(char c) {
    return pdf_classes[(unsigned char)c] == 0;
}
/** Counts bytes that were read: objects that overlap would let a small file cost the time of a very large one.
 * @return STATUS_TOO_LARGE */
MUST_USE Status pdf_count_work(PdfFile *file, size_t bytes);
/** Undoes FlateDecode alone. @return STATUS_INVALID, STATUS_TOO_LARGE */
MUST_USE Status pdf_inflate(PdfFile *file, Text packed, Text *ret_bytes);
/** Undoes the predictor that a filter's parameters name. @return STATUS_INVALID, STATUS_UNSUPPORTED, STATUS_TOO_LARGE
 */
MUST_USE Status pdf_unpredict(PdfFile *file, const PdfValue *parameters, Text bytes, Text *ret_bytes);
/** The slot of an object number, made when absent. @return STATUS_TOO_LARGE past PDF_OBJECTS_MAX or the budget */
MUST_USE Status pdf_slot(PdfFile *file, uint64_t number, PdfSlot **ret_slot);
/** Reads the chain of cross-reference sections that begins at `offset`. @return as pdf_open */
MUST_USE Status pdf_read_cross_references(PdfFile *file, size_t offset);
/** Begins a walk through a tree of objects. */
void pdf_walk_begin(PdfFile *file);
/** Takes a step of the walk to an object; false when it was there already, or after more steps than objects can be.
 * Values that are no objects of their own (number 0) count as steps only. */
bool pdf_walk_enter(PdfFile *file, PdfReference reference);

#endif
