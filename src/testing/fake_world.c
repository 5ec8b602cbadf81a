/** The fake site behind a real server, and short ways to ask it. */
#include <stdarg.h>

#include "testing/fake_site.h"
#include "testing/test_database.h"

FakeWorld fake_world_start(void (*change)(ServerOptions *options)) {
    FakeWorld world = {.arena = arena_open((size_t)1 << 30)};
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

void fake_world_stop(FakeWorld *world) {
    server_stop(world->server);
    database_close(world->database);
    arena_close(world->arena);
}

HttpAnswer fake_get(FakeWorld *world, const char *path) {
    return http_get(&world->client, "GET", text_of(path), (Text){NULL, 0});
}

HttpAnswer fake_post(FakeWorld *world, const char *page, const char *path, const char *body) {
    Text bytes = text_of(body);
    if (page != NULL) {
        const HttpAnswer answer = fake_get(world, page);
        const Text token = http_form_token(answer.body);
        bytes = arena_format(world->arena, "_token=%.*s&%s", TEXT_ARG(token), body);
    }
    return http_post(&world->client, text_of(path), TEXT("application/x-www-form-urlencoded"), bytes, (Text){NULL, 0});
}

void fake_sign_in(FakeWorld *world, const char *name) {
    world->client.cookie_count = 0;
    world->client.cookies[world->client.cookie_count++] =
        (HttpCookie){TEXT("session"), arena_format(world->arena, "session-of-%s", name)};
}

bool fake_has(const HttpAnswer *answer, const char *text) {
    return text_find(answer->body, text_of(text), &(size_t){0});
}

HttpAnswer fake_raw(FakeWorld *world, const char *format, ...) {
    va_list arguments;
    char *bytes = arena_allocate(world->arena, (size_t)1 << 20);
    va_start(arguments, format);
    const int size = vsnprintf(bytes, (size_t)1 << 20, format, arguments);
    va_end(arguments);
    CHECK(size > 0 && size < 1 << 20);
    return http_raw(world->arena, server_port(world->server), (Text){bytes, (size_t)size});
}
