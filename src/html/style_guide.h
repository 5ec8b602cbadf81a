/** The style guide: one page that shows every control, as they are drawn and as they look when something is wrong. */
#ifndef TRADEPOST_HTML_STYLE_GUIDE_H
#define TRADEPOST_HTML_STYLE_GUIDE_H

#include "base/clock.h"
#include "base/id.h"
#include "html/form.h"
#include "html/paging.h"
#include "html/view.h"

/** A line of the sample table. */
typedef struct StyleGuideRow {
    Text number, consignee, country, tone;
    Message state;
    Time submitted;
    int64_t value;
} StyleGuideRow;

typedef struct StyleGuideRows {
    const StyleGuideRow *items;
    size_t count;
} StyleGuideRows;

/** Model of html/style_guide.html. */
typedef struct StyleGuidePage {
    const FormValues *form;   /**< filled in */
    const FormValues *wrong;  /**< with an error on each field */
    const FormValues *filter; /**< of the table */
    StyleGuideRows rows;
    Paging paging;
    Time now;
} StyleGuidePage;

/** The page as an answer shows it. */
Shown style_guide_show(Arena *arena, Time now);
/** The model with its sample data. */
const StyleGuidePage *style_guide_page(Arena *arena, Time now);

#endif
