/** Reading layouts from JSON: the page, its parts and the table. */
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "pdf/layout_json.h"
#include "pdf/layout_template.h"

/** What a kind of part is called and which members it may have. */
typedef struct PartKind {
    const char *name, *members;
} PartKind;

#define PLACE_MEMBERS "part name x y width height "
static const PartKind part_kinds[] = {
    [LAYOUT_BOX] = {"box", PLACE_MEMBERS "number label label_second texts align bottom border"},
    [LAYOUT_TEXT] = {"text", PLACE_MEMBERS "texts align bottom"},
    [LAYOUT_RULE] = {"rule", PLACE_MEMBERS "thickness colour tint"},
    [LAYOUT_AREA] = {"area", PLACE_MEMBERS "colour tint"},
    [LAYOUT_WAVES] = {"waves", PLACE_MEMBERS "tint"},
    [LAYOUT_ROSETTE] = {"rosette", PLACE_MEMBERS "tint"},
    [LAYOUT_LOGO] = {"logo", PLACE_MEMBERS},
    [LAYOUT_CODE] = {"code", PLACE_MEMBERS "value size texts align"},
    [LAYOUT_SEAL] = {"seal", PLACE_MEMBERS "number label label_second texts align bottom border"},
    [LAYOUT_FLOW] = {"flow", PLACE_MEMBERS},
};
enum { PART_KINDS = sizeof part_kinds / sizeof part_kinds[0] };

static Status read_area(const LayoutReader *reader, const json_t *object, Rectangle *ret_area) {
    const Layout *layout = reader->layout;
    Rectangle area = {-1, -1, -1, -1};
    TRY(layout_json_number(reader, object, "x", 0, layout->width, &area.x));
    TRY(layout_json_number(reader, object, "y", 0, layout->height, &area.y));
    TRY(layout_json_number(reader, object, "width", 0, layout->width, &area.width));
    TRY(layout_json_number(reader, object, "height", 0, layout->height, &area.height));
    if (area.x < 0 || area.y < 0 || area.width < 0 || area.height < 0) {
        return layout_json_refuse(reader, "", "x, y, width and height are needed");
    }
    if (area.x + area.width > layout->width + 0.001 || area.y + area.height > layout->height + 0.001) {
        return layout_json_refuse(reader, "", "the part reaches beyond the page");
    }
    *ret_area = area;
    return STATUS_OK;
}

static Status read_part_kind(const LayoutReader *reader, const json_t *object, LayoutPart *part) {
    const char *names[PART_KINDS + 1] = {NULL};
    for (size_t i = 0; i < PART_KINDS; i++) {
        names[i] = part_kinds[i].name;
    }
    size_t kind = PART_KINDS;
    TRY(layout_json_choice(reader, object, "part", names, &kind));
    if (kind == PART_KINDS) {
        return layout_json_refuse(reader, "part", "the kind of part is needed");
    }
    part->kind = (LayoutPartKind)kind;
    return layout_json_members(reader, object, part_kinds[kind].members);
}

/** Rules between the members of a part. */
static Status check_part(const LayoutReader *reader, const LayoutPart *part) {
    const bool is_line = part->kind == LAYOUT_RULE;
    if (!is_line && (part->area.width <= 0 || part->area.height <= 0)) {
        return layout_json_refuse(reader, "", "width and height above 0 are needed");
    }
    if (part->kind == LAYOUT_CODE) {
        if (part->value.size == 0) {
            return layout_json_refuse(reader, "value", "the content of the code is needed");
        }
        if (part->size > part->area.width || part->size > part->area.height) {
            return layout_json_refuse(reader, "size", "the code is larger than its part");
        }
    }
    return STATUS_OK;
}

