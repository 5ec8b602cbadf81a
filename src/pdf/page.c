/** Papers: opening, pages, lines and areas, colours. */
#include "pdf/page.h"

#include <cairo-pdf.h>
#include <math.h>

#include "base/log.h"
#include "pdf/font_inside.h"
#include "pdf/page_inside.h"

/** Room for the largest text that is set, its copies and words about it; and for metadata and attachments' names. */
#define SCRATCH_BUDGET (16 * PAPER_MAXIMUM_TEXT)

enum { MAXIMUM_INFORMATION = 8000 };

Colour colour_of_rgb(uint32_t rgb) {
    return (Colour){(double)(rgb >> 16 & 255) / 255, (double)(rgb >> 8 & 255) / 255, (double)(rgb & 255) / 255};
}

static int hex_value(char letter) {
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    const char lower = (char)(letter | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Status colour_read(Text text, Colour *ret_colour) {
    if (text.size != 7 || text.data[0] != '#') {
        return fail(STATUS_INVALID, "a colour is written as #RRGGBB");
    }
    uint32_t rgb = 0;
    for (size_t i = 1; i < 7; i++) {
        const int value = hex_value(text.data[i]);
        if (value < 0) {
            return fail(STATUS_INVALID, "a colour is written as #RRGGBB");
        }
        rgb = rgb << 4 | (uint32_t)value;
    }
    *ret_colour = colour_of_rgb(rgb);
    return STATUS_OK;
}

Colour colour_tint(Colour colour, double strength) {
    return (Colour){1 - (1 - colour.red) * strength, 1 - (1 - colour.green) * strength,
                    1 - (1 - colour.blue) * strength};
}

/** Linear light of an sRGB channel. */
static double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4);
}

Colour colour_for_text(Colour colour) {
    for (int step = 0; step < 20; step++) {
        const double luminance =
            0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
        if (1.05 / (luminance + 0.05) >= 4.5) {
            break;
        }
        colour = (Colour){colour.red * 0.9, colour.green * 0.9, colour.blue * 0.9};
    }
    return colour;
}

static cairo_status_t write_output(void *closure, const unsigned char *data, unsigned int size) {
    Paper *paper = closure;
    paper->overflow = paper->overflow || size > PAPER_MAXIMUM_BYTES - paper->drawn->len;
    if (paper->overflow) {
        return CAIRO_STATUS_WRITE_ERROR;
    }
    g_byte_array_append(paper->drawn, data, size);
    return CAIRO_STATUS_SUCCESS;
}

static void close_paper(void *thing) {
    Paper *paper = thing;
    page_release_blocks(paper);
    arena_close(paper->scratch);
    g_object_unref(paper->context);
    if (paper->cairo != NULL) {
        cairo_destroy(paper->cairo);
        paper->cairo = NULL;
    }
    if (paper->surface != NULL) {
        /* Finishing writes; what a given-up paper writes goes nowhere. */
        paper->overflow = true;
        cairo_surface_finish(paper->surface);
        cairo_surface_destroy(paper->surface);
        paper->surface = NULL;
    }
    g_byte_array_unref(paper->drawn);
}

/** The file says these texts in XML too, which has no control characters, and strings of PDF/A end at 32,767 bytes
 * (ISO 19005-3 6.1.13). */
static Status check_information(const PaperInformation *information) {
    const Text texts[] = {information->title, information->author, information->subject, information->keywords,
                          information->language};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!text_is_utf8(texts[i])) {
            return fail(STATUS_INVALID, "the document information is not UTF-8");
        }
        if (texts[i].size > MAXIMUM_INFORMATION) {
            return fail(STATUS_TOO_LARGE, "the document information is longer than %d bytes", MAXIMUM_INFORMATION);
        }
        Text rest = texts[i];
        while (rest.size > 0) {
            const uint32_t character = text_next_code_point(&rest);
            if ((character < 0x20 && character != '\n' && character != '\t') || character == 0xFFFE ||
                character == 0xFFFF) {
                return fail(STATUS_INVALID, "the document information has a control character");
            }
        }
    }
    return STATUS_OK;
}

