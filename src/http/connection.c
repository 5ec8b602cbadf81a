/** Between libmicrohttpd and the exchange: gathers a request whole, has it answered in the right thread, sends the
 * answer. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/server_inside.h"

#define BODY_FIRST ((size_t)16 << 10)
#define DRAINED_MAX                                                                                                    \
    ((size_t)256 << 20) /* a body that is too large is read and dropped up to here, so that its sender hears why */
#define BYTES_PER_SECOND 4096 /* slower than this, after the first minute, is an attack */

typedef enum TaskState { TASK_READING, TASK_WAITING, TASK_DONE } TaskState;

/* One request on its way. */
typedef struct Task {
    LaneItem item; /* first, so that a lane can carry it */
    Server *server;
    Arena *arena;
    struct MHD_Connection *connection;
    Watched *watched;
    Incoming incoming;
    Outgoing outgoing;
    _Atomic TaskState state;
    int64_t begun;
    char *body;
    size_t size, capacity, limit, received;
    bool over, crowded;
} Task;

static void set_deadline(const Task *task, size_t bytes) {
    if (task->watched != NULL) {
        const int64_t seconds =
            task->server->exchanges.options.limits.request_seconds + (int64_t)(bytes / BYTES_PER_SECOND);
        atomic_store(&task->watched->deadline, clock_monotonic() + seconds * TIME_SECOND);
    }
}

static Text peer_of(Arena *arena, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";
    if (info == NULL || info->client_addr == NULL) {
        return (Text){NULL, 0};
    }
    if (info->client_addr->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr, text,
                  sizeof(text));
    } else if (info->client_addr->sa_family == AF_INET6) {
        const struct in6_addr *address = &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr;
        const bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
        inet_ntop(is_mapped ? AF_INET : AF_INET6, is_mapped ? &address->s6_addr[12] : &address->s6_addr[0], text,
                  sizeof(text));
    }
    return arena_copy(arena, text_of(text));
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                  const char *value, size_t value_size) {
    Task *task = context;
    Incoming *incoming = &task->incoming;
    (void)kind;
    if (incoming->header_count <= HEADERS_IN_MAX) {
        incoming->headers[incoming->header_count++] = (HttpHeader){arena_copy(task->arena, (Text){key, key_size}),
                                                                   arena_copy(task->arena, (Text){value, value_size})};
    }
    return MHD_YES;
}

/* libmicrohttpd has taken the query apart; our own strict reader needs it whole. A blank it made of a plus becomes one
 * again. */
static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                    const char *value, size_t value_size) {
    Buffer *query = context;
    const Text parts[2] = {{key, key_size}, {value, value_size}};
    (void)kind;
    if (query->size > 0) {
        buffer_append_byte(query, '&');
    }
    for (int part = 0; part < 2; part++) {
        if (part == 1 && value != NULL) {
            buffer_append_byte(query, '=');
        }
        for (size_t i = 0; i < parts[part].size; i++) {
            buffer_append_byte(query, parts[part].data[i] == ' ' ? '+' : parts[part].data[i]);
        }
    }
    return MHD_YES;
}

static Task *task_begin(Server *server, struct MHD_Connection *connection, const char *url, const char *method) {
    Arena *arena = server_arena_take(server);
    Task *task = arena_new(arena, Task);
    Buffer query = buffer_make(arena, (size_t)32 << 10);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    task->server = server;
    task->arena = arena;
    task->connection = connection;
    task->watched = info != NULL ? info->socket_context : NULL;
    task->begun = clock_monotonic();
    task->incoming.headers = arena_new_array(arena, HttpHeader, HEADERS_IN_MAX + 1);
    task->incoming.method = arena_copy(arena, text_of(method));
    task->incoming.path = arena_copy(arena, text_of(url));
    task->incoming.peer = peer_of(arena, connection);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, task);
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_argument, &query);
    task->incoming.query = (Text){query.data, query.size};
    atomic_fetch_add(&server->tasks, 1);
    set_deadline(task, 0);
    return task;
}

