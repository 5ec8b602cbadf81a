/** Forms as JSON: drafts in the database, and the bodies of API clients. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "html/form_internal.h"
#include "html/writer.h"

static void write_name(Writer *writer, const char *name) {
    write_json(writer, text_of(name));
    write_literal(writer, ":", 1);
}

/** Whether a text is how a JSON number would come back: "-12", but not "007", "" or "12 ". */
static bool is_canonical_integer(Arena *arena, Text text) {
    int64_t number = 0;
    return text_to_int(text, &number) == STATUS_OK && text_equal(text, arena_format(arena, "%" PRId64, number));
}

static void write_values(Writer *writer, const FormValues *values);

static void write_field(Writer *writer, const Field *field, const FormValue *value) {
    write_name(writer, field->name);
    if (field->kind == FIELD_GROUP) {
        write_literal(writer, "[", 1);
        for (size_t at = 0; at < value->rows.count; at++) {
            write_literal(writer, ",", at > 0 ? 1 : 0);
            write_values(writer, &value->rows.items[at]);
        }
        write_literal(writer, "]", 1);
    } else if (field->kind == FIELD_CHECK && (value->text.size == 0 || text_equal(value->text, TEXT("yes")))) {
        write_json(writer, (bool)(value->text.size > 0));
    } else if (field->kind == FIELD_INTEGER && is_canonical_integer(writer->arena, value->text)) {
        write_literal(writer, value->text.data, value->text.size);
    } else {
        write_json(writer, value->text);
    }
}

static void write_values(Writer *writer, const FormValues *values) {
    write_literal(writer, "{", 1);
    bool first = true;
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        if (field->kind == FIELD_FILE || field->kind == FIELD_PASSWORD) {
            continue;
        }
        write_literal(writer, ",", first ? 0 : 1);
        first = false;
        write_field(writer, field, &values->items[i]);
    }
    write_literal(writer, "}", 1);
}

Text form_to_json(Arena *arena, const FormValues *values) {
    Writer writer = writer_make(arena, NULL, (Time){0});
    write_values(&writer, values);
    return (Text){writer.buffer.data, writer.buffer.size};
}

static Status copy_into(Arena *arena, Text text, Text *ret_copy) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, text.size + 1, &memory));
    if (text.size > 0) {
        memcpy(memory, text.data, text.size);
    }
    *ret_copy = (Text){memory, text.size};
    return STATUS_OK;
}

/** A JSON number as somebody would have typed it: 12.5, not 12.500000000000000. */
static Text number_text(Arena *arena, const json_t *json) {
    if (json_is_integer(json)) {
        return arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    }
    return arena_format(arena, "%.15g", json_real_value(json));
}

static Status read_values(Arena *arena, const json_t *json, Text place, FormValues *values);

static Status read_rows(Arena *arena, const json_t *json, Text place, const Field *field, FormValues *values) {
    if (!json_is_array(json)) {
        return fail(STATUS_INVALID, "%.*s must be an array", TEXT_ARG(place));
    }
    if (json_array_size(json) > form_limit(field)) {
        return fail(STATUS_INVALID, "%.*s may have at most %zu rows", TEXT_ARG(place), form_limit(field));
    }
    form_value(values, field->name)->rows.count = 0;
    for (size_t at = 0; at < json_array_size(json); at++) {
        FormValues *row = NULL;
        TRY(form_add_row(arena, values, field->name, &row));
        const Text inside = arena_format(arena, "%.*s[%zu]", TEXT_ARG(place), at);
        TRY(read_values(arena, json_array_get(json, at), inside, row));
    }
    return STATUS_OK;
}

static Status read_member(Arena *arena, const json_t *json, Text place, const Field *field, FormValues *values) {
    FormValue *value = form_value(values, field->name);
    if (json_is_null(json)) {
        return STATUS_OK;
    }
    if (field->kind == FIELD_GROUP) {
        return read_rows(arena, json, place, field, values);
    }
    if (field->kind == FIELD_FILE) {
        return fail(STATUS_INVALID, "%.*s is a file: send it as multipart/form-data", TEXT_ARG(place));
    }
    if (json_is_string(json)) {
        return copy_into(arena, (Text){json_string_value(json), json_string_length(json)}, &value->text);
    }
    if (json_is_number(json)) {
        value->text = number_text(arena, json);
        return STATUS_OK;
    }
    if (json_is_boolean(json) && field->kind == FIELD_CHECK) {
        value->text = json_is_true(json) ? TEXT("yes") : (Text){NULL, 0};
        return STATUS_OK;
    }
    return fail(STATUS_INVALID, "%.*s must be a string%s", TEXT_ARG(place),
                field->kind == FIELD_CHECK ? " or true or false" : " or a number");
}

static const Field *find_field(const Form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return &form->fields[i];
        }
    }
    return NULL;
}

static Status read_values(Arena *arena, const json_t *json, Text place, FormValues *values) {
    if (!json_is_object(json)) {
        return fail(STATUS_INVALID, "%.*s must be an object", place.size > 0 ? (int)place.size : 8,
                    place.size > 0 ? place.data : "the body");
    }
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach((json_t *)(uintptr_t)json, name, member) {
        const Field *field = find_field(values->form, name);
        const Text inside = arena_format(arena, "%.*s%s%.100s", TEXT_ARG(place), place.size > 0 ? "." : "", name);
        if (field == NULL) {
            return fail(STATUS_INVALID, "there is no member %.*s", TEXT_ARG(inside));
        }
        TRY(read_member(arena, member, inside, field, values));
    }
    return STATUS_OK;
}

Status form_of_json(Arena *arena, const Form *form, Text json, FormValues **ret_values) {
    json_error_t error;
    json_t *root = json_loadb(json.size > 0 ? json.data : "", json.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return fail(STATUS_INVALID, "no JSON: line %d, column %d: %s", error.line, error.column, error.text);
    }
    FormValues *values = form_empty(arena, form);
    const Status status = read_values(arena, root, (Text){NULL, 0}, values);
    json_decref(root);
    if (status == STATUS_OK) {
        *ret_values = values;
    }
    return status;
}
