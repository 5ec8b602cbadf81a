/** Reading layouts from JSON; every refusal names its place. */
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/layout_json.h"
#include "pdf/layout_template.h"

enum { MAXIMUM_JSON = 512 * 1024, MAXIMUM_PARAGRAPHS = 40, MAXIMUM_TRANSLATIONS = 40, MAXIMUM_STYLES = 40 };

Status layout_json_refuse(const LayoutReader *reader, const char *member, const char *what) {
    const bool dot = reader->place_size > 0 && member[0] != '\0';
    return fail(STATUS_INVALID, "%.*s%s%s: %s", (int)reader->place_size, reader->place, dot ? "." : "", member, what);
}

PRINTF_LIKE(2, 3) static size_t enter(LayoutReader *reader, const char *format, ...) {
    const size_t before = reader->place_size;
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(reader->place + before, sizeof reader->place - before, format, arguments);
    va_end(arguments);
    reader->place_size = before + (size_t)fmax(0, size);
    if (reader->place_size >= sizeof reader->place) {
        reader->place_size = sizeof reader->place - 1;
    }
    return before;
}

size_t layout_json_enter_member(LayoutReader *reader, const char *member) {
    return enter(reader, "%s%s", reader->place_size > 0 ? "." : "", member);
}

size_t layout_json_enter_item(LayoutReader *reader, size_t index) {
    return enter(reader, "[%zu]", index);
}

Status layout_json_members(const LayoutReader *reader, const json_t *object, const char *allowed) {
    if (!json_is_object(object)) {
        return layout_json_refuse(reader, "", "an object is needed");
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)object, key, value) {
        const size_t size = strlen(key);
        const char *found = strstr(allowed, key);
        while (found != NULL &&
               ((found != allowed && found[-1] != ' ') || (found[size] != ' ' && found[size] != '\0'))) {
            found = strstr(found + 1, key);
        }
        if (found == NULL || size == 0) {
            return layout_json_refuse(reader, key, "no such member belongs here");
        }
    }
    return STATUS_OK;
}

Status layout_json_text(const LayoutReader *reader, const json_t *object, const char *member, Text *ret_text) {
    const json_t *value = json_object_get(object, member);
    if (value == NULL) {
        return STATUS_OK;
    }
    if (!json_is_string(value)) {
        return layout_json_refuse(reader, member, "a text is needed");
    }
    *ret_text = arena_copy(reader->arena, (Text){json_string_value(value), json_string_length(value)});
    return STATUS_OK;
}

Status layout_json_template(const LayoutReader *reader, const json_t *object, const char *member, Text *ret_text) {
    TRY(layout_json_text(reader, object, member, ret_text));
    if (template_check(*ret_text) != STATUS_OK) {
        const Text why = arena_copy(reader->arena, failure_take());
        return layout_json_refuse(reader, member, why.data);
    }
    return STATUS_OK;
}

Status layout_json_number(const LayoutReader *reader, const json_t *object, const char *member, double least,
                          double most, double *ret_number) {
    const json_t *value = json_object_get(object, member);
    if (value == NULL) {
        return STATUS_OK;
    }
    const double number = json_number_value(value);
    if (!json_is_number(value) || !isfinite(number) || number < least || number > most) {
        const Text what = arena_format(reader->arena, "a number from %g to %g is needed", least, most);
        return layout_json_refuse(reader, member, what.data);
    }
    *ret_number = number;
    return STATUS_OK;
}

Status layout_json_truth(const LayoutReader *reader, const json_t *object, const char *member, bool *ret_truth) {
    const json_t *value = json_object_get(object, member);
    if (value != NULL && !json_is_boolean(value)) {
        return layout_json_refuse(reader, member, "true or false is needed");
    }
    if (value != NULL) {
        *ret_truth = json_is_true(value);
    }
    return STATUS_OK;
}

Status layout_json_choice(const LayoutReader *reader, const json_t *object, const char *member,
                          const char *const *names, size_t *ret_choice) {
    const json_t *value = json_object_get(object, member);
    if (value == NULL) {
        return STATUS_OK;
    }
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    Buffer list = buffer_make(reader->arena, 1024);
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], text) == 0) {
            *ret_choice = i;
            return STATUS_OK;
        }
        buffer_format(&list, "%s\"%s\"", i > 0 ? ", " : "one of ", names[i]);
    }
    buffer_append(&list, TEXT(" is needed"));
    buffer_append_byte(&list, '\0');
    return layout_json_refuse(reader, member, list.data);
}

