/** From what was sent to a form's values: one field table reads urlencoded, multipart and JSON bodies and queries. */
#include <jansson.h>
#include <stdlib.h>

#include "base/log.h"
#include "http/exchange.h"

#define ROWS_DEFAULT 200
#define DEPTH_MAX    4

static bool media_type_is(Text content_type, const char *type) {
    return text_equal_ignoring_case(text_trim(text_cut(&content_type, ';')), text_of(type));
}

bool incoming_is_of(const Incoming *incoming, const char *media_type) {
    return media_type_is(incoming_header(incoming, "content-type", NULL), media_type);
}

static Status refuse_problem(Request *request, PairsProblem problem, Text name) {
    switch (problem) {
    case PAIRS_FINE:
        return STATUS_OK;
    case PAIRS_TOO_MANY:
        return refuse_code(request, 413, STATUS_TOO_LARGE,
                           MESSAGE("The form has too many fields. Send fewer rows at a time."), name);
    case PAIRS_LONG_NAME:
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The form has a field or file with too long a name."),
                           name);
    case PAIRS_TWICE:
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The field {detail} came twice. Send it once."), name);
    case PAIRS_NOT_UTF8:
        if (name.size > 0) {
            return refuse_code(
                request, 400, STATUS_INVALID,
                MESSAGE("The field {detail} holds bytes that are not text. Type it again or send UTF-8."), name);
        }
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The form holds bytes that are not text. Send UTF-8."),
                           name);
    case PAIRS_BROKEN:
        break;
    }
    return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The form did not arrive whole. Please send it again."),
                       name);
}

static void read_buttons(RequestState *state) {
    state->action = pairs_value(&state->pairs, TEXT("action"));
    state->add = pairs_value(&state->pairs, TEXT("_add"));
    state->remove = pairs_value(&state->pairs, TEXT("_remove"));
}

Status read_pairs(Request *request) {
    RequestState *state = request->state;
    const Incoming *incoming = state->incoming;
    const Text type = incoming_header(incoming, "content-type", NULL);
    Text boundary = {NULL, 0}, name = {NULL, 0};
    PairsProblem problem = PAIRS_FINE;
    if (state->route->method == GET) {
        problem = pairs_of_urlencoded(request->arena, incoming->query, &state->pairs, &name);
    } else if (media_type_is(type, "application/x-www-form-urlencoded")) {
        problem = pairs_of_urlencoded(request->arena, incoming->body, &state->pairs, &name);
    } else if (media_type_is(type, "multipart/form-data")) {
        problem = multipart_boundary(request->arena, type, &boundary) == STATUS_OK
                      ? pairs_of_multipart(request->arena, incoming->body, boundary, &state->pairs, &name)
                      : PAIRS_BROKEN;
    } else if (incoming->body.size > 0 && !media_type_is(type, "application/json")) {
        return refuse(request, STATUS_UNSUPPORTED, MESSAGE("Send a form (urlencoded or multipart) or JSON."));
    }
    TRY(refuse_problem(request, problem, name));
    read_buttons(state);
    return STATUS_OK;
}

static bool is_ours(Text name) {
    return text_starts_with(name, TEXT("_")) || text_equal(name, TEXT("action"));
}

static const Field *field_of(const Form *form, Text name, size_t *ret_at) {
    for (size_t i = 0; i < form->count; i++) {
        if (text_equal(text_of(form->fields[i].name), name)) {
            *ret_at = i;
            return &form->fields[i];
        }
    }
    return NULL;
}

/* "lines[12]" to "lines" and 12; false when there is no such bracket or the number is not in its one shortest spelling.
 */
