/**
 * How fast papers are drawn, as ratios to a floor of the same run: cairo and pango alone, drawing a plain page with as
 * much text, a logo and a code as one mask. Use: paper_bench [PAPERS].
 */
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "testing/paper_fixture.h"
#include "testing/test.h"

#define BUDGET ((size_t)512 << 20)

static double seconds(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The floor. */

static cairo_status_t count_bytes(void *closure, const unsigned char *data, unsigned int size) {
    (void)data;
    *(size_t *)closure += size;
    return CAIRO_STATUS_SUCCESS;
}

static void plain_text(cairo_t *cairo, PangoContext *context, const char *text, const char *font, double x, double y,
                       double width) {
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *description = pango_font_description_from_string(font);
    pango_layout_set_font_description(layout, description);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout(cairo, layout);
    pango_font_description_free(description);
    g_object_unref(layout);
}

/** Every value and label of the sample, in rows down the page, and the rules of a form. */
static size_t plain_page(PangoContext *context, cairo_surface_t *logo, cairo_surface_t *mask, unsigned serial) {
    size_t bytes = 0;
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(count_bytes, &bytes, 595.276, 841.89);
    cairo_t *cairo = cairo_create(surface);
    const char *name = NULL, *value = NULL;
    double y = 20;
    for (size_t i = 0; paper_fixture_value(i, &name, &value); i++, y += 14) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s %u", value, serial);
        plain_text(cairo, context, text, "Noto Serif, Droid Sans Fallback 9", 20 + 280.0 * (double)(i % 2), y, 260);
        plain_text(cairo, context, name, "Noto Sans 6.2", 20 + 280.0 * (double)(i % 2), y + 8, 260);
        plain_text(cairo, context, "Долупотпишаниот орган", "Noto Sans 5.8", 120 + 280.0 * (double)(i % 2), y + 8, 260);
    }
    plain_text(cairo, context, "CERTIFICATE OF ORIGIN", "Noto Serif Bold 15", 300, 20, 260);
    for (size_t row = 0; row < 5; row++, y += 40) {
        for (size_t i = 0; paper_fixture_row_value(row, i, &name, &value); i++) {
            plain_text(cairo, context, value, "Noto Serif, Droid Sans Fallback 8.5", 20 + 60 * (double)i, y, 58);
        }
    }
    for (int i = 0; i < 24; i++) {
        cairo_rectangle(cairo, 20, 20 + i * 30, 550, 30);
        cairo_set_line_width(cairo, 0.5);
        cairo_stroke(cairo);
    }
    cairo_save(cairo);
    cairo_translate(cairo, 500, 20);
    cairo_scale(cairo, 50.0 / 213, 50.0 / 213);
    cairo_set_source_surface(cairo, logo, 0, 0);
    cairo_paint(cairo);
    cairo_restore(cairo);
    cairo_save(cairo);
    cairo_translate(cairo, 450, 700);
    cairo_scale(cairo, 2, 2);
    cairo_mask_surface(cairo, mask, 0, 0);
    cairo_restore(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    cairo_surface_destroy(surface);
    return bytes;
}

static double measure_floor(unsigned papers) {
    PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    PangoContext *context = pango_font_map_create_context(map);
    cairo_surface_t *logo = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 213, 213);
    cairo_surface_t *mask = cairo_image_surface_create(CAIRO_FORMAT_A1, 41, 41);
    size_t bytes = plain_page(context, logo, mask, 0);
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (unsigned i = 1; i <= papers; i++) {
        bytes = plain_page(context, logo, mask, i);
    }
    const double rate = papers / (seconds(CLOCK_THREAD_CPUTIME_ID) - start);
    printf("floor: cairo and pango alone      %7.0f pages/s of CPU  %5.1f kB\n", rate, (double)bytes / 1000);
    cairo_surface_destroy(logo);
    cairo_surface_destroy(mask);
    g_object_unref(context);
    g_object_unref(map);
    return rate;
}

/* Ours. */

typedef struct Run {
    const Layout *layout;
    unsigned papers, first;
    size_t rows, pages, bytes;
    double cpu;
} Run;

static void *draw_papers(void *thing) {
    Run *run = thing;
    Arena *arena = arena_open(BUDGET), *values = arena_open(BUDGET);
    PaperSample sample = {.rows = run->rows, .arena = values};
    LayoutFill fill = paper_fixture_fill(&sample);
    double start = 0;
    /* The first papers load the fonts and teach the thread its labels. */
    const unsigned warm = run->papers / 10 + 3;
    for (unsigned i = 0; i < warm + run->papers; i++) {
        if (i == warm) {
            start = seconds(CLOCK_THREAD_CPUTIME_ID);
            run->pages = run->bytes = 0;
        }
        LayoutDrawn drawn;
        sample.serial = run->first + i + 1;
        CHECK_OK(layout_draw(arena, run->layout, &fill, &drawn));
        run->pages += drawn.pages;
        run->bytes += drawn.pdf.size;
        arena_reset(arena);
    }
    run->cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    arena_close(values);
    arena_close(arena);
    return NULL;
}

static void report(const char *name, const Run *run, double floor) {
    const double rate = (double)run->pages / run->cpu;
    printf("%-32s %7.0f pages/s of CPU  %5.1f kB  %.2f of the floor\n", name, rate,
           (double)run->bytes / 1000 / (double)run->pages, rate / floor);
}

TEST(papers) {
    const char *wanted = getenv("PAPERS");
    const unsigned papers = wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : 400;
    Arena *arena = arena_open(BUDGET);
    const Layout *layout = paper_fixture_layout(arena);
    double start = seconds(CLOCK_MONOTONIC);
    Run cold = {.layout = layout, .papers = 1, .rows = 5};
    LayoutDrawn drawn;
    PaperSample sample = {.rows = 5, .arena = arena};
    const LayoutFill fill = paper_fixture_fill(&sample);
    CHECK_OK(layout_draw(arena, layout, &fill, &drawn));
    printf("first paper of a process: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - start) * 1e3);
    const double floor = measure_floor(papers);
    cold.papers = papers;
    draw_papers(&cold);
    report("certificate, 1 page", &cold, floor);
    Run many = {.layout = layout, .papers = papers / 40 + 1, .rows = 300};
    draw_papers(&many);
    report("certificate, 300 rows", &many, floor);
    Run runs[2] = {{.layout = layout, .papers = papers, .rows = 5, .first = 10000},
                   {.layout = layout, .papers = papers, .rows = 5, .first = 20000}};
    pthread_t threads[2];
    start = seconds(CLOCK_MONOTONIC);
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, draw_papers, &runs[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    runs[0].cpu = (runs[0].cpu + runs[1].cpu) / 2;
    report("certificate, 2 threads, each", &runs[0], floor);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("largest memory: %.1f MB\n", (double)usage.ru_maxrss / 1024);
    arena_close(arena);
}
