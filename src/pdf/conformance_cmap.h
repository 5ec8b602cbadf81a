/** CMaps: how the codes of a text become CIDs or Unicode values (ISO 32000-1, 9.7.5 and 9.10.3). */
#ifndef TRADEPOST_PDF_CONFORMANCE_CMAP_H
#define TRADEPOST_PDF_CONFORMANCE_CMAP_H

#include "base/arena.h"

/** Codes of one length in a row. */
typedef struct PdfaCodeRange {
    unsigned size; /**< bytes of a code */
    uint32_t low, high;
    uint32_t cid; /**< of `low` */
    Text unicode; /**< of `low` in UTF-16; its last byte counts up */
} PdfaCodeRange;

typedef struct PdfaCodeRanges {
    PdfaCodeRange *items;
    size_t count, capacity;
} PdfaCodeRanges;

/** A CMap that was read. */
typedef struct PdfaCMap {
    PdfaCodeRanges spaces, cids, characters;
    Text uses; /**< the CMap that it builds on; empty: none */
    int64_t writing_mode;
    uint32_t highest_cid;
} PdfaCMap;

/** Reads a CMap; what cannot be understood ends it. @return STATUS_TOO_LARGE past the budget */
MUST_USE Status cmap_read(Arena *arena, Text bytes, PdfaCMap *ret_cmap);
/** Cuts the next code from a text. Without code spaces codes have two bytes. */
uint32_t cmap_next_code(const PdfaCMap *cmap, Text *rest, unsigned *ret_size);
/** The CID of a code; 0 when it has none. */
uint32_t cmap_cid(const PdfaCMap *cmap, uint32_t code, unsigned size);
/** The range that gives a code its Unicode value; NULL when none does. */
const PdfaCodeRange *cmap_character(const PdfaCMap *cmap, uint32_t code);
/** One of the CMaps of ISO 32000-1, table 118. */
bool cmap_is_predefined(Text name);
/** The character collection of a predefined CMap: "Japan1" and its supplement; false for the identities. */
bool cmap_collection(Text name, Text *ret_ordering, int64_t *ret_supplement);

#endif
