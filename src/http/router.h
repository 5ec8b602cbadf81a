/** The merged route table: finds the route of a path in time that depends on the path alone. */
#ifndef TRADEPOST_HTTP_ROUTER_H
#define TRADEPOST_HTTP_ROUTER_H

#include "http/route.h"

#define ROUTE_SEGMENTS_MAX   16
#define ROUTE_SEGMENT_BYTES  200
#define ROUTE_REST_BYTES     1000
#define ROUTE_PARAMETERS_MAX 8

typedef struct Router Router;

/** What a path led to. */
typedef struct RouteMatch {
    const Route *routes[2];                /**< by Method; NULL where the path does not take the method */
    Text parameters[ROUTE_PARAMETERS_MAX]; /**< decoded, in the order of the path */
    size_t count;
    bool trailing_slash; /**< matched only without the slash at its end */
} RouteMatch;

/**
 * Merges the tables. A literal and an {id} may stand at the same place, since no literal that reads as an id is taken.
 *
 * @return STATUS_INVALID, with words that name the lines, when one path would fit two routes or a line is incomplete
 */
MUST_USE Status router_make(Arena *arena, const Routes *const *tables, size_t count, Router **ret_router);

/**
 * Looks a raw path up; decodes each segment once.
 *
 * @return STATUS_NOT_FOUND when no route has the path; STATUS_INVALID for a path that is broken (bad escapes, no UTF-8,
 * control characters)
 */
MUST_USE Status router_find(const Router *router, Arena *arena, Text raw_path, RouteMatch *ret_match);

/** The place of the parameter `name` in the route's path; asserts that it is there. */
size_t route_parameter_index(const Route *route, const char *name);

#endif
