/**
 * Page drawing: a paper is a PDF that is being drawn, page by page, in millimetres from the upper left corner.
 * Equal calls give equal bytes. A paper belongs to one thread; several threads may each draw their own.
 */
#ifndef TRADEPOST_PDF_PAGE_H
#define TRADEPOST_PDF_PAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "pdf/font.h"

typedef struct Paper Paper;
typedef struct TextBlock TextBlock;

#define POINTS_PER_MILLIMETRE (72.0 / 25.4)

typedef struct Colour {
    double red, green, blue; /**< sRGB, 0 to 1 */
} Colour;

/** 0xRRGGBB. */
Colour colour_of_rgb(uint32_t rgb);
/** Reads "#1f3a5f". @return STATUS_INVALID */
MUST_USE Status colour_read(Text text, Colour *ret_colour);
/** Mixed with white: 1 is the colour itself, 0 is white. */
Colour colour_tint(Colour colour, double strength);
/** The colour, darkened where it must be to be read on white (contrast 4.5 to 1, WCAG 2.2 1.4.3). */
Colour colour_for_text(Colour colour);

/** Millimetres from the page's upper left corner. */
typedef struct Rectangle {
    double x, y, width, height;
} Rectangle;

/** What the document says of itself (ISO 32000-1 14.3.3). Empty texts are left out. */
typedef struct PaperInformation {
    Text title, author, subject, keywords;
    Text language; /**< BCP 47, of the document as a whole; also guides the choice of glyphs */
    Time created;  /**< also stands as the time of change */
} PaperInformation;

/** What an attached file is to the document that holds it (ISO 19005-3, annex E). */
typedef enum PaperRelationship {
    PAPER_DATA,       /**< the data from which the document was made */
    PAPER_SOURCE,     /**< the document in its original form */
    PAPER_SUPPLEMENT, /**< what belongs to it besides */
    PAPER_ALTERNATIVE /**< the same in another form */
} PaperRelationship;

/** A file to attach. */
typedef struct PaperAttachment {
    Text name;        /**< of the file, without folders; at most PAPER_MAXIMUM_NAME bytes */
    Text description; /**< may be empty */
    Text media_type;  /**< "application/xml" */
    PaperRelationship relationship;
    Time modified; /**< {0}: the paper's time of creation */
    Text bytes;
} PaperAttachment;

#define PAPER_MAXIMUM_ATTACHMENTS 32
#define PAPER_MAXIMUM_NAME        200

/** The name of the field that paper_seal prepares. */
#define PAPER_SEAL_FIELD "Seal"

/** The field that will hold the signature. */
typedef struct PaperSeal {
    size_t page;                     /**< from 1 */
    double left, bottom, right, top; /**< points from the page's lower left corner; all 0 when nothing is to be seen */
    Text content; /**< operators of its appearance, in a space of 0 0 to width and height, without resources */
} PaperSeal;

/** No document is larger. */
#define PAPER_MAXIMUM_BYTES ((size_t)64 << 20)

/**
 * Starts a PDF. Its bytes and the paper live in `arena`, which also closes it when the drawing is given up. The texts
 * of `information` must live until paper_finish.
 *
 * @return STATUS_INVALID when the information is not UTF-8 or has control characters; STATUS_UNAVAILABLE when the
 * required fonts are not installed
 */
MUST_USE Status paper_open(Arena *arena, const PaperInformation *information, Paper **ret_paper);
/**
 * Starts a paper on which all is set and measured and nothing drawn: whether it could be printed. It is never finished.
 *
 * @return as paper_open
 */
MUST_USE Status paper_open_trial(Arena *arena, const PaperInformation *information, Paper **ret_paper);
/** Ends the page before, if any, and starts one of this size in millimetres. */
void paper_page(Paper *paper, double width, double height);
/** Pages so far. */
size_t paper_pages(const Paper *paper);
/**
 * Attaches a file, which readers list beside the pages. Its texts and bytes must live until paper_finish.
 *
 * @return STATUS_INVALID when name, description or media type are not of their form; STATUS_CONFLICT when a file of
 * that name is attached already; STATUS_TOO_LARGE past PAPER_MAXIMUM_ATTACHMENTS or PAPER_MAXIMUM_BYTES
 */
MUST_USE Status paper_attach(Paper *paper, const PaperAttachment *attachment);
/**
 * Prepares the signature field PAPER_SEAL_FIELD with what it will show, so that sealing changes nothing that is seen.
 * One for a paper; its content must live until paper_finish.
 */
void paper_seal(Paper *paper, const PaperSeal *seal);
/**
 * Ends the last page and the paper and gives the whole file: PDF/A-3b (ISO 19005-3) of PDF 1.7, classic cross-reference
 * table, fonts embedded as subsets, no encryption. A paper needs at least one page.
 *
 * @return STATUS_TOO_LARGE past PAPER_MAXIMUM_BYTES or the arena's budget; STATUS_FAILED when the drawing library
 * failed
 */