Status layout_json_colour(const LayoutReader *reader, const json_t *object, LayoutColour *ret_colour) {
    static const char *const tones[] = {"ink", "quiet", "rule", "primary", "secondary", NULL};
    TRY(layout_json_number(reader, object, "tint", 0, 1, &ret_colour->tint));
    Text text = TEXT("");
    TRY(layout_json_text(reader, object, "colour", &text));
    if (text.size > 0 && text.data[0] == '#') {
        ret_colour->tone = TONE_OWN;
        return colour_read(text, &ret_colour->own) == STATUS_OK
                   ? STATUS_OK
                   : layout_json_refuse(reader, "colour", "a colour is written as #RRGGBB");
    }
    size_t tone = (size_t)ret_colour->tone;
    TRY(layout_json_choice(reader, object, "colour", tones, &tone));
    ret_colour->tone = (LayoutTone)tone;
    return STATUS_OK;
}

Status layout_json_words(LayoutReader *reader, const json_t *object, const char *member, const char *second,
                         LayoutWords *ret_words) {
    TRY(layout_json_template(reader, object, member, &ret_words->text));
    const json_t *translations = json_object_get(object, second);
    if (translations == NULL) {
        return STATUS_OK;
    }
    if (!json_is_object(translations) || json_object_size(translations) > MAXIMUM_TRANSLATIONS) {
        return layout_json_refuse(reader, second, "an object of texts by language is needed");
    }
    ret_words->translations = arena_new_array(reader->arena, LayoutTranslation, json_object_size(translations));
    const size_t before = layout_json_enter_member(reader, second);
    const char *language = NULL;
    json_t *text = NULL;
    json_object_foreach((json_t *)translations, language, text) {
        LayoutTranslation *translation = &ret_words->translations[ret_words->translation_count++];
        translation->language = arena_copy(reader->arena, text_of(language));
        TRY(layout_json_template(reader, translations, language, &translation->text));
    }
    reader->place_size = before;
    return STATUS_OK;
}

static const LayoutStyle *find_style(const Layout *layout, Text name) {
    for (size_t i = 0; i < layout->style_count; i++) {
        if (text_equal(layout->styles[i].name, name)) {
            return &layout->styles[i];
        }
    }
    return NULL;
}

const LayoutStyle *layout_style(const Layout *layout, Text name) {
    const LayoutStyle *style = find_style(layout, name);
    assert(style != NULL);
    return style;
}

Status layout_json_style(const LayoutReader *reader, const json_t *object, const char *member,
                         const LayoutStyle **ret_style) {
    Text name = TEXT("");
    TRY(layout_json_text(reader, object, member, &name));
    if (name.size == 0) {
        return STATUS_OK;
    }
    const LayoutStyle *style = find_style(reader->layout, name);
    if (style == NULL) {
        return layout_json_refuse(reader, member, "no style of this name is above");
    }
    *ret_style = style;
    return STATUS_OK;
}

Status layout_json_paragraph(LayoutReader *reader, const json_t *value, const char *style,
                             LayoutParagraph *ret_paragraph) {
    LayoutParagraph paragraph = {.style = layout_style(reader->layout, text_of(style)),
                                 .second_style = layout_style(reader->layout, TEXT("second"))};
    if (json_is_string(value)) {
        json_t *object = json_pack("{s:O}", "text", value);
        const Status status = layout_json_words(reader, object, "text", "second", &paragraph.words);
        json_decref(object);
        TRY(status);
    } else {
        TRY(layout_json_members(reader, value, "text second style second_style"));
        TRY(layout_json_words(reader, value, "text", "second", &paragraph.words));
        TRY(layout_json_style(reader, value, "style", &paragraph.style));
        TRY(layout_json_style(reader, value, "second_style", &paragraph.second_style));
    }
    *ret_paragraph = paragraph;
    return STATUS_OK;
}

Status layout_json_paragraphs(LayoutReader *reader, const json_t *object, const char *member, const char *style,
                              LayoutParagraphs *ret_paragraphs) {
    const json_t *value = json_object_get(object, member);
    if (value == NULL) {
        return STATUS_OK;
    }
    const size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count > MAXIMUM_PARAGRAPHS) {
        return layout_json_refuse(reader, member, "too many paragraphs");
    }
    ret_paragraphs->items = arena_new_array(reader->arena, LayoutParagraph, count + 1);
    ret_paragraphs->count = count;
    const size_t before = layout_json_enter_member(reader, member);
    for (size_t i = 0; i < count; i++) {
        const size_t outside = json_is_array(value) ? layout_json_enter_item(reader, i) : reader->place_size;
        TRY(layout_json_paragraph(reader, json_is_array(value) ? json_array_get(value, i) : value, style,
                                  &ret_paragraphs->items[i]));
        reader->place_size = outside;
    }
    reader->place_size = before;
    return STATUS_OK;
}