static void open_file(Paper *paper) {
    paper->surface = cairo_pdf_surface_create_for_stream(write_output, paper, 10, 10);
    /* 1.5 brings ActualText, by which readers get back what Devanagari or Khmer reorder. Where it would also bring
     * object streams, 1.4 keeps the classic cross-reference table. page_finish_file says 1.7. */
    cairo_pdf_surface_restrict_to_version(paper->surface, cairo_version() < CAIRO_VERSION_ENCODE(1, 17, 6)
                                                              ? CAIRO_PDF_VERSION_1_5
                                                              : CAIRO_PDF_VERSION_1_4);
    paper->cairo = cairo_create(paper->surface);
}

/** Everything is clipped away, which cairo notices at once. */
static void open_nothing(Paper *paper) {
    paper->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    paper->cairo = cairo_create(paper->surface);
    cairo_rectangle(paper->cairo, 0, 0, 0, 0);
    cairo_clip(paper->cairo);
}

static Status open_paper(Arena *arena, const PaperInformation *information, bool trial, Paper **ret_paper) {
    TRY(check_information(information));
    const Text language = information->language.size > 0 ? information->language : TEXT("en");
    PangoContext *context = NULL;
    TRY(font_context(arena_c_string(arena, language), &context));
    Paper *paper = arena_new(arena, Paper);
    paper->arena = arena;
    paper->scratch = arena_open(SCRATCH_BUDGET);
    paper->information = *information;
    paper->context = context;
    paper->trial = trial;
    paper->drawn = g_byte_array_new();
    if (trial) {
        open_nothing(paper);
    } else {
        open_file(paper);
    }
    arena_defer(arena, close_paper, paper);
    *ret_paper = paper;
    return STATUS_OK;
}

Status paper_open(Arena *arena, const PaperInformation *information, Paper **ret_paper) {
    return open_paper(arena, information, false, ret_paper);
}

Status paper_open_trial(Arena *arena, const PaperInformation *information, Paper **ret_paper) {
    return open_paper(arena, information, true, ret_paper);
}

void paper_page(Paper *paper, double width, double height) {
    if (paper->pages > 0 && !paper->trial) {
        cairo_show_page(paper->cairo);
    }
    paper->pages++;
    paper->width = points(width);
    paper->height = points(height);
    if (paper->trial) {
        return;
    }
    cairo_pdf_surface_set_size(paper->surface, paper->width, paper->height);
}

size_t paper_pages(const Paper *paper) {
    return paper->pages;
}

Status paper_finish(Paper *paper, Text *ret_pdf) {
    cairo_show_page(paper->cairo);
    const cairo_status_t drawn = cairo_status(paper->cairo);
    cairo_destroy(paper->cairo);
    paper->cairo = NULL;
    cairo_surface_finish(paper->surface);
    const cairo_status_t written = cairo_surface_status(paper->surface);
    cairo_surface_destroy(paper->surface);
    paper->surface = NULL;
    page_release_blocks(paper);
    if (paper->overflow) {
        return fail(STATUS_TOO_LARGE, "the document is larger than %zu bytes", PAPER_MAXIMUM_BYTES);
    }
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS) {
        return fail(STATUS_FAILED, "drawing failed: %s", cairo_status_to_string(drawn ? drawn : written));
    }
    return page_finish_file(paper, ret_pdf);
}

void paper_line(Paper *paper, double x1, double y1, double x2, double y2, double thickness, Colour colour) {
    page_set_colour(paper, colour);
    cairo_set_line_width(paper->cairo, thickness);
    cairo_move_to(paper->cairo, points(x1), points(y1));
    cairo_line_to(paper->cairo, points(x2), points(y2));
    cairo_stroke(paper->cairo);
}

void paper_frame(Paper *paper, Rectangle area, double thickness, Colour colour) {
    page_set_colour(paper, colour);
    cairo_set_line_width(paper->cairo, thickness);
    cairo_rectangle(paper->cairo, points(area.x), points(area.y), points(area.width), points(area.height));
    cairo_stroke(paper->cairo);
}

void paper_fill(Paper *paper, Rectangle area, Colour colour) {
    page_set_colour(paper, colour);
    cairo_rectangle(paper->cairo, points(area.x), points(area.y), points(area.width), points(area.height));
    cairo_fill(paper->cairo);
}
