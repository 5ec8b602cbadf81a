/** Forms as JSON: drafts in the database, and the bodies of API clients. */
#include <inttypes.h>

#include "base/log.h"
#include "html/form_internal.h"
#include "html/json_reader.h"
#include "html/write.h"
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

void write_json_values(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const FormValues *values = *(const FormValues *const *)value;
    if (values == NULL) {
        WRITE(writer, "null");
    } else {
        write_values(writer, values);
    }
}

Text form_to_json(Arena *arena, const FormValues *values) {
    Writer writer = writer_make(arena, NULL, (Time){0});
    write_values(&writer, values);
    return (Text){writer.buffer.data, writer.buffer.size};
}

/** Where a value stands, for the words of a refusal: a member of the object around it, or a row of the member. */
typedef struct Place {
    const struct Place *around;
    Text name;
    size_t row;
    bool is_row;
} Place;

static Text place_words(Arena *arena, const Place *place) {
    if (place == NULL) {
        return (Text){NULL, 0};
    }
    const Text around = place_words(arena, place->around);
    if (place->is_row) {
        return arena_format(arena, "%.*s[%zu]", TEXT_ARG(around), place->row);
    }
    return arena_format(arena, "%.*s%s%.*s", TEXT_ARG(around), around.size > 0 ? "." : "",
                        TEXT_ARG(text_head(place->name, 100)));
}

static Status refuse(const JsonReader *reader, const Place *place, const char *words) {
    return fail(STATUS_INVALID, "%.*s %s", TEXT_ARG(place_words(reader->arena, place)), words);
}

static Status read_values(JsonReader *reader, const Place *place, FormValues *values);

static Status read_rows(JsonReader *reader, const Place *place, const Field *field, FormValue *value,
                        FormValues *values) {
    bool more = false;
    size_t count = 0;
    if (json_reader_value(reader) != JSON_VALUE_ARRAY) {
        return refuse(reader, place, "must be an array");
    }
    json_reader_enter(reader);
    value->rows.count = 0;
    for (;; count++) {
        FormValues *row = NULL;
        TRY(json_reader_next(reader, JSON_VALUE_ARRAY, count, &more));
        if (!more) {
            return STATUS_OK;
        }
        if (count == form_limit(field)) {
            const Text words = place_words(reader->arena, place);
            return fail(STATUS_TOO_LARGE, "%.*s may have at most %zu rows", TEXT_ARG(words), form_limit(field));
        }
        const Place inside = {.around = place, .row = count, .is_row = true};
        TRY(form_add_row(reader->arena, values, field->name, &row));
        TRY(read_values(reader, &inside, row));
    }
}

static Status read_member(JsonReader *reader, const Place *place, const Field *field, FormValue *value,
                          FormValues *values) {
    const JsonValue kind = json_reader_value(reader);
    if (kind == JSON_VALUE_NULL) {
        return json_reader_word(reader);
    }
    if (field->kind == FIELD_GROUP) {
        return read_rows(reader, place, field, value, values);
    }
    if (field->kind == FIELD_FILE) {
        return refuse(reader, place, "is a file: send it as multipart/form-data");
    }
    if (kind == JSON_VALUE_STRING) {
        return json_reader_string(reader, &value->text);
    }
    if (kind == JSON_VALUE_NUMBER) {
        return json_reader_number(reader, &value->text);
    }
    if (field->kind == FIELD_CHECK && (kind == JSON_VALUE_TRUE || kind == JSON_VALUE_FALSE)) {
        value->text = kind == JSON_VALUE_TRUE ? TEXT("yes") : (Text){NULL, 0};
        return json_reader_word(reader);
    }
    return refuse(reader, place,
                  field->kind == FIELD_CHECK ? "must be a string or true or false" : "must be a string or a number");
}

/** The number of the field with this name, sought from `from` on: members mostly come in the form's order. */
static bool find_field(const Form *form, Text name, size_t from, size_t *ret_index) {
    for (size_t i = 0; i < form->count; i++) {
        const size_t index = (from + i) % form->count;
        if (text_equal(text_of(form->fields[index].name), name)) {
            *ret_index = index;
            return true;
        }
    }
    return false;
}

static Status read_values(JsonReader *reader, const Place *place, FormValues *values) {
    const Form *form = values->form;
    bool *seen = arena_new_array(reader->arena, bool, form->count);
    size_t index = 0;
    bool more = false;
    if (json_reader_value(reader) != JSON_VALUE_OBJECT) {
        return place != NULL ? refuse(reader, place, "must be an object")
                             : fail(STATUS_INVALID, "the body must be an object");
    }
    json_reader_enter(reader);
    for (size_t count = 0;; count++) {
        Place inside = {.around = place};
        TRY(json_reader_next(reader, JSON_VALUE_OBJECT, count, &more));
        if (!more) {
            return STATUS_OK;
        }
        TRY(json_reader_name(reader, &inside.name));
        if (!find_field(form, inside.name, index, &index)) {
            return fail(STATUS_INVALID, "there is no member %.*s", TEXT_ARG(place_words(reader->arena, &inside)));
        }
        if (seen[index]) {
            return json_reader_refuse(reader, "a member stands twice");
        }
        seen[index] = true;
        TRY(read_member(reader, &inside, &form->fields[index], &values->items[index], values));
        index = (index + 1) % form->count;
    }
}

Status form_of_json(Arena *arena, const Form *form, Text json, FormValues **ret_values) {
    JsonReader reader;
    FormValues *values = form_empty(arena, form);
    TRY(json_reader_start(arena, json, &reader));
    if (json_reader_value(&reader) == JSON_VALUE_NONE) {
        return json_reader_refuse(&reader, "a value is missing");
    }
    TRY(read_values(&reader, NULL, values));
    TRY(json_reader_end(&reader));
    *ret_values = values;
    return STATUS_OK;
}
