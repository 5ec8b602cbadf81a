/**
 * Security patterns of fine vector lines, light enough to read over. A pattern is drawn once as a stamp, which the file
 * holds once and the page repeats, so that dense patterns stay small. Lines are thin filled ribbons: cairo measures
 * each use of a stamp, which is ten times as dear for strokes.
 */
#include <math.h>

#include "pdf/page_inside.h"

/** Waves are this long, and a band of them this high; points. */
#define WAVE_LENGTH 84.0
#define BAND_HEIGHT 56.0
/** Lines of each family in a stamp; their phases turn once around over its height, so stamps fit seamlessly. */
#define STAMP_LINES 6
/** Waves in the width of a stamp. */
#define STAMP_WAVES 2
/** The cubic curve's handles that follow a sine from crest to trough closely, as a part of the way. */
#define SINE_HANDLE 0.3642
/** Of a ribbon, measured down the page for waves and along the radius for rosettes; points. */
#define RIBBON 0.34

/** Half waves, each one cubic curve, from (x, y + from) on to the right or, with step < 0, to the left. */
static void half_waves(cairo_t *cairo, double x, double y, double step, double from) {
    for (int i = 0; i < 2 * STAMP_WAVES; i++, x += step, from = -from) {
        cairo_curve_to(cairo, x + step * SINE_HANDLE, y + from, x + step * (1 - SINE_HANDLE), y - from, x + step,
                       y - from);
    }
}

/** A ribbon of waves from crest to crest, a hair longer, so that the next stamp's joins without a gap. */
static void wave_ribbon(cairo_t *cairo, double x, double y, double amplitude) {
    const double half = WAVE_LENGTH / 2, overlap = 0.1;
    const double end = x + STAMP_WAVES * WAVE_LENGTH;
    cairo_move_to(cairo, x, y + amplitude);
    half_waves(cairo, x, y, half, amplitude);
    cairo_line_to(cairo, end + overlap, y + amplitude);
    cairo_line_to(cairo, end + overlap, y + amplitude + RIBBON);
    cairo_line_to(cairo, end, y + amplitude + RIBBON);
    half_waves(cairo, end, y + RIBBON, -half, amplitude);
    cairo_close_path(cairo);
}

static cairo_surface_t *stamp_of_waves(const Colour colours[2]) {
    const cairo_rectangle_t extents = {0, -BAND_HEIGHT, (STAMP_WAVES + 2) * WAVE_LENGTH, 3 * BAND_HEIGHT};
    cairo_surface_t *stamp = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extents);
    cairo_t *cairo = cairo_create(stamp);
    for (int family = 0; family < 2; family++) {
        cairo_set_source_rgb(cairo, colours[family].red, colours[family].green, colours[family].blue);
        for (int line = 0; line < STAMP_LINES; line++) {
            const double turn = (double)line / STAMP_LINES;
            wave_ribbon(cairo, WAVE_LENGTH * (family == 0 ? turn : 1 - turn), BAND_HEIGHT * turn, BAND_HEIGHT * 0.27);
        }
        cairo_fill(cairo);
    }
    cairo_destroy(cairo);
    return stamp;
}

void paper_waves(Paper *paper, Rectangle area, Colour first, Colour second) {
    cairo_t *cairo = paper->cairo;
    const double width = points(area.width), height = points(area.height);
    const Colour colours[] = {first, second};
    cairo_surface_t *stamp = stamp_of_waves(colours);
    cairo_save(cairo);
    cairo_rectangle(cairo, points(area.x), points(area.y), width, height);
    cairo_clip(cairo);
    cairo_translate(cairo, points(area.x), points(area.y));
    for (double y = -BAND_HEIGHT / 2; y < height + BAND_HEIGHT / 2; y += BAND_HEIGHT) {
        for (double x = -WAVE_LENGTH; x < width; x += STAMP_WAVES * WAVE_LENGTH) {
            cairo_set_source_surface(cairo, stamp, x, y);
            cairo_paint(cairo);
        }
    }
    cairo_restore(cairo);
    cairo_surface_destroy(stamp);
}

/** A curve whose radius swings `lobes` times around its circle. */
typedef struct Lobes {
    double radius, swing;
    int lobes;
} Lobes;

typedef struct Point {
    double x, y, dx, dy; /**< and its derivative by the angle */
} Point;

static Point point_at(const Lobes *lobes, double angle) {
    const double radius = lobes->radius + lobes->swing * cos(lobes->lobes * angle);
    const double slope = -lobes->swing * lobes->lobes * sin(lobes->lobes * angle);
    return (Point){radius * cos(angle), radius * sin(angle), slope * cos(angle) - radius * sin(angle),
                   slope * sin(angle) + radius * cos(angle)};
}

/** By two cubic (Hermite) pieces for each lobe, from its top to the next valley. */
static void closed_curve(cairo_t *cairo, const Lobes *lobes) {
    const int pieces = lobes->lobes * 2;
    const double step = 2 * G_PI / pieces;
    Point from = point_at(lobes, 0);
    cairo_move_to(cairo, from.x, from.y);
    for (int i = 1; i <= pieces; i++) {
        const Point to = point_at(lobes, i * step);
        cairo_curve_to(cairo, from.x + from.dx * step / 3, from.y + from.dy * step / 3, to.x - to.dx * step / 3,
                       to.y - to.dy * step / 3, to.x, to.y);
        from = to;
    }
    cairo_close_path(cairo);
}

/** The curve as a stamp. */
static cairo_surface_t *lobed_curve(const Lobes *lobes, Colour colour) {
    const double reach = lobes->radius + lobes->swing + 1;
    const cairo_rectangle_t extents = {-reach, -reach, 2 * reach, 2 * reach};
    cairo_surface_t *stamp = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extents);
    cairo_t *cairo = cairo_create(stamp);
    cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
    cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_EVEN_ODD);
    closed_curve(cairo, lobes);
    const Lobes inner = {lobes->radius - RIBBON, lobes->swing, lobes->lobes};
    closed_curve(cairo, &inner);
    cairo_fill(cairo);
    cairo_destroy(cairo);
    return stamp;
}

void paper_rosette(Paper *paper, double x, double y, double radius, Colour first, Colour second) {
    const double r = points(radius);
    const Lobes rings[] = {{r * 0.77, r * 0.22, 12}, {r * 0.37, r * 0.15, 8}};
    const int turns[] = {6, 5};
    cairo_t *cairo = paper->cairo;
    for (int ring = 0; ring < 2; ring++) {
        cairo_surface_t *stamp = lobed_curve(&rings[ring], ring == 0 ? first : second);
        for (int i = 0; i < turns[ring]; i++) {
            cairo_save(cairo);
            cairo_translate(cairo, points(x), points(y));
            cairo_rotate(cairo, 2 * G_PI * i / (turns[ring] * rings[ring].lobes));
            cairo_set_source_surface(cairo, stamp, 0, 0);
            cairo_paint(cairo);
            cairo_restore(cairo);
        }
        cairo_surface_destroy(stamp);
    }
}