/** The styles that every layout has; a layout may give them other properties and add its own. */
static const LayoutStyle common_styles[] = {
    {TEXT_INIT("text"), {.family = FONT_SERIF, .size = 9}, {TONE_INK, .tint = 1}},
    {TEXT_INIT("value"), {.family = FONT_SERIF, .size = 9}, {TONE_INK, .tint = 1}},
    {TEXT_INIT("cell"), {.family = FONT_SERIF, .size = 8.5}, {TONE_INK, .tint = 1}},
    {TEXT_INIT("small"), {.family = FONT_SANS, .size = 6.5}, {TONE_QUIET, .tint = 1}},
    {TEXT_INIT("label"), {.family = FONT_SANS, .size = 6.2, .spacing = 0.25}, {TONE_QUIET, .tint = 1}},
    {TEXT_INIT("heading"), {.family = FONT_SANS, .size = 6.2}, {TONE_QUIET, .tint = 1}},
    {TEXT_INIT("second"), {.family = FONT_SANS, .size = 5.8}, {TONE_QUIET, .tint = 1}},
    {TEXT_INIT("number"), {.family = FONT_SERIF, .bold = true, .size = 8}, {TONE_PRIMARY, .tint = 1}},
    {TEXT_INIT("note"), {.family = FONT_SANS, .italic = true, .size = 6.5}, {TONE_SECONDARY, .tint = 1}},
};

static Status read_style(LayoutReader *reader, const char *name, const json_t *object) {
    static const char *const families[] = {"sans", "serif", NULL};
    Layout *layout = reader->layout;
    TRY(layout_json_members(reader, object, "like font bold italic size spacing above colour tint"));
    const LayoutStyle *like = find_style(layout, text_of(name));
    const LayoutStyle *model = like != NULL ? like : layout_style(layout, TEXT("text"));
    TRY(layout_json_style(reader, object, "like", &model));
    LayoutStyle style = *model;
    style.name = arena_copy(reader->arena, text_of(name));
    size_t family = (size_t)style.type.family;
    TRY(layout_json_choice(reader, object, "font", families, &family));
    style.type.family = (FontFamily)family;
    TRY(layout_json_truth(reader, object, "bold", &style.type.bold));
    TRY(layout_json_truth(reader, object, "italic", &style.type.italic));
    TRY(layout_json_number(reader, object, "size", 4, 72, &style.type.size));
    TRY(layout_json_number(reader, object, "spacing", 0, 20, &style.type.spacing));
    TRY(layout_json_number(reader, object, "above", 0, 72, &style.type.above));
    TRY(layout_json_colour(reader, object, &style.colour));
    if (like != NULL) {
        layout->styles[like - layout->styles] = style;
    } else {
        layout->styles[layout->style_count++] = style;
    }
    return STATUS_OK;
}

Status layout_json_styles(LayoutReader *reader, const json_t *root) {
    const size_t common = sizeof common_styles / sizeof common_styles[0];
    Layout *layout = reader->layout;
    layout->styles = arena_new_array(reader->arena, LayoutStyle, MAXIMUM_STYLES + common);
    memcpy(layout->styles, common_styles, sizeof common_styles);
    layout->style_count = common;
    const json_t *styles = json_object_get(root, "styles");
    if (styles == NULL) {
        return STATUS_OK;
    }
    if (!json_is_object(styles) || json_object_size(styles) > MAXIMUM_STYLES) {
        return layout_json_refuse(reader, "styles", "an object of styles by name is needed");
    }
    const size_t before = layout_json_enter_member(reader, "styles");
    const char *name = NULL;
    json_t *style = NULL;
    json_object_foreach((json_t *)styles, name, style) {
        const size_t outside = layout_json_enter_member(reader, name);
        TRY(read_style(reader, name, style));
        reader->place_size = outside;
    }
    reader->place_size = before;
    return STATUS_OK;
}

static void release_json(void *root) {
    json_decref(root);
}

Status layout_of_json(Arena *arena, Text json, const Layout **ret_layout) {
    if (json.size > MAXIMUM_JSON) {
        return fail(STATUS_TOO_LARGE, "the layout is longer than %d bytes", MAXIMUM_JSON);
    }
    json_error_t error;
    json_t *root = json_loadb(json.size > 0 ? json.data : "", json.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return fail(STATUS_INVALID, "line %d, column %d: %s", error.line, error.column, error.text);
    }
    arena_defer(arena, release_json, root);
    const json_t *inner = json_object_get(root, "layout");
    LayoutReader reader = {.arena = arena, .layout = arena_new(arena, Layout)};
    TRY(layout_json_whole(&reader, json_is_object(inner) ? inner : root));
    *ret_layout = reader.layout;
    return STATUS_OK;
}
