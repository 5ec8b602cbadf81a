/** Security patterns: waves and rosettes of fine vector lines, light enough to read over. */
#include <math.h>

#include "pdf/page_inside.h"

/** A full wave by two cubic curves, each from crest to trough; 0.3642 makes them follow the sine closely. */
#define SINE_HANDLE 0.3642

/** One line of waves along x from `left` to `right` around `y`. Starts at a crest at or left of `left`; the caller
 * clips. */
static void wave_line(cairo_t *cairo, double left, double right, double y, double amplitude, double length,
                      double phase) {
    const double half = length / 2;
    double x = left - phase * length;
    double height = amplitude;
    cairo_move_to(cairo, x, y - height);
    while (x < right) {
        cairo_curve_to(cairo, x + half * SINE_HANDLE, y - height, x + half * (1 - SINE_HANDLE), y + height, x + half,
                       y + height);
        x += half;
        height = -height;
    }
}

void paper_waves(Paper *paper, Rectangle area, Colour first, Colour second) {
    cairo_t *cairo = paper->cairo;
    const double left = points(area.x), right = points(area.x + area.width);
    const double top = points(area.y), bottom = points(area.y + area.height);
    cairo_save(cairo);
    cairo_rectangle(cairo, left, top, right - left, bottom - top);
    cairo_clip(cairo);
    cairo_set_line_width(cairo, 0.35);
    for (int family = 0; family < 2; family++) {
        page_set_colour(paper, family == 0 ? first : second);
        const double length = family == 0 ? 132 : 88;
        const double step = family == 0 ? 13 : 17;
        int line = 0;
        for (double y = top - 10; y < bottom + 10; y += step, line++) {
            const double phase = family == 0 ? 0.5 + 0.5 * sin(line * 0.42) : 0.5 - 0.5 * sin(line * 0.31);
            wave_line(cairo, left, right, y, 9 + 5 * sin(line * 0.9), length, phase);
        }
        cairo_stroke(cairo);
    }
    cairo_restore(cairo);
}

/** A closed curve whose radius swings `lobes` times between two radii, by Hermite pieces. */
static void lobed_curve(cairo_t *cairo, double x, double y, double radius, double swing, int lobes, double turn) {
    const int pieces = lobes * 4;
    const double step = 2 * G_PI / pieces;
    for (int i = 0; i <= pieces; i++) {
        const double at = i * step;
        const double r = radius + swing * cos(lobes * at + turn);
        const double slope = -swing * lobes * sin(lobes * at + turn);
        const double dx = slope * cos(at) - r * sin(at), dy = slope * sin(at) + r * cos(at);
        const double px = x + r * cos(at), py = y + r * sin(at);
        static const double third = 1.0 / 3;
        if (i == 0) {
            cairo_move_to(cairo, px, py);
        } else {
            const double before = at - step;
            const double rb = radius + swing * cos(lobes * before + turn);
            const double sb = -swing * lobes * sin(lobes * before + turn);
            const double bx = sb * cos(before) - rb * sin(before), by = sb * sin(before) + rb * cos(before);
            cairo_curve_to(cairo, x + rb * cos(before) + bx * step * third, y + rb * sin(before) + by * step * third,
                           px - dx * step * third, py - dy * step * third, px, py);
        }
    }
}

void paper_rosette(Paper *paper, double x, double y, double radius, Colour first, Colour second) {
    cairo_t *cairo = paper->cairo;
    const double r = points(radius);
    cairo_set_line_width(cairo, 0.3);
    page_set_colour(paper, first);
    for (int i = 0; i < 6; i++) {
        lobed_curve(cairo, points(x), points(y), r * 0.74, r * 0.24, 12, i * G_PI / 3);
    }
    cairo_stroke(cairo);
    page_set_colour(paper, second);
    for (int i = 0; i < 4; i++) {
        lobed_curve(cairo, points(x), points(y), r * 0.36, r * 0.14, 8, i * G_PI / 2);
    }
    cairo_stroke(cairo);
}
