/** Reads an application back from a tree of XML by its type's table. */
#include <jansson.h>
#include <string.h>

#include "base/log.h"
#include "capabilities/documents/documents_data.h"

enum { ELEMENTS_MAXIMUM = 20000 };

/** The elements that a line of the table means. */
typedef struct Elements {
    const json_t **items;
    size_t count;
} Elements;

static Text json_text(const json_t *json) {
    return json_is_string(json) ? (Text){json_string_value(json), json_string_length(json)} : (Text){NULL, 0};
}

static bool attributes_agree(const UblEntry *entry, const json_t *element) {
    const json_t *attributes = json_object_get(element, "a");
    for (size_t i = 0; i < entry->attribute_count; i++) {
        const UblAttribute *attribute = &entry->attributes[i];
        if (!attribute->is_name &&
            !text_equal(json_text(json_object_get(attributes, attribute->name)), attribute->words)) {
            return false;
        }
    }
    return true;
}

static void collect(const UblTable *table, const UblEntry *entry, size_t depth, const json_t *parent, Elements *found,
                    size_t maximum);

/** Whether a constant of the table stands where it should below `element`. */
static bool constant_stands(const UblTable *table, const UblEntry *constant, size_t depth, const json_t *element) {
    const json_t *item = NULL;
    Elements found = {&item, 0};
    collect(table, constant, depth, element, &found, 1);
    return found.count == 1 && text_equal(json_text(json_object_get(item, "t")), constant->constant);
}

/** Of several elements with the same name a label means the one whose constants are those of the table. */
static bool is_meant(const UblTable *table, const UblEntry *entry, size_t depth, const json_t *element) {
    for (size_t i = 0; entry->steps[depth].label.size > 0 && i < table->count; i++) {
        const UblEntry *other = &table->items[i];
        if (other != entry && other->from.size == 0 && other->step_count > depth + 1 &&
            ubl_same_steps(entry, other, depth) && !constant_stands(table, other, depth + 1, element)) {
            return false;
        }
    }
    return true;
}

static void collect(const UblTable *table, const UblEntry *entry, size_t depth, const json_t *parent, Elements *found,
                    size_t maximum) {
    size_t at = 0;
    const json_t *element = NULL;
    json_array_foreach(json_object_get(parent, "c"), at, element) {
        if (found->count == maximum) {
            return;
        }
        if (!text_equal(json_text(json_object_get(element, "n")), entry->steps[depth].name) ||
            !is_meant(table, entry, depth, element)) {
            continue;
        }
        if (depth + 1 < entry->step_count) {
            collect(table, entry, depth + 1, element, found, maximum);
        } else if (attributes_agree(entry, element)) {
            found->items[found->count++] = element;
        }
    }
}

bool ubl_is_kind(const UblTable *table, const json_t *tree) {
    for (size_t i = 0; i < table->count; i++) {
        const UblEntry *entry = &table->items[i];
        if (entry->from.size == 0 && entry->step_count == 1 && !text_equal(entry->path, TEXT("UBLVersionID")) &&
            !constant_stands(table, entry, 0, tree)) {
            return false;
        }
    }
    return true;
}

static FormValue *value_named(FormValues *values, Text name) {
    for (size_t i = 0; i < values->form->count; i++) {
        if (text_equal(text_of(values->form->fields[i].name), name)) {
            return &values->items[i];
        }
    }
    return NULL;
}

static void read_attributes(Arena *arena, const UblEntry *entry, const json_t *element, FormValues *values) {
    for (size_t i = 0; i < entry->attribute_count; i++) {
        const UblAttribute *attribute = &entry->attributes[i];
        FormValue *value = attribute->is_name ? value_named(values, attribute->words) : NULL;
        const Text words = json_text(json_object_get(json_object_get(element, "a"), attribute->name));
        if (value != NULL && words.size > 0) {
            value->text = arena_copy(arena, words);
        }
    }
}

static void read_value(Arena *arena, const UblEntry *entry, const Elements *found, FormValues *values) {
    FormValue *value = value_named(values, entry->from);
    Text words = arena_copy(arena, json_text(json_object_get(found->items[0], "t")));
    for (size_t i = 1; entry->lines && i < found->count; i++) {
        const Text next = json_text(json_object_get(found->items[i], "t"));
        words = arena_format(arena, "%.*s\n%.*s", TEXT_ARG(words), TEXT_ARG(next));
    }
    read_attributes(arena, entry, found->items[0], values);
    if (value == NULL) {
        return;
    }
    if (entry->is_tick) {
        value->text = text_equal(words, entry->constant) ? TEXT("yes") : value->text;
    } else if (!text_equal(words, entry->constant)) {
        value->text = words;
    }
}

static Status read_table(Arena *arena, const UblTable *table, const json_t *element, FormValues *values);

static Status read_rows(Arena *arena, const UblEntry *entry, const Elements *found, FormValues *values) {
    FormValue *group = value_named(values, entry->from);
    const char *name = arena_c_string(arena, entry->from);
    for (size_t i = 0; i < found->count; i++) {
        FormValues *row = NULL;
        if (i < group->rows.count) {
            row = &group->rows.items[i];
        } else if (form_add_row(arena, values, name, &row) != STATUS_OK) {
            return fail(STATUS_TOO_LARGE, "The file has more lines than one document takes. Split it.");
        }
        TRY(read_table(arena, entry->rows, found->items[i], row));
    }
    return STATUS_OK;
}

static Status read_table(Arena *arena, const UblTable *table, const json_t *element, FormValues *values) {
    for (size_t i = 0; i < table->count; i++) {
        const UblEntry *entry = &table->items[i];
        if (!entry->is_field && entry->rows == NULL) {
            continue;
        }
        const size_t maximum = entry->rows != NULL || entry->lines ? ELEMENTS_MAXIMUM : 1;
        Elements found = {arena_new_array(arena, const json_t *, maximum), 0};
        collect(table, entry, 0, element, &found, maximum);
        if (found.count == 0) {
            continue;
        }
        if (entry->rows != NULL) {
            TRY(read_rows(arena, entry, &found, values));
        } else {
            read_value(arena, entry, &found, values);
        }
    }
    return STATUS_OK;
}

Status ubl_read(Arena *arena, const DocumentType *type, const json_t *tree, FormValues *values) {
    if (type->group != NULL) {
        form_value(values, type->group)->rows.count =
            0; /* an empty row that a form begins with is none of the file's */
    }
    return read_table(arena, &type->payload.table, tree, values);
}
