/**
 * Layouts: a printed form as data. A layout, read from JSON, says where boxes, rules, texts, the goods table, the QR
 * code and the seal stand on the first and on the continuation pages; it is filled with values by name. Nothing is ever
 * cut off: a box first sets its text smaller, then continues on a continuation page; rows flow over as many pages as
 * they need.
 *
 * The JSON is described in docs/layouts.md.
 */
#ifndef TRADEPOST_PDF_LAYOUT_H
#define TRADEPOST_PDF_LAYOUT_H

#include "pdf/page.h"

#define LAYOUT_MAXIMUM_PARTS   200
#define LAYOUT_MAXIMUM_COLUMNS 12
#define LAYOUT_MAXIMUM_ROWS    20000
#define LAYOUT_MAXIMUM_PAGES   2000
/** Smallest width of a QR code without its quiet zone, millimetres. */
#define LAYOUT_SMALLEST_CODE 25.0
/** Type is set smaller down to this size in points, never below. */
#define LAYOUT_SMALLEST_TYPE 6.5

/** Which colour of the fill is meant. */
typedef enum LayoutTone {
    TONE_INK,       /**< near black */
    TONE_QUIET,     /**< grey for labels */
    TONE_RULE,      /**< grey for rules */
    TONE_PRIMARY,   /**< the chamber's first colour */
    TONE_SECONDARY, /**< its second */
    TONE_OWN        /**< `own` */
} LayoutTone;

typedef struct LayoutColour {
    LayoutTone tone;
    Colour own;
    double tint; /**< 1 is the colour itself */
} LayoutColour;

/** A text in the second language of a bilingual form. */
typedef struct LayoutTranslation {
    Text language, text; /**< BCP 47 */
} LayoutTranslation;

/** Words of the form: in its own language, and in those in which it can be bilingual. */
typedef struct LayoutWords {
    Text text;
    LayoutTranslation *translations;
    size_t translation_count;
} LayoutWords;

typedef struct LayoutStyle {
    Text name;
    TextStyle type; /**< its colour is resolved from `colour` */
    LayoutColour colour;
} LayoutStyle;

/**
 * A paragraph with holes: "{consignor_name}[, {consignor_city}]". A part in brackets is left out when a hole in it is
 * empty; a line of which all holes are empty is left out. "{?to_order}" asks for a value without printing it:
 * "[{?to_order}To order]". A backslash takes the meaning from the next character.
 */
typedef struct LayoutParagraph {
    LayoutWords words;
    const LayoutStyle *style, *second_style;
} LayoutParagraph;

typedef struct LayoutParagraphs {
    LayoutParagraph *items;
    size_t count;
} LayoutParagraphs;

typedef enum LayoutPartKind {
    LAYOUT_BOX,     /**< frame, number, label, text that may continue on a continuation page */
    LAYOUT_TEXT,    /**< text that must fit, set smaller where needed */
    LAYOUT_RULE,    /**< a line along the area's longer side */
    LAYOUT_AREA,    /**< a filled rectangle */
    LAYOUT_WAVES,   /**< security pattern */
    LAYOUT_ROSETTE, /**< security pattern */
    LAYOUT_LOGO,    /**< the fill's picture, or a rosette */
    LAYOUT_CODE,    /**< QR code of `value`, with texts below */
    LAYOUT_SEAL,    /**< where the visible signature will stand, with texts inside */
    LAYOUT_FLOW     /**< where the table's rows, and on continuation pages the rest of boxes, flow */
} LayoutPartKind;

typedef struct LayoutPart {
    LayoutPartKind kind;
    Text name; /**< for the words of refusals */
    Rectangle area;
    Text number;
    LayoutWords label;
    LayoutParagraphs texts;
    TextAlign align;
    bool at_bottom;      /**< the text stands at the bottom of its area */
    double border;       /**< points of the frame; 0 for none */
    double thickness;    /**< of a rule, points */
    LayoutColour colour; /**< of rule, area, pattern */
    Text value;          /**< of a code: with holes */
    double size;         /**< of a code without its quiet zone, millimetres */
} LayoutPart;

typedef struct LayoutParts {
    LayoutPart *items;
    size_t count;
} LayoutParts;

