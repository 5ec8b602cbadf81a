/** A trie over path segments: literals by binary search, then an id, then any text. */
#include "http/router.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "http/server.h"
#include "http/url.h"

typedef struct RouterNode RouterNode;

struct RouterNode {
    Text segment;
    RouterNode **literals; /* sorted by segment */
    size_t literal_count, literal_capacity;
    RouterNode *id, *text, *rest;
    const Route *routes[2];
};

struct Router {
    Arena *arena;
    RouterNode root;
};

typedef enum SegmentKind { SEGMENT_LITERAL, SEGMENT_ID, SEGMENT_TEXT, SEGMENT_REST } SegmentKind;

static bool segment_is_id(Text segment) {
    int64_t id = 0;
    return id_read(segment, &id) == STATUS_OK;
}

static SegmentKind segment_kind(Text segment) {
    if (segment.size < 2 || segment.data[0] != '{') {
        return SEGMENT_LITERAL;
    }
    return text_ends_with(segment, TEXT(":text}"))   ? SEGMENT_TEXT
           : text_ends_with(segment, TEXT(":rest}")) ? SEGMENT_REST
                                                     : SEGMENT_ID;
}

/* Where `segment` is or would be among the literals of `node`. */
static size_t literal_place(const RouterNode *node, Text segment, bool *ret_found) {
    size_t low = 0, high = node->literal_count;
    *ret_found = false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = text_compare(node->literals[middle]->segment, segment);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static RouterNode *add_literal(Arena *arena, RouterNode *node, Text segment) {
    bool found = false;
    const size_t at = literal_place(node, segment, &found);
    if (found) {
        return node->literals[at];
    }
    if (node->literal_count == node->literal_capacity) {
        node->literal_capacity = node->literal_capacity == 0 ? 8 : node->literal_capacity * 2;
        RouterNode **grown = arena_new_array(arena, RouterNode *, node->literal_capacity);
        for (size_t i = 0; i < node->literal_count; i++) {
            grown[i] = node->literals[i];
        }
        node->literals = grown;
    }
    for (size_t i = node->literal_count; i > at; i--) {
        node->literals[i] = node->literals[i - 1];
    }
    node->literal_count++;
    node->literals[at] = arena_new(arena, RouterNode);
    node->literals[at]->segment = segment;
    return node->literals[at];
}

/* The child for one segment of a declared path; fails where a text would stand beside anything else. */
static Status add_segment(Arena *arena, RouterNode *node, const Route *route, Text segment, RouterNode **ret_child) {
    const SegmentKind kind = segment_kind(segment);
    const bool others = node->literal_count > 0 || node->id != NULL;
    const bool mixes_with_text = kind == SEGMENT_TEXT   ? others || node->rest != NULL
                                 : kind == SEGMENT_REST ? others || node->text != NULL
                                                        : node->text != NULL || node->rest != NULL;
    if (mixes_with_text) {
        return fail(STATUS_INVALID, "route %s: {:text} or {:rest} may not share its place with other segments",
                    route->path);
    }
    if (kind == SEGMENT_LITERAL && segment_is_id(segment)) {
        return fail(STATUS_INVALID, "route %s: the segment %.*s could be an id", route->path, TEXT_ARG(segment));
    }
    if (kind == SEGMENT_LITERAL) {
        *ret_child = add_literal(arena, node, segment);
        return STATUS_OK;
    }
    RouterNode **child = kind == SEGMENT_ID ? &node->id : kind == SEGMENT_TEXT ? &node->text : &node->rest;
    if (*child == NULL) {
        *child = arena_new(arena, RouterNode);
    }
    *ret_child = *child;
    return STATUS_OK;
}

static Status check_line(const Route *route) {
    if (route->path == NULL || route->path[0] != '/') {
        return fail(STATUS_INVALID, "a route has no path");
    }
    if (route->who.kind == WHO_NOBODY || (route->who.kind == WHO_MAY && route->who.permission == NULL)) {
        return fail(STATUS_INVALID, "route %s: does not say who may", route->path);
    }
    if (route->handler == NULL) {
        return fail(STATUS_INVALID, "route %s: has no handler", route->path);
    }
    if ((route->cacheable || route->lasting) && (route->method != GET || route->who.kind != WHO_ANYONE)) {
        return fail(STATUS_INVALID, "route %s: only a GET for anyone is cacheable", route->path);
    }
    if (route->takes != NULL && (route->method != POST || route->who.kind != WHO_ANYONE || route->form != NULL ||
                                 route->form_for != NULL || route->prepare != NULL)) {
        return fail(STATUS_INVALID, "route %s: only a POST for anyone, without form, takes a body", route->path);
    }
    if (route->reads_only && (route->method != POST || route->who.kind != WHO_ANYONE)) {
        return fail(STATUS_INVALID, "route %s: only a POST for anyone reads only", route->path);
    }
    if (route->method == POST && (route->form != NULL || route->form_for != NULL) && route->page == NULL) {
        return fail(STATUS_INVALID, "route %s: a form needs a page to be shown again", route->path);
    }
    return STATUS_OK;
}

static Status add_route(Arena *arena, Router *router, const Route *route) {
    TRY(check_line(route));
    RouterNode *node = &router->root;
    Text rest = text_of(route->path);
    size_t segments = 0, parameters = 0;
    rest = text_slice(rest, 1, rest.size);
    while (rest.size > 0) {
        const Text segment = text_cut(&rest, '/');
        parameters += segment_kind(segment) != SEGMENT_LITERAL;
        if (++segments > ROUTE_SEGMENTS_MAX || parameters > ROUTE_PARAMETERS_MAX || segment.size == 0 ||
            (segment_kind(segment) == SEGMENT_REST && rest.size > 0)) {
            return fail(STATUS_INVALID, "route %s: too many or empty segments, or one behind {:rest}", route->path);
        }
        TRY(add_segment(arena, node, route, segment, &node));
    }
    if (node->routes[route->method] != NULL) {
        return fail(STATUS_INVALID, "routes %s and %s: one path fits both", node->routes[route->method]->path,
                    route->path);
    }
    node->routes[route->method] = route;
    return STATUS_OK;
}

Status router_make(Arena *arena, const Routes *const *tables, size_t count, Router **ret_router) {
    Router *router = arena_new(arena, Router);
    router->arena = arena;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            TRY(add_route(arena, router, &tables[i]->items[j]));
        }
    }
    *ret_router = router;
    return STATUS_OK;
}