static bool cut_row_number(Text *part, size_t *ret_row) {
    size_t open = 0;
    int64_t row = 0;
    if (!text_find(*part, TEXT("["), &open) || !text_ends_with(*part, TEXT("]"))) {
        return false;
    }
    const Text digits = text_slice(*part, open + 1, part->size - 1);
    if (digits.size == 0 || digits.size > 6 || digits.data[0] < '0' || digits.data[0] > '9' ||
        (digits.size > 1 && digits.data[0] == '0') || text_to_int(digits, &row) != STATUS_OK) {
        return false;
    }
    *part = text_slice(*part, 0, open);
    *ret_row = (size_t)row;
    return true;
}

/* The row of a group, made if it is not there yet; NULL past the group's limit. */
static FormValues *row_of(Arena *arena, FormValues *values, const Field *field, FormValue *value, size_t row) {
    const size_t limit = field->limit > 0 ? field->limit : ROWS_DEFAULT;
    FormValues *added = NULL;
    if (row >= limit) {
        return NULL;
    }
    while (value->rows.count <= row) {
        if (form_add_row(arena, values, field->name, &added) != STATUS_OK) {
            return NULL;
        }
    }
    return &value->rows.items[row];
}

typedef enum Placed { PLACED, PLACED_PAST_LIMIT, PLACED_UNKNOWN } Placed;

/* Puts one pair where its name says. */
static Placed place_pair(Arena *arena, FormValues *values, const FormPair *pair, FormValue **ret_value,
                         const Field **ret_field) {
    Text rest = pair->name;
    for (int depth = 0; depth <= DEPTH_MAX; depth++) {
        size_t row = 0, at = 0;
        Text part = text_cut(&rest, '.');
        const bool in_row = cut_row_number(&part, &row);
        const Field *field = field_of(values->form, part, &at);
        if (field == NULL || in_row != (field->kind == FIELD_GROUP) || in_row != (rest.size > 0)) {
            return PLACED_UNKNOWN;
        }
        if (!in_row) {
            *ret_value = &values->items[at];
            *ret_field = field;
            return PLACED;
        }
        values = row_of(arena, values, field, &values->items[at], row);
        if (values == NULL) {
            return PLACED_PAST_LIMIT;
        }
    }
    return PLACED_UNKNOWN;
}

static Text without_carriage_returns(Arena *arena, Text text) {
    if (!text_find(text, TEXT("\r"), &(size_t){0})) {
        return text;
    }
    char *bytes = arena_allocate(arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const bool before_line_feed = text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n';
        if (!before_line_feed) {
            bytes[size++] = text.data[i];
        }
    }
    return (Text){bytes, size};
}

static Status take_pair(Request *request, FormValues *values, const FormPair *pair) {
    FormValue *value = NULL;
    const Field *field = NULL;
    const bool is_query = request->state->route->method == GET;
    switch (place_pair(request->arena, values, pair, &value, &field)) {
    case PLACED_PAST_LIMIT:
        return refuse_code(request, 413, STATUS_TOO_LARGE,
                           MESSAGE("There are more rows than the form takes: {detail}. Send fewer."), pair->name);
    case PLACED_UNKNOWN:
        if (is_query || is_ours(pair->name)) {
            return STATUS_OK;
        }
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("This form has no field {detail}."), pair->name);
    case PLACED:
        break;
    }
    if (pair->is_file != (field->kind == FIELD_FILE)) {
        /* A browser sends a file field without a file as a part with an empty name; as a plain empty field it means the
         * same. */
        if (!pair->is_file && pair->value.size == 0) {
            return STATUS_OK;
        }
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The field {detail} has the wrong kind of content."),
                           pair->name);
    }
    if (pair->is_file) {
        value->upload = pair->upload;
        value->text = pair->upload.name;
        return STATUS_OK;
    }
    value->text = without_carriage_returns(request->arena, pair->value);
    return STATUS_OK;
}

