/** Starts and stops the daemon, its lanes, and the watch over slow connections. */
#include "http/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "http/server_inside.h"
#include "http/url.h"

#define CONNECTION_MEMORY ((size_t)16 << 10)
#define SERVER_BUDGET     ((size_t)64 << 20)
#define COSTLY_THREADS    2
#define LISTEN_WAITING    511
#define FORMS_WAITING     1024
#define COSTLY_WAITING    128
#define COSTLY_NICE       10 /* a flood of passwords takes what pages and jobs leave */
#define CACHED_PAGES      512
#define STOP_MILLISECONDS 10000

Arena *server_arena_take(Server *server) {
    Arena *arena = NULL;
    pthread_mutex_lock(&server->arena_lock);
    if (server->arena_count > 0) {
        arena = server->arenas[--server->arena_count];
    }
    pthread_mutex_unlock(&server->arena_lock);
    return arena != NULL ? arena : arena_open(ARENA_BUDGET);
}

void server_arena_return(Server *server, Arena *arena) {
    arena_reset(arena);
    pthread_mutex_lock(&server->arena_lock);
    if (server->arena_count < ARENAS_KEPT) {
        server->arenas[server->arena_count++] = arena;
        arena = NULL;
    }
    pthread_mutex_unlock(&server->arena_lock);
    arena_close(arena);
}

