/** The least a program must do to draw a certificate's page: cairo and pango alone; and the page drawn by our layouts.
 */
#include <cairo-pdf.h>
#include <jansson.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "pdf/layout.h"

/*
 * "text" draws heading, boxes, table and QR code with the words of an application, each text set once by pango at its
 * place: no form, no numbers, no check of glyphs, no file kept. "layout" is layout_draw with the certificate's layout
 * and the same words, and nothing around it. Both print pages per second of processor time.
 */

enum { ARENA_BUDGET = 64 << 20, COLUMNS = 6, CODE_SIDE = 92, HEAD_FIELDS = 6 };

static void give_up(const char *what) {
    (void)fprintf(stderr, "floor_paper: %s\n", what);
    exit(1);
}

static Text text_of_member(const json_t *object, const char *name) {
    const json_t *member = json_object_get(object, name);
    return json_is_string(member) ? (Text){json_string_value(member), json_string_length(member)} : TEXT("");
}

/* The bare page. */

static cairo_status_t count_bytes(void *context, const unsigned char *bytes, unsigned size) {
    (void)bytes;
    *(size_t *)context += size;
    return CAIRO_STATUS_SUCCESS;
}

static double write_words(cairo_t *cairo, PangoLayout *layout, const char *font, Text words, double x, double y,
                          double width) {
    PangoFontDescription *description = pango_font_description_from_string(font);
    int height = 0;
    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_text(layout, words.data, (int)words.size);
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout(cairo, layout);
    pango_layout_get_pixel_size(layout, NULL, &height);
    return y + height;
}

static void draw_box(cairo_t *cairo, PangoLayout *layout, const char *label, Text words, int number) {
    const int row = number / 2;
    const double x = number % 2 == 0 ? 31 : 298, y = 94 + 74 * row;
    cairo_rectangle(cairo, x, y, 266, 74);
    cairo_stroke(cairo);
    const double below = write_words(cairo, layout, "Noto Sans Bold 6", text_of(label), x + 4, y + 3, 258);
    (void)write_words(cairo, layout, "Noto Serif 9", words, x + 4, below + 2, 258);
}

static void draw_table(cairo_t *cairo, PangoLayout *layout, const json_t *lines) {
    static const char *const names[COLUMNS] = {"marks",    "description",  "hs_code",
                                               "quantity", "gross_weight", "net_weight"};
    double y = 330;
    for (size_t row = 0; row < json_array_size(lines); row++) {
        double lowest = y;
        for (size_t i = 0; i < COLUMNS; i++) {
            const Text words = text_of_member(json_array_get(lines, row), names[i]);
            const double below = write_words(cairo, layout, "Noto Serif 9", words, 35 + 88 * (double)i, y + 2, 82);
            lowest = below > lowest ? below : lowest;
        }
        cairo_move_to(cairo, 31, lowest + 2);
        cairo_line_to(cairo, 564, lowest + 2);
        cairo_stroke(cairo);
        y = lowest + 2;
    }
}

static void draw_code(cairo_t *cairo, const char *address) {
    QRcode *code = QRcode_encodeString(address, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
    if (code == NULL) {
        give_up("no QR code");
    }
    cairo_surface_t *mask = cairo_image_surface_create(CAIRO_FORMAT_A8, code->width, code->width);
    unsigned char *pixels = cairo_image_surface_get_data(mask);
    const int stride = cairo_image_surface_get_stride(mask);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            pixels[y * stride + x] = (code->data[y * code->width + x] & 1) != 0 ? 255 : 0;
        }
    }
    cairo_surface_mark_dirty(mask);
    cairo_save(cairo);
    cairo_translate(cairo, 450, 660);
    cairo_scale(cairo, CODE_SIDE / (double)code->width, CODE_SIDE / (double)code->width);
    cairo_pattern_t *pattern = cairo_pattern_create_for_surface(mask);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
    cairo_mask(cairo, pattern);
    cairo_pattern_destroy(pattern);
    cairo_restore(cairo);
    cairo_surface_destroy(mask);
    QRcode_free(code);
}

