/** Fonts: the pinned list of faces that papers are printed with, and whether a text can be printed with them. */
#ifndef TRADEPOST_PDF_FONT_H
#define TRADEPOST_PDF_FONT_H

#include "base/arena.h"

/** The two designs. Each falls back, in a fixed order, on the faces for the other scripts. */
typedef enum FontFamily { FONT_SANS, FONT_SERIF } FontFamily;

/** Why a text cannot be printed. */
typedef enum TextFaultKind {
    TEXT_FAULT_NONE,
    TEXT_FAULT_ENCODING,  /**< not UTF-8, or NUL */
    TEXT_FAULT_CONTROL,   /**< a control character other than line feed and tab, or an invisible mark that changes lines
                           */
    TEXT_FAULT_DIRECTION, /**< an embedding, override or isolate (U+202A to E, U+2066 to 9): makes text read otherwise
                             than it is stored */
    TEXT_FAULT_GLYPH      /**< no font has the character */
} TextFaultKind;

/** The first place of a text that cannot be printed. */
typedef struct TextFault {
    TextFaultKind kind;
    uint32_t code_point; /**< 0 for TEXT_FAULT_ENCODING */
    size_t at;           /**< byte in the text */
    size_t line, column; /**< from 1; the column counts code points */
} TextFault;

/**
 * Finds the first character of `text` that would not be printed faithfully, before anything is drawn.
 *
 * @param ret_fault  kind TEXT_FAULT_NONE when all of the text can be printed
 * @return STATUS_UNAVAILABLE when the required fonts are not installed
 */
MUST_USE Status pdf_missing_glyphs(Text text, TextFault *ret_fault);

/** Words about a fault for the log and the command line: "U+1F377 in line 1, column 5 is in none of the fonts". */
Text text_fault_words(Arena *arena, const TextFault *fault);

/**
 * Loads the fonts, once per process; a check for the start of the program.
 *
 * @return STATUS_UNAVAILABLE when a required one is missing; the words name the package
 */
MUST_USE Status pdf_fonts_ready(void);

/**
 * Drops this thread's font caches; threads do it by themselves at their end.
 * For the last breath of a process under a leak checker.
 */
void pdf_fonts_close_thread(void);

#endif
