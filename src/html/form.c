/** Values of forms: made empty or from a struct, changed by name, and told what is wrong in words. */
#include "html/form.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "html/form_internal.h"

size_t form_limit(const Field *field) {
    if (field->limit > 0) {
        return field->limit;
    }
    switch (field->kind) {
    case FIELD_LONG_TEXT:
        return 2000;
    case FIELD_EMAIL:
        return 254;
    case FIELD_FILE:
        return (size_t)25 << 20;
    default:
        return 200;
    }
}

size_t form_minimum_rows(const Field *field) {
    if (field->minimum > 0) {
        return (size_t)field->minimum;
    }
    return field->required ? 1 : 0;
}

static void fill_empty(Arena *arena, const Form *form, FormValues *values) {
    *values = (FormValues){.form = form, .items = arena_new_array(arena, FormValue, form->count)};
    for (size_t i = 0; i < form->count; i++) {
        const Field *field = &form->fields[i];
        if (field->kind != FIELD_GROUP) {
            continue;
        }
        FormRows *rows = &values->items[i].rows;
        rows->count = form_minimum_rows(field);
        rows->items = arena_new_array(arena, FormValues, rows->count);
        for (size_t row = 0; row < rows->count; row++) {
            fill_empty(arena, field->group, &rows->items[row]);
        }
    }
}

FormValues *form_empty(Arena *arena, const Form *form) {
    FormValues *values = arena_new(arena, FormValues);
    fill_empty(arena, form, values);
    return values;
}

/** What a bound group looks like in memory, whatever its rows are. */
typedef struct BoundRows {
    const char *items;
    size_t count;
} BoundRows;

static void fill_from_struct(Arena *arena, const Form *form, const char *bound, FormValues *values);

static void show_bound(Arena *arena, const Field *field, const char *place, FormValue *value) {
    switch (field->kind) {
    case FIELD_INTEGER: {
        const int64_t number = *(const int64_t *)(const void *)place;
        /* In an optional field 0 is what an empty one was bound to. */
        value->text = number == 0 && !field->required ? (Text){NULL, 0} : arena_format(arena, "%" PRId64, number);
        break;
    }
    case FIELD_DATE: {
        const Time time = *(const Time *)(const void *)place;
        value->text = time_is_set(time) ? time_iso_date(arena, time) : (Text){NULL, 0};
        break;
    }
    case FIELD_CHECK:
        value->text = *(const bool *)place ? TEXT("yes") : (Text){NULL, 0};
        break;
    case FIELD_FILE:
        value->upload = *(const Upload *)(const void *)place;
        break;
    case FIELD_GROUP: {
        const BoundRows bound = *(const BoundRows *)(const void *)place;
        value->rows = (FormRows){.items = arena_new_array(arena, FormValues, bound.count), .count = bound.count};
        for (size_t row = 0; row < bound.count; row++) {
            fill_from_struct(arena, field->group, bound.items + row * field->group->size, &value->rows.items[row]);
        }
        break;
    }
    default:
        value->text = *(const Text *)(const void *)place;
    }
}

static void fill_from_struct(Arena *arena, const Form *form, const char *bound, FormValues *values) {
    fill_empty(arena, form, values);
    for (size_t i = 0; i < form->count; i++) {
        if (form->fields[i].bound) {
            show_bound(arena, &form->fields[i], bound + form->fields[i].offset, &values->items[i]);
        }
    }
}

FormValues *form_of_struct(Arena *arena, const Form *form, const void *bound) {
    FormValues *values = arena_new(arena, FormValues);
    fill_from_struct(arena, form, bound, values);
    return values;
}

static size_t index_of(const Form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return i;
        }
    }
    assert(false && "the form has no such field");
    return 0;
}

const Field *form_field(const Form *form, const char *name) {
    return &form->fields[index_of(form, name)];
}

FormValue *form_value(const FormValues *values, const char *name) {
    return &values->items[index_of(values->form, name)];
}

Text form_text(const FormValues *values, const char *name) {
    return form_value(values, name)->text;
}

void form_error(FormValues *values, const char *name, Message error) {
    values->invalid = true;
    if (name == NULL) {
        values->error = error;
    } else {
        form_value(values, name)->error = error;
    }
}