static enum MHD_Result send_answer(Task *task) {
    const Outgoing *outgoing = &task->outgoing;
    /* The arena holds the bytes until connection_completed. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        outgoing->body.size, (void *)(uintptr_t)outgoing->body.data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    for (size_t i = 0; i < outgoing->header_count; i++) {
        const HttpHeader *header = &outgoing->headers[i];
        MHD_add_response_header(response, arena_c_string(task->arena, header->name),
                                arena_c_string(task->arena, header->value));
    }
    set_deadline(task, outgoing->body.size);
    const enum MHD_Result result = MHD_queue_response(task->connection, (unsigned)outgoing->code, response);
    MHD_destroy_response(response);
    return result;
}

static void answer_crowded(Task *task) {
    task->outgoing = (Outgoing){
        .code = 503, .body = TEXT("The server is busy. Nothing was changed. Please try again in a few seconds.\n")};
    outgoing_header(&task->outgoing, "Content-Type", TEXT("text/plain; charset=utf-8"));
    outgoing_header(&task->outgoing, "Retry-After", TEXT("5"));
    outgoing_header(&task->outgoing, "Cache-Control", TEXT("no-store"));
    reply_common_headers(&task->server->exchanges, &task->outgoing, NULL);
}

/* Makes room for `size` more bytes; false past the limit of the route or of the server. */
static bool make_room(Task *task, size_t size) {
    Server *server = task->server;
    size_t capacity = task->capacity == 0 ? BODY_FIRST : task->capacity;
    void *grown = NULL;
    if (size > task->limit - task->size) {
        return false;
    }
    while (capacity < task->size + size) {
        capacity *= 2;
    }
    if (capacity == task->capacity) {
        return true;
    }
    const size_t more = capacity - task->capacity;
    if (atomic_fetch_add(&server->body_bytes, more) + more > server->exchanges.options.limits.body_bytes) {
        atomic_fetch_sub(&server->body_bytes, more);
        task->crowded = true;
        return false;
    }
    if (arena_try_allocate(task->arena, capacity, &grown) != STATUS_OK) {
        atomic_fetch_sub(&server->body_bytes, more);
        failure_take();
        return false;
    }
    if (task->size > 0) {
        memcpy(grown, task->body, task->size);
    }
    task->body = grown;
    task->capacity = capacity;
    return true;
}

static enum MHD_Result take_upload(Task *task, const char *bytes, size_t size) {
    task->received += size;
    if (!task->over && make_room(task, size)) {
        memcpy(task->body + task->size, bytes, size);
        task->size += size;
    } else {
        task->over = true;
    }
    if (task->watched != NULL) {
        const int64_t seconds =
            task->server->exchanges.options.limits.request_seconds + (int64_t)(task->received / BYTES_PER_SECOND);
        atomic_store(&task->watched->deadline, task->begun + seconds * TIME_SECOND);
    }
    return task->over && task->received > DRAINED_MAX ? MHD_NO : MHD_YES;
}

static void run_task(Task *task) {
    if (task->watched != NULL) {
        atomic_store(&task->watched->deadline, 0);
    }
    exchange_run(&task->server->exchanges, task->arena, &task->incoming, &task->outgoing);
}

void connection_run_task(LaneItem *item) {
    Task *task = (Task *)(void *)item;
    run_task(task);
    atomic_store(&task->state, TASK_DONE);
    MHD_resume_connection(task->connection);
}

/* Pages are made in the thread that reads; forms and slow work in lanes, so that a disk or a password that takes its
 * time holds up nobody else. */
static enum MHD_Result dispatch(Task *task) {
    Server *server = task->server;
    const bool is_post = text_equal(task->incoming.method, TEXT("POST"));
    task->incoming.body = (Text){task->body, task->size};
    task->incoming.body_too_large = task->over;
    if (atomic_load(&server->stopping) || task->crowded) {
        answer_crowded(task);
        return send_answer(task);
    }
    const bool is_costly = exchange_is_costly(&server->exchanges, task->arena, &task->incoming);
    if (!is_post && !is_costly) {
        run_task(task);
        return send_answer(task);
    }
    atomic_store(&task->state, TASK_WAITING);
    MHD_suspend_connection(task->connection);
    if (!lane_put(is_costly ? server->costly : server->forms, &task->item)) {
        answer_crowded(task);
        atomic_store(&task->state, TASK_DONE);
        MHD_resume_connection(task->connection);
    }
    return MHD_YES;
}

/* A client that asks first ("Expect: 100-continue") is told at once, before it sends what would be dropped. */
static bool is_refused_before_sending(const Task *task) {
    int64_t length = 0;
    const Text expect = incoming_header(&task->incoming, "expect", NULL);
    const Text declared = incoming_header(&task->incoming, "content-length", NULL);
    return expect.size > 0 && declared.size > 0 &&
           (text_to_int(declared, &length) != STATUS_OK || (uint64_t)length > task->limit);
}

static enum MHD_Result begin_request(Server *server, struct MHD_Connection *connection, const char *url,
                                     const char *method, void **context) {
    Task *task = task_begin(server, connection, url, method);
    *context = task;
    task->limit = text_equal(task->incoming.method, TEXT("POST"))
                      ? exchange_body_limit(&server->exchanges, task->arena, &task->incoming)
                      : BODY_LIMIT_DEFAULT;
    /* An answer in this first call closes the connection, so nothing behind the head is ever taken for a request. */
    if (incoming_is_ambiguous(&task->incoming) || is_refused_before_sending(task)) {
        task->over = true;
        task->incoming.body_too_large = true;
        run_task(task);
        atomic_store(&task->state, TASK_DONE);
        return send_answer(task);
    }
    failure_take();
    return MHD_YES;
}

enum MHD_Result connection_handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size,
                                  void **request_context) {
    (void)version;
    if (*request_context == NULL) {
        return begin_request(context, connection, url, method, request_context);
    }
    Task *task = *request_context;
    if (*upload_size > 0) {
        const size_t size = *upload_size;
        *upload_size = 0;
        return take_upload(task, upload, size);
    }
    switch (atomic_load(&task->state)) {
    case TASK_READING:
        return dispatch(task);
    case TASK_DONE:
        return send_answer(task);
    case TASK_WAITING:
        break;
    }
    return MHD_YES;
}

