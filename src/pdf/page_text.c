/** Text on papers: runs become lines of one pango layout, which are measured and drawn line by line. */
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "base/log.h"
#include "pdf/font_inside.h"
#include "pdf/page_inside.h"

/** A line: where it stands in the block. Points. */
typedef struct BlockLine {
    PangoLayoutLine *line; /**< borrowed from the layout */
    double x, top, baseline;
} BlockLine;

struct TextBlock {
    Paper *paper;
    TextBlock *next, *before;
    PangoLayout *layout;
    size_t line_count, run_count;
    size_t *run_starts; /**< bytes */
    BlockLine *lines;   /**< one more than line_count: its top is the bottom of the last */
};

void block_release(TextBlock *block) {
    if (block == NULL) {
        return;
    }
    if (block->before != NULL) {
        block->before->next = block->next;
    } else {
        block->paper->blocks = block->next;
    }
    if (block->next != NULL) {
        block->next->before = block->before;
    }
    g_object_unref(block->layout);
    g_free(block->lines);
    g_free(block->run_starts);
    g_free(block);
}

void page_release_blocks(Paper *paper) {
    while (paper->blocks != NULL) {
        block_release(paper->blocks);
    }
}

static void add_attribute(PangoAttrList *list, PangoAttribute *attribute, size_t start, size_t end) {
    attribute->start_index = (guint)start;
    attribute->end_index = (guint)end;
    pango_attr_list_insert(list, attribute);
}

static guint16 channel(double value) {
    return (guint16)lround(fmin(fmax(value, 0), 1) * 65535);
}

static void add_style(PangoAttrList *list, const TextStyle *style, double scale, size_t start, size_t end) {
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, font_family_names(style->family));
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(font, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_font_description_set_size(font, (gint)lround(style->size * scale * PANGO_SCALE));
    add_attribute(list, pango_attr_font_desc_new(font), start, end);
    pango_font_description_free(font);
    add_attribute(list,
                  pango_attr_foreground_new(channel(style->colour.red), channel(style->colour.green),
                                            channel(style->colour.blue)),
                  start, end);
    if (style->spacing > 0) {
        add_attribute(list, pango_attr_letter_spacing_new((int)lround(style->spacing * scale * PANGO_SCALE)), start,
                      end);
    }
}

/** The runs' texts with line feeds between them, tabs as blanks. */
static Text join_runs(Paper *paper, const TextRun *runs, size_t count, size_t *starts) {
    arena_reset(paper->scratch);
    Buffer joined = buffer_make(paper->scratch, PAPER_MAXIMUM_TEXT + 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buffer_append_byte(&joined, '\n');
        }
        starts[i] = joined.size;
        buffer_append(&joined, runs[i].text);
    }
    for (size_t i = 0; i < joined.size; i++) {
        if (joined.data[i] == '\t') {
            joined.data[i] = ' ';
        }
    }
    return (Text){joined.data, joined.size};
}

static Status check_runs(Paper *paper, const TextRun *runs, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        TextFault fault;
        TRY(pdf_missing_glyphs(runs[i].text, &fault));
        if (fault.kind != TEXT_FAULT_NONE) {
            arena_reset(paper->scratch);
            const Text words = text_fault_words(paper->scratch, &fault);
            return fail(STATUS_INVALID, "the text cannot be printed: %.*s", TEXT_ARG(words));
        }
        total += runs[i].text.size + 1;
        if (total > PAPER_MAXIMUM_TEXT) {
            return fail(STATUS_TOO_LARGE, "a text is longer than %zu bytes", PAPER_MAXIMUM_TEXT);
        }
    }
    return STATUS_OK;
}

static size_t run_of_byte(const TextBlock *block, size_t byte) {
    size_t run = 0;
    while (run + 1 < block->run_count && block->run_starts[run + 1] <= byte) {
        run++;
    }
    return run;
}

/**
 * Places the lines. Fonts of the Noto family say generous heights, those of tall scripts even more; the leading follows
 * the size of the type and grows only where a script needs it.
 */
static void measure_lines(TextBlock *block, const TextRun *runs, double scale) {
    block->line_count = (size_t)pango_layout_get_line_count(block->layout);
    block->lines = g_new0(BlockLine, block->line_count + 1);
    PangoLayoutIter *iterator = pango_layout_get_iter(block->layout);
    double top = 0;
    size_t last_run = 0;
    for (size_t i = 0; i < block->line_count; i++) {
        PangoLayoutLine *line = pango_layout_iter_get_line_readonly(iterator);
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(iterator, NULL, &logical);
        const size_t run = run_of_byte(block, (size_t)line->start_index);
        if (run > last_run) {
            top += runs[run].style.above * scale;
            last_run = run;
        }
        const double natural = (double)logical.height / PANGO_SCALE;
        const double leading = fmax(runs[run].style.size * scale * 1.28, natural * 0.92);
        const double ascent = (double)(pango_layout_iter_get_baseline(iterator) - logical.y) / PANGO_SCALE;
        block->lines[i] = (BlockLine){.line = line,
                                      .x = (double)logical.x / PANGO_SCALE,
                                      .top = top,
                                      .baseline = top + (natural > 0 ? leading * ascent / natural : leading)};
        top += leading;
        (void)pango_layout_iter_next_line(iterator);
    }
    block->lines[block->line_count].top = top;
    pango_layout_iter_free(iterator);
}

