/** The server over real sockets: pages, forms, rights, tokens, replies. */
#include "http/server.h"

#include "base/log.h"
#include "testing/fake_site.h"
#include "testing/html_check.h"
#include "testing/http_client.h"
#include "testing/test.h"
#include "testing/test_database.h"

#define NONE ((Text){NULL, 0})

typedef struct World {
    Arena *arena;
    Database *database;
    Server *server;
    HttpClient client;
} World;

static World start_with(void (*change)(ServerOptions *options)) {
    World world = {.arena = arena_open((size_t)1 << 30)};
    ServerOptions options;
    CHECK_OK(database_open(test_database_address(TEST_SQLITE, world.arena), &world.database));
    CHECK_OK(fake_site_begin(world.database, &options));
    if (change != NULL) {
        change(&options);
    }
    CHECK_OK(server_start(&options, &world.server));
    world.client = (HttpClient){.arena = world.arena, .port = server_port(world.server)};
    return world;
}

static World start(void) {
    return start_with(NULL);
}

static void stop(World *world) {
    server_stop(world->server);
    database_close(world->database);
    arena_close(world->arena);
}

static HttpAnswer get(World *world, const char *path) {
    return http_get(&world->client, "GET", text_of(path), NONE);
}

static bool has(const HttpAnswer *answer, const char *text) {
    return text_find(answer->body, text_of(text), &(size_t){0});
}

TEST(a_page_is_served_as_html) {
    World world = start();
    const HttpAnswer answer = get(&world, "/who");
    CHECK_INT(answer.code, 200);
    CHECK_TEXT(http_header(&answer, "content-type"), "text/html; charset=utf-8");
    CHECK(has(&answer, "<h1>Who</h1><p>stranger</p>"));
    CHECK(has(&answer, "First Chamber"));
    CHECK_OK(html_check(world.arena, answer.body));
    stop(&world);
}
