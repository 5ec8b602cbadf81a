/** Drawing of filled layouts: what stands on each page. */
#include <math.h>

#include "base/log.h"
#include "pdf/layout_inside.h"
#include "pdf/revision_appearance.h"

enum { SCRATCH_BUDGET = 8 << 20 };

Colour drawing_colour(const Drawing *drawing, LayoutColour colour) {
    Colour plain = colour.own;
    switch (colour.tone) {
    case TONE_INK:
        plain = colour_of_rgb(0x16191d);
        break;
    case TONE_QUIET:
        plain = colour_of_rgb(0x545d68);
        break;
    case TONE_RULE:
        plain = colour_of_rgb(0x7d8792);
        break;
    case TONE_PRIMARY:
        plain = colour.tint < 1 ? drawing->fill->primary : colour_for_text(drawing->fill->primary);
        break;
    case TONE_SECONDARY:
        plain = colour.tint < 1 ? drawing->fill->secondary : colour_for_text(drawing->fill->secondary);
        break;
    case TONE_OWN:
        break;
    }
    return colour_tint(plain, colour.tint);
}

Colour drawing_rule_colour(const Drawing *drawing) {
    return drawing_colour(drawing, (LayoutColour){.tone = TONE_RULE, .tint = 1});
}

Text drawing_second(const Drawing *drawing, const LayoutWords *words) {
    /* RFC 4647 lookup: "sr-Latn-ME", then "sr-Latn", then "sr". */
    Text wanted = drawing->fill->second_language;
    while (wanted.size > 0) {
        for (size_t i = 0; i < words->translation_count; i++) {
            if (text_equal_ignoring_case(words->translations[i].language, wanted)) {
                return words->translations[i].text;
            }
        }
        do {
            wanted.size--;
        } while (wanted.size > 0 && wanted.data[wanted.size] != '-');
    }
    return TEXT("");
}

static Status add_run(Drawing *drawing, Arena *arena, Text template, const LayoutStyle *style,
                      const TemplateValues *values, Runs *runs) {
    Text text = TEXT("");
    TRY(template_fill(arena, template, values, &text));
    if (text.size > 0) {
        TextStyle type = style->type;
        type.colour = drawing_colour(drawing, style->colour);
        runs->items[runs->count++] = (TextRun){text, type};
    }
    return STATUS_OK;
}

Status drawing_fill_runs(Drawing *drawing, Arena *arena, const LayoutParagraph *paragraphs, size_t count, size_t row,
                         const TemplateHole *own, size_t own_count, Runs *ret_runs) {
    Runs runs = {.items = arena_new_array(arena, TextRun, 2 * count + 1)};
    const TemplateValues values = {.fill = drawing->fill, .row = row, .own = own, .own_count = own_count};
    for (size_t i = 0; i < count; i++) {
        const LayoutParagraph *paragraph = &paragraphs[i];
        TRY(add_run(drawing, arena, paragraph->words.text, paragraph->style, &values, &runs));
        TRY(add_run(drawing, arena, drawing_second(drawing, &paragraph->words), paragraph->second_style, &values,
                    &runs));
    }
    *ret_runs = runs;
    return STATUS_OK;
}

/** The holes that the layout answers itself. */
enum { PAGE_HOLES = 2 };
static void page_holes(Drawing *drawing, TemplateHole holes[PAGE_HOLES]) {
    holes[0] = (TemplateHole){TEXT("page"), arena_format(drawing->scratch, "%zu", drawing->page)};
    holes[1] = (TemplateHole){TEXT("pages"), arena_format(drawing->scratch, "%zu", drawing->pages)};
}

Status drawing_set_label(Drawing *drawing, const LayoutWords *words, Text style, double width, TextBlock **ret_block) {
    const LayoutParagraph paragraph = {.words = *words,
                                       .style = layout_style(drawing->layout, style),
                                       .second_style = layout_style(drawing->layout, TEXT("second"))};
    Runs runs;
    TRY(drawing_fill_runs(drawing, drawing->scratch, &paragraph, 1, LAYOUT_NO_ROW, NULL, 0, &runs));
    if (runs.count == 0) {
        *ret_block = NULL;
        return STATUS_OK;
    }
    return paper_set_text(drawing->paper, runs.items, runs.count, ALIGN_START, width, 1, ret_block);
}

void drawing_block(Drawing *drawing, const TextBlock *block, double x, double y) {
    if (block != NULL) {
        paper_draw_text(drawing->paper, block, x, y, 0, block_lines(block));
    }
}