static TextBlock *block_new(Paper *paper, size_t run_count) {
    TextBlock *block = g_new0(TextBlock, 1);
    block->paper = paper;
    block->layout = pango_layout_new(paper->context);
    block->run_count = run_count;
    block->run_starts = g_new0(size_t, run_count + 1);
    block->next = paper->blocks;
    if (paper->blocks != NULL) {
        paper->blocks->before = block;
    }
    paper->blocks = block;
    return block;
}

Status paper_set_text(Paper *paper, const TextRun *runs, size_t count, TextAlign align, double width, double scale,
                      TextBlock **ret_block) {
    TRY(check_runs(paper, runs, count));
    TextBlock *block = block_new(paper, count);
    const Text text = join_runs(paper, runs, count, block->run_starts);
    PangoLayout *layout = block->layout;
    pango_layout_set_text(layout, text.data != NULL ? text.data : "", (int)text.size);
    PangoAttrList *attributes = pango_attr_list_new();
    for (size_t i = 0; i < count; i++) {
        const size_t end = i + 1 < count ? block->run_starts[i + 1] : text.size;
        add_style(attributes, &runs[i].style, scale, block->run_starts[i], end);
    }
    /* A number broken at the end of a line must not gain a hyphen. */
    add_attribute(attributes, pango_attr_insert_hyphens_new(FALSE), 0, G_MAXUINT);
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_width(layout, (int)lround(points(width) * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, align == ALIGN_CENTRE ? PANGO_ALIGN_CENTER
                                       : align == ALIGN_END  ? PANGO_ALIGN_RIGHT
                                                             : PANGO_ALIGN_LEFT);
    if (pango_layout_get_unknown_glyphs_count(layout) > 0) {
        block_release(block);
        return fail(STATUS_INVALID, "the text cannot be printed: a combination of characters is in none of the fonts");
    }
    measure_lines(block, runs, scale);
    *ret_block = block;
    return STATUS_OK;
}

size_t block_lines(const TextBlock *block) {
    return block->line_count;
}

double block_height(const TextBlock *block, size_t from, size_t to) {
    return (block->lines[to].top - block->lines[from].top) / POINTS_PER_MILLIMETRE;
}

size_t block_fit(const TextBlock *block, size_t from, double height) {
    /* A hair of tolerance, so that a block fits exactly into its own height. */
    const double bottom = block->lines[from].top + points(height) + 0.001;
    size_t to = from;
    while (to < block->line_count && block->lines[to + 1].top <= bottom) {
        to++;
    }
    return to;
}

void block_place(const TextBlock *block, size_t line, size_t *ret_run, size_t *ret_byte) {
    const size_t byte = (size_t)block->lines[line].line->start_index;
    const size_t run = run_of_byte(block, byte);
    *ret_run = run;
    *ret_byte = byte - block->run_starts[run];
}

void paper_draw_text(Paper *paper, const TextBlock *block, double x, double y, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        const BlockLine *line = &block->lines[i];
        cairo_move_to(paper->cairo, points(x) + line->x, points(y) + line->baseline - block->lines[from].top);
        pango_cairo_show_layout_line(paper->cairo, line->line);
    }
}

Status paper_watermark(Paper *paper, Text text, Rectangle area, Colour colour) {
    if (text.size == 0) {
        return STATUS_OK;
    }
    const TextRun run = {text, {.family = FONT_SANS, .bold = true, .size = 48, .spacing = 6, .colour = colour}};
    TextBlock *block = NULL;
    TRY(paper_set_text(paper, &run, 1, ALIGN_START, 1000, 1, &block));
    PangoRectangle logical;
    pango_layout_get_extents(block->layout, NULL, &logical);
    const double width = (double)logical.width / PANGO_SCALE;
    const double diagonal = hypot(points(area.width), points(area.height));
    const double scale = fmin(0.8 * diagonal / fmax(width, 1), 2);
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, points(area.x + area.width / 2), points(area.y + area.height / 2));
    cairo_rotate(paper->cairo, -atan2(area.height, area.width));
    cairo_scale(paper->cairo, scale, scale);
    cairo_move_to(paper->cairo, -width / 2, 48 * 0.36);
    pango_cairo_show_layout_line(paper->cairo, block->lines[0].line);
    cairo_restore(paper->cairo);
    block_release(block);
    return STATUS_OK;
}