MUST_USE Status paper_finish(Paper *paper, Text *ret_pdf);

/* Lines and areas. */

/** Draws a line, the frame of an area, or fills an area. Widths of lines are in points. */
void paper_line(Paper *paper, double x1, double y1, double x2, double y2, double thickness, Colour colour);
void paper_frame(Paper *paper, Rectangle area, double thickness, Colour colour);
void paper_fill(Paper *paper, Rectangle area, Colour colour);

/* Text. */

typedef enum TextAlign { ALIGN_START, ALIGN_CENTRE, ALIGN_END } TextAlign; /**< start is right for right-to-left text */

typedef struct TextStyle {
    FontFamily family;
    bool bold, italic;
    double size;    /**< points */
    double spacing; /**< points between letters, beyond the font's own */
    double above;   /**< points of space above the paragraph */
    Colour colour;
} TextStyle;

/** A paragraph, or several of one style with line feeds between them. */
typedef struct TextRun {
    Text text;
    TextStyle style;
} TextRun;

/**
 * Sets runs, each beginning a new line, into lines of `width` millimetres. The result is measured and drawn line by
 * line, so that it can be broken across places. It belongs to the paper until block_release.
 *
 * @param scale  multiplies all sizes
 * @return STATUS_INVALID when a character cannot be printed (see pdf_missing_glyphs), with words that say which;
 *         STATUS_TOO_LARGE past PAPER_MAXIMUM_TEXT bytes
 */
MUST_USE Status paper_set_text(Paper *paper, const TextRun *runs, size_t count, TextAlign align, double width,
                               double scale, TextBlock **ret_block);
#define PAPER_MAXIMUM_TEXT ((size_t)256 << 10)

/** How many lines the text takes. */
size_t block_lines(const TextBlock *block);
/** Millimetres of the lines from `from` up to but without `to`. */
double block_height(const TextBlock *block, size_t from, size_t to);
/** The line behind the last that fits into `height` millimetres when `from` stands at the top; `from` when none does.
 */
size_t block_fit(const TextBlock *block, size_t from, double height);
/** Where line `line` starts: in which run, and at which byte of it. */
void block_place(const TextBlock *block, size_t line, size_t *ret_run, size_t *ret_byte);
/** Draws the lines from `from` up to but without `to`, the first at the top of (x, y). */
void paper_draw_text(Paper *paper, const TextBlock *block, double x, double y, size_t from, size_t to);
/** Gives a block back before the paper ends, so that long papers stay small. NULL is allowed. */
void block_release(TextBlock *block);

/** Draws `text` large and light across the page, for demonstrations and specimens. @return as paper_set_text */
MUST_USE Status paper_watermark(Paper *paper, Text text, Rectangle area, Colour colour);

/* Pictures. */

/** Pixels that a picture may have on each side. */
#define PICTURE_MAXIMUM_SIDE 3000

/**
 * Draws a PNG on white into the middle of `area`, as large as fits, at most 300 pixels to the inch.
 *
 * @return STATUS_INVALID when it is no PNG; STATUS_TOO_LARGE past PICTURE_MAXIMUM_SIDE
 */
MUST_USE Status paper_picture(Paper *paper, Text png, Rectangle area);

/** Whether paper_picture can draw these bytes; for a stranger's picture in a jail. @return as paper_picture */
MUST_USE Status picture_check(Text png);
/** Appends a JPEG's picture as PNG, no side longer than `longest` pixels; for a stranger's picture in a jail. @return
 * STATUS_INVALID when it is damaged, STATUS_UNSUPPORTED in CMYK, STATUS_TOO_LARGE past PICTURE_MAXIMUM_SIDE */
MUST_USE Status picture_of_jpeg(Text jpeg, int longest, Buffer *png);

/** Light interlaced waves in two colours over an area: hard to retype or copy well, small in bytes. */
void paper_waves(Paper *paper, Rectangle area, Colour first, Colour second);
/** A fine-lined rosette in two colours, as on banknotes. */
void paper_rosette(Paper *paper, double x, double y, double radius, Colour first, Colour second);

/** Modules (dots) of white that a QR code needs on each side (ISO/IEC 18004 5.3.8). */
#define CODE_QUIET_MODULES 4
/** Characters that a code may hold, so that its modules stay large enough to be read from paper. */
#define CODE_MAXIMUM 600
/**
 * Draws `content`, printable ASCII, as a QR code with level Q in the middle of the top of `area`, `size` millimetres
 * wide without its quiet zone, which is drawn white around it.
 *
 * @param ret_height  millimetres used from the top of the area: code and quiet zones
 * @return STATUS_INVALID for other characters; STATUS_TOO_LARGE when empty, past CODE_MAXIMUM or wider than the area
 */
MUST_USE Status paper_code(Paper *paper, Text content, Rectangle area, double size, double *ret_height);

#endif
