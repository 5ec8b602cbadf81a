/** Visible seals as vector outlines: pango shapes the text, cairo gives the paths, and those are written here. */
#include "pdf/revision_appearance.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/font.h"
#include "pdf/font_inside.h"

#define SEAL_CONTENT_MAX  ((size_t)4 << 20)
#define SEAL_TEXT_MAX     2000u
#define SEAL_SIDE_MIN     20.0
#define SEAL_MARGIN       5.0
#define SEAL_FONT_LARGEST 10.0
#define SEAL_FONT_LEAST   2.0
/* The first line to the others. */
#define SEAL_TITLE_SCALE 1.25
/* Cairo keeps paths in 1/256 of its unit; drawing larger keeps outlines smooth. */
#define SEAL_DRAWING_SCALE 32.0
/* Outlines of text are written as whole numbers of so many to the point. */
#define SEAL_TEXT_UNITS 50.0
/* Control points of a quarter circle. */
#define SEAL_CIRCLE     0.5522847498
#define SEAL_STAR_RAYS  32
#define SEAL_RING_INNER 0.62

/** A seal that is being written. */
typedef struct SealDrawing {
    Buffer content;
    double width, height;
} SealDrawing;

static void seal_circle(SealDrawing *drawing, double x, double y, double radius) {
    const double k = radius * SEAL_CIRCLE;
    Buffer *out = &drawing->content;
    buffer_format(out, "%.2f %.2f m\n", x + radius, y);
    buffer_format(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", x + radius, y + k, x + k, y + radius, x, y + radius);
    buffer_format(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", x - k, y + radius, x - radius, y + k, x - radius, y);
    buffer_format(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", x - radius, y - k, x - k, y - radius, x, y - radius);
    buffer_format(out, "%.2f %.2f %.2f %.2f %.2f %.2f c h\n", x + k, y - radius, x + radius, y - k, x + radius, y);
}

/** One point of the compass rose: a half in line, a half filled, as engravers do. */
static void seal_compass_point(SealDrawing *drawing, double x, double y, double length, double angle) {
    const double waist = length * 0.22;
    const double tip_x = x + length * cos(angle), tip_y = y + length * sin(angle);
    for (int side = -1; side <= 1; side += 2) {
        const double edge = angle + side * M_PI / 4;
        buffer_format(&drawing->content, "%.2f %.2f m %.2f %.2f l %.2f %.2f l h %s\n", x, y, x + waist * cos(edge),
                      y + waist * sin(edge), tip_x, tip_y, side < 0 ? "B" : "S");
    }
}

/**
 * A notary's emblem: rings, rays between them, and a compass rose for trade. No tick: what is drawn says nothing of
 * whether the seal is valid.
 */
static void seal_emblem(SealDrawing *drawing, double x, double y, double radius) {
    Buffer *out = &drawing->content;
    buffer_append(out, TEXT("0.7 w\n"));
    seal_circle(drawing, x, y, radius);
    seal_circle(drawing, x, y, radius * SEAL_RING_INNER);
    buffer_append(out, TEXT("S 0.35 w\n"));
    for (int i = 0; i < SEAL_STAR_RAYS; i++) {
        const double angle = 2 * M_PI * i / SEAL_STAR_RAYS;
        buffer_format(out, "%.2f %.2f m %.2f %.2f l\n", x + radius * 0.68 * cos(angle), y + radius * 0.68 * sin(angle),
                      x + radius * 0.94 * cos(angle), y + radius * 0.94 * sin(angle));
    }
    buffer_append(out, TEXT("S 0.3 w\n"));
    for (int i = 0; i < 4; i++) {
        seal_compass_point(drawing, x, y, radius * 0.38, M_PI / 4 + i * M_PI / 2);
    }
    for (int i = 0; i < 4; i++) {
        seal_compass_point(drawing, x, y, radius * 0.56, i * M_PI / 2);
    }
}

/** Two fine rules around everything. */
static void seal_frame(SealDrawing *drawing) {
    buffer_format(&drawing->content, "0.12 0.23 0.37 rg 0.12 0.23 0.37 RG 0.8 w 0.4 0.4 %.2f %.2f re S\n",
                  drawing->width - 0.8, drawing->height - 0.8);
    buffer_format(&drawing->content, "0.25 w 1.8 1.8 %.2f %.2f re S\n", drawing->width - 3.6, drawing->height - 3.6);
}

static Status seal_check_lines(Texts lines) {
    size_t size = 0;
    for (size_t i = 0; i < lines.count; i++) {
        TextFault fault;
        TRY(pdf_missing_glyphs(lines.items[i], &fault));
        if (fault.kind != TEXT_FAULT_NONE) {
            return fail(STATUS_INVALID, "the seal's line %zu has a character that cannot be printed", i + 1);
        }
        size += lines.items[i].size;
    }
    return size <= SEAL_TEXT_MAX ? STATUS_OK : fail(STATUS_TOO_LARGE, "the seal's text is too long");
}

/** Sets all lines into the layout, the first one in bold and larger. */
static void seal_set_text(PangoLayout *layout, Text joined, size_t title_size, double size, double width) {
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, font_family_names(FONT_SANS));
    pango_font_description_set_size(font, (gint)lround(size * PANGO_SCALE));
    PangoAttrList *attributes = pango_attr_list_new();
    PangoAttribute *title[] = {pango_attr_weight_new(PANGO_WEIGHT_BOLD), pango_attr_scale_new(SEAL_TITLE_SCALE)};
    for (size_t i = 0; i < sizeof(title) / sizeof(title[0]); i++) {
        title[i]->start_index = 0;
        title[i]->end_index = (guint)title_size;
        pango_attr_list_insert(attributes, title[i]);
    }
    pango_layout_set_font_description(layout, font);
    pango_layout_set_attributes(layout, attributes);
    pango_layout_set_text(layout, joined.data, (int)joined.size);
    pango_layout_set_width(layout, (int)lround(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_attr_list_unref(attributes);
    pango_font_description_free(font);
}

/** A number and a blank. Thousands of them make a seal, and printf would cost more than all the rest. */
static void seal_write_number(Buffer *content, long number) {
    char digits[24];
    size_t at = sizeof(digits);
    const bool is_negative = number < 0;
    digits[--at] = ' ';
    do {
        digits[--at] = (char)('0' + labs(number % 10));
        number /= 10;
    } while (number != 0);
    if (is_negative) {
        digits[--at] = '-';
    }
    buffer_append(content, (Text){digits + at, sizeof(digits) - at});
}

/** The outline of the current path, filled; `x` and `y` of the path are at the origin of what is written. */
static void seal_write_path(SealDrawing *drawing, const cairo_path_t *path, double x, double y) {
    static const Text operators[] = {[CAIRO_PATH_MOVE_TO] = TEXT_INIT("m\n"),
                                     [CAIRO_PATH_LINE_TO] = TEXT_INIT("l\n"),
                                     [CAIRO_PATH_CURVE_TO] = TEXT_INIT("c\n"),
                                     [CAIRO_PATH_CLOSE_PATH] = TEXT_INIT("h\n")};
    bool is_open = false;
    for (int i = 0; i < path->num_data; i += path->data[i].header.length) {
        const cairo_path_data_t *data = &path->data[i];
        /* Cairo ends each outline with a move that draws nothing; the last one would be an empty subpath. */
        const bool is_last = i + data->header.length >= path->num_data;
        if (data->header.type == CAIRO_PATH_MOVE_TO && is_last) {
            break;
        }
        for (int k = 1; k < data->header.length; k++) {
            seal_write_number(&drawing->content, lround((data[k].point.x - x) * SEAL_TEXT_UNITS));
            seal_write_number(&drawing->content, lround((y - data[k].point.y) * SEAL_TEXT_UNITS));
        }
        buffer_append(&drawing->content, operators[data->header.type]);
        is_open = true;
    }
    if (is_open) {
        buffer_append(&drawing->content, TEXT("f\n"));
    }
}

/** Where the pen of the text stands, in its whole units, from the left and the bottom. */
typedef struct SealPen {
    long x, y;
} SealPen;

/** Moves the origin to a place of the page from its upper left corner; it stays there for what follows. */
static void seal_move(SealDrawing *drawing, SealPen *pen, double x, double y) {
    const SealPen to = {lround(x * SEAL_TEXT_UNITS), lround((drawing->height - y) * SEAL_TEXT_UNITS)};
    buffer_append(&drawing->content, TEXT("1 0 0 1 "));
    seal_write_number(&drawing->content, to.x - pen->x);
    seal_write_number(&drawing->content, to.y - pen->y);
    buffer_append(&drawing->content, TEXT("cm\n"));
    *pen = to;
}

/** Each glyph is written from its own origin, so that all of one letter are the same bytes and pack well. */
static Status seal_write_glyph(SealDrawing *drawing, cairo_t *cairo, SealPen *pen, cairo_glyph_t glyph) {
    cairo_new_path(cairo);
    cairo_glyph_path(cairo, &glyph, 1);
    cairo_path_t *path = cairo_copy_path(cairo);
    const bool drawn = path->status == CAIRO_STATUS_SUCCESS;
    if (drawn && path->num_data > 0) {
        seal_move(drawing, pen, glyph.x, glyph.y);
        seal_write_path(drawing, path, glyph.x, glyph.y);
    }
    cairo_path_destroy(path);
    return drawn ? STATUS_OK : fail(STATUS_FAILED, "the seal's text cannot be drawn");
}

/** The glyphs of one run, whose baseline begins at (x, y) in pango's units. */
static Status seal_write_run(SealDrawing *drawing, cairo_t *cairo, SealPen *pen, const PangoLayoutRun *run, int x,
                             int y) {
    cairo_set_scaled_font(cairo, pango_cairo_font_get_scaled_font((PangoCairoFont *)run->item->analysis.font));
    for (int i = 0; i < run->glyphs->num_glyphs; i++) {
        const PangoGlyphInfo *info = &run->glyphs->glyphs[i];
        if (info->glyph != PANGO_GLYPH_EMPTY) {
            TRY(seal_write_glyph(drawing, cairo, pen,
                                 (cairo_glyph_t){.index = info->glyph,
                                                 .x = (double)(x + info->geometry.x_offset) / PANGO_SCALE,
                                                 .y = (double)(y + info->geometry.y_offset) / PANGO_SCALE}));
        }
        x += info->geometry.width;
    }
    return STATUS_OK;
}

/** All lines of the layout, with its upper left corner at (left, top) points. */
static Status seal_write_layout(SealDrawing *drawing, PangoLayout *layout, cairo_t *cairo, double left, double top) {
    SealPen pen = {0};
    Status status = STATUS_OK;
    buffer_format(&drawing->content, "%g 0 0 %g 0 0 cm\n", 1 / SEAL_TEXT_UNITS, 1 / SEAL_TEXT_UNITS);
    PangoLayoutIter *iterator = pango_layout_get_iter(layout);
    do {
        const PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iterator);
        if (run != NULL) {
            PangoRectangle place;
            pango_layout_iter_get_run_extents(iterator, NULL, &place);
            status = seal_write_run(drawing, cairo, &pen, run, place.x + (int)lround(left * PANGO_SCALE),
                                    pango_layout_iter_get_baseline(iterator) + (int)lround(top * PANGO_SCALE));
        }
    } while (status == STATUS_OK && pango_layout_iter_next_run(iterator));
    pango_layout_iter_free(iterator);
    return status;
}

/** Fits the text into its place by making it smaller, and writes its outlines. */
static Status seal_draw_text(SealDrawing *drawing, PangoLayout *layout, cairo_t *cairo, Text joined, size_t title_size,
                             double left) {
    const double width = drawing->width - left - SEAL_MARGIN, height = drawing->height - 2 * SEAL_MARGIN;
    PangoRectangle extents = {0};
    for (double size = SEAL_FONT_LARGEST; size >= SEAL_FONT_LEAST; size *= 0.94) {
        seal_set_text(layout, joined, title_size, size, width);
        pango_layout_get_extents(layout, NULL, &extents);
        if (extents.height <= height * PANGO_SCALE && extents.width <= width * PANGO_SCALE) {
            break;
        }
    }
    if (extents.height > height * PANGO_SCALE) {
        return fail(STATUS_INVALID, "the seal is too small for its text");
    }
    const double top = (drawing->height - (double)extents.height / PANGO_SCALE) / 2;
    cairo_scale(cairo, SEAL_DRAWING_SCALE, SEAL_DRAWING_SCALE);
    return seal_write_layout(drawing, layout, cairo, left, top);
}

static Status seal_join(Arena *arena, Texts lines, Text *ret_joined) {
    Buffer joined = buffer_make(arena, SEAL_TEXT_MAX + lines.count);
    for (size_t i = 0; i < lines.count; i++) {
        if (i > 0) {
            buffer_append_byte(&joined, '\n');
        }
        buffer_append(&joined, lines.items[i]);
    }
    return buffer_take(&joined, ret_joined);
}

Status pdf_seal_appearance(Arena *arena, Texts lines, double width, double height, Text *ret_content) {
    SealDrawing drawing = {.content = buffer_make(arena, SEAL_CONTENT_MAX), .width = width, .height = height};
    Text joined = {0};
    if (!(width >= SEAL_SIDE_MIN && height >= SEAL_SIDE_MIN)) {
        return fail(STATUS_INVALID, "a visible seal measures at least %.0f points", SEAL_SIDE_MIN);
    }
    TRY(seal_check_lines(lines));
    TRY(seal_join(arena, lines, &joined));
    const double radius = fmin(height / 2 - SEAL_MARGIN, width / 7);
    seal_frame(&drawing);
    seal_emblem(&drawing, SEAL_MARGIN + 1 + radius, height / 2, radius);
    if (joined.size > 0) {
        PangoContext *context = NULL;
        TRY(font_context("en", &context));
        PangoLayout *layout = pango_layout_new(context);
        g_object_unref(context);
        /* Without bounds: on a bounded surface cairo leaves out glyphs that lie far outside. */
        cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, NULL);
        cairo_t *cairo = cairo_create(surface);
        const double left = 2 * radius + 2 * SEAL_MARGIN + 1;
        const Status status = seal_draw_text(&drawing, layout, cairo, joined, lines.items[0].size, left);
        cairo_destroy(cairo);
        cairo_surface_destroy(surface);
        g_object_unref(layout);
        TRY(status);
    }
    return buffer_take(&drawing.content, ret_content);
}
