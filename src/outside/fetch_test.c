/** Tests of questions over HTTP: a small server that does what servers do, and what they should not. */
#include "outside/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "outside/fetch_address.h"
#include "testing/test.h"

#define BUDGET ((size_t)4 << 20)

enum { REQUEST_LIMIT = 65536, SLOW_MICROSECONDS = 1500000, LARGE = 100000 };

typedef struct Sink {
    int listener, port;
    atomic_int connections;
    char last[REQUEST_LIMIT]; /* request of the last question */
} Sink;

static void say(int connection, const char *head, Text body) {
    char line[300];
    const int size = snprintf(line, sizeof line, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, body.size);
    CHECK(write(connection, line, (size_t)size) == size);
    if (body.size > 0 && write(connection, body.data, body.size) < 0) {
        return;
    }
}

/** Reads one request; false at the end of the connection. */
static bool listen_to(int connection, char *request) {
    size_t size = 0;
    while (size + 1 < REQUEST_LIMIT) {
        const ssize_t got = read(connection, request + size, REQUEST_LIMIT - 1 - size);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        request[size] = '\0';
        const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
        const size_t body = length != NULL ? (size_t)strtoul(length + 16, NULL, 10) : 0;
        if (end != NULL && size >= (size_t)(end + 4 - request) + body) {
            return true;
        }
    }
    return false;
}

static void answer(Sink *sink, int connection) {
    static char large[LARGE];
    const char *path = strchr(sink->last, ' ') + 1;
    if (strncmp(path, "/moved ", 7) == 0) {
        say(connection, "302 Found\r\nLocation: /good", TEXT("moved"));
    } else if (strncmp(path, "/missing ", 9) == 0) {
        say(connection, "404 Not Found", TEXT("no"));
    } else if (strncmp(path, "/page ", 6) == 0) {
        say(connection, "200 OK\r\nContent-Type: text/html", TEXT("<p>"));
    } else if (strncmp(path, "/large ", 7) == 0) {
        say(connection, "200 OK\r\nContent-Type: a/b", (Text){large, sizeof large});
    } else if (strncmp(path, "/slow ", 6) == 0) {
        (void)usleep(SLOW_MICROSECONDS);
    } else if (strncmp(path, "/short ", 7) == 0) {
        static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 100\r\n\r\nhalf";
        CHECK(write(connection, cut, sizeof cut - 1) == (ssize_t)sizeof cut - 1);
        (void)shutdown(connection, SHUT_RDWR);
    } else {
        say(connection, "200 OK\r\nContent-Type: a/b; charset=x", TEXT("good"));
    }
}

static void *serve_one(void *context) {
    void **both = context;
    Sink *sink = both[0];
    const int connection = (int)(intptr_t)both[1];
    free(context);
    while (listen_to(connection, sink->last)) {
        answer(sink, connection);
    }
    (void)close(connection);
    return NULL;
}

static void *serve(void *context) {
    Sink *sink = context;
    for (;;) {
        const int connection = accept(sink->listener, NULL, NULL);
        if (connection < 0) {
            return NULL;
        }
        atomic_fetch_add(&sink->connections, 1);
        void **both = calloc(2, sizeof(void *));
        pthread_t thread;
        both[0] = sink;
        both[1] = (void *)(intptr_t)connection;
        CHECK(pthread_create(&thread, NULL, serve_one, both) == 0);
        (void)pthread_detach(thread);
    }
}

static Sink sink;

static void start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    pthread_t thread;
    sink.listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(sink.listener >= 0 && bind(sink.listener, (struct sockaddr *)&address, size) == 0);
    CHECK(listen(sink.listener, 16) == 0 && getsockname(sink.listener, (struct sockaddr *)&address, &size) == 0);
    sink.port = ntohs(address.sin_port);
    CHECK(pthread_create(&thread, NULL, serve, &sink) == 0);
    (void)pthread_detach(thread);
}

static Status ask(Fetcher *fetcher, Arena *arena, Text url, Text body, Text *ret_reply) {
    const TrustFetch fetch = fetcher_trust(fetcher);
    const TrustQuestion question = {.url = url,
                                    .content_type = body.size > 0 ? TEXT("x/question") : (Text){NULL, 0},
                                    .body = body,
                                    .accept = TEXT("a/b"),
                                    .authorization = TEXT("Basic c2VjcmV0"),
                                    .reply_max = 1000};
    return fetch.call(fetch.context, arena, &question, ret_reply);
}

