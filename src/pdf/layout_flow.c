/** The flow: rests of boxes and rows of the table, over as many pages as they need. Measuring and drawing are one walk.
 */
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "pdf/layout_inside.h"

/* Millimetres. */
#define CELL_PADDING 1.3
#define ROW_PADDING  1.0
/** Less than this at the bottom of a page is not worth beginning a row that must be broken. */
#define WORTH_BREAKING 25.0
/** Struck out when the room below the last row is higher. */
#define WORTH_STRIKING 9.0

/** The walk over one page's area. */
typedef struct Walk {
    Drawing *drawing;
    Rectangle area;
    double y; /**< the next free height */
    bool draw;
    bool full;  /**< the page can take no more */
    bool empty; /**< nothing stands on the page yet but headings */
    FlowPlace place;
} Walk;

const LayoutPart *layout_flow_part(const LayoutParts *parts) {
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->items[i].kind == LAYOUT_FLOW) {
            return &parts->items[i];
        }
    }
    return NULL;
}

static double room(const Walk *walk) {
    return walk->area.y + walk->area.height - walk->y;
}

static bool has_table(const Drawing *drawing) {
    return drawing->layout->table.column_count > 0;
}

/* Headings. */

static Status set_headings(Drawing *drawing) {
    const LayoutTable *table = &drawing->layout->table;
    Flow *flow = &drawing->flow;
    size_t column = 0;
    for (size_t i = 0; i < table->group_count; i++) {
        double width = -2 * CELL_PADDING - (table->groups[i].number.size > 0 ? BOX_GUTTER : 0);
        for (size_t j = 0; j < table->groups[i].columns; j++) {
            width += table->columns[column++].width;
        }
        TRY(drawing_set_label(drawing, &table->groups[i].label, TEXT("label"), fmax(width, 1), &flow->group_labels[i]));
        flow->groups_height = fmax(flow->groups_height, drawing_block_height(flow->group_labels[i]) + 1.3);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const LayoutParagraph paragraph = {.words = table->columns[i].heading,
                                           .style = layout_style(drawing->layout, TEXT("heading")),
                                           .second_style = layout_style(drawing->layout, TEXT("second"))};
        Runs runs;
        TRY(drawing_fill_runs(drawing, drawing->scratch, &paragraph, 1, LAYOUT_NO_ROW, NULL, 0, &runs));
        if (runs.count > 0) {
            TRY(paper_set_text(drawing->paper, runs.items, runs.count, table->columns[i].align,
                               fmax(table->columns[i].width - 2 * CELL_PADDING, 1), 1, &flow->headings[i]));
        }
        flow->headings_height = fmax(flow->headings_height, drawing_block_height(flow->headings[i]) + 1.5);
    }
    return STATUS_OK;
}

static double heading_height(const Drawing *drawing) {
    return drawing->flow.groups_height + drawing->flow.headings_height;
}

static Status draw_group_heading(Walk *walk, const LayoutGroup *group, const TextBlock *label, double x) {
    Drawing *drawing = walk->drawing;
    TextBlock *number = NULL;
    const LayoutWords words = {.text = group->number};
    TRY(drawing_set_label(drawing, &words, TEXT("number"), BOX_GUTTER, &number));
    drawing_block(drawing, number, x + CELL_PADDING, walk->y + 0.8);
    drawing_block(drawing, label, x + CELL_PADDING + (number != NULL ? BOX_GUTTER : 0), walk->y + 1.3);
    block_release(number);
    return STATUS_OK;
}

/** Headings and the frame down to the bottom of the area. */
static Status draw_table_frame(Walk *walk) {
    Drawing *drawing = walk->drawing;
    const LayoutTable *table = &drawing->layout->table;
    const Colour rule = drawing_rule_colour(drawing);
    const double top = walk->y, below_groups = top + drawing->flow.groups_height;
    double x = walk->area.x;
    size_t group = 0, next_group = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (i == next_group && group < table->group_count) {
            TRY(draw_group_heading(walk, &table->groups[group], drawing->flow.group_labels[group], x));
            next_group += table->groups[group++].columns;
        }
        drawing_block(drawing, drawing->flow.headings[i], x + CELL_PADDING, below_groups + 0.5);
        x += table->columns[i].width;
    }
    const double below = top + heading_height(drawing);
    paper_line(drawing->paper, walk->area.x, below, x, below, 0.3, rule);
    paper_frame(drawing->paper,
                (Rectangle){walk->area.x, top, walk->area.width, walk->area.y + walk->area.height - top}, 0.5, rule);
    return STATUS_OK;
}