double drawing_block_height(const TextBlock *block) {
    return block == NULL ? 0 : block_height(block, 0, block_lines(block));
}

Status drawing_blame(Drawing *drawing, Status status, Text place, size_t row) {
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    arena_reset(drawing->scratch);
    const Text words = arena_copy(drawing->scratch, failure_take());
    if (row == LAYOUT_NO_ROW) {
        return fail(status, "%.*s: %.*s", TEXT_ARG(place), TEXT_ARG(words));
    }
    return fail(status, "row %zu, %.*s: %.*s", row + 1, TEXT_ARG(place), TEXT_ARG(words));
}

/** Sets runs as large as they fit into the height, down to LAYOUT_SMALLEST_TYPE; there, lines may be left over. */
static Status set_to_fit(Drawing *drawing, const Runs *runs, TextAlign align, double width, double height,
                         TextBlock **ret_block, size_t *ret_fit) {
    double largest = 0;
    for (size_t i = 0; i < runs->count; i++) {
        largest = fmax(largest, runs->items[i].style.size);
    }
    double size = largest;
    for (;;) {
        TextBlock *block = NULL;
        TRY(paper_set_text(drawing->paper, runs->items, runs->count, align, width, size / largest, &block));
        const size_t fit = block_fit(block, 0, height);
        if (fit == block_lines(block) || size - 0.5 < LAYOUT_SMALLEST_TYPE) {
            *ret_block = block;
            *ret_fit = fit;
            return STATUS_OK;
        }
        block_release(block);
        size -= 0.5;
    }
}

/** As set_to_fit, and refuses what does not fit. NULL when there is no text. */
static Status set_whole(Drawing *drawing, const LayoutPart *part, double width, double height, TextBlock **ret_block) {
    TemplateHole holes[PAGE_HOLES];
    page_holes(drawing, holes);
    Runs runs;
    TRY(drawing_fill_runs(drawing, drawing->scratch, part->texts.items, part->texts.count, LAYOUT_NO_ROW, holes,
                          PAGE_HOLES, &runs));
    *ret_block = NULL;
    if (runs.count == 0) {
        return STATUS_OK;
    }
    TextBlock *block = NULL;
    size_t fit = 0;
    TRY(set_to_fit(drawing, &runs, part->align, width, height, &block, &fit));
    if (fit < block_lines(block)) {
        block_release(block);
        return fail(STATUS_TOO_LARGE, "the text does not fit into its place and can continue nowhere");
    }
    *ret_block = block;
    return STATUS_OK;
}

/** Where the text of a box stands, below its label. */
static Rectangle text_area(const LayoutPart *part, double label_height) {
    const double left = BOX_PADDING + (part->number.size > 0 ? BOX_GUTTER : 0);
    const double top = 1.3 + (label_height > 0 ? label_height + 0.7 : 0);
    return (Rectangle){part->area.x + left, part->area.y + top, part->area.width - left - BOX_PADDING,
                       part->area.height - top - 1.1};
}

/** Draws frame, number and label of a box, and tells what is left for its text. */
static Status draw_box_frame(Drawing *drawing, const LayoutPart *part, bool draw, Rectangle *ret_area) {
    const Rectangle inside = text_area(part, 0);
    TextBlock *label = NULL;
    TRY(drawing_set_label(drawing, &part->label, TEXT("label"), inside.width, &label));
    *ret_area = text_area(part, drawing_block_height(label));
    if (draw) {
        if (part->border > 0) {
            paper_frame(drawing->paper, part->area, part->border, drawing_rule_colour(drawing));
        }
        const LayoutWords number = {.text = part->number};
        TextBlock *block = NULL;
        TRY(drawing_set_label(drawing, &number, TEXT("number"), BOX_GUTTER, &block));
        drawing_block(drawing, block, part->area.x + BOX_PADDING, part->area.y + 0.8);
        block_release(block);
        drawing_block(drawing, label, inside.x, part->area.y + 1.3);
    }
    block_release(label);
    return STATUS_OK;
}

static double see_height(const Drawing *drawing) {
    return drawing->layout->see_continuation.style->type.size * 1.3 / POINTS_PER_MILLIMETRE;
}

