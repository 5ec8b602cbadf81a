/** Floods, slowness and broken messages: what the server bears. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "testing/fake_site.h"

#define NONE ((Text){NULL, 0})

static int connect_to(int port) {
    const struct timeval timeout = {.tv_sec = 20};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(descriptor >= 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    CHECK(connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return descriptor;
}

static void say(int descriptor, const char *text) {
    (void)!send(descriptor, text, strlen(text), MSG_NOSIGNAL);
}

/* Whether the server closes the connection within `seconds`, whatever it says before. */
static bool is_closed_within(int descriptor, int seconds) {
    const struct timeval timeout = {.tv_sec = seconds};
    char part[4096];
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    for (;;) {
        const ssize_t size = recv(descriptor, part, sizeof(part), 0);
        if (size <= 0) {
            return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        }
    }
}

TEST(one_unambiguous_length_or_none) {
    FakeWorld world = fake_world_start(NULL);
    static const char *const heads[] = {
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b",
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\na=bc",
        "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 3x\r\n\r\na=b",
        "Content-Length: 99999999999999999999999\r\n\r\na=b",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na=b",
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        const HttpAnswer answer =
            fake_raw(&world, "POST /retry HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s", heads[i]);
        if (answer.code != 400 && answer.code != 413) {
            test_fail(__FILE__, __LINE__, "%s: %d", heads[i], answer.code);
        }
    }
    CHECK_INT(fake_site_notes(world.database), 0);
    fake_world_stop(&world);
}