/** The rules between columns, from the headings at `top` to `bottom`. */
static void draw_column_rules(Walk *walk, double top, double bottom) {
    Drawing *drawing = walk->drawing;
    const LayoutTable *table = &drawing->layout->table;
    double x = walk->area.x;
    size_t group = 0, next_group = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const bool starts_group = table->group_count == 0 || i == next_group;
        if (starts_group && group < table->group_count) {
            next_group += table->groups[group++].columns;
        }
        if (i > 0) {
            paper_line(drawing->paper, x, starts_group ? top : top + drawing->flow.groups_height, x, bottom,
                       starts_group ? 0.5 : 0.2, drawing_rule_colour(drawing));
        }
        x += table->columns[i].width;
    }
}

/* Rows. */

static void release_row(RowCells *row) {
    for (size_t i = 0; i < LAYOUT_MAXIMUM_COLUMNS; i++) {
        block_release(row->cells[i]);
    }
    *row = (RowCells){0};
}

static Status set_row(Drawing *drawing, size_t row, RowCells *cells) {
    const LayoutTable *table = &drawing->layout->table;
    cells->set = true;
    for (size_t i = 0; i < table->column_count; i++) {
        const LayoutColumn *column = &table->columns[i];
        arena_reset(drawing->scratch);
        Runs runs;
        TRY(drawing_blame(
            drawing,
            drawing_fill_runs(drawing, drawing->scratch, column->texts.items, column->texts.count, row, NULL, 0, &runs),
            column->name, row));
        if (runs.count > 0) {
            TRY(drawing_blame(drawing,
                              paper_set_text(drawing->paper, runs.items, runs.count, column->align,
                                             column->width - 2 * CELL_PADDING, 1, &cells->cells[i]),
                              column->name, row));
        }
    }
    return STATUS_OK;
}

static Status cells_of_row(Drawing *drawing, size_t row, RowCells **ret_cells) {
    Flow *flow = &drawing->flow;
    RowCells *cells = row < KEPT_ROWS ? &flow->kept[row] : &flow->other;
    if (cells == &flow->other && cells->set && flow->other_row != row) {
        release_row(cells);
    }
    if (!cells->set) {
        TRY(set_row(drawing, row, cells));
        if (cells == &flow->other) {
            flow->other_row = row;
        }
    }
    *ret_cells = cells;
    return STATUS_OK;
}

/** Height of what is left of a row, with its padding. */
static double row_height(const Walk *walk, const RowCells *cells) {
    double height = 0;
    for (size_t i = 0; i < LAYOUT_MAXIMUM_COLUMNS; i++) {
        if (cells->cells[i] != NULL) {
            height = fmax(height, block_height(cells->cells[i], walk->place.lines[i], block_lines(cells->cells[i])));
        }
    }
    return height + 2 * ROW_PADDING;
}

static bool row_is_begun(const Walk *walk) {
    for (size_t i = 0; i < LAYOUT_MAXIMUM_COLUMNS; i++) {
        if (walk->place.lines[i] > 0) {
            return true;
        }
    }
    return false;
}

/**
 * Draws the lines of a row that fit into `height` and moves the place behind them. A short first cell, such as the
 * item's number, stands again where a broken row goes on.
 */
static size_t take_lines(Walk *walk, const RowCells *cells, double height) {
    Drawing *drawing = walk->drawing;
    const LayoutTable *table = &drawing->layout->table;
    const bool is_begun = row_is_begun(walk);
    double x = walk->area.x;
    size_t taken = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const TextBlock *block = cells->cells[i];
        if (block != NULL) {
            const size_t from = walk->place.lines[i], to = block_fit(block, from, height);
            const bool again = i == 0 && is_begun && from == block_lines(block) && from <= 2;
            if (walk->draw) {
                paper_draw_text(drawing->paper, block, x + CELL_PADDING, walk->y + ROW_PADDING, again ? 0 : from, to);
            }
            walk->place.lines[i] = to;
            taken += to - from;
        }
        x += table->columns[i].width;
    }
    return taken;
}

static void rule_below_row(Walk *walk) {
    if (walk->draw && room(walk) > 0.3) {
        Drawing *drawing = walk->drawing;
        const LayoutColour pale = {.tone = TONE_RULE, .tint = 0.6};
        paper_line(drawing->paper, walk->area.x, walk->y, walk->area.x + walk->area.width, walk->y, 0.2,
                   drawing_colour(drawing, pale));
    }
}