/** Keeps what a box could not hold for the continuation pages. */
static Status add_rest(Drawing *drawing, const LayoutPart *part, const Runs *runs, SetBox *box) {
    const LayoutPart *flow = layout_flow_part(&drawing->layout->continuation);
    if (flow == NULL) {
        return fail(STATUS_TOO_LARGE, "the text does not fit into its box and the layout has no continuation page");
    }
    size_t run = 0, byte = 0;
    block_place(box->block, box->fit, &run, &byte);
    Runs rest = {arena_new_array(drawing->scratch, TextRun, runs->count - run), runs->count - run};
    for (size_t i = 0; i < rest.count; i++) {
        rest.items[i] = runs->items[run + i];
    }
    rest.items[0].text = text_slice(rest.items[0].text, byte, rest.items[0].text.size);
    const TemplateHole holes[] = {{TEXT("number"), part->number}, {TEXT("label"), part->label.text}};
    Runs heading;
    TRY(drawing_fill_runs(drawing, drawing->scratch, &drawing->layout->continued, 1, LAYOUT_NO_ROW, holes, 2,
                          &heading));
    const double width = flow->area.width - 2 * BOX_PADDING;
    Rest *kept = &drawing->flow.rests[drawing->flow.rest_count];
    TRY(paper_set_text(drawing->paper, heading.items, heading.count, ALIGN_START, width, 1, &kept->heading));
    TRY(paper_set_text(drawing->paper, rest.items, rest.count, part->align, width, 1, &kept->block));
    box->rest = drawing->flow.rest_count++;
    return STATUS_OK;
}

static Status set_box(Drawing *drawing, const LayoutPart *part, SetBox *box) {
    Rectangle area;
    TRY(draw_box_frame(drawing, part, false, &area));
    const TemplateHole holes[] = {{TEXT("page"), TEXT("1")}};
    Runs runs;
    TRY(drawing_fill_runs(drawing, drawing->scratch, part->texts.items, part->texts.count, LAYOUT_NO_ROW, holes, 1,
                          &runs));
    if (runs.count == 0) {
        return STATUS_OK;
    }
    TRY(set_to_fit(drawing, &runs, part->align, area.width, area.height, &box->block, &box->fit));
    box->top = area.y;
    if (box->fit < block_lines(box->block)) {
        box->fit = block_fit(box->block, 0, area.height - see_height(drawing));
        return add_rest(drawing, part, &runs, box);
    }
    if (part->at_bottom) {
        box->top = area.y + area.height - drawing_block_height(box->block);
    }
    return STATUS_OK;
}

/** Sets the first page's boxes, which decides what continues. */
static Status set_boxes(Drawing *drawing) {
    const LayoutParts *parts = &drawing->layout->first;
    drawing->boxes = arena_new_array(drawing->arena, SetBox, parts->count + 1);
    drawing->flow.rests = arena_new_array(drawing->arena, Rest, parts->count + 1);
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->items[i].kind == LAYOUT_BOX) {
            arena_reset(drawing->scratch);
            TRY(drawing_blame(drawing, set_box(drawing, &parts->items[i], &drawing->boxes[i]), parts->items[i].name,
                              LAYOUT_NO_ROW));
        }
    }
    return STATUS_OK;
}

static Status draw_set_box(Drawing *drawing, const LayoutPart *part, SetBox *box) {
    Rectangle area;
    TRY(draw_box_frame(drawing, part, true, &area));
    if (box->block == NULL) {
        return STATUS_OK;
    }
    paper_draw_text(drawing->paper, box->block, area.x, box->top, 0, box->fit);
    if (box->fit < block_lines(box->block)) {
        const Text page = arena_format(drawing->scratch, "%zu", drawing->flow.rests[box->rest].page);
        const TemplateHole hole = {TEXT("page"), page};
        Runs runs;
        TRY(drawing_fill_runs(drawing, drawing->scratch, &drawing->layout->see_continuation, 1, LAYOUT_NO_ROW, &hole, 1,
                              &runs));
        TextBlock *see = NULL;
        TRY(paper_set_text(drawing->paper, runs.items, runs.count, ALIGN_END, area.width, 1, &see));
        drawing_block(drawing, see, area.x, area.y + area.height - drawing_block_height(see));
        block_release(see);
    }
    block_release(box->block);
    box->block = NULL;
    return STATUS_OK;
}

static Status draw_text(Drawing *drawing, const LayoutPart *part, Rectangle area) {
    TextBlock *block = NULL;
    TRY(set_whole(drawing, part, area.width, area.height, &block));
    const double height = drawing_block_height(block);
    drawing_block(drawing, block, area.x, part->at_bottom ? area.y + area.height - height : area.y);
    block_release(block);
    return STATUS_OK;
}

