/** A layout while it is being drawn, for the files that draw it. */
#ifndef TRADEPOST_PDF_LAYOUT_INSIDE_H
#define TRADEPOST_PDF_LAYOUT_INSIDE_H

#include "pdf/layout.h"
#include "pdf/layout_template.h"

/** Millimetres of room between a frame and what it holds, and for the number at the left of a box. */
#define BOX_PADDING 1.6
#define BOX_GUTTER  4.2

/** A box of the first page with its text set. */
typedef struct SetBox {
    TextBlock *block; /**< NULL: no text */
    size_t fit;       /**< lines that stand in the box; fewer than all: the rest continues */
    double top;       /**< of the text, millimetres from the page's top */
    size_t rest;      /**< which rest, when it continues */
} SetBox;

/** What did not fit into a box, and flows on continuation pages. */
typedef struct Rest {
    TextBlock *heading, *block;
    size_t page; /**< where it starts */
} Rest;

/** How far the flow has come; lines are those of each cell of the row. */
typedef struct FlowPlace {
    size_t rest, rest_line;
    size_t row;
    size_t lines[LAYOUT_MAXIMUM_COLUMNS];
    bool ended; /**< the words below the last row stand */
} FlowPlace;

/** The cells of a row, set. */
typedef struct RowCells {
    bool set;
    TextBlock *cells[LAYOUT_MAXIMUM_COLUMNS]; /**< NULL: empty */
} RowCells;

/** Rows that stay set between measuring and drawing; further ones are set twice, which bounds memory. */
#define KEPT_ROWS ((size_t)100)

typedef struct Flow {
    RowCells kept[KEPT_ROWS], other;
    size_t other_row;
    TextBlock *group_labels[LAYOUT_MAXIMUM_COLUMNS], *headings[LAYOUT_MAXIMUM_COLUMNS], *end;
    double groups_height, headings_height;
    Rest *rests;
    size_t rest_count;
    FlowPlace *starts; /**< of each page */
    size_t start_count, start_capacity;
} Flow;

typedef struct Drawing {
    Arena *arena, *scratch; /**< the scratch is emptied between parts and rows */
    const Layout *layout;
    const LayoutFill *fill;
    Paper *paper;
    size_t page, pages; /**< 0 while measuring */
    SetBox *boxes;      /**< of the first page, parallel to its parts */
    Flow flow;
    LayoutSeal seal;
} Drawing;

/** Runs of text, filled. */
typedef struct Runs {
    TextRun *items;
    size_t count;
} Runs;

/** The colour that the layout means, with the fill's. */
Colour drawing_colour(const Drawing *drawing, LayoutColour colour);
/** Grey of rules. */
Colour drawing_rule_colour(const Drawing *drawing);
/** The words in the fill's second language; empty when there are none. */
Text drawing_second(const Drawing *drawing, const LayoutWords *words);
/** Fills paragraphs for a row, or LAYOUT_NO_ROW. The runs live in `arena`. @return as template_fill */
MUST_USE Status drawing_fill_runs(Drawing *drawing, Arena *arena, const LayoutParagraph *paragraphs, size_t count,
                                  size_t row, const TemplateHole *own, size_t own_count, Runs *ret_runs);
/** Sets a label with its second language below. NULL when it is empty. @return as paper_set_text */
MUST_USE Status drawing_set_label(Drawing *drawing, const LayoutWords *words, Text style, double width,
                                  TextBlock **ret_block);
/** Draws a whole block. NULL is allowed. */
void drawing_block(Drawing *drawing, const TextBlock *block, double x, double y);
double drawing_block_height(const TextBlock *block); /**< 0 for NULL */
/** The failure's words again, with the place before them. @return the status */
MUST_USE Status drawing_blame(Drawing *drawing, Status status, Text place, size_t row);

/** Sets the headings, the end and the rests, and finds where each page's part of the flow starts. */
MUST_USE Status flow_plan(Drawing *drawing);
/** Draws one page's part of the flow into its area. */
MUST_USE Status flow_draw(Drawing *drawing, Rectangle area);
/** The place of the flow on such a page; NULL for none. */
const LayoutPart *layout_flow_part(const LayoutParts *parts);

#endif