static Status read_part(LayoutReader *reader, const json_t *object, LayoutPart *part) {
    static const char *const aligns[] = {"start", "centre", "end", NULL};
    *part = (LayoutPart){.border = 0.5, .thickness = 0.4, .size = LAYOUT_SMALLEST_CODE};
    part->colour = (LayoutColour){.tone = TONE_RULE, .tint = part->kind == LAYOUT_RULE ? 1 : 0.12};
    if (!json_is_object(object)) {
        return layout_json_refuse(reader, "", "an object is needed");
    }
    TRY(read_part_kind(reader, object, part));
    part->colour.tint = part->kind == LAYOUT_RULE ? 1 : 0.12;
    TRY(layout_json_text(reader, object, "name", &part->name));
    TRY(read_area(reader, object, &part->area));
    TRY(layout_json_text(reader, object, "number", &part->number));
    TRY(layout_json_words(reader, object, "label", "label_second", &part->label));
    TRY(layout_json_paragraphs(reader, object, "texts", part->kind == LAYOUT_BOX ? "value" : "text", &part->texts));
    size_t align = ALIGN_START;
    TRY(layout_json_choice(reader, object, "align", aligns, &align));
    part->align = (TextAlign)align;
    TRY(layout_json_truth(reader, object, "bottom", &part->at_bottom));
    TRY(layout_json_number(reader, object, "border", 0, 5, &part->border));
    TRY(layout_json_number(reader, object, "thickness", 0.1, 10, &part->thickness));
    TRY(layout_json_colour(reader, object, &part->colour));
    TRY(layout_json_template(reader, object, "value", &part->value));
    TRY(layout_json_number(reader, object, "size", LAYOUT_SMALLEST_CODE, 100, &part->size));
    if (part->name.size == 0) {
        part->name = part->label.text;
    }
    return check_part(reader, part);
}

static Status read_parts(LayoutReader *reader, const json_t *root, const char *member, LayoutParts *ret_parts) {
    const json_t *array = json_object_get(root, member);
    if (array == NULL) {
        return STATUS_OK;
    }
    if (!json_is_array(array) || json_array_size(array) > LAYOUT_MAXIMUM_PARTS) {
        return layout_json_refuse(reader, member, "an array of at most 200 parts is needed");
    }
    ret_parts->count = json_array_size(array);
    ret_parts->items = arena_new_array(reader->arena, LayoutPart, ret_parts->count + 1);
    const size_t before = layout_json_enter_member(reader, member);
    for (size_t i = 0; i < ret_parts->count; i++) {
        const size_t outside = layout_json_enter_item(reader, i);
        TRY(read_part(reader, json_array_get(array, i), &ret_parts->items[i]));
        reader->place_size = outside;
    }
    reader->place_size = before;
    return STATUS_OK;
}

static Status read_column(LayoutReader *reader, const json_t *object, LayoutColumn *column) {
    static const char *const aligns[] = {"start", "centre", "end", NULL};
    TRY(layout_json_members(reader, object, "name width heading heading_second align texts"));
    TRY(layout_json_text(reader, object, "name", &column->name));
    TRY(layout_json_number(reader, object, "width", 5, reader->layout->width, &column->width));
    if (column->width <= 0) {
        return layout_json_refuse(reader, "width", "the width is needed");
    }
    TRY(layout_json_words(reader, object, "heading", "heading_second", &column->heading));
    size_t align = ALIGN_START;
    TRY(layout_json_choice(reader, object, "align", aligns, &align));
    column->align = (TextAlign)align;
    return layout_json_paragraphs(reader, object, "texts", "cell", &column->texts);
}

static Status read_group(LayoutReader *reader, const json_t *object, LayoutGroup *group) {
    TRY(layout_json_members(reader, object, "number label label_second columns"));
    TRY(layout_json_text(reader, object, "number", &group->number));
    TRY(layout_json_words(reader, object, "label", "label_second", &group->label));
    double columns = 1;
    TRY(layout_json_number(reader, object, "columns", 1, LAYOUT_MAXIMUM_COLUMNS, &columns));
    group->columns = (size_t)columns;
    return STATUS_OK;
}

