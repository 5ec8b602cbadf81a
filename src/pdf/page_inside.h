/** The inside of a paper, for the files that draw. */
#ifndef TRADEPOST_PDF_PAGE_INSIDE_H
#define TRADEPOST_PDF_PAGE_INSIDE_H

#include <cairo.h>
#include <pango/pango.h>

#include "base/buffer.h"
#include "pdf/page.h"

#define PAPER_PRODUCER "Tradepost"

struct Paper {
    Arena *arena;
    Arena *scratch; /**< emptied by whoever uses it next */
    PaperInformation information;
    PangoContext *context; /**< the thread's for the language */
    cairo_surface_t *surface;
    cairo_t *cairo;
    GByteArray *drawn; /**< cairo's file; outside of the arena, as it is written anew into that */
    bool trial;        /**< nothing is drawn, and there will be no file */
    bool overflow;     /**< it passed PAPER_MAXIMUM_BYTES, or nobody wants it any more */
    size_t pages;
    double width, height; /**< of the page, points */
    TextBlock *blocks;    /**< not yet released */
    TextBlock *spare_blocks;
    PaperAttachment attachments[PAPER_MAXIMUM_ATTACHMENTS];
    size_t attachment_count, attachment_bytes;
    PaperSeal seal;
    bool has_seal;
};

/** The file while it is written. */
typedef struct PaperFile {
    const Paper *paper;
    Buffer output;
    size_t *offsets; /**< where each object starts; 0: nowhere yet */
    size_t object_count, object_capacity;
    size_t seal_page;   /**< the object that is the page of the seal; 0 for none */
    size_t annotations; /**< the array of that page's annotations */
} PaperFile;

/** Objects that page_archive_write may add. */
#define PAPER_ARCHIVE_OBJECTS (8 + 2 * PAPER_MAXIMUM_ATTACHMENTS)

/** The next object number. */
size_t page_reserve_object(PaperFile *file);
/** Notes that the object starts here and writes its first line. */
void page_begin_object(PaperFile *file, size_t object);
/** Room that page_archive_write needs at most. */
size_t page_archive_room(const Paper *paper);
/** Writes metadata, colour profile, attachments and form, each as objects; gives the catalog's entries for them. */
MUST_USE Status page_archive_write(PaperFile *file, Text *ret_entries);

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