Status form_add_row(Arena *arena, FormValues *values, const char *group, FormValues **ret_row) {
    const Field *field = form_field(values->form, group);
    FormRows *rows = &form_value(values, group)->rows;
    assert(field->kind == FIELD_GROUP);
    if (rows->count >= form_limit(field)) {
        return STATUS_TOO_LARGE;
    }
    /* Doubling keeps a request of many rows from copying each row anew for each next one. */
    if (rows->count >= rows->capacity) {
        const size_t capacity = rows->count < 4 ? 8 : rows->count * 2;
        void *items = NULL;
        TRY(arena_try_allocate(arena, capacity * sizeof *rows->items, &items));
        if (rows->count > 0) {
            memcpy(items, rows->items, rows->count * sizeof *rows->items);
        }
        rows->items = items;
        rows->capacity = capacity;
    }
    FormValues *row = &rows->items[rows->count++];
    fill_empty(arena, field->group, row);
    *ret_row = row;
    return STATUS_OK;
}

void form_remove_row(FormValues *values, const char *group, size_t at) {
    FormRows *rows = &form_value(values, group)->rows;
    if (at < rows->count) {
        memmove(&rows->items[at], &rows->items[at + 1], (rows->count - at - 1) * sizeof *rows->items);
        rows->count--;
    }
}

Text form_error_words(Arena *arena, const Language *language, const Field *field, const FormValue *value) {
    if (value->error.english == NULL) {
        return (Text){NULL, 0};
    }
    const MessageValue holes[] = {{"field", message_text(language, field->label)}, {"detail", value->error_detail}};
    return message_format(arena, language, value->error, holes, sizeof(holes) / sizeof(holes[0]));
}

Text form_row_label(Arena *arena, const Language *language, const Field *group, size_t at) {
    const Message label = group->row_label.english != NULL ? group->row_label : MESSAGE("Row {number}");
    return MESSAGE_FORMAT(arena, language, label, {"number", format_number(arena, language, (int64_t)at + 1)});
}

enum { PROBLEMS_MAXIMUM = 200 };

/** Where the walk over a form and its rows stands. */
typedef struct ProblemWalk {
    Arena *arena;
    const Language *language;
    FormProblems problems;
} ProblemWalk;

static void add_problem(ProblemWalk *walk, FormProblem problem) {
    if (walk->problems.count < PROBLEMS_MAXIMUM) {
        walk->problems.items[walk->problems.count++] = problem;
    }
}

static void walk_problems(ProblemWalk *walk, const FormValues *values, FormProblem around) {
    Arena *arena = walk->arena;
    if (values->error.english != NULL) {
        FormProblem problem = around;
        problem.words = message_text(walk->language, values->error);
        add_problem(walk, problem);
    }
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        const FormValue *value = &values->items[i];
        FormProblem problem = {
            .name = arena_format(arena, "%.*s%s", TEXT_ARG(around.name), field->name),
            .id = arena_format(arena, "%.*s%s", TEXT_ARG(around.id), field->name),
            .place = around.place,
            .words = form_error_words(arena, walk->language, field, value),
        };
        if (value->error.english != NULL) {
            add_problem(walk, problem);
        }
        for (size_t row = 0; row < value->rows.count && walk->problems.count < PROBLEMS_MAXIMUM; row++) {
            if (!value->rows.items[row].invalid) {
                continue;
            }
            const Text label = form_row_label(arena, walk->language, field, row);
            const FormProblem inside = {
                .name = arena_format(arena, "%.*s[%zu].", TEXT_ARG(problem.name), row),
                .id = arena_format(arena, "%.*s-%zu-", TEXT_ARG(problem.id), row),
                .place = around.place.size == 0
                             ? label
                             : arena_format(arena, "%.*s, %.*s", TEXT_ARG(around.place), TEXT_ARG(label)),
            };
            walk_problems(walk, &value->rows.items[row], inside);
        }
    }
}

FormProblems form_problems(Arena *arena, const Language *language, const FormValues *values) {
    if (!values->invalid) {
        return (FormProblems){NULL, 0};
    }
    ProblemWalk walk = {arena, language, {arena_new_array(arena, FormProblem, PROBLEMS_MAXIMUM), 0}};
    walk_problems(&walk, values, (FormProblem){.words = {NULL, 0}});
    return walk.problems;
}