/* Takes the member "action", a button's value, out of an object; the form's own reader would refuse it as unknown. */
static Text take_json_action(Request *request, Text body) {
    size_t at = 0;
    const Form *form = request->state->form;
    if (!text_find(body, TEXT("\"action\""), &at) || (form != NULL && field_of(form, TEXT("action"), &at) != NULL)) {
        return body;
    }
    json_t *object = json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *action = json_object_get(object, "action");
    if (json_is_string(action)) {
        request->state->action = arena_copy(request->arena, text_of(json_string_value(action)));
        json_object_del(object, "action");
        char *rest = json_dumps(object, JSON_COMPACT);
        body = arena_copy(request->arena, text_of(rest));
        free(rest);
    }
    json_decref(object);
    return body;
}

static Status read_json(Request *request, const Form *form) {
    RequestState *state = request->state;
    FormValues *values = NULL;
    const Text body = take_json_action(request, state->incoming->body);
    const Status status = form_of_json(request->arena, form, body, &values);
    if (status != STATUS_OK) {
        const Text words = arena_copy(request->arena, failure_take());
        return refuse_code(request, status == STATUS_TOO_LARGE ? 413 : 400, status,
                           MESSAGE("The JSON does not fit the form: {detail}"), words);
    }
    state->values = values;
    return STATUS_OK;
}

Status read_values(Request *request, const Form *form) {
    RequestState *state = request->state;
    const Text type = incoming_header(state->incoming, "content-type", NULL);
    state->form = form;
    if (state->route->method == POST && media_type_is(type, "application/json")) {
        return read_json(request, form);
    }
    FormValues *values = form_empty(request->arena, form);
    for (size_t i = 0; i < state->pairs.count; i++) {
        TRY(take_pair(request, values, &state->pairs.items[i]));
    }
    state->values = values;
    return STATUS_OK;
}

bool read_row_button(Request *request) {
    RequestState *state = request->state;
    size_t at = 0, row = 0;
    const Field *field = NULL;
    if (state->add.size > 0) {
        FormValues *added = NULL;
        field = field_of(state->form, state->add, &at);
        if (field != NULL && field->kind == FIELD_GROUP &&
            form_add_row(request->arena, state->values, field->name, &added) != STATUS_OK) {
            form_error(state->values, field->name, MESSAGE("There is no room for another row."));
        }
        return true;
    }
    if (state->remove.size > 0) {
        Text number = state->remove;
        const Text group = text_cut(&number, '.');
        int64_t index = -1;
        field = field_of(state->form, group, &at);
        if (field != NULL && field->kind == FIELD_GROUP && text_to_int(number, &index) == STATUS_OK && index >= 0) {
            row = (size_t)index;
            if (row < state->values->items[at].rows.count) {
                form_remove_row(state->values, field->name, row);
            }
        }
        return true;
    }
    return false;
}

Status read_nothing(Request *request) {
    RequestState *state = request->state;
    const Text type = incoming_header(state->incoming, "content-type", NULL);
    const bool is_json = state->route->method == POST && media_type_is(type, "application/json");
    for (size_t i = 0; i < state->pairs.count; i++) {
        if (state->route->method == POST && !is_ours(state->pairs.items[i].name)) {
            return refuse_code(request, 400, STATUS_INVALID, MESSAGE("This form has no field {detail}."),
                               state->pairs.items[i].name);
        }
    }
    if (is_json && state->incoming->body.size > 0 &&
        !text_equal(text_trim(take_json_action(request, state->incoming->body)), TEXT("{}"))) {
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("This page accepts no values."), (Text){NULL, 0});
    }
    return STATUS_OK;
}

void mark_field(Request *request, const char *name, Message message) {
    FormValues *values = request->state->values;
    const FormPair pair = {.name = text_of(name)};
    FormValue *value = NULL;
    const Field *field = NULL;
    size_t at = 0;
    if (field_of(values->form, text_of(name), &at) != NULL) {
        form_error(values, name, message);
        return;
    }
    if (place_pair(request->arena, values, &pair, &value, &field) == PLACED) {
        value->error = message;
        values->invalid = true;
        return;
    }
    form_error(values, NULL, message);
}
