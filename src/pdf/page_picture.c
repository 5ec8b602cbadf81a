/**
 * Pictures on papers: PNG, flattened on white and reduced to what print needs. Each thread keeps the last few, as JPEG,
 * which goes into the file as it is: compressing a logo's pixels anew would cost more than drawing all of the page's
 * text.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/digest.h"
#include "base/log.h"
#include "pdf/page_inside.h"

enum { KEPT_PICTURES = 4, JPEG_QUALITY = 88 };
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

Status picture_check(Text png) {
    cairo_surface_t *surface = NULL;
    TRY(decode_png(png, &surface));
    cairo_surface_destroy(surface);
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
    cairo_surface_flush(reduced);
    return reduced;
}

static void compress_rows(j_compress_ptr compressor, cairo_surface_t *surface) {
    const unsigned char *pixels = cairo_image_surface_get_data(surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    JSAMPLE *row = g_malloc_n(compressor->image_width, 3);
    while (compressor->next_scanline < compressor->image_height) {
        for (unsigned x = 0; x < compressor->image_width; x++) {
            uint32_t pixel = 0;
            memcpy(&pixel, pixels + compressor->next_scanline * stride + x * sizeof pixel, sizeof pixel);
            row[3 * x] = (JSAMPLE)(pixel >> 16 & 255);
            row[3 * x + 1] = (JSAMPLE)(pixel >> 8 & 255);
            row[3 * x + 2] = (JSAMPLE)(pixel & 255);
        }
        (void)jpeg_write_scanlines(compressor, &row, 1);
    }
    g_free(row);
}

/** Nothing of a sound picture of ours can fail to be compressed but for want of memory. */
static void stop(j_common_ptr compressor) {
    (void)compressor;
    abort();
}

/** Gives the surface its pixels as JPEG, without loss of colour detail at edges. */
static void attach_jpeg(cairo_surface_t *surface) {
    struct jpeg_compress_struct compressor;
    struct jpeg_error_mgr errors;
    compressor.err = jpeg_std_error(&errors);
    errors.error_exit = stop;
    jpeg_create_compress(&compressor);
    compressor.image_width = (JDIMENSION)cairo_image_surface_get_width(surface);
    compressor.image_height = (JDIMENSION)cairo_image_surface_get_height(surface);
    /* More than the pixels themselves: the library never needs to find a larger place. */
    unsigned long size = (unsigned long)compressor.image_width * compressor.image_height * 4 + 65536;
    unsigned char *const place = g_malloc(size);
    unsigned char *data = place;
    jpeg_mem_dest(&compressor, &data, &size);
    compressor.input_components = 3;
    compressor.in_color_space = JCS_RGB;
    jpeg_set_defaults(&compressor);
    jpeg_set_quality(&compressor, JPEG_QUALITY, TRUE);
    compressor.comp_info[0].h_samp_factor = compressor.comp_info[0].v_samp_factor = 1;
    compressor.optimize_coding = TRUE;
    jpeg_start_compress(&compressor, TRUE);
    compress_rows(&compressor, surface);
    jpeg_finish_compress(&compressor);
    jpeg_destroy_compress(&compressor);
    assert(data == place);
    unsigned char *kept_data = g_memdup2(place, size);
    g_free(place);
    const cairo_status_t status =
        cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, kept_data, size, g_free, kept_data);
    assert(status == CAIRO_STATUS_SUCCESS);
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
    attach_jpeg(place->surface);
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
    /* Others would ask readers to interpolate, which ISO 19005-3 6.2.8.3 forbids. */
    cairo_pattern_set_filter(cairo_get_source(paper->cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(paper->cairo);
    cairo_restore(paper->cairo);
    return STATUS_OK;
}
