/** What a scenario expects of JSON answers: a member's value, or the shape of all of it. */
#include <jansson.h>
#include <stdlib.h>

#include "base/log.h"
#include "testing/scenario_inside.h"

/* ".lines[0].title" in a JSON value; NULL when there is no such member. */
static const json_t *json_at(Arena *arena, const json_t *value, Text path) {
    while (value != NULL && path.size > 0) {
        size_t end = 1;
        while (end < path.size && path.data[end] != '.' && path.data[end] != '[') {
            end++;
        }
        const Text part = text_slice(path, 1, end);
        int64_t index = 0;
        if (path.data[0] == '[') {
            value = text_to_int(text_slice(part, 0, part.size - 1), &index) == STATUS_OK
                        ? json_array_get(value, (size_t)index)
                        : NULL;
        } else if (part.size > 0) {
            value = json_object_get(value, arena_c_string(arena, part));
        }
        path = text_slice(path, end, path.size);
    }
    return value;
}

Status scenario_json(ScenarioRun *run, Text rest) {
    const Text path = scenario_word(&rest);
    Text wanted_text = {NULL, 0};
    scenario_word(&rest); /* the sign "=" */
    TRY(scenario_fill(run, rest, &wanted_text));
    json_t *answer = json_loadb(run->answer.body.data, run->answer.body.size, 0, NULL);
    json_t *wanted = json_loadb(wanted_text.data, wanted_text.size, JSON_DECODE_ANY, NULL);
    const json_t *found = json_at(run->arena, answer, path);
    const bool same = found != NULL && wanted != NULL && json_equal(found, wanted);
    char *words = found != NULL ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const Status status =
        same ? STATUS_OK : fail(STATUS_INVALID, "%.*s is %s", TEXT_ARG(path), words != NULL ? words : "absent");
    free(words);
    json_decref(answer);
    json_decref(wanted);
    return status;
}

static const char *type_name(const json_t *value) {
    static const char *const names[] = {"an object", "an array",      "a string",      "a number",
                                        "a number",  "true or false", "true or false", "null"};
    return value == NULL ? "absent" : names[json_typeof(value)];
}

static bool same_type(const json_t *a, const json_t *b) {
    return json_typeof(a) == json_typeof(b) || (json_is_boolean(a) && json_is_boolean(b)) ||
           (json_is_number(a) && json_is_number(b));
}

/* Whether the answer has exactly the members of the example, with values of the same kind. Null stands for any kind, on
 * either side; of arrays the first items are compared. */
static Status check_shape(Arena *arena, const json_t *found, const json_t *example, Text place) {
    const char *name = NULL;
    json_t *member = NULL;
    if (json_is_null(example) || json_is_null(found)) {
        return STATUS_OK;
    }
    if (!same_type(found, example)) {
        return fail(STATUS_INVALID, "%.*s is %s, not %s", TEXT_ARG(place), type_name(found), type_name(example));
    }
    if (json_is_array(example) && json_array_size(example) > 0 && json_array_size(found) > 0) {
        return check_shape(arena, json_array_get(found, 0), json_array_get(example, 0),
                           arena_format(arena, "%.*s[0]", TEXT_ARG(place)));
    }
    if (!json_is_object(example)) {
        return STATUS_OK;
    }
    json_object_foreach((json_t *)(uintptr_t)found, name, member) {
        if (json_object_get(example, name) == NULL) {
            return fail(STATUS_INVALID, "%.*s.%s is not in the example", TEXT_ARG(place), name);
        }
    }
    json_object_foreach((json_t *)(uintptr_t)example, name, member) {
        const json_t *inner = json_object_get(found, name);
        if (inner == NULL) {
            return fail(STATUS_INVALID, "%.*s.%s is absent", TEXT_ARG(place), name);
        }
        TRY(check_shape(arena, inner, member, arena_format(arena, "%.*s.%s", TEXT_ARG(place), name)));
    }
    return STATUS_OK;
}

Status scenario_shape(ScenarioRun *run, Text rest) {
    json_t *answer = json_loadb(run->answer.body.data, run->answer.body.size, 0, NULL);
    json_t *example = json_loadb(rest.data, rest.size, 0, NULL);
    const Status status = answer == NULL    ? fail(STATUS_INVALID, "the answer is no JSON")
                          : example == NULL ? fail(STATUS_INVALID, "the example is no JSON")
                                            : check_shape(run->arena, answer, example, (Text){NULL, 0});
    json_decref(answer);
    json_decref(example);
    return status;
}