static Text at(Arena *arena, const char *path) {
    return arena_format(arena, "http://127.0.0.1:%d%s", sink.port, path);
}

static Status says(Fetcher *fetcher, Arena *arena, const char *path) {
    Text reply = {NULL, 0};
    return ask(fetcher, arena, at(arena, path), (Text){NULL, 0}, &reply);
}

TEST(asks_and_takes_the_answer) {
    Arena *arena = arena_open(BUDGET);
    Fetcher *fetcher = NULL;
    Text reply = {NULL, 0};
    start();
    /* A proxy of the environment is nobody's business. */
    CHECK(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0 && setenv("all_proxy", "http://127.0.0.1:1", 1) == 0);
    CHECK_OK(fetcher_open(at(arena, ""), &fetcher));
    CHECK_OK(ask(fetcher, arena, at(arena, "/good"), TEXT("what?"), &reply));
    CHECK_TEXT(reply, "good");
    CHECK(strncmp(sink.last, "POST /good ", 11) == 0 && strstr(sink.last, "\r\n\r\nwhat?") != NULL);
    CHECK(strstr(sink.last, "Content-Type: x/question\r\n") != NULL && strstr(sink.last, "Accept: a/b\r\n") != NULL);
    CHECK(strstr(sink.last, "Authorization: Basic c2VjcmV0\r\n") != NULL && strstr(sink.last, "Expect") == NULL);
    CHECK_OK(ask(fetcher, arena, at(arena, "/good"), (Text){NULL, 0}, &reply));
    CHECK(strncmp(sink.last, "GET /good ", 10) == 0);
    /* The connection is kept. */
    CHECK_INT(atomic_load(&sink.connections), 1);
    fetcher_close(fetcher);
    arena_close(arena);
}

TEST(refuses_what_servers_should_not_do) {
    Arena *arena = arena_open(BUDGET);
    Fetcher *fetcher = NULL;
    start();
    CHECK_OK(fetcher_open(at(arena, ""), &fetcher));
    CHECK_STATUS(says(fetcher, arena, "/moved"), STATUS_UNAVAILABLE);
    CHECK(strncmp(sink.last, "GET /moved ", 11) == 0);
    CHECK_STATUS(says(fetcher, arena, "/missing"), STATUS_UNAVAILABLE);
    CHECK_STATUS(says(fetcher, arena, "/page"), STATUS_UNAVAILABLE);
    CHECK_STATUS(says(fetcher, arena, "/large"), STATUS_TOO_LARGE);
    CHECK_STATUS(says(fetcher, arena, "/short"), STATUS_UNAVAILABLE);
    fetcher_set_time_out(fetcher, 300000);
    const int64_t before = clock_monotonic();
    CHECK_STATUS(says(fetcher, arena, "/slow"), STATUS_UNAVAILABLE);
    CHECK(clock_monotonic() - before < 1200000);
    CHECK_OK(says(fetcher, arena, "/good"));
    fetcher_close(fetcher);
    arena_close(arena);
}