static Status read_columns(LayoutReader *reader, const json_t *array, LayoutTable *table) {
    if (!json_is_array(array) || json_array_size(array) == 0 || json_array_size(array) > LAYOUT_MAXIMUM_COLUMNS) {
        return layout_json_refuse(reader, "columns", "an array of 1 to 12 columns is needed");
    }
    table->column_count = json_array_size(array);
    table->columns = arena_new_array(reader->arena, LayoutColumn, table->column_count);
    const size_t before = layout_json_enter_member(reader, "columns");
    for (size_t i = 0; i < table->column_count; i++) {
        const size_t outside = layout_json_enter_item(reader, i);
        TRY(read_column(reader, json_array_get(array, i), &table->columns[i]));
        reader->place_size = outside;
    }
    reader->place_size = before;
    return STATUS_OK;
}

static Status read_groups(LayoutReader *reader, const json_t *array, LayoutTable *table) {
    if (array == NULL) {
        return STATUS_OK;
    }
    if (!json_is_array(array) || json_array_size(array) == 0 || json_array_size(array) > table->column_count) {
        return layout_json_refuse(reader, "groups", "an array of at most as many groups as columns is needed");
    }
    table->group_count = json_array_size(array);
    table->groups = arena_new_array(reader->arena, LayoutGroup, table->group_count);
    const size_t before = layout_json_enter_member(reader, "groups");
    size_t columns = 0;
    for (size_t i = 0; i < table->group_count; i++) {
        const size_t outside = layout_json_enter_item(reader, i);
        TRY(read_group(reader, json_array_get(array, i), &table->groups[i]));
        columns += table->groups[i].columns;
        reader->place_size = outside;
    }
    reader->place_size = before;
    return columns == table->column_count
               ? STATUS_OK
               : layout_json_refuse(reader, "groups", "the groups must hold all columns together");
}

static Status read_table(LayoutReader *reader, const json_t *root) {
    const json_t *object = json_object_get(root, "table");
    if (object == NULL) {
        return STATUS_OK;
    }
    LayoutTable *table = &reader->layout->table;
    const size_t before = layout_json_enter_member(reader, "table");
    TRY(layout_json_members(reader, object, "columns groups end strike"));
    TRY(read_columns(reader, json_object_get(object, "columns"), table));
    TRY(read_groups(reader, json_object_get(object, "groups"), table));
    TRY(layout_json_paragraphs(reader, object, "end", "small", &table->end));
    TRY(layout_json_truth(reader, object, "strike", &table->strike));
    reader->place_size = before;
    return STATUS_OK;
}

static Status read_page(LayoutReader *reader, const json_t *root) {
    static const char *const papers[] = {"A4", "A5", "A3", NULL};
    static const double widths[] = {210, 148, 297}, heights[] = {297, 210, 420};
    static const char *const orientations[] = {"portrait", "landscape", NULL};
    size_t paper = 0, orientation = 0;
    TRY(layout_json_choice(reader, root, "paper", papers, &paper));
    TRY(layout_json_choice(reader, root, "orientation", orientations, &orientation));
    reader->layout->width = orientation == 0 ? widths[paper] : heights[paper];
    reader->layout->height = orientation == 0 ? heights[paper] : widths[paper];
    return STATUS_OK;
}

static Status read_information(LayoutReader *reader, const json_t *root) {
    const json_t *object = json_object_get(root, "information");
    if (object == NULL) {
        return STATUS_OK;
    }
    const size_t before = layout_json_enter_member(reader, "information");
    TRY(layout_json_members(reader, object, "title author subject keywords"));
    TRY(layout_json_template(reader, object, "title", &reader->layout->title));
    TRY(layout_json_template(reader, object, "author", &reader->layout->author));
    TRY(layout_json_template(reader, object, "subject", &reader->layout->subject));
    TRY(layout_json_template(reader, object, "keywords", &reader->layout->keywords));
    reader->place_size = before;
    return STATUS_OK;
}