static Status draw_framed_text(Drawing *drawing, const LayoutPart *part) {
    Rectangle area;
    TRY(draw_box_frame(drawing, part, true, &area));
    return draw_text(drawing, part, area);
}

static Status draw_code(Drawing *drawing, const LayoutPart *part) {
    const TemplateValues values = {.fill = drawing->fill, .row = LAYOUT_NO_ROW};
    Text content = TEXT("");
    TRY(template_fill(drawing->scratch, part->value, &values, &content));
    double height = 0;
    TRY(paper_code(drawing->paper, content, part->area, part->size, &height));
    Rectangle below = part->area;
    below.y += height;
    below.height -= height;
    return draw_text(drawing, part, below);
}

static Status draw_seal(Drawing *drawing, const LayoutPart *part) {
    if (!drawing->seal.present) {
        const Rectangle *area = &part->area;
        const double height = drawing->layout->height;
        drawing->seal = (LayoutSeal){.present = true,
                                     .page = drawing->page,
                                     .left = area->x * POINTS_PER_MILLIMETRE,
                                     .bottom = (height - area->y - area->height) * POINTS_PER_MILLIMETRE,
                                     .right = (area->x + area->width) * POINTS_PER_MILLIMETRE,
                                     .top = (height - area->y) * POINTS_PER_MILLIMETRE};
    }
    return draw_framed_text(drawing, part);
}

/** The logo; a chamber that has none shows a rosette in its colours. */
static Status draw_logo(Drawing *drawing, const LayoutPart *part) {
    const Rectangle *area = &part->area;
    if (drawing->fill->logo.size > 0) {
        return paper_picture(drawing->paper, drawing->fill->logo, *area);
    }
    paper_rosette(drawing->paper, area->x + area->width / 2, area->y + area->height / 2,
                  fmin(area->width, area->height) / 2, drawing->fill->primary, drawing->fill->secondary);
    return STATUS_OK;
}

static void draw_rule(Drawing *drawing, const LayoutPart *part) {
    const Rectangle *area = &part->area;
    const bool flat = area->width >= area->height;
    paper_line(drawing->paper, area->x, area->y, flat ? area->x + area->width : area->x,
               flat ? area->y : area->y + area->height, part->thickness, drawing_colour(drawing, part->colour));
}

static bool is_background(LayoutPartKind kind) {
    return kind == LAYOUT_AREA || kind == LAYOUT_WAVES || kind == LAYOUT_ROSETTE;
}

static void draw_background(Drawing *drawing, const LayoutPart *part) {
    const Rectangle *area = &part->area;
    const Colour first = colour_tint(drawing->fill->primary, part->colour.tint);
    const Colour second = colour_tint(drawing->fill->secondary, part->colour.tint);
    if (part->kind == LAYOUT_AREA) {
        paper_fill(drawing->paper, *area, drawing_colour(drawing, part->colour));
    } else if (part->kind == LAYOUT_WAVES) {
        paper_waves(drawing->paper, *area, first, second);
    } else {
        paper_rosette(drawing->paper, area->x + area->width / 2, area->y + area->height / 2,
                      fmin(area->width, area->height) / 2, first, second);
    }
}

static Status draw_part(Drawing *drawing, const LayoutPart *part, SetBox *box) {
    switch (part->kind) {
    case LAYOUT_BOX:
        return box != NULL ? draw_set_box(drawing, part, box) : draw_framed_text(drawing, part);
    case LAYOUT_TEXT:
        return draw_text(drawing, part, part->area);
    case LAYOUT_CODE:
        return draw_code(drawing, part);
    case LAYOUT_SEAL:
        return draw_seal(drawing, part);
    case LAYOUT_FLOW:
        return flow_draw(drawing, part->area);
    case LAYOUT_LOGO:
        return draw_logo(drawing, part);
    case LAYOUT_RULE:
        draw_rule(drawing, part);
        return STATUS_OK;
    case LAYOUT_AREA:
    case LAYOUT_WAVES:
    case LAYOUT_ROSETTE:
        return STATUS_OK;
    }
    return STATUS_OK;
}

static Status draw_parts(Drawing *drawing, const LayoutParts *parts, SetBox *boxes) {
    for (size_t i = 0; i < parts->count; i++) {
        arena_reset(drawing->scratch);
        TRY(drawing_blame(drawing, draw_part(drawing, &parts->items[i], boxes != NULL ? &boxes[i] : NULL),
                          parts->items[i].name, LAYOUT_NO_ROW));
    }
    return STATUS_OK;
}

