/** Templates: texts with holes, as layouts hold them. */
#ifndef TRADEPOST_PDF_LAYOUT_TEMPLATE_H
#define TRADEPOST_PDF_LAYOUT_TEMPLATE_H

#include "pdf/layout.h"

/** Answers for holes that the layout knows itself, asked before the fill. */
typedef struct TemplateHole {
    Text name, value;
} TemplateHole;

typedef struct TemplateValues {
    const LayoutFill *fill;
    size_t row;
    const TemplateHole *own;
    size_t own_count;
} TemplateValues;

/** Checks the form of a template. @return STATUS_INVALID with words that say what is wrong */
MUST_USE Status template_check(Text template);
/** Whether a template asks for `name`. */
bool template_asks(Text template, Text name);
/** Fills a template. @return STATUS_INVALID when a hole has no value; STATUS_TOO_LARGE past PAPER_MAXIMUM_TEXT */
MUST_USE Status template_fill(Arena *arena, Text template, const TemplateValues *values, Text *ret_text);

#endif