/** What the layout itself says where a box continues. */
static Status read_continuation_words(LayoutReader *reader, const json_t *root) {
    Layout *layout = reader->layout;
    layout->see_continuation = (LayoutParagraph){.words = {.text = TEXT("continued on page {page}")},
                                                 .style = layout_style(layout, TEXT("note")),
                                                 .second_style = layout_style(layout, TEXT("second"))};
    layout->continued = layout->see_continuation;
    layout->continued.words = (LayoutWords){.text = TEXT("[{number} ]{label} (continued)")};
    const json_t *see = json_object_get(root, "see_continuation"), *continued = json_object_get(root, "continued");
    size_t before = layout_json_enter_member(reader, "see_continuation");
    if (see != NULL) {
        TRY(layout_json_paragraph(reader, see, "note", &layout->see_continuation));
    }
    reader->place_size = before;
    before = layout_json_enter_member(reader, "continued");
    if (continued != NULL) {
        TRY(layout_json_paragraph(reader, continued, "note", &layout->continued));
    }
    reader->place_size = before;
    return STATUS_OK;
}

static const LayoutPart *flow_of(const LayoutParts *parts, size_t *ret_count) {
    const LayoutPart *flow = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->items[i].kind == LAYOUT_FLOW) {
            flow = &parts->items[i];
            (*ret_count)++;
        }
    }
    return flow;
}

/** A table needs a place on continuation pages, and its columns must fill each place. */
static Status check_flow(LayoutReader *reader) {
    const Layout *layout = reader->layout;
    const LayoutTable *table = &layout->table;
    size_t in_every = 0, in_first = 0, in_continuation = 0;
    (void)flow_of(&layout->every, &in_every);
    const LayoutPart *places[] = {flow_of(&layout->first, &in_first), flow_of(&layout->continuation, &in_continuation)};
    if (in_every > 0) {
        return layout_json_refuse(reader, "every", "a flow belongs to first or continuation");
    }
    if (in_first > 1 || in_continuation > 1) {
        return layout_json_refuse(reader, in_first > 1 ? "first" : "continuation", "a page has one flow");
    }
    if (table->column_count > 0 && in_continuation == 0) {
        return layout_json_refuse(reader, "continuation", "a table needs a flow on continuation pages");
    }
    double width = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        width += table->columns[i].width;
    }
    for (size_t i = 0; i < 2; i++) {
        if (places[i] != NULL && table->column_count > 0 && fabs(places[i]->area.width - width) > 0.01) {
            return layout_json_refuse(reader, i == 0 ? "first" : "continuation",
                                      "the flow must be as wide as all columns together");
        }
    }
    return STATUS_OK;
}

/** How many pages there are is known only after the boxes of the first page and the rows have been set. */
static Status check_page_numbers(const LayoutReader *reader) {
    const Layout *layout = reader->layout;
    for (size_t i = 0; i < layout->first.count; i++) {
        const LayoutPart *part = &layout->first.items[i];
        for (size_t j = 0; part->kind == LAYOUT_BOX && j < part->texts.count; j++) {
            if (template_asks(part->texts.items[j].words.text, TEXT("pages"))) {
                return layout_json_refuse(reader, "first", "a box cannot tell {pages}; use a text");
            }
        }
    }
    return STATUS_OK;
}

Status layout_json_whole(LayoutReader *reader, const json_t *root) {
    Layout *layout = reader->layout;
    TRY(layout_json_members(reader, root,
                            "name paper orientation language information styles every first continuation table "
                            "see_continuation continued"));
    TRY(layout_json_text(reader, root, "name", &layout->name));
    layout->language = TEXT("en");
    TRY(layout_json_text(reader, root, "language", &layout->language));
    TRY(read_page(reader, root));
    TRY(read_information(reader, root));
    TRY(layout_json_styles(reader, root));
    TRY(read_parts(reader, root, "every", &layout->every));
    TRY(read_parts(reader, root, "first", &layout->first));
    TRY(read_parts(reader, root, "continuation", &layout->continuation));
    TRY(read_table(reader, root));
    TRY(read_continuation_words(reader, root));
    TRY(check_flow(reader));
    return check_page_numbers(reader);
}