void connection_completed(void *context, struct MHD_Connection *connection, void **request_context,
                          enum MHD_RequestTerminationCode code) {
    Server *server = context;
    Task *task = *request_context;
    (void)connection;
    (void)code;
    if (task == NULL) {
        return;
    }
    *request_context = NULL;
    set_deadline(task, 0);
    atomic_fetch_sub(&server->body_bytes, task->capacity);
    server_arena_return(server, task->arena);
    atomic_fetch_sub(&server->tasks, 1);
}

void connection_notify(void *context, struct MHD_Connection *connection, void **socket_context,
                       enum MHD_ConnectionNotificationCode code) {
    Server *server = context;
    pthread_mutex_lock(&server->watch_lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        Watched *watched = calloc(1, sizeof(*watched));
        if (watched != NULL && info != NULL) {
            watched->descriptor = info->connect_fd;
            atomic_store(&watched->deadline,
                         clock_monotonic() + (int64_t)server->exchanges.options.limits.request_seconds * TIME_SECOND);
            watched->before = &server->watched;
            watched->after = server->watched.after;
            watched->after->before = watched;
            server->watched.after = watched;
            *socket_context = watched;
        }
    } else if (*socket_context != NULL) {
        Watched *watched = *socket_context;
        watched->before->after = watched->after;
        watched->after->before = watched->before;
        free(watched);
        *socket_context = NULL;
    }
    pthread_mutex_unlock(&server->watch_lock);
}

size_t connection_unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text); /* left as it came: router and form reader decode, once and strictly */
}
