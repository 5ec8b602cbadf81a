/** JPEG pictures, read once when they come, in a jail: from then on they are PNG like all others. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cairo.h>
#include <jpeglib.h>

#include "base/log.h"
#include "pdf/page.h"

enum { COLOURS = 3 };

/** The library reports by a jump. */
typedef struct Reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf damaged;
    cairo_surface_t *surface;
} Reading;

static _Noreturn void stop(j_common_ptr jpeg) {
    Reading *reading = (Reading *)jpeg->client_data;
    /* check_source: allow longjmp libjpeg has no other way to stop at damage */
    longjmp(reading->damaged, 1);
}

/** A warning says that what follows is made up: data is missing or damaged. */
static void warn(j_common_ptr jpeg, int level) {
    if (level < 0) {
        stop(jpeg);
    }
}

static Status read_pixels(Reading *reading, Text bytes) {
    /* check_source: allow setjmp libjpeg has no other way to stop at damage */
    if (setjmp(reading->damaged) != 0) {
        return fail(STATUS_INVALID, "the picture's JPEG is damaged");
    }
    jpeg_create_decompress(&reading->jpeg);
    jpeg_mem_src(&reading->jpeg, (const unsigned char *)bytes.data, bytes.size);
    (void)jpeg_read_header(&reading->jpeg, TRUE);
    if (reading->jpeg.image_width > PICTURE_MAXIMUM_SIDE || reading->jpeg.image_height > PICTURE_MAXIMUM_SIDE) {
        return fail(STATUS_TOO_LARGE, "the picture has more than %d pixels on a side", PICTURE_MAXIMUM_SIDE);
    }
    if (reading->jpeg.num_components > COLOURS) {
        return fail(STATUS_UNSUPPORTED, "the picture's JPEG is in the colours of printing inks");
    }
    reading->jpeg.out_color_space = JCS_EXT_BGRX; /* as cairo has it where the lowest byte comes first */
    (void)jpeg_start_decompress(&reading->jpeg);
    reading->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)reading->jpeg.output_width,
                                                  (int)reading->jpeg.output_height);
    unsigned char *pixels = cairo_image_surface_get_data(reading->surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(reading->surface);
    while (reading->jpeg.output_scanline < reading->jpeg.output_height) {
        JSAMPROW row = pixels + reading->jpeg.output_scanline * stride;
        (void)jpeg_read_scanlines(&reading->jpeg, &row, 1);
    }
    (void)jpeg_finish_decompress(&reading->jpeg);
    cairo_surface_mark_dirty(reading->surface);
    return STATUS_OK;
}

/** A smaller copy, when a side is longer than `longest`. */
static cairo_surface_t *reduce(cairo_surface_t *picture, int longest) {
    const double across = cairo_image_surface_get_width(picture), down = cairo_image_surface_get_height(picture);
    const double scale = fmin(1, longest / fmax(across, down));
    cairo_surface_t *reduced = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)fmax(1, round(across * scale)),
                                                          (int)fmax(1, round(down * scale)));
    cairo_t *cairo = cairo_create(reduced);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, picture, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_BEST);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_destroy(cairo);
    return reduced;
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int size) {
    buffer_append(closure, (Text){(const char *)data, size});
    return CAIRO_STATUS_SUCCESS;
}

Status picture_of_jpeg(Text jpeg, int longest, Buffer *png) {
    Reading reading = {.surface = NULL};
    reading.jpeg.err = jpeg_std_error(&reading.errors);
    reading.errors.error_exit = stop;
    reading.errors.emit_message = warn;
    reading.jpeg.client_data = &reading;
    Status status = read_pixels(&reading, jpeg);
    jpeg_destroy_decompress(&reading.jpeg);
    if (status == STATUS_OK) {
        cairo_surface_t *reduced = reduce(reading.surface, longest);
        if (cairo_surface_write_to_png_stream(reduced, append, png) != CAIRO_STATUS_SUCCESS || png->overflow) {
            status = fail(STATUS_TOO_LARGE, "the picture is too large");
        }
        cairo_surface_destroy(reduced);
    }
    if (reading.surface != NULL) {
        cairo_surface_destroy(reading.surface);
    }
    return status;
}