void routes_each(const Routes *const *routes, size_t count, void (*each)(const Route *route, void *context),
                 void *context) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < routes[i]->count; j++) {
            each(&routes[i]->items[j], context);
        }
    }
}

static Status read_segment(Arena *arena, Text raw, Text *ret_segment) {
    Text segment = {NULL, 0};
    if (raw.size > ROUTE_SEGMENT_BYTES * 3) {
        return STATUS_NOT_FOUND;
    }
    TRY(url_decode(arena, raw, false, &segment));
    for (size_t i = 0; i < segment.size; i++) {
        const unsigned char byte = (unsigned char)segment.data[i];
        if (byte < ' ' || byte == 0x7f || byte == '/' || byte == '\\') {
            return fail(STATUS_INVALID, "a path segment holds a slash or a control character");
        }
    }
    if (segment.size == 0 || segment.size > ROUTE_SEGMENT_BYTES || text_equal(segment, TEXT(".")) ||
        text_equal(segment, TEXT(".."))) {
        return STATUS_NOT_FOUND;
    }
    *ret_segment = segment;
    return STATUS_OK;
}

/** All that is left of the path: slashes, encoded or not, are part of it. */
static Status read_rest(Arena *arena, Text raw, Text *ret_rest) {
    Text rest = {NULL, 0};
    if (raw.size > ROUTE_REST_BYTES * 3) {
        return STATUS_NOT_FOUND;
    }
    TRY(url_decode(arena, raw, false, &rest));
    for (size_t i = 0; i < rest.size; i++) {
        if ((unsigned char)rest.data[i] < ' ' || rest.data[i] == 0x7f || rest.data[i] == '\\') {
            return fail(STATUS_INVALID, "the path holds a backslash or a control character");
        }
    }
    if (rest.size == 0 || rest.size > ROUTE_REST_BYTES) {
        return STATUS_NOT_FOUND;
    }
    *ret_rest = rest;
    return STATUS_OK;
}

static const RouterNode *child_of(const RouterNode *node, Text segment, bool *ret_is_parameter) {
    bool found = false;
    const size_t at = literal_place(node, segment, &found);
    *ret_is_parameter = !found;
    if (found) {
        return node->literals[at];
    }
    if (node->id != NULL && segment_is_id(segment)) {
        return node->id;
    }
    return node->text;
}

Status router_find(const Router *router, Arena *arena, Text raw_path, RouteMatch *ret_match) {
    RouteMatch match = {0};
    const RouterNode *node = &router->root;
    if (raw_path.size == 0 || raw_path.data[0] != '/') {
        return fail(STATUS_INVALID, "the path does not begin with a slash");
    }
    Text rest = text_slice(raw_path, 1, raw_path.size);
    match.trailing_slash = text_ends_with(rest, TEXT("/"));
    if (match.trailing_slash) {
        rest = text_slice(rest, 0, rest.size - 1);
    }
    for (size_t segments = 0; rest.size > 0; segments++) {
        Text segment = {NULL, 0};
        bool is_parameter = false;
        if (node->rest != NULL) {
            const size_t from = (size_t)(rest.data - raw_path.data);
            TRY(read_rest(arena, text_slice(raw_path, from, raw_path.size), &match.parameters[match.count++]));
            node = node->rest;
            match.trailing_slash = false;
            break;
        }
        const bool more = text_find(rest, TEXT("/"), &(size_t){0});
        TRY(read_segment(arena, text_cut(&rest, '/'), &segment));
        node = segments < ROUTE_SEGMENTS_MAX ? child_of(node, segment, &is_parameter) : NULL;
        if (node == NULL || (more && rest.size == 0)) {
            return STATUS_NOT_FOUND;
        }
        if (is_parameter) {
            assert(match.count < ROUTE_PARAMETERS_MAX);
            match.parameters[match.count++] = segment;
        }
    }
    if (node->routes[GET] == NULL && node->routes[POST] == NULL) {
        return STATUS_NOT_FOUND;
    }
    if (text_equal(raw_path, TEXT("//"))) {
        return STATUS_NOT_FOUND;
    }
    match.routes[GET] = node->routes[GET];
    match.routes[POST] = node->routes[POST];
    *ret_match = match;
    return STATUS_OK;
}

size_t route_parameter_index(const Route *route, const char *name) {
    Text rest = text_of(route->path);
    size_t index = 0;
    while (rest.size > 0) {
        Text segment = text_cut(&rest, '/');
        if (segment_kind(segment) == SEGMENT_LITERAL) {
            continue;
        }
        segment = text_slice(segment, 1, segment.size - 1);
        if (text_equal(text_cut(&segment, ':'), text_of(name))) {
            return index;
        }
        index++;
    }
    assert(false && "the route's path has no such parameter");
    return 0;
}
