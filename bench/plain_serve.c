/** The server without its sandbox, which valgrind cannot run: the same pages from a data directory, until SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "program/data.h"
#include "program/parts.h"

static Status serve(Arena *arena, const Data *data, int port) {
    const Parts parts = parts_gather(arena);
    const ServerOptions options = {.address = TEXT("127.0.0.1"),
                                   .port = port,
                                   .secret = data->outside->secret,
                                   .database = data->database,
                                   .outside = data->outside,
                                   .routes = (const Routes *const *)parts.routes,
                                   .routes_count = parts.route_count,
                                   .hooks = parts.hooks,
                                   .demonstration = true};
    sigset_t signals;
    Server *server = NULL;
    int number = 0;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    TRY(parts_start(data->database, data->outside));
    TRY(server_start(&options, &server));
    (void)sigwait(&signals, &number);
    server_stop(server);
    return STATUS_OK;
}

int main(int count, char **arguments) {
    const Settings nothing = {.port = -1};
    Data *data = NULL;
    if (count != 3) {
        (void)fprintf(stderr, "use: plain_serve DATA PORT\n");
        return 2;
    }
    Arena *arena = arena_open((size_t)16 << 20);
    Status status = data_open(text_of(arguments[1]), &nothing, DATA_FOR_SERVER, &data);
    if (status == STATUS_OK) {
        status = serve(arena, data, (int)strtol(arguments[2], NULL, 10));
    }
    if (status != STATUS_OK) {
        const Text words = failure_take();
        (void)fprintf(stderr, "plain_serve: %.*s\n", TEXT_ARG(words));
    }
    data_close(data);
    arena_close(arena);
    return status == STATUS_OK ? 0 : 1;
}