static Status draw_page(Drawing *drawing) {
    const Layout *layout = drawing->layout;
    const bool is_first = drawing->page == 1;
    const LayoutParts *own = is_first ? &layout->first : &layout->continuation;
    const LayoutParts *lists[] = {&layout->every, own};
    paper_page(drawing->paper, layout->width, layout->height);
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < lists[list]->count; i++) {
            if (is_background(lists[list]->items[i].kind)) {
                draw_background(drawing, &lists[list]->items[i]);
            }
        }
    }
    const LayoutColour pale = {.tone = TONE_SECONDARY, .tint = 0.14};
    TRY(paper_watermark(drawing->paper, drawing->fill->watermark,
                        (Rectangle){15, 15, layout->width - 30, layout->height - 30}, drawing_colour(drawing, pale)));
    TRY(draw_parts(drawing, &layout->every, NULL));
    return draw_parts(drawing, own, is_first ? drawing->boxes : NULL);
}

static Status fill_information(Drawing *drawing, PaperInformation *ret_information) {
    const TemplateValues values = {.fill = drawing->fill, .row = LAYOUT_NO_ROW};
    const Layout *layout = drawing->layout;
    PaperInformation information = {.language = layout->language, .created = drawing->fill->created};
    TRY(template_fill(drawing->arena, layout->title, &values, &information.title));
    TRY(template_fill(drawing->arena, layout->author, &values, &information.author));
    TRY(template_fill(drawing->arena, layout->subject, &values, &information.subject));
    TRY(template_fill(drawing->arena, layout->keywords, &values, &information.keywords));
    *ret_information = information;
    return STATUS_OK;
}

/** Attachments and the field for the seal. */
static Status complete(Drawing *drawing) {
    const LayoutFill *fill = drawing->fill;
    const LayoutSeal *place = &drawing->seal;
    PaperSeal seal = {.page = 1};
    for (size_t i = 0; i < fill->attachment_count; i++) {
        TRY(paper_attach(drawing->paper, &fill->attachments[i]));
    }
    if (place->present) {
        seal = (PaperSeal){place->page, place->left, place->bottom, place->right, place->top, {0}};
        if (fill->seal_lines.count > 0) {
            TRY(pdf_seal_appearance(drawing->arena, fill->seal_lines, place->right - place->left,
                                    place->top - place->bottom, &seal.content));
        }
    }
    paper_seal(drawing->paper, &seal);
    return STATUS_OK;
}

static void close_scratch(void *scratch) {
    arena_close(scratch);
}

/** All but the end of the file. */
static Status draw_all(Arena *arena, const Layout *layout, const LayoutFill *fill, bool trial, Drawing **ret_drawing) {
    if (fill->row_count > LAYOUT_MAXIMUM_ROWS) {
        return fail(STATUS_TOO_LARGE, "a document has at most %d rows", LAYOUT_MAXIMUM_ROWS);
    }
    Drawing *drawing = arena_new(arena, Drawing);
    drawing->arena = arena;
    drawing->scratch = arena_open(SCRATCH_BUDGET);
    arena_defer(arena, close_scratch, drawing->scratch);
    drawing->layout = layout;
    drawing->fill = fill;
    PaperInformation information;
    TRY(fill_information(drawing, &information));
    TRY(trial ? paper_open_trial(arena, &information, &drawing->paper)
              : paper_open(arena, &information, &drawing->paper));
    TRY(set_boxes(drawing));
    TRY(flow_plan(drawing));
    drawing->pages = drawing->flow.start_count;
    for (drawing->page = 1; drawing->page <= drawing->pages; drawing->page++) {
        TRY(draw_page(drawing));
    }
    TRY(complete(drawing));
    *ret_drawing = drawing;
    return STATUS_OK;
}

Status layout_draw(Arena *arena, const Layout *layout, const LayoutFill *fill, LayoutDrawn *ret_drawn) {
    Drawing *drawing = NULL;
    Text pdf = TEXT("");
    TRY(draw_all(arena, layout, fill, false, &drawing));
    TRY(paper_finish(drawing->paper, &pdf));
    *ret_drawn = (LayoutDrawn){.pdf = pdf, .pages = drawing->pages, .seal = drawing->seal};
    return STATUS_OK;
}

Status layout_try(Arena *arena, const Layout *layout, const LayoutFill *fill) {
    Drawing *drawing = NULL;
    return draw_all(arena, layout, fill, true, &drawing);
}
