/** Font programs as the PDF/A checker asks them: which glyphs they have, and how wide these are. */
#ifndef TRADEPOST_PDF_CONFORMANCE_PROGRAM_H
#define TRADEPOST_PDF_CONFORMANCE_PROGRAM_H

#include "base/arena.h"

typedef struct PdfaProgram PdfaProgram;

/** What sort of program the font descriptor names: FontFile, FontFile2 or FontFile3. */
typedef enum PdfaProgramKind { PROGRAM_TYPE1, PROGRAM_TRUETYPE, PROGRAM_OTHER } PdfaProgramKind;

/** The character maps of a TrueType program. */
typedef struct PdfaCharacterMaps {
    unsigned count;
    bool has_symbol;  /**< (3,0) */
    bool has_unicode; /**< (3,1) */
} PdfaCharacterMaps;

/**
 * Opens a font program. The arena closes it.
 *
 * @return STATUS_INVALID when it is damaged, STATUS_TOO_LARGE past the budget
 */
MUST_USE Status program_open(Arena *arena, Text bytes, PdfaProgramKind kind, PdfaProgram **ret_program);

/** How many glyphs it has, the one for missing characters among them. */
unsigned program_glyph_count(const PdfaProgram *program);
/** Its character maps. */
PdfaCharacterMaps program_maps(const PdfaProgram *program);
/** The glyph's advance in thousandths of an em; false when the program does not tell. */
bool program_width(const PdfaProgram *program, unsigned glyph, double *ret_width);
/** The glyph of a name; 0 when there is none. */
unsigned program_glyph_of_name(const PdfaProgram *program, Text name);
/** The name of a glyph; the empty text when it has none. Borrowed from the arena. */
Text program_name_of_glyph(const PdfaProgram *program, Arena *arena, unsigned glyph);
/** The glyph of a code by the program's own encoding; 0 when there is none. */
unsigned program_glyph_of_code(const PdfaProgram *program, unsigned code);
/** The glyph of a Unicode value; 0 when there is none. `mac_code` is for programs with a Macintosh map alone. */
unsigned program_glyph_of_character(const PdfaProgram *program, uint32_t code_point, unsigned mac_code);
/** The glyph of a CID in a program without CIDToGIDMap; false when there is none. */
bool program_glyph_of_cid(PdfaProgram *program, Arena *arena, unsigned cid, unsigned *ret_glyph);
/** The program is keyed by CIDs. */
bool program_has_cids(const PdfaProgram *program);
/** A glyph of a TrueType program has an outline; true for other programs. */
bool program_has_outline(const PdfaProgram *program, unsigned glyph);

#endif
