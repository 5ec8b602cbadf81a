/** What a capability hands to the program: routes, jobs, commands, navigation. One `const Capability NAME_capability`
 * each. */
#ifndef TRADEPOST_CAPABILITIES_CAPABILITY_H
#define TRADEPOST_CAPABILITIES_CAPABILITY_H

#include "http/route.h"
#include "outside/outside.h"
#include "work/work.h"

/** What a command of the program runs with. */
typedef struct CommandContext {
    Arena *arena;
    Database *database; /**< open and migrated; NULL for commands that make it */
    Outside *outside;
    Text data; /**< the data directory */
    int argument_count;
    char **arguments; /**< behind the command's name */
} CommandContext;

typedef struct Command {
    const char *name;    /**< "issue" */
    const char *summary; /**< one line for --help */
    const char *help;    /**< its whole --help text */
    bool without_database;
    /** @return the exit code: 0 done or valid, 1 refused or not valid (reason on standard error), 2 wrong use */
    int (*run)(CommandContext *context);
} Command;

/** A line of the navigation for those who have the right. */
typedef struct NavigationLine {
    Message label;
    const char *path;
    const Permission *permission; /**< NULL: everybody */
    int order;
} NavigationLine;

typedef struct Capability {
    const char *name;
    Routes routes;
    const JobKind *jobs;
    size_t job_count;
    const Command *commands;
    size_t command_count;
    const NavigationLine *navigation;
    size_t navigation_count;
    /** Runs once at start, before the first request, with the database migrated; NULL for none. */
    Status (*start)(Database *database, Outside *outside);
} Capability;

/** All of this build, made by meson from its one list of capabilities. */
extern const Capability *const capabilities[];
extern const size_t capability_count;

#endif
