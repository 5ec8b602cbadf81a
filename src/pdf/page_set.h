/** Setting of text: runs become measured lines. What is set again and again, as labels are, stays set in its thread. */
#ifndef TRADEPOST_PDF_PAGE_SET_H
#define TRADEPOST_PDF_PAGE_SET_H

#include <pango/pango.h>

#include "pdf/page.h"

/** A line: where it stands in the text. Points. */
typedef struct SetLine {
    PangoLayoutLine *line; /**< borrowed from the layout */
    double x, top, baseline;
} SetLine;

/** A text that is set. Not changed any more; counted, as several blocks and the thread's memory may hold it. */
typedef struct SetText {
    unsigned references;
    PangoLayout *layout;
    size_t line_count, run_count;
    size_t *run_starts; /**< bytes */
    SetLine *lines;     /**< one more than line_count: its top is the bottom of the last */
} SetText;

/** Sets runs or finds them set; the caller holds a reference. Arguments and statuses are those of paper_set_text. */
MUST_USE Status set_text(PangoContext *context, Arena *scratch, const TextRun *runs, size_t count, TextAlign align,
                         double width, double scale, SetText **ret_text);
/** Gives a reference back. */
void set_text_release(SetText *text);
/** Forgets what this thread keeps. */
void set_text_close_thread(void);

#endif
