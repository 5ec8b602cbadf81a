/** tradepost serve: pages and jobs until it is told to stop. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "outside/jail.h"
#include "program/data.h"
#include "program/parts.h"
#include "program/program.h"

/* More than cores: sealing waits for disks and servers, and what commits together shares an fsync. */
enum { WORKER_THREADS = 8 };

static const char help[] =
    "use: tradepost serve --data DIR [--port N] [--address A] [--public-url URL]\n"
    "\n"
    "Serves the chambers of a data directory, and does their jobs: sealing documents, sending mail.\n"
    "Stops cleanly on SIGTERM or SIGINT (Ctrl-C): requests and jobs that have begun come to their end.\n"
    "The log goes to standard error, a JSON object a line.\n"
    "\n"
    "example: tradepost serve --data /var/lib/tradepost --public-url https://tradepost.example\n";

static sigset_t stop_signals(void) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    return signals;
}

MUST_USE static Status start_server(const Data *data, const Parts *parts, Server **ret_server) {
    const Settings *settings = &data->settings;
    const ServerOptions options = {
        .address = settings->address,
        .port = (int)settings->port,
        .public_url = settings->public_url,
        .trusted_proxy = settings->trusted_proxy,
        .secret = data->outside->secret,
        .database = data->database,
        .outside = data->outside,
        .routes = (const Routes *const *)parts->routes,
        .routes_count = parts->route_count,
        .hooks = parts->hooks,
        .demonstration = settings->demonstration,
    };
    return server_start(&options, ret_server);
}

static void announce(Arena *arena, const Data *data, const Server *server) {
    const Text url = data->settings.public_url.size > 0
                         ? data->settings.public_url
                         : arena_format(arena, "http://%.*s:%d", TEXT_ARG(data->settings.address), server_port(server));
    (void)printf("Tradepost serves %.*s at %.*s; Ctrl-C stops it.\n", TEXT_ARG(data->directory), TEXT_ARG(url));
    (void)fflush(stdout);
    LOG(LOG_INFO, "serving", {"address", url}, {"data", data->directory});
}

/* A second signal ends the program at once: whoever sends it does not want to wait. */
static void wait_for_the_end(void) {
    const sigset_t signals = stop_signals();
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    LOG(LOG_INFO, "stopping", {"signal", number == SIGINT ? TEXT("SIGINT") : TEXT("SIGTERM")});
}

MUST_USE static Status serve_data(Arena *arena, const Data *data) {
    const Parts parts = parts_gather(arena);
    Workers *workers = NULL;
    Server *server = NULL;
    TRY(parts_start(data->database, data->outside));
    TRY(parts_serve(data->database));
    TRY(work_start(data->database, data->outside, (const JobKind *const *)parts.job_kinds, parts.job_kind_count,
                   WORKER_THREADS, &workers));
    const Status status = start_server(data, &parts, &server);
    if (status == STATUS_OK) {
        announce(arena, data, server);
        wait_for_the_end();
        server_stop(server);
    }
    work_stop(workers);
    return status;
}

/* The order matters: the nursery is forked before there is any thread, and signals are blocked before the first one
 * inherits its mask. */
static int serve(CommandContext *context) {
    if (options_read(context->argument_count, context->arguments, NULL, 0, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("serve");
    }
    if (context->data.size == 0) {
        return command_wrong_use_because("serve", "--data DIR is missing");
    }
    Data *data = NULL;
    const sigset_t signals = stop_signals();
    Status status = jail_start();
    if (status == STATUS_OK) {
        (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
        status = data_open(context->data, context->settings, DATA_FOR_SERVER, &data);
    }
    if (status == STATUS_OK) {
        status = serve_data(context->arena, data);
    }
    const int code = status == STATUS_OK ? 0 : command_refuse(status);
    data_close(data);
    if (code == 0) {
        LOG(LOG_INFO, "stopped", {"data", context->data});
    }
    return code;
}

const Command serve_command = {.name = "serve",
                               .summary = "serves the pages and does the jobs",
                               .help = help,
                               .without_database = true,
                               .run = serve};