TEST(nothing_is_read_behind_an_ambiguous_request) {
    FakeWorld world = fake_world_start(NULL);
    const HttpAnswer answer = fake_raw(&world, "POST /retry HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
                                               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                               "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    CHECK_INT(answer.code, 400);
    CHECK(!fake_has(&answer, "HTTP/1.1"));
    CHECK_TEXT(http_header(&answer, "connection"), "close");
    fake_world_stop(&world);
}

TEST(a_chunked_body_is_read_whole) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_raw(
        &world, "POST /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer token-of-ann\r\n"
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                "9\r\n{\"title\":\r\n5\r\n \"a\"}\r\n0\r\n\r\n");
    CHECK_INT(answer.code, 303);
    answer = fake_raw(
        &world,
        "POST /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(answer.code == 400 || answer.code == 0);
    fake_world_stop(&world);
}

TEST(a_get_with_a_body_is_refused) {
    FakeWorld world = fake_world_start(NULL);
    CHECK_INT(
        fake_raw(&world, "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=b")
            .code,
        400);
    fake_world_stop(&world);
}

TEST(long_addresses_and_many_headers_are_refused) {
    FakeWorld world = fake_world_start(NULL);
    char *text = arena_allocate(world.arena, 20001);
    memset(text, 'a', 20000);
    text[9000] = '\0';
    CHECK_INT(fake_raw(&world, "GET /who?%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", text).code, 414);
    text[7000] = '\0';
    CHECK_INT(fake_raw(&world, "GET /who?%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", text).code, 200);
    memset(text, 'a', 20000);
    int code = fake_raw(&world, "GET /who?%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", text).code;
    CHECK(code == 414 || code == 431 || code == 0);
    code = fake_raw(&world, "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: %s\r\n\r\n", text).code;
    CHECK(code == 413 || code == 431 || code == 0);
    size_t size = 0;
    for (int i = 0; i < 150; i++) {
        size += (size_t)snprintf(text + size, 64, "X-%d: a\r\n", i);
    }
    CHECK_INT(fake_raw(&world, "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n", text).code, 431);
    fake_world_stop(&world);
}

TEST(a_connection_serves_many_requests) {
    FakeWorld world = fake_world_start(NULL);
    const int descriptor = connect_to(world.client.port);
    for (int i = 0; i < 50; i++) {
        char part[8192] = "";
        say(descriptor, "GET /json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        size_t size = 0;
        while (strstr(part, "\"x\"}") == NULL) {
            const ssize_t got = recv(descriptor, part + size, sizeof(part) - 1 - size, 0);
            CHECK(got > 0);
            size += (size_t)got;
        }
        CHECK(strncmp(part, "HTTP/1.1 200", 12) == 0);
    }
    close(descriptor);
    fake_world_stop(&world);
}

static void with_few_tries(ServerOptions *options) {
    options->limits.stranger_posts = 5;
    options->limits.stranger_posts_minute = 60;
}

TEST(a_strangers_flood_of_forms_is_stopped) {
    FakeWorld world = fake_world_start(with_few_tries);
    int refused = 0;
    HttpAnswer answer = {0};
    for (int i = 0; i < 8; i++) {
        answer = fake_post(&world, NULL, "/notes", "title=a");
        refused += answer.code == 429;
        CHECK(answer.code == 429 || answer.code == 403);
    }
    CHECK(refused >= 1 && refused <= 3);
    answer = fake_post(&world, NULL, "/notes", "title=a");
    if (answer.code == 429) {
        int64_t wait = 0;
        CHECK_OK(text_to_int(http_header(&answer, "retry-after"), &wait));
        CHECK(wait >= 1 && wait <= 2);
    }
    /* People who are signed in and pages are not concerned. */
    fake_sign_in(&world, "ann");
    for (int i = 0; i < 10; i++) {
        CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=a").code, 303);
    }
    fake_world_stop(&world);
}

static HttpAnswer post_from(FakeWorld *world, const char *forwarded) {
    return http_post(&world->client, TEXT("/notes"), TEXT("application/x-www-form-urlencoded"), TEXT("title=a"),
                     arena_format(world->arena, "X-Forwarded-For: %s\r\n", forwarded));
}

static void with_proxy(ServerOptions *options) {
    with_few_tries(options);
    options->limits.stranger_posts_minute = 1;
    options->trusted_proxy = TEXT("127.0.0.1");
}

static void without_proxy(ServerOptions *options) {
    with_proxy(options);
    options->trusted_proxy = NONE;
}

static void with_another_proxy(ServerOptions *options) {
    with_proxy(options);
    options->trusted_proxy = TEXT("192.0.2.7");
}

TEST(forwarded_addresses_count_only_behind_the_trusted_proxy) {
    FakeWorld world = fake_world_start(with_proxy);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(post_from(&world, arena_format(world.arena, "203.0.113.9, 198.51.100.%d", i).data).code, 403);
    }
    for (int i = 0; i < 6; i++) { /* one /64 is one sender */
        const int code = post_from(&world, arena_format(world.arena, "2001:db8:1:2::%x", i + 1).data).code;
        CHECK_INT(code, i < 5 ? 403 : 429);
    }
    CHECK_INT(post_from(&world, "2001:db8:1:3::1").code, 403);
    fake_world_stop(&world);
    for (int other = 0; other < 2; other++) {
        world = fake_world_start(other ? with_another_proxy : without_proxy);
        for (int i = 0; i < 6; i++) {
            const int code = post_from(&world, arena_format(world.arena, "198.51.100.%d", i).data).code;
            CHECK_INT(code, i < 5 ? 403 : 429);
        }
        fake_world_stop(&world);
    }
}

static void with_haste(ServerOptions *options) {
    options->limits.request_seconds = 1;
    options->limits.idle_seconds = 2;
}

/* Sends a byte every 100 ms; returns whether the server ended it within five seconds. */
static bool trickle_is_cut(int descriptor, const char *byte) {
    for (int i = 0; i < 50; i++) {
        if (send(descriptor, byte, 1, MSG_NOSIGNAL) != 1) {
            return true;
        }
        usleep(100000);
    }
    return false;
}

TEST(slow_senders_are_cut_off) {
    FakeWorld world = fake_world_start(with_haste);
    int descriptor = connect_to(world.client.port);
    say(descriptor, "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ");
    CHECK(trickle_is_cut(descriptor, "a"));
    close(descriptor);
    descriptor = connect_to(world.client.port);
    say(descriptor, "POST /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                    "application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n");
    CHECK(trickle_is_cut(descriptor, "a"));
    close(descriptor);
    descriptor = connect_to(world.client.port);
    CHECK(is_closed_within(descriptor, 6));
    close(descriptor);
    CHECK_INT(fake_get(&world, "/who").code, 200);
    fake_world_stop(&world);
}

TEST(a_receiver_that_does_not_read_is_cut_off) {
    FakeWorld world = fake_world_start(with_haste);
    char *part = arena_allocate(world.arena, 1 << 16);
    size_t got = 0;
    const int descriptor = connect_to(world.client.port);
    say(descriptor, "GET /files/big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    usleep(4500000);
    for (ssize_t size = 1; size > 0; got += (size_t)(size > 0 ? size : 0)) {
        size = recv(descriptor, part, 1 << 16, 0);
    }
    CHECK(got < FAKE_SITE_BIG);
    close(descriptor);
    CHECK_INT(fake_get(&world, "/files/big").body.size, FAKE_SITE_BIG);
    fake_world_stop(&world);
}

static void with_many(ServerOptions *options) {
    options->limits.connections_per_address = 5000;
}

TEST(a_thousand_idle_connections_cost_little) {
    FakeWorld world = fake_world_start(with_many);
    static int descriptors[1000];
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 3000);
    for (size_t i = 0; i < 1000; i++) {
        descriptors[i] = connect_to(world.client.port);
        say(descriptors[i], i % 2 == 0 ? "GET /who HTTP/1.1\r\nHos" : "GET /json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }
    for (int i = 0; i < 20; i++) {
        const int64_t start = clock_monotonic();
        CHECK_INT(fake_get(&world, "/who").code, 200);
        CHECK(clock_monotonic() - start < 2 * TIME_SECOND);
    }
    for (size_t i = 0; i < 1000; i++) {
        close(descriptors[i]);
    }
    fake_world_stop(&world);
}

static void with_two_per_address(ServerOptions *options) {
    options->limits.connections_per_address = 2;
}

TEST(one_address_gets_so_many_connections) {
    FakeWorld world = fake_world_start(with_two_per_address);
    const int first = connect_to(world.client.port), second = connect_to(world.client.port),
              third = connect_to(world.client.port);
    say(third, "GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    CHECK(is_closed_within(third, 5));
    close(first), close(second), close(third);
    fake_world_stop(&world);
}

typedef struct SlowPost {
    FakeWorld *world;
    HttpClient client;
    HttpAnswer answer;
} SlowPost;

static void *post_slow(void *context) {
    SlowPost *slow = context;
    slow->answer = http_post(&slow->client, TEXT("/slow"), TEXT("application/json"), TEXT("{}"), NONE);
    return NULL;
}

TEST(slow_work_holds_up_no_pages) {
    FakeWorld world = fake_world_start(NULL);
    SlowPost posts[8];
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        posts[i] = (SlowPost){.world = &world, .client = world.client};
        posts[i].client.arena = arena_open((size_t)256 << 20);
        CHECK(pthread_create(&threads[i], NULL, post_slow, &posts[i]) == 0);
    }
    usleep(50000);
    const int64_t start = clock_monotonic();
    for (int i = 0; i < 20; i++) {
        CHECK_INT(fake_get(&world, "/who").code, 200);
        CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=a").code, 303);
    }
    CHECK(clock_monotonic() - start < 1200 * TIME_SECOND / 1000); /* eight slow ones in two lanes take that long */
    for (size_t i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK_INT(posts[i].answer.code, 303);
        arena_close(posts[i].client.arena);
    }
    fake_world_stop(&world);
}

TEST(stopping_answers_what_was_taken) {
    FakeWorld world = fake_world_start(NULL);
    SlowPost post = {.world = &world, .client = world.client};
    pthread_t thread;
    post.client.arena = arena_open((size_t)256 << 20);
    CHECK(pthread_create(&thread, NULL, post_slow, &post) == 0);
    usleep(100000);
    fake_world_stop(&world);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT(post.answer.code, 303);
    arena_close(post.client.arena);
}

static void with_little_memory(ServerOptions *options) {
    options->limits.body_bytes = 1 << 20;
}

TEST(bodies_together_stay_within_the_servers_memory) {
    FakeWorld world = fake_world_start(with_little_memory);
    const size_t size = 2 << 20;
    const HttpField fields[] = {{.name = TEXT("file"),
                                 .is_file = true,
                                 .value = {arena_allocate(world.arena, size), size},
                                 .file_name = TEXT("a"),
                                 .type = TEXT("b/c")}};
    const HttpAnswer answer = http_post_fields(&world.client, TEXT("/upload"), fields, 1);
    CHECK_INT(answer.code, 503);
    CHECK(http_header(&answer, "retry-after").size > 0);
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=a").code, 303);
    fake_world_stop(&world);
}

TEST(bad_options_are_told) {
    Arena *arena = arena_open((size_t)64 << 20);
    FakeWorld world = fake_world_start(NULL);
    ServerOptions options;
    Server *server = NULL;
    CHECK_OK(fake_site_begin(world.database, &options));
    options.port = world.client.port;
    CHECK_STATUS(server_start(&options, &server), STATUS_UNAVAILABLE);
    options.port = 0;
    options.address = TEXT("not an address");
    CHECK_STATUS(server_start(&options, &server), STATUS_UNAVAILABLE);
    options.address = NONE;
    options.public_url = TEXT("ftp://x");
    CHECK_STATUS(server_start(&options, &server), STATUS_INVALID);
    options.public_url = NONE;
    options.secret = TEXT("short");
    CHECK_STATUS(server_start(&options, &server), STATUS_INVALID);
    CHECK(server == NULL);
    fake_world_stop(&world);
    arena_close(arena);
}
