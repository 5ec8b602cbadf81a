/** All capabilities' parts, gathered: routes, kinds of jobs, answers for the server, commands. */
#ifndef TRADEPOST_PROGRAM_PARTS_H
#define TRADEPOST_PROGRAM_PARTS_H

#include "capabilities/capability.h"
#include "http/server.h"

typedef struct Parts {
    const Routes **routes;
    size_t route_count;
    const JobKind **job_kinds; /**< with work's own */
    size_t job_kind_count;
    ServerHooks hooks; /**< with the navigation of all capabilities */
} Parts;

/** Gathers them into `arena`, which must live as long as they are used. */
Parts parts_gather(Arena *arena);
/** A capability's command by its name; NULL when there is none. */
const Command *parts_command(Text name);

/** Lets each capability start, once the database is open and migrated and before anything is asked of it. */
MUST_USE Status parts_start(Database *database, Outside *outside);
/** Lets each capability plan what it does while the program serves. After parts_start. */
MUST_USE Status parts_serve(Database *database);

#endif