static void nap(long milliseconds) {
    const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Waits a moment, or until server_stop calls. */
static void wait_a_moment(Server *server, int64_t microseconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t nanoseconds = until.tv_nsec + microseconds * 1000;
    until.tv_sec += (time_t)(nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    pthread_cond_timedwait(&server->stop_called, &server->watch_lock, &until);
}

/* Shuts down what is past its deadline; libmicrohttpd then closes it. Holding the lock keeps the descriptor from being
 * closed meanwhile. */
static void *watch(void *context) {
    Server *server = context;
    pthread_mutex_lock(&server->watch_lock);
    while (!atomic_load(&server->stopping)) {
        const int64_t now = clock_monotonic();
        for (Watched *watched = server->watched.after; watched != &server->watched; watched = watched->after) {
            const int64_t deadline = atomic_load(&watched->deadline);
            if (deadline != 0 && deadline < now) {
                shutdown(watched->descriptor, SHUT_RDWR);
            }
        }
        wait_a_moment(server, TIME_SECOND / 5);
    }
    pthread_mutex_unlock(&server->watch_lock);
    return NULL;
}

static unsigned or_default(unsigned value, unsigned standard) {
    return value > 0 ? value : standard;
}

/* Twice the cores, so that a thread that waits for the disk or for PostgreSQL leaves its core to another one; each has
 * memory of its own. */
static int default_threads(void) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 2 ? 4 : cores > 8 ? 16 : (int)cores * 2;
}

static void take_options(Server *server, const ServerOptions *options) {
    ServerOptions *own = &server->exchanges.options;
    ServerLimits *limits = &own->limits;
    *own = *options;
    own->address = arena_copy(server->arena, options->address.size > 0 ? options->address : TEXT("127.0.0.1"));
    own->trusted_proxy = arena_copy(server->arena, options->trusted_proxy);
    own->secret = arena_copy(server->arena, options->secret);
    own->threads = options->threads > 0 ? options->threads : default_threads();
    limits->connections = or_default(limits->connections, 8192);
    limits->connections_per_address = or_default(limits->connections_per_address, 512);
    limits->idle_seconds = or_default(limits->idle_seconds, 30);
    limits->request_seconds = or_default(limits->request_seconds, 60);
    limits->stranger_posts = or_default(limits->stranger_posts, 60);
    limits->stranger_posts_minute = or_default(limits->stranger_posts_minute, 30);
    limits->body_bytes = limits->body_bytes > 0 ? limits->body_bytes : (size_t)512 << 20;
}

/* Takes the public address apart; without one it is that of the socket. */
static Status take_public_url(Server *server) {
    Exchanges *exchanges = &server->exchanges;
    Text url = exchanges->options.public_url, host = {NULL, 0}, port = {NULL, 0};
    if (url.size == 0) {
        url = arena_format(server->arena, "http://127.0.0.1:%d", server->port);
    }
    exchanges->is_https = text_starts_with(url, TEXT("https://"));
    if (!exchanges->is_https && !text_starts_with(url, TEXT("http://"))) {
        return fail(STATUS_INVALID, "the public address %.*s is neither http:// nor https://", TEXT_ARG(url));
    }
    exchanges->public_scheme = exchanges->is_https ? TEXT("https") : TEXT("http");
    Text authority = text_slice(url, exchanges->public_scheme.size + 3, url.size);
    authority = text_cut(&authority, '/');
    if (url_read_host(server->arena, authority, &host, &port) != STATUS_OK) {
        return fail(STATUS_INVALID, "the public address %.*s names no host", TEXT_ARG(url));
    }
    exchanges->public_port = arena_copy(server->arena, port);
    exchanges->options.public_url = arena_copy(server->arena, url);
    return STATUS_OK;
}

static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* A listening socket; the daemon starts on it only when all else is ready. */
static int open_listener(const struct addrinfo *address) {
    const int on = 1, off = 0;
    const int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return -1;
    }
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->ai_family == AF_INET6) {
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) != 0 || listen(descriptor, LISTEN_WAITING) != 0) {
        const int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

static Status listen_on(Server *server) {
    const ServerOptions *options = &server->exchanges.options;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    socklen_t size = sizeof(bound);
    char port[8];
    snprintf(port, sizeof(port), "%d", options->port & 0xffff);
    if (getaddrinfo(arena_c_string(server->arena, options->address), port, &hints, &found) != 0) {
        return fail(STATUS_UNAVAILABLE, "%.*s is no address to listen on", TEXT_ARG(options->address));
    }
    server->listener = open_listener(found);
    const int error = errno;
    freeaddrinfo(found);
    if (server->listener < 0 || getsockname(server->listener, (struct sockaddr *)&bound, &size) != 0) {
        return fail(STATUS_UNAVAILABLE, "cannot listen on %.*s port %s: %s", TEXT_ARG(options->address), port,
                    strerror(error));
    }
    server->port = ntohs(bound.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port
                                                     : ((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    return STATUS_OK;
}

static Status start_daemon(Server *server) {
    const ServerOptions *options = &server->exchanges.options;
    const unsigned per_address = options->trusted_proxy.size > 0 ? 0 : options->limits.connections_per_address;
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, connection_handle, server, MHD_OPTION_LISTEN_SOCKET, server->listener,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)options->threads, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, options->limits.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, options->limits.idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, connection_unescape, server, MHD_OPTION_NOTIFY_COMPLETED, connection_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server, MHD_OPTION_END);
    return server->daemon != NULL ? STATUS_OK : fail(STATUS_UNAVAILABLE, "the server's threads do not start");
}

static Status start_all(Server *server) {
    Exchanges *exchanges = &server->exchanges;
    const ServerOptions *options = &exchanges->options;
    TRY(router_make(server->arena, options->routes, options->routes_count, &exchanges->router));
    exchanges->rates = rates_make(server->arena, options->limits.stranger_posts, options->limits.stranger_posts_minute);
    exchanges->compressed = compress_cache_make(server->arena, CACHED_PAGES);
    raise_file_limit();
    server->forms = lane_start(options->threads, FORMS_WAITING, 0, connection_run_task);
    server->costly = lane_start(COSTLY_THREADS, COSTLY_WAITING, COSTLY_NICE, connection_run_task);
    server->watcher_runs = pthread_create(&server->watcher, NULL, watch, server) == 0;
    if (server->forms == NULL || server->costly == NULL || !server->watcher_runs) {
        return fail(STATUS_UNAVAILABLE, "the system gives no more threads");
    }
    TRY(listen_on(server));
    TRY(take_public_url(server));
    return start_daemon(server);
}

Status server_start(const ServerOptions *options, Server **ret_server) {
    Server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        abort();
    }
    server->arena = arena_open(SERVER_BUDGET);
    server->listener = -1;
    server->watched.before = server->watched.after = &server->watched;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->stop_called, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&server->watch_lock, NULL);
    pthread_mutex_init(&server->arena_lock, NULL);
    take_options(server, options);
    const Status status =
        options->secret.size < 32 ? fail(STATUS_INVALID, "the server needs a secret of 32 bytes") : start_all(server);
    if (status != STATUS_OK) {
        server_stop(server);
        return status;
    }
    *ret_server = server;
    return STATUS_OK;
}

void server_stop(Server *server) {
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_quiesce_daemon(server->daemon);
    }
    if (server->listener >= 0) {
        close(server->listener);
    }
    pthread_mutex_lock(&server->watch_lock);
    atomic_store(&server->stopping, true);
    pthread_cond_broadcast(&server->stop_called);
    pthread_mutex_unlock(&server->watch_lock);
    lane_stop(server->forms);
    lane_stop(server->costly);
    for (int waited = 0; atomic_load(&server->tasks) > 0 && waited < STOP_MILLISECONDS; waited += 5) {
        nap(5);
    }
    if (server->watcher_runs) {
        pthread_join(server->watcher, NULL);
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    for (size_t i = 0; i < server->arena_count; i++) {
        arena_close(server->arenas[i]);
    }
    pthread_cond_destroy(&server->stop_called);
    pthread_mutex_destroy(&server->watch_lock);
    pthread_mutex_destroy(&server->arena_lock);
    arena_close(server->arena);
    free(server);
}

int server_port(const Server *server) {
    return server->port;
}
