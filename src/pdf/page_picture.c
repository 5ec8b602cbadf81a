/** Pictures on papers: PNG, flattened on white and reduced to what print needs; each thread keeps the last few reduced.
 */
#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "pdf/page_inside.h"

enum { KEPT_PICTURES = 4 };
#define PIXELS_PER_MILLIMETRE (300 / 25.4)

/** A picture as it goes into the file. A chamber's logo is the same on thousands of papers. */
typedef struct KeptPicture {
    Sha256 digest; /**< of the PNG */
    double width, height;
    cairo_surface_t *surface;
} KeptPicture;
static _Thread_local KeptPicture kept[KEPT_PICTURES];
static _Thread_local unsigned next_kept;

void page_close_thread_pictures(void) {
    for (unsigned i = 0; i < KEPT_PICTURES; i++) {
        if (kept[i].surface != NULL) {
            cairo_surface_destroy(kept[i].surface);
        }
        kept[i] = (KeptPicture){0};
    }
}

static cairo_status_t read_png(void *closure, unsigned char *data, unsigned int size) {
    Text *rest = closure;
    if (rest->size < size) {
        return CAIRO_STATUS_READ_ERROR;
    }
    memcpy(data, rest->data, size);
    *rest = text_slice(*rest, size, rest->size);
    return CAIRO_STATUS_SUCCESS;
}

static uint32_t big_endian(const char *data) {
    const unsigned char *bytes = (const unsigned char *)data;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/** Looks at the header first, so that a small file cannot ask for much memory. */
static Status decode_png(Text png, cairo_surface_t **ret_surface) {
    if (png.size < 33 || memcmp(png.data, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(png.data + 12, "IHDR", 4) != 0) {
        return fail(STATUS_INVALID, "the picture is no PNG");
    }
    if (big_endian(png.data + 16) > PICTURE_MAXIMUM_SIDE || big_endian(png.data + 20) > PICTURE_MAXIMUM_SIDE) {
        return fail(STATUS_TOO_LARGE, "the picture has more than %d pixels on a side", PICTURE_MAXIMUM_SIDE);
    }
    Text rest = png;
    cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(read_png, &rest);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        return fail(STATUS_INVALID, "the picture's PNG is damaged");
    }
    *ret_surface = surface;
    return STATUS_OK;
}

/** The picture on white, without transparency, for an area of millimetres. */
static cairo_surface_t *reduce(cairo_surface_t *picture, double width, double height) {
    const double across = cairo_image_surface_get_width(picture), down = cairo_image_surface_get_height(picture);
    const double fit = fmin(width * PIXELS_PER_MILLIMETRE / across, height * PIXELS_PER_MILLIMETRE / down);
    const double scale = fmin(fit, 1);
    cairo_surface_t *reduced = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)fmax(1, round(across * scale)),
                                                          (int)fmax(1, round(down * scale)));
    cairo_t *cairo = cairo_create(reduced);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, cairo_image_surface_get_width(reduced) / across, cairo_image_surface_get_height(reduced) / down);
    cairo_set_source_surface(cairo, picture, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_BEST);
    cairo_paint(cairo);
    cairo_destroy(cairo);
    return reduced;
}

/** The kept picture for this PNG and size, made when there is none. */
static Status keep(Text png, double width, double height, cairo_surface_t **ret_surface) {
    const Sha256 digest = sha256(png);
    for (unsigned i = 0; i < KEPT_PICTURES; i++) {
        if (kept[i].surface != NULL && memcmp(&kept[i].digest, &digest, sizeof digest) == 0 &&
            fabs(kept[i].width - width) < 1e-6 && fabs(kept[i].height - height) < 1e-6) {
            *ret_surface = kept[i].surface;
            return STATUS_OK;
        }
    }
    cairo_surface_t *picture = NULL;
    TRY(decode_png(png, &picture));
    KeptPicture *place = &kept[next_kept++ % KEPT_PICTURES];
    if (place->surface != NULL) {
        cairo_surface_destroy(place->surface);
    }
    *place =
        (KeptPicture){.digest = digest, .width = width, .height = height, .surface = reduce(picture, width, height)};
    cairo_surface_destroy(picture);
    *ret_surface = place->surface;
    return STATUS_OK;
}

Status paper_picture(Paper *paper, Text png, Rectangle area) {
    cairo_surface_t *surface = NULL;
    TRY(keep(png, area.width, area.height, &surface));
    const double across = cairo_image_surface_get_width(surface), down = cairo_image_surface_get_height(surface);
    const double scale = fmin(points(area.width) / across, points(area.height) / down);
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, points(area.x) + (points(area.width) - across * scale) / 2,
                    points(area.y) + (points(area.height) - down * scale) / 2);
    cairo_scale(paper->cairo, scale, scale);
    cairo_set_source_surface(paper->cairo, surface, 0, 0);
    cairo_paint(paper->cairo);
    cairo_restore(paper->cairo);
    return STATUS_OK;
}
