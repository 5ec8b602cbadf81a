/** What a capability hands to the program: routes, jobs, commands, navigation. One `const Capability NAME_capability`
 * each. */
#ifndef TRADEPOST_CAPABILITIES_CAPABILITY_H
#define TRADEPOST_CAPABILITIES_CAPABILITY_H

#include "http/route.h"
#include "outside/outside.h"
#include "work/work.h"

struct ServerHooks;

/** How an installation runs: its tradepost.conf, with the options of the command line on top. */
typedef struct Settings {
    Text database; /**< "sqlite:PATH" or "postgresql://..." */
    Text address;  /**< to listen on */
    int64_t port;
    Text public_url;    /**< "https://host[:port]" as browsers see it; empty: http://127.0.0.1:PORT */
    Text mail;          /**< as for mailer_open */
    Text mail_login;    /**< path of the relay's login file; empty: none */
    Text trusted_proxy; /**< the address whose X-Forwarded-For is believed; empty: nobody's */
    Text outbound;      /**< as for fetcher_open: the servers of trust services that may be asked */
    bool demonstration; /**< every page says so, and the mailbox is open to all */
} Settings;

/**
 * What a command of the program runs with.
 *
 * The program has taken the options that all commands share (--data, --database, --address, --port, --public-url,
 * --mail, --mail-login, --outbound …); read the others with options_read (base/options.h).
 */
typedef struct CommandContext {
    Arena *arena;
    Database *database; /**< open and migrated; NULL without, until `open` or `make` */
    Outside *outside;
    Text data; /**< the data directory; empty when none is given, which only commands without_database see */
    Settings *settings;
    const JobKind *const *job_kinds; /**< all of this build, for work_run_due */
    size_t job_kind_count;
    int argument_count;
    char **arguments; /**< behind the command's name, without the shared options */
    /** For commands without_database: opens the data directory. Closed when the command ends.
     * @return STATUS_NOT_FOUND when there is none; STATUS_CONFLICT when it is of another version */
    Status (*open)(struct CommandContext *context);
    /** For commands without_database: makes the data directory (absent or empty) with tradepost.conf from `settings`,
     * secret, blobs and an empty, migrated database, and opens it. @return STATUS_CONFLICT when something is there
     * already; STATUS_FULL */
    Status (*make)(struct CommandContext *context);
} CommandContext;

typedef struct Command {
    const char *name;    /**< "issue" */
    const char *summary; /**< one line for --help */
    const char *help;    /**< its --help text: "use: tradepost NAME ...", options, example */
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
    /** The badge behind it: what waits there; NULL: none. Runs in the request's transaction. */
    Status (*count)(Request *request, int64_t *ret_count);
} NavigationLine;

/** A search for damage, by `tradepost check`. */
typedef struct Check {
    Arena *arena;
    Database *database;
    Outside *outside;
    /** Reports one finding (printf). */
    void (*found)(struct Check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
    int64_t findings;
} Check;

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
    /** Runs after `start` when the program serves: what shall be done now and then, planned as jobs. NULL for none. */
    Status (*serve)(Database *database);
    /** Looks for damage in what it keeps (audit chains, blobs that rows name), reports it by check->found. NULL for
     * none.
     * @return STATUS_OK when it could look, whatever it found */
    Status (*check)(Check *check);
    /** Fills in what it can answer for the server (http/server.h): chamber of a host, actor of a session. NULL for
     * none. */
    void (*hooks)(struct ServerHooks *hooks);
} Capability;

/** All of this build, made by meson from its one list of capabilities. */
extern const Capability *const capabilities[];
extern const size_t capability_count;

#endif