/** Columns that share a numbered label above their headings. */
typedef struct LayoutGroup {
    Text number;
    LayoutWords label;
    size_t columns;
} LayoutGroup;

typedef struct LayoutColumn {
    Text name;
    double width;
    LayoutWords heading;
    TextAlign align;
    LayoutParagraphs texts;
} LayoutColumn;

typedef struct LayoutTable {
    LayoutGroup *groups;
    size_t group_count;
    LayoutColumn *columns;
    size_t column_count;
    LayoutParagraphs end; /**< below the last row */
    bool strike;          /**< strikes the room that is left below it out, so that nothing can be added */
} LayoutTable;

typedef struct Layout {
    Text name, language;
    double width, height;                  /**< of a page, millimetres */
    Text title, author, subject, keywords; /**< of the file, with holes */
    LayoutStyle *styles;
    size_t style_count;
    LayoutParts every, first, continuation; /**< `every` is drawn on each page, before the others */
    LayoutTable table;                      /**< column_count 0: no table */
    LayoutParagraph see_continuation;       /**< in a box that continues; holes {page} */
    LayoutParagraph continued;              /**< above its rest; holes {number} {label} */
} Layout;

/**
 * Reads a layout. An object with a member "layout" is read there, so that a type description may hold it. Texts are
 * copied to the arena.
 *
 * @return STATUS_INVALID with words that name the place: "first[3].width: a number above 0 is needed"; STATUS_TOO_LARGE
 * past a maximum
 */
MUST_USE Status layout_of_json(Arena *arena, Text json, const Layout **ret_layout);

/** The named style; the layout has it. */
const LayoutStyle *layout_style(const Layout *layout, Text name);

/** Stands for `row` where a value of the whole document is asked for. */
#define LAYOUT_NO_ROW SIZE_MAX

/**
 * Looks the value of a hole up. In the table it is asked with the row first and, if there is none, without.
 * Values are finished texts (numbers and dates already written as they shall stand); they must live until layout_draw
 * returns.
 *
 * @return false when there is no such name, which layout_draw refuses; true with an empty text for "nothing to say"
 */
typedef bool LayoutLookup(void *context, size_t row, Text name, Text *ret_value);

/** What a layout is filled with. */
typedef struct LayoutFill {
    LayoutLookup *lookup; /**< {page} and {pages} are answered by the layout itself */
    void *context;
    size_t row_count;
    Text second_language; /**< BCP 47 of the second words; empty for none */
    Text logo;            /**< PNG; empty: a rosette stands in its place */
    Colour primary, secondary;
    Text watermark; /**< "DEMONSTRATION"; empty for none */
    Time created;
    const PaperAttachment *attachments;
    size_t attachment_count;
    Texts seal_lines; /**< what the visible seal says, its first line larger; empty: the field shows nothing yet */
} LayoutFill;

/** Where the visible signature belongs. The signature field "Seal" is there already, invisible when none is present. */
typedef struct LayoutSeal {
    bool present;
    size_t page;                     /**< from 1 */
    double left, bottom, right, top; /**< points from the lower left corner, as in /Rect */
} LayoutSeal;

typedef struct LayoutDrawn {
    Text pdf;
    size_t pages;
    LayoutSeal seal;
} LayoutDrawn;

/**
 * Draws a filled layout as PDF/A-3b, ready to be sealed. Equal input gives equal bytes. Takes memory for the finished
 * file and for a page, whatever the number of rows.
 *
 * @param ret_drawn  the file belongs to the arena
 * @return STATUS_INVALID when a hole has no value or a text cannot be printed, with words that name box and row, or
 * an attachment is not of its form; STATUS_CONFLICT when two have one name; STATUS_TOO_LARGE when a text fits nowhere
 * or a maximum is passed; STATUS_UNAVAILABLE without the fonts
 */
MUST_USE Status layout_draw(Arena *arena, const Layout *layout, const LayoutFill *fill, LayoutDrawn *ret_drawn);
/** Sets and measures as layout_draw does, and draws nothing: whether it can be printed. @return as layout_draw */
MUST_USE Status layout_try(Arena *arena, const Layout *layout, const LayoutFill *fill);

#endif