static void end_row(Walk *walk, RowCells *cells) {
    rule_below_row(walk);
    if (walk->draw) {
        release_row(cells);
    }
    walk->place.row++;
    memset(walk->place.lines, 0, sizeof walk->place.lines);
    walk->empty = false;
}

/** How high a row may be on a page of its own. */
static double page_room(const Drawing *drawing) {
    const LayoutPart *flow = layout_flow_part(&drawing->layout->continuation);
    return flow == NULL ? 0 : flow->area.height - heading_height(drawing);
}

static double end_height(const Drawing *drawing) {
    return drawing->flow.end == NULL ? 0 : drawing_block_height(drawing->flow.end) + 2 * ROW_PADDING;
}

/** Takes a row, or as much of it as the page holds. */
static Status take_row(Walk *walk) {
    Drawing *drawing = walk->drawing;
    RowCells *cells = NULL;
    TRY(cells_of_row(drawing, walk->place.row, &cells));
    const double height = row_height(walk, cells);
    const bool is_last = walk->place.row + 1 == drawing->fill->row_count;
    const bool is_small = height <= page_room(drawing) / 2 && !row_is_begun(walk);
    const double wanted = height + (is_last && is_small ? end_height(drawing) : 0);
    if (wanted <= room(walk) || (walk->empty && height <= room(walk))) {
        (void)take_lines(walk, cells, height);
        walk->y += height;
        end_row(walk, cells);
        return STATUS_OK;
    }
    if (!walk->empty && (is_small || room(walk) < WORTH_BREAKING)) {
        walk->full = true;
        return STATUS_OK;
    }
    const size_t taken = take_lines(walk, cells, room(walk) - 2 * ROW_PADDING);
    if (taken == 0 && walk->empty) {
        return fail(STATUS_TOO_LARGE, "the flow's area is too low for a line of text");
    }
    walk->full = true;
    return STATUS_OK;
}

/** Two crossing-free strokes through the room that is left, as clerks draw them by hand. */
static void strike_out(Walk *walk) {
    Drawing *drawing = walk->drawing;
    if (!walk->draw || !drawing->layout->table.strike || room(walk) < WORTH_STRIKING) {
        return;
    }
    const LayoutColour pale = {.tone = TONE_RULE, .tint = 0.75};
    const Colour colour = drawing_colour(drawing, pale);
    const double left = walk->area.x + 4, right = walk->area.x + walk->area.width - 4;
    const double top = walk->y + 2.5, bottom = walk->area.y + walk->area.height - 2.5;
    paper_line(drawing->paper, left, top, right, top, 0.35, colour);
    paper_line(drawing->paper, right, top, left, bottom, 0.35, colour);
    paper_line(drawing->paper, left, bottom, right, bottom, 0.35, colour);
}

static void take_end(Walk *walk) {
    Drawing *drawing = walk->drawing;
    const double height = end_height(drawing);
    if (height > room(walk) && !walk->empty) {
        walk->full = true;
        return;
    }
    if (walk->draw) {
        drawing_block(drawing, drawing->flow.end, walk->area.x + CELL_PADDING, walk->y + ROW_PADDING);
    }
    walk->y += height;
    if (drawing->flow.end != NULL) {
        rule_below_row(walk);
    }
    strike_out(walk);
    walk->place.ended = true;
}

static Status take_table(Walk *walk) {
    Drawing *drawing = walk->drawing;
    const double least = heading_height(drawing) + (walk->empty ? 0 : WORTH_BREAKING);
    if (room(walk) < least) {
        walk->full = true;
        return walk->empty ? fail(STATUS_TOO_LARGE, "the flow's area is too low for the table's headings") : STATUS_OK;
    }
    const double top = walk->y;
    if (walk->draw) {
        arena_reset(drawing->scratch);
        TRY(draw_table_frame(walk));
    }
    walk->y += heading_height(drawing);
    walk->empty = true;
    while (!walk->full && walk->place.row < drawing->fill->row_count) {
        TRY(take_row(walk));
    }
    const double bottom = walk->full ? walk->area.y + walk->area.height : walk->y;
    if (!walk->full) {
        take_end(walk);
    }
    if (walk->draw) {
        draw_column_rules(walk, top, bottom);
    }
    return STATUS_OK;
}

/* Rests. */