TEST(asks_only_where_the_operator_allows_it) {
    Arena *arena = arena_open(BUDGET);
    Fetcher *fetcher = NULL;
    Text reply = {NULL, 0};
    start();
    CHECK_OK(fetcher_open((Text){NULL, 0}, &fetcher));
    CHECK_STATUS(says(fetcher, arena, "/good"), STATUS_FORBIDDEN);
    fetcher_close(fetcher);
    CHECK_OK(fetcher_open(arena_format(arena, "https://tsa.example  http://localhost:%d", sink.port), &fetcher));
    CHECK_STATUS(says(fetcher, arena, "/good"), STATUS_FORBIDDEN);
    /* The name is allowed, but it leads into this machine. */
    const Text inside = arena_format(arena, "http://localhost:%d/good", sink.port);
    CHECK_STATUS(ask(fetcher, arena, inside, (Text){NULL, 0}, &reply), STATUS_FORBIDDEN);
    CHECK_INT(atomic_load(&sink.connections), 0);
    static const char *const bad[] = {"http://tsa.example",
                                      "https://tsa.example:444/",
                                      "https://tsa.example@evil.example/",
                                      "https://a:b@tsa.example/",
                                      "file:///etc/passwd",
                                      "gopher://tsa.example/",
                                      "nothing",
                                      "",
                                      "https://tsa.example\\@evil.example/",
                                      "https://tsa.example/\r\nX: y"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(ask(fetcher, arena, text_of(bad[i]), (Text){NULL, 0}, &reply), STATUS_FORBIDDEN);
    }
    fetcher_close(fetcher);
    static const char *const lists[] = {"tsa.example",
                                        "ftp://tsa.example",
                                        "https://tsa.example/",
                                        "https://a:b@tsa.example",
                                        "https://tsa.example/path",
                                        "https://"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        CHECK_STATUS(fetcher_open(text_of(lists[i]), &fetcher), STATUS_INVALID);
    }
    arena_close(arena);
}

static bool may_connect(const char *host) {
    Arena *arena = arena_open(BUDGET);
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    FetchAddresses allowed = {NULL, 0};
    CHECK_OK(fetch_read_addresses(arena, TEXT("http://10.1.2.3 http://[fd00::7]:81"), &allowed));
    const bool is_four = strchr(host, ':') == NULL;
    CHECK(inet_pton(is_four ? AF_INET : AF_INET6, host, is_four ? (void *)&four.sin_addr : &six.sin6_addr) == 1);
    const bool may = fetch_may_connect(&allowed, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six);
    arena_close(arena);
    return may;
}

TEST(tells_public_addresses_from_others) {
    static const char *const public[] = {"8.8.8.8",        "172.32.0.1", "2a00::1", "64:ff9b::808:808",
                                         "::ffff:8.8.8.8", "10.1.2.3",   "fd00::7"};
    static const char *const inside[] = {"127.0.0.1",       "127.9.9.9",       "10.0.0.1",   "172.31.255.255",
                                         "192.168.1.1",     "169.254.169.254", "100.64.0.1", "0.0.0.0",
                                         "255.255.255.255", "224.0.0.1",       "::1",        "::",
                                         "fe80::1",         "fd00::8",         "ff02::1",    "::ffff:127.0.0.1",
                                         "64:ff9b::7f00:1", "2002:7f00:1::",   "10.1.2.4"};
    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++) {
        CHECK(may_connect(public[i]));
    }
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        CHECK(!may_connect(inside[i]));
    }
}

/** openssl with a certificate that nobody signed. */
static pid_t start_tls(Arena *arena, int port) {
    const char *folder = test_directory();
    const char *script =
        arena_format(arena,
                     "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem "
                     "-out c.pem -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null && "
                     "exec openssl s_server -quiet -www -accept 127.0.0.1:%d -cert c.pem -key k.pem "
                     ">/dev/null 2>&1 </dev/null",
                     folder, port)
            .data;
    const pid_t child = fork();
    if (child == 0) {
        (void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    return child;
}

static bool is_listening(int port) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    const bool connected = connect(probe, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(probe);
    return connected;
}

TEST(does_not_talk_to_a_server_that_cannot_show_who_it_is) {
    Arena *arena = arena_open(BUDGET);
    Fetcher *fetcher = NULL;
    Text reply = {NULL, 0};
    start();
    const int port = sink.port + 1 < 65535 ? sink.port + 1 : 40123;
    const pid_t child = start_tls(arena, port);
    for (int i = 0; i < 300 && !is_listening(port); i++) {
        (void)usleep(20000);
    }
    CHECK(is_listening(port));
    const Text address = arena_format(arena, "https://127.0.0.1:%d", port);
    CHECK_OK(fetcher_open(address, &fetcher));
    const Status status = ask(fetcher, arena, arena_format(arena, "%.*s/", TEXT_ARG(address)), (Text){NULL, 0}, &reply);
    (void)kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK_INT(status, STATUS_UNAVAILABLE);
    size_t where = 0;
    CHECK(text_find(test_failure(), TEXT("certificate"), &where));
    fetcher_close(fetcher);
    arena_close(arena);
}
