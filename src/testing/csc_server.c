/** The signing service of the tests over HTTP: csc_server KEY.p12 PASSWORD-FILE PORT-FILE TROUBLE-FILE [second].
 *
 * Before each request it reads from the file TROUBLE-FILE how to misbehave (csc_service.h), or "slow". Ends when its
 * standard input does. */
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "testing/csc_service.h"
#include "testing/test.h"

#define BODY_MAX ((size_t)64 << 10)

static CscService service;
static const char *trouble_path;
static char trouble[64];

/** One request with what came of its body. */
typedef struct Asked {
    Arena *arena;
    Buffer body;
} Asked;

static void read_trouble(void) {
    FILE *file = fopen(trouble_path, "re");
    char word[sizeof(trouble)] = "";
    if (file != NULL) {
        const size_t got = fread(word, 1, sizeof(word) - 1, file);
        word[got] = '\0';
        word[strcspn(word, "\n")] = '\0';
        (void)fclose(file);
        (void)unlink(trouble_path);
        (void)pthread_mutex_lock(&service.lock);
        memcpy(trouble, word, sizeof(trouble));
        service.trouble = trouble;
        (void)pthread_mutex_unlock(&service.lock);
    }
}

static enum MHD_Result answer(struct MHD_Connection *connection, const char *url, Asked *asked) {
    const char *authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    Text path = text_of(url), reply = {0};
    const Text base = TEXT("/csc/v1/");
    path = text_starts_with(path, base) ? text_slice(path, base.size, path.size) : (Text){0};
    read_trouble();
    if (strcmp(trouble, "slow") == 0) {
        (void)sleep(60);
    }
    const int code = csc_service_answer(&service, asked->arena, path, text_of(authorization),
                                        (Text){asked->body.data, asked->body.size}, &reply);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply.size, (void *)(uintptr_t)reply.data, MHD_RESPMEM_MUST_COPY);
    (void)MHD_add_response_header(response, "Content-Type", "application/json;charset=UTF-8");
    const enum MHD_Result queued = MHD_queue_response(connection, (unsigned)code, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *part, size_t *part_size, void **request) {
    (void)context, (void)method, (void)version;
    Asked *asked = *request;
    if (asked == NULL) {
        Arena *arena = arena_open((size_t)8 << 20);
        asked = arena_new(arena, Asked);
        *asked = (Asked){.arena = arena, .body = buffer_make(arena, BODY_MAX)};
        *request = asked;
        return MHD_YES;
    }
    if (*part_size > 0) {
        buffer_append(&asked->body, (Text){part, *part_size});
        *part_size = 0;
        return MHD_YES;
    }
    return answer(connection, url, asked);
}

static void end_request(void *context, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode code) {
    (void)context, (void)connection, (void)code;
    const Asked *asked = *request;
    if (asked != NULL) {
        arena_close(asked->arena);
    }
}

static int serve(const char *port_path) {
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL, NULL,
                         handle, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    FILE *file = info != NULL ? fopen(port_path, "we") : NULL;
    if (file == NULL) {
        return 1;
    }
    (void)fprintf(file, "%u\n", (unsigned)info->port);
    (void)fclose(file);
    while (getchar() != EOF) {
    }
    _exit(0); /* without waiting for a slow answer */
}

int main(int count, char **arguments) {
    Arena *arena = arena_open((size_t)16 << 20);
    Text password = {0};
    Key *key = NULL;
    if (count < 5 || key_password(text_of(arguments[2]), NULL, arena, &password) != STATUS_OK ||
        key_open_pkcs12(text_of(arguments[1]), password, arena, &key) != STATUS_OK) {
        (void)fputs("use: csc_server KEY.p12 PASSWORD-FILE PORT-FILE TROUBLE-FILE [second]\n", stderr);
        return 2;
    }
    csc_service_open(&service, key);
    service.second = count > 5;
    trouble_path = arguments[4];
    return serve(arguments[3]);
}