static size_t draw_bare(const json_t *application) {
    static const char *const fields[HEAD_FIELDS][2] = {
        {"CONSIGNOR", "consignor_name"},  {"ADDRESS", "consignor_address"},   {"CONSIGNEE", "consignee_name"},
        {"ADDRESS", "consignee_address"}, {"TRANSPORT", "transport_details"}, {"REMARKS", "remarks"}};
    size_t size = 0;
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(count_bytes, &size, 595, 842);
    cairo_t *cairo = cairo_create(surface);
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    cairo_set_line_width(cairo, 0.5);
    (void)write_words(cairo, layout, "Noto Serif Bold 15", TEXT("CERTIFICATE OF ORIGIN"), 180, 40, 300);
    for (int i = 0; i < HEAD_FIELDS; i++) {
        draw_box(cairo, layout, fields[i][0], text_of_member(application, fields[i][1]), i);
    }
    draw_table(cairo, layout, json_object_get(application, "lines"));
    (void)write_words(cairo, layout, "Noto Serif 9",
                      TEXT("The undersigned authority certifies that the goods described above originate in the "
                           "country shown in box 3."),
                      35, 660, 250);
    draw_code(cairo, "http://localhost:8080/verify/DEMO-CO-2026-000001/7KQ2-9XMD-4CRA");
    g_object_unref(layout);
    cairo_show_page(cairo);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return size;
}

/* The page by its layout. */

static bool look_up(void *context, size_t row, Text name, Text *ret_value) {
    const json_t *application = context;
    const json_t *object =
        row == LAYOUT_NO_ROW ? application : json_array_get(json_object_get(application, "lines"), row);
    char key[64];
    if (name.size >= sizeof(key)) {
        return false;
    }
    memcpy(key, name.data, name.size);
    key[name.size] = '\0';
    *ret_value = text_of_member(object, key);
    if (text_equal(name, TEXT("verify_address"))) {
        *ret_value = TEXT("http://localhost:8080/verify/DEMO-CO-2026-000001/7KQ2-9XMD-4CRA");
    }
    return row == LAYOUT_NO_ROW || ret_value->size > 0;
}

static size_t draw_layout(Arena *arena, const Layout *layout, const json_t *application) {
    const LayoutFill fill = {.lookup = look_up,
                             .context = (void *)(uintptr_t)application,
                             .row_count = json_array_size(json_object_get(application, "lines")),
                             .second_language = TEXT("mk"),
                             .primary = colour_of_rgb(0x123d5c),
                             .secondary = colour_of_rgb(0x9a6b16),
                             .watermark = TEXT("DEMONSTRATION"),
                             .created = {INT64_C(1795464000000000)}};
    LayoutDrawn drawn = {0};
    if (layout_draw(arena, layout, &fill, &drawn) != STATUS_OK) {
        give_up(arena_c_string(arena, failure_take()));
    }
    return drawn.pdf.size;
}

static Text read_whole(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    char *bytes = arena_allocate(arena, 1 << 20);
    if (file == NULL) {
        give_up(path);
    }
    const size_t size = fread(bytes, 1, 1 << 20, file);
    (void)fclose(file);
    return (Text){bytes, size};
}

static double processor_seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    const bool by_layout = count == 5;
    const Layout *layout = NULL;
    if (count != 4 && !by_layout) {
        give_up("use: floor_paper PAGES text APPLICATION | PAGES layout APPLICATION LAYOUT");
    }
    Arena *arena = arena_open(ARENA_BUDGET), *page = arena_open(ARENA_BUDGET);
    json_t *application = json_load_file(arguments[3], 0, NULL);
    if (by_layout && layout_of_json(arena, read_whole(arena, arguments[4]), &layout) != STATUS_OK) {
        give_up(arena_c_string(arena, failure_take()));
    }
    const long pages = strtol(arguments[1], NULL, 10);
    size_t bytes = 0;
    double begun = 0;
    for (long i = -3; i < pages; i++) { /* the first pages load fonts */
        if (i == 0) {
            begun = processor_seconds();
        }
        bytes = by_layout ? draw_layout(page, layout, application) : draw_bare(application);
        arena_reset(page);
    }
    printf("%.1f pages/s, %zu bytes a page\n", (double)pages / (processor_seconds() - begun), bytes);
    json_decref(application);
    arena_close(page);
    arena_close(arena);
    return 0;
}
