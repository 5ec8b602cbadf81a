/** A view: the compiled templates (HTML, JSON) of one page model. */
#ifndef TRADEPOST_HTML_VIEW_H
#define TRADEPOST_HTML_VIEW_H

#include "html/writer.h"

/** Writes one model; `model` is the struct that the template's first line names. */
typedef void ViewRender(Writer *writer, const void *model);

typedef struct View {
    const char *name;
    ViewRender *html; /**< NULL where the page has no HTML */
    ViewRender *json; /**< NULL where the page is not part of the public API */
} View;

/** A view with its model: made only by the typed functions that htmlgen writes (`documents_apply_view(const
 * DocumentsApplyPage *)`). */
typedef struct Shown {
    const View *view;
    const void *model;
} Shown;

#endif
