/** QR codes (ISO/IEC 18004): encoded by libqrencode, drawn as one image mask, which costs a hundredth of as many
 * squares. */
#include <qrencode.h>

#include "base/log.h"
#include "pdf/page_inside.h"

static Status encode(Paper *paper, Text content, QRcode **ret_code) {
    for (size_t i = 0; i < content.size; i++) {
        if (content.data[i] < 0x20 || content.data[i] > 0x7E) {
            return fail(STATUS_INVALID, "a QR code here holds printable ASCII alone");
        }
    }
    if (content.size == 0 || content.size > CODE_MAXIMUM) {
        return fail(STATUS_TOO_LARGE, "a QR code holds 1 to %d characters here", CODE_MAXIMUM);
    }
    arena_reset(paper->scratch);
    QRcode *code =
        QRcode_encodeString(arena_c_string(paper->scratch, content), 0, QR_ECLEVEL_Q, QR_MODE_8, 1 /* case matters */);
    if (code == NULL) {
        return fail(STATUS_TOO_LARGE, "no QR code can hold this content");
    }
    *ret_code = code;
    return STATUS_OK;
}

/** The dark modules as a mask of one bit each. */
static cairo_surface_t *mask_of(const QRcode *code) {
    cairo_surface_t *mask = cairo_image_surface_create(CAIRO_FORMAT_A1, code->width, code->width);
    unsigned char *bytes = cairo_image_surface_get_data(mask);
    const int stride = cairo_image_surface_get_stride(mask);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            if ((code->data[y * code->width + x] & 1) != 0) {
                /* Bits stand in the order of the machine's 32-bit words. */
                const int bit = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x & 7 : 7 - (x & 7);
                bytes[y * stride + x / 8] |= (unsigned char)(1 << bit);
            }
        }
    }
    cairo_surface_mark_dirty(mask);
    return mask;
}

Status paper_code(Paper *paper, Text content, Rectangle area, double size, double *ret_height) {
    QRcode *code = NULL;
    TRY(encode(paper, content, &code));
    const double module = size / code->width;
    const double outer = size + 2 * CODE_QUIET_MODULES * module;
    if (outer > area.width + 0.001 || outer > area.height + 0.001) {
        QRcode_free(code);
        return fail(STATUS_TOO_LARGE, "a QR code of %g mm with its quiet zone needs %.1f mm", size, outer);
    }
    const double x = area.x + (area.width - outer) / 2;
    paper_fill(paper, (Rectangle){x, area.y, outer, outer}, (Colour){1, 1, 1});
    cairo_surface_t *mask = mask_of(code);
    cairo_pattern_t *pattern = cairo_pattern_create_for_surface(mask);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, points(x + CODE_QUIET_MODULES * module),
                    points(area.y + CODE_QUIET_MODULES * module));
    cairo_scale(paper->cairo, points(module), points(module));
    cairo_set_source_rgb(paper->cairo, 0, 0, 0);
    cairo_mask(paper->cairo, pattern);
    cairo_restore(paper->cairo);
    cairo_pattern_destroy(pattern);
    cairo_surface_destroy(mask);
    QRcode_free(code);
    *ret_height = outer;
    return STATUS_OK;
}
