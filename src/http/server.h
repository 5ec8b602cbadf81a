/** The server: takes requests by libmicrohttpd, leads each through session, permission, form, transaction and view, and
 * answers. */
#ifndef TRADEPOST_HTTP_SERVER_H
#define TRADEPOST_HTTP_SERVER_H

#include "http/route.h"

typedef struct Server Server;

/**
 * What http must ask those above it; src/program fills this in. All run inside the request's read transaction unless
 * said otherwise.
 *
 * `host` is the name in lower case without port. `token_sha256` has 32 bytes.
 */
typedef struct ServerHooks {
    /** @return STATUS_NOT_FOUND for a host that no chamber has */
    Status (*chamber_of_host)(Connection *connection, Arena *arena, Text host, ChamberContext *ret_chamber);
    /** @return STATUS_NOT_FOUND for a session that is unknown or over */
    Status (*actor_of_session)(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256, Time now,
                               Actor *ret_actor);
    /** The same for an API token ("Authorization: Bearer"). NULL: none are taken. */
    Status (*actor_of_token)(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256, Time now,
                             Actor *ret_actor);
    /** Notes that a session or API token is in use; in a writing transaction of its own, when its actor was said to be
     * `unseen`. May be NULL. */
    Status (*session_seen)(Connection *connection, ChamberId chamber, Text token_sha256, Time now);
    /** Adds to the frame what capabilities know: navigation and its badges. May be NULL. */
    Status (*fill_frame)(Request *request, Frame *frame);
} ServerHooks;

/** Limits against floods; 0 takes the default. */
typedef struct ServerLimits {
    unsigned connections;             /**< in all: 8192 */
    unsigned connections_per_address; /**< 512; without effect behind a trusted proxy */
    unsigned idle_seconds;            /**< a connection without a request: 30 */
    unsigned request_seconds; /**< to send the head of a request, or 2 kB of a body, or to take 2 kB of an answer: 60 */
    unsigned stranger_posts;  /**< a stranger's network prefix may send this many forms at once: 60 */
    unsigned stranger_posts_minute; /**< and then so many in a minute: 30 */
    size_t body_bytes;              /**< of all requests together: 512 MB */
} ServerLimits;

typedef struct ServerOptions {
    Text address;    /**< to listen on; empty: "127.0.0.1" */
    int port;        /**< 0: any free one, see server_port */
    int threads;     /**< for pages, and as many for forms; 0: by the machine's cores */
    Text public_url; /**< "https://host[:port]" as browsers see it; empty: "http://127.0.0.1:PORT". Scheme and port hold
                        for all chambers */
    Text trusted_proxy; /**< the address whose X-Forwarded-For is believed; empty: nobody's */
    Text secret;        /**< 32 bytes of this installation, for form tokens */
    Database *database;
    struct Outside *outside; /**< handed to the handlers */
    const Routes *const *routes;
    size_t routes_count;
    ServerHooks hooks;
    ServerLimits limits;
    bool demonstration;
    bool quiet; /**< no log line per request */
} ServerOptions;

/**
 * Checks the routes and starts to serve. Copies the texts of `options`. Raises the process's soft limit of open files
 * to its hard one.
 *
 * @return STATUS_INVALID when a route has no path or nobody who may, or one path fits two routes; STATUS_UNAVAILABLE
 * when it cannot listen
 */
MUST_USE Status server_start(const ServerOptions *options, Server **ret_server);
/** Answers what was taken, then ends all threads and frees the server. NULL is allowed. */
void server_stop(Server *server);
int server_port(const Server *server);

/** Calls `each` for every route, with its path as declared: for the tests that try all of them. */
void routes_each(const Routes *const *routes, size_t count, void (*each)(const Route *route, void *context),
                 void *context);

#endif
