/** Text on papers: set texts are measured and drawn line by line. */
#include <math.h>
#include <pango/pangocairo.h>

#include "pdf/page_inside.h"
#include "pdf/page_set.h"

struct TextBlock {
    Paper *paper;
    TextBlock *next, *before; /**< of the paper's blocks, or next of its spare ones */
    SetText *text;
};

void block_release(TextBlock *block) {
    if (block == NULL) {
        return;
    }
    Paper *paper = block->paper;
    if (block->before != NULL) {
        block->before->next = block->next;
    } else {
        paper->blocks = block->next;
    }
    if (block->next != NULL) {
        block->next->before = block->before;
    }
    set_text_release(block->text);
    *block = (TextBlock){.paper = paper, .next = paper->spare_blocks};
    paper->spare_blocks = block;
}

void page_release_blocks(Paper *paper) {
    while (paper->blocks != NULL) {
        block_release(paper->blocks);
    }
}

static TextBlock *block_new(Paper *paper, SetText *text) {
    TextBlock *block = paper->spare_blocks;
    if (block != NULL) {
        paper->spare_blocks = block->next;
    } else {
        block = arena_new(paper->arena, TextBlock);
    }
    *block = (TextBlock){.paper = paper, .next = paper->blocks, .text = text};
    if (paper->blocks != NULL) {
        paper->blocks->before = block;
    }
    paper->blocks = block;
    return block;
}

Status paper_set_text(Paper *paper, const TextRun *runs, size_t count, TextAlign align, double width, double scale,
                      TextBlock **ret_block) {
    SetText *text = NULL;
    TRY(set_text(paper->context, paper->scratch, runs, count, align, width, scale, &text));
    *ret_block = block_new(paper, text);
    return STATUS_OK;
}

size_t block_lines(const TextBlock *block) {
    return block->text->line_count;
}

double block_height(const TextBlock *block, size_t from, size_t to) {
    return (block->text->lines[to].top - block->text->lines[from].top) / POINTS_PER_MILLIMETRE;
}

size_t block_fit(const TextBlock *block, size_t from, double height) {
    const SetLine *lines = block->text->lines;
    /* A hair of tolerance, so that a block fits exactly into its own height. */
    const double bottom = lines[from].top + points(height) + 0.001;
    size_t to = from;
    while (to < block->text->line_count && lines[to + 1].top <= bottom) {
        to++;
    }
    return to;
}

void block_place(const TextBlock *block, size_t line, size_t *ret_run, size_t *ret_byte) {
    const SetText *text = block->text;
    const size_t byte = (size_t)text->lines[line].line->start_index;
    size_t run = 0;
    while (run + 1 < text->run_count && text->run_starts[run + 1] <= byte) {
        run++;
    }
    *ret_run = run;
    *ret_byte = byte - text->run_starts[run];
}

void paper_draw_text(Paper *paper, const TextBlock *block, double x, double y, size_t from, size_t to) {
    const SetLine *lines = block->text->lines;
    for (size_t i = from; i < to; i++) {
        cairo_move_to(paper->cairo, points(x) + lines[i].x, points(y) + lines[i].baseline - lines[from].top);
        pango_cairo_show_layout_line(paper->cairo, lines[i].line);
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
    pango_layout_line_get_extents(block->text->lines[0].line, NULL, &logical);
    const double width = (double)logical.width / PANGO_SCALE;
    const double diagonal = hypot(points(area.width), points(area.height));
    const double scale = fmin(0.8 * diagonal / fmax(width, 1), 2);
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, points(area.x + area.width / 2), points(area.y + area.height / 2));
    cairo_rotate(paper->cairo, -atan2(area.height, area.width));
    cairo_scale(paper->cairo, scale, scale);
    cairo_move_to(paper->cairo, -width / 2, 48 * 0.36);
    pango_cairo_show_layout_line(paper->cairo, block->text->lines[0].line);
    cairo_restore(paper->cairo);
    block_release(block);
    return STATUS_OK;
}