static Status take_rest(Walk *walk) {
    Drawing *drawing = walk->drawing;
    const Rest *rest = &drawing->flow.rests[walk->place.rest];
    const double x = walk->area.x + BOX_PADDING;
    const double heading = drawing_block_height(rest->heading) + 1;
    const size_t from = walk->place.rest_line;
    const size_t to = block_fit(rest->block, from, room(walk) - heading - 3);
    if (to == from || (to < block_lines(rest->block) && to - from < 2 && !walk->empty)) {
        walk->full = true;
        return walk->empty ? fail(STATUS_TOO_LARGE, "the flow's area is too low for a line of text") : STATUS_OK;
    }
    if (from == 0) {
        drawing->flow.rests[walk->place.rest].page = drawing->page;
    }
    const double height = heading + block_height(rest->block, from, to) + 2;
    if (walk->draw) {
        drawing_block(drawing, rest->heading, x, walk->y + 1);
        paper_draw_text(drawing->paper, rest->block, x, walk->y + 1 + heading, from, to);
        paper_frame(drawing->paper, (Rectangle){walk->area.x, walk->y, walk->area.width, height}, 0.5,
                    drawing_rule_colour(drawing));
    }
    walk->y += height + (to == block_lines(rest->block) ? 2 : 0);
    walk->empty = false;
    walk->place.rest_line = to;
    walk->full = to < block_lines(rest->block);
    if (!walk->full) {
        walk->place.rest++;
        walk->place.rest_line = 0;
    }
    return STATUS_OK;
}

/** Walks over a page's area from a place on. Rests start on the second page, where the first one's readers are sent. */
static Status walk_page(Walk *walk) {
    const Drawing *drawing = walk->drawing;
    walk->y = walk->area.y;
    walk->empty = true;
    while (drawing->page > 1 && !walk->full && walk->place.rest < drawing->flow.rest_count) {
        TRY(take_rest(walk));
    }
    if (!walk->full && has_table(drawing) && !walk->place.ended) {
        TRY(take_table(walk));
    }
    return STATUS_OK;
}

static Status add_start(Drawing *drawing, const FlowPlace *place) {
    Flow *flow = &drawing->flow;
    if (flow->start_count == LAYOUT_MAXIMUM_PAGES) {
        return fail(STATUS_TOO_LARGE, "the document has more than %d pages", LAYOUT_MAXIMUM_PAGES);
    }
    if (flow->start_count == flow->start_capacity) {
        const size_t capacity = flow->start_capacity == 0 ? 8 : 2 * flow->start_capacity;
        FlowPlace *starts = arena_new_array(drawing->arena, FlowPlace, capacity);
        if (flow->start_count > 0) {
            memcpy(starts, flow->starts, flow->start_count * sizeof *starts);
        }
        flow->starts = starts;
        flow->start_capacity = capacity;
    }
    flow->starts[flow->start_count++] = *place;
    return STATUS_OK;
}

static bool is_done(const Drawing *drawing, const FlowPlace *place) {
    return place->rest == drawing->flow.rest_count && (!has_table(drawing) || place->ended);
}

Status flow_plan(Drawing *drawing) {
    const Layout *layout = drawing->layout;
    if (has_table(drawing)) {
        arena_reset(drawing->scratch);
        TRY(set_headings(drawing));
        Runs runs;
        TRY(drawing_fill_runs(drawing, drawing->scratch, layout->table.end.items, layout->table.end.count,
                              LAYOUT_NO_ROW, NULL, 0, &runs));
        const LayoutPart *flow = layout_flow_part(&layout->continuation);
        if (runs.count > 0) {
            TRY(paper_set_text(drawing->paper, runs.items, runs.count, ALIGN_CENTRE,
                               flow->area.width - 2 * CELL_PADDING, 1, &drawing->flow.end));
        }
    }
    FlowPlace place = {0};
    do {
        TRY(add_start(drawing, &place));
        drawing->page = drawing->flow.start_count;
        const LayoutPart *flow = layout_flow_part(drawing->page == 1 ? &layout->first : &layout->continuation);
        if (flow != NULL) {
            Walk walk = {.drawing = drawing, .area = flow->area, .place = place};
            TRY(walk_page(&walk));
            place = walk.place;
        }
    } while (!is_done(drawing, &place));
    return STATUS_OK;
}

Status flow_draw(Drawing *drawing, Rectangle area) {
    Walk walk = {.drawing = drawing, .area = area, .draw = true, .place = drawing->flow.starts[drawing->page - 1]};
    return walk_page(&walk);
}
