/** The inside of a paper, for the files that draw. */
#ifndef TRADEPOST_PDF_PAGE_INSIDE_H
#define TRADEPOST_PDF_PAGE_INSIDE_H

#include <cairo.h>
#include <pango/pango.h>

#include "base/buffer.h"
#include "pdf/page.h"

struct Paper {
    Arena *arena;
    Arena *scratch; /**< emptied by whoever uses it next */
    PaperInformation information;
    PangoContext *context; /**< the thread's for the language */
    cairo_surface_t *surface;
    cairo_t *cairo;
    GByteArray *drawn; /**< cairo's file; outside of the arena, as it is written anew into that */
    bool overflow;     /**< it passed PAPER_MAXIMUM_BYTES, or nobody wants it any more */
    size_t pages;
    double width, height; /**< of the page, points */
    TextBlock *blocks;    /**< not yet released */
    TextBlock *spare_blocks;
};

/** Writes cairo's file anew with our document information, catalog and cross-references.
 * @return STATUS_TOO_LARGE; STATUS_FAILED when it is not as expected */
MUST_USE Status page_finish_file(Paper *paper, Text *ret_pdf);

/** Forgets the pictures that this thread keeps scaled. */
void page_close_thread_pictures(void);

/** Frees all blocks of a paper. */
void page_release_blocks(Paper *paper);

/** Points of millimetres. */
static inline double points(double millimetres) {
    return millimetres * POINTS_PER_MILLIMETRE;
}

/** Draws in this colour from now on. */
static inline void page_set_colour(Paper *paper, Colour colour) {
    cairo_set_source_rgb(paper->cairo, colour.red, colour.green, colour.blue);
}

#endif
