/** The server's own state: the daemon, its connections with their deadlines, arenas, lanes. Only server.c and
 * connection.c include this. */
#ifndef TRADEPOST_HTTP_SERVER_INSIDE_H
#define TRADEPOST_HTTP_SERVER_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/exchange.h"
#include "http/lane.h"

#define ARENAS_KEPT 64

/** A socket under watch: past its deadline it is shut down, whatever it still trickles. */
typedef struct Watched {
    struct Watched *before, *after;
    int descriptor;
    _Atomic int64_t deadline; /**< monotonic microseconds; 0: none */
} Watched;

struct Server {
    Exchanges exchanges;
    Arena *arena;
    struct MHD_Daemon *daemon;
    int listener; /**< -1: none */
    int port;
    Lane *forms, *costly;
    pthread_mutex_t watch_lock; /**< guards the list and the descriptors in it */
    Watched watched;            /**< head of the list */
    pthread_cond_t stop_called; /**< wakes the watcher */
    pthread_t watcher;
    bool watcher_runs;
    pthread_mutex_t arena_lock;
    Arena *arenas[ARENAS_KEPT];
    size_t arena_count;
    atomic_bool stopping;
    atomic_size_t body_bytes; /**< held by all requests together */
    atomic_size_t tasks;      /**< requests begun and not yet completed */
};

/** An empty arena for one request. */
Arena *server_arena_take(Server *server);
void server_arena_return(Server *server, Arena *arena);

/* connection.c */

/** What libmicrohttpd calls: for a request's parts, at its end, at a connection's start and end, to decode a path. */
enum MHD_Result connection_handle(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request_context);
void connection_completed(void *server, struct MHD_Connection *connection, void **request_context,
                          enum MHD_RequestTerminationCode code);
void connection_notify(void *server, struct MHD_Connection *connection, void **socket_context,
                       enum MHD_ConnectionNotificationCode code);
size_t connection_unescape(void *server, struct MHD_Connection *connection, char *text);
/** A lane's work on one request. */
void connection_run_task(LaneItem *item);

#endif
