/** Raises the world, serves it, and does what tests do again and again. */
#include "testing/site.h"

#include <string.h>

#define CHAMBER_ADDRESS "http://127.0.0.1"

static void close_site(void *thing) {
    Site *site = thing;
    server_stop(site->server);
    world_setup.end(site->inside);
}

Site *site_open(Database *database, Arena *arena) {
    Site *site = arena_new(arena, Site);
    ServerOptions options = {0};
    CHECK_OK(world_setup.begin(arena, database, test_directory(), &options, &site->inside));
    options.database = database;
    options.quiet = true;
    options.trusted_proxy = TEXT("127.0.0.1");
    options.public_url = TEXT("http://127.0.0.1:4711");
    CHECK_OK(server_start(&options, &site->server));
    site->arena = arena;
    site->database = database;
    site->world = world_of(site->inside);
    site->client = (HttpClient){.arena = arena, .port = server_port(site->server), .host = TEXT("127.0.0.1")};
    arena_defer(arena, close_site, site);
    return site;
}

HttpClient site_browser(const Site *site) {
    return (HttpClient){.arena = site->arena, .port = site->client.port, .host = site->client.host};
}

HttpAnswer site_get(HttpClient *client, const char *path) {
    return http_get(client, "GET", text_of(path), (Text){NULL, 0});
}

HttpAnswer site_post(HttpClient *client, const char *page, const char *path, const char *fields, const char *extra) {
    const HttpAnswer form = site_get(client, page);
    const Text token = http_form_token(form.body);
    const Text body =
        arena_format(client->arena, "_token=%.*s%s%s", TEXT_ARG(token), fields[0] != '\0' ? "&" : "", fields);
    return http_post(client, text_of(path), TEXT("application/x-www-form-urlencoded"), body, text_of(extra));
}

HttpAnswer site_sign_in(HttpClient *client, const char *email, const char *password, const char *extra) {
    const Text fields = arena_format(client->arena, "email=%s&password=%s&next=/account", email, password);
    return site_post(client, "/sign-in", "/sign-in", fields.data, extra);
}

Text site_mail(const Site *site, const char *address) {
    Text body = {NULL, 0};
    CHECK_OK(world_setup.work(site->inside));
    CHECK_OK(world_setup.mail(site->inside, site->arena, text_of(address), &body));
    return body;
}

const char *site_link(const Site *site, Text mail, const char *start) {
    size_t at = 0, end = 0;
    const Text home = arena_format(site->arena, CHAMBER_ADDRESS "%s", start);
    CHECK(text_find(mail, home, &at));
    const Text link = text_slice(mail, at + strlen(CHAMBER_ADDRESS), mail.size);
    CHECK(text_find(link, TEXT("\n"), &end));
    return arena_c_string(site->arena, text_trim(text_slice(link, 0, end)));
}
