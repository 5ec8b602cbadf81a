/** ISO 19005-3, 6.2.11: fonts, as the files of the checker share them. */
#ifndef TRADEPOST_PDF_CONFORMANCE_FONT_H
#define TRADEPOST_PDF_CONFORMANCE_FONT_H

#include "pdf/conformance_cmap.h"
#include "pdf/conformance_inside.h"
#include "pdf/conformance_program.h"
#include "pdf/glyph_list.h"

typedef struct PdfaState PdfaState;

typedef enum PdfaFontKind { FONT_TYPE1, FONT_TRUETYPE, FONT_TYPE3, FONT_COMPOSITE, FONT_UNKNOWN } PdfaFontKind;

/** Widths of CIDs in a row. */
typedef struct PdfaWidths {
    uint32_t first, last;
    const PdfValue *list; /**< an item for each; NULL: all are `width` wide */
    double width;
} PdfaWidths;

/** A font that content uses. */
struct PdfaFont {
    PdfReference place;
    PdfaFontKind kind;
    const PdfValue *dictionary; /**< of a composite font the Type 0 one */
    const PdfValue *body;       /**< what has widths and descriptor: the descendant, or the same */
    const PdfValue *descriptor;
    bool is_embedded, is_symbolic, is_standard;
    bool was_rendered;    /**< used in a mode that paints */
    bool was_followed;    /**< a Type 3 font whose glyphs were all read */
    PdfaProgram *program; /**< NULL without, or when it is damaged */
    /* Simple fonts. */
    Text names[GLYPH_CODES]; /**< by the font's encoding; empty: the program's own */
    bool has_names;          /**< a named encoding, so that the program's own does not count */
    const PdfValue *widths;
    int64_t first;
    /* Composite fonts. */
    PdfaCMap cmap;
    bool is_identity, has_codes; /**< has_codes: codes can be mapped to CIDs here */
    bool cid_is_known;           /**< of a collection whose characters are known */
    PdfaWidths *ranges;
    size_t range_count;
    double default_width;
    Text cid_to_glyph;          /**< two bytes each; its data is NULL: identity */
    PdfaCMap *unicode;          /**< its ToUnicode; NULL without */
    struct PdfaFont *next;      /**< of those that are no objects of their own */
    uint8_t *done[GLYPH_CODES]; /**< by code, 256 each: 1 judged where it is painted, 2 where it is not */
};

/** The font that `entry` names, read and judged once; NULL when it is no font. */
PdfaFont *pdfa_font(PdfaCheck *check, const PdfValue *entry);
/** 6.2.11: the font is used to show a text. */
void pdfa_show_text(PdfaCheck *check, PdfaFont *font, Text codes, const PdfaState *state,
                    const PdfaResources *resources);
/** One code of a simple or a composite font, shown in a mode that paints or not. */
void pdfa_check_glyph(PdfaCheck *check, PdfaFont *font, uint32_t code, unsigned size, bool rendered);
/** 6.2.11.5: the width that a Type 3 font's glyph names for itself. */
void pdfa_check_type3_width(PdfaCheck *check, const PdfaFont *font, uint32_t code, double own);
/** Reads what glyphs are judged by: encoding, widths, program. */
void pdfa_read_simple_font(PdfaCheck *check, PdfaFont *font);
void pdfa_read_composite_font(PdfaCheck *check, PdfaFont *font);
/** 6.2.11.4.2: CharSet and CIDSet of a subset. */
void pdfa_check_subset(PdfaCheck *check, PdfaFont *font);
/** "ABCDEF+": the name of a subset. */
bool pdfa_is_subset_name(const PdfValue *name);
/** The glyph of a CID; false when the program has none. */
bool pdfa_glyph_of_cid(PdfaCheck *check, PdfaFont *font, uint32_t cid, unsigned *ret_glyph);

#endif
