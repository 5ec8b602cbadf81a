/** Raises the world, serves it, and does what tests do again and again. */
#include "testing/site.h"

#include <stdarg.h>
#include <string.h>

#include "base/log.h"

#define CHAMBER_ADDRESS "http://127.0.0.1"
#define SITE_BUDGET     ((size_t)2 << 30)

static void close_site(void *thing) {
    Site *site = thing;
    server_stop(site->server);
    world_setup.end(site->inside);
}

Site *site_open(Database *database, Arena *arena) {
    Site *site = arena_new(arena, Site);
    ServerOptions *options = &site->options;
    CHECK_OK(world_setup.begin(arena, database, test_directory(), options, &site->inside));
    options->database = database;
    options->quiet = true;
    options->trusted_proxy = TEXT("127.0.0.1");
    options->public_url = TEXT("http://127.0.0.1:4711");
    CHECK_OK(server_start(options, &site->server));
    site->arena = arena;
    site->database = database;
    site->world = world_of(site->inside);
    site->client = (HttpClient){.arena = arena, .port = server_port(site->server), .host = TEXT("127.0.0.1")};
    arena_defer(arena, close_site, site);
    return site;
}

void site_on_engine(TestEngine engine, void (*run)(Site *site)) {
    Arena *arena = arena_open(SITE_BUDGET);
    Database *database = NULL;
    CHECK_OK(test_database(engine, arena, &database));
    run(site_open(database, arena));
    arena_close(arena);
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

HttpClient site_person(const Site *site, const char *email, const char *host) {
    HttpClient client = site_browser(site);
    client.host = host == NULL ? client.host : text_of(host);
    const HttpAnswer answer = site_sign_in(&client, email, SITE_PASSWORD, NULL);
    if (answer.code != 303) {
        test_fail(__FILE__, __LINE__, "%s cannot sign in: %d", email, answer.code);
    }
    return client;
}

Text site_form_token(HttpClient *client) {
    const Text token = http_form_token(site_get(client, "/account/details").body);
    return token.size > 0 ? token : http_form_token(site_get(client, "/sign-in").body);
}

HttpAnswer site_send(HttpClient *client, Text path, Text token, const char *fields) {
    const Text body =
        arena_format(client->arena, "_token=%.*s%s%s", TEXT_ARG(token), fields[0] == '\0' ? "" : "&", fields);
    return http_post(client, path, TEXT("application/x-www-form-urlencoded"), body, (Text){NULL, 0});
}

void site_work(const Site *site) {
    CHECK_OK(world_setup.work(site->inside));
}

static Status run_script(Connection *connection, void *context) {
    return database_script(connection, *(const Text *)context);
}

void site_sql(const Site *site, Text sql) {
    CHECK_OK(database_write(site->database, run_script, &sql));
}

typedef struct Found {
    int64_t number;
    Text text;
} Found;
static const StatementColumn number_column[] = {{"number", VALUE_INT, offsetof(Found, number)}};
static const StatementColumn text_column[] = {{"text", VALUE_TEXT, offsetof(Found, text)}};

typedef struct Query {
    Arena *arena;
    const Statement *statement;
    Found found;
} Query;

static Status run_query(Connection *connection, void *context) {
    Query *query = context;
    return statement_one(connection, query->arena, query->statement, NULL, &query->found);
}

static Found find(const Site *site, const StatementColumn *column, const char *sql, va_list arguments) {
    char words[2000];
    Statement *statement = arena_new(site->arena, Statement); /* connections know it by its address */
    CHECK((size_t)vsnprintf(words, sizeof words, sql, arguments) < sizeof words);
    statement->name = "site_query";
    statement->sqlite = statement->postgresql = arena_c_string(site->arena, text_of(words));
    statement->columns = column;
    statement->column_count = 1;
    statement->row_size = sizeof(Found);
    Query query = {.arena = site->arena, .statement = statement};
    if (database_read(site->database, run_query, &query) != STATUS_OK) {
        const Text failure = failure_take();
        test_fail(__FILE__, __LINE__, "%s: %.*s", words, TEXT_ARG(failure));
    }
    return query.found;
}

int64_t site_number(const Site *site, const char *sql, ...) {
    va_list arguments;
    va_start(arguments, sql);
    const Found found = find(site, number_column, sql, arguments);
    va_end(arguments);
    return found.number;
}

Text site_text(const Site *site, const char *sql, ...) {
    va_list arguments;
    va_start(arguments, sql);
    const Found found = find(site, text_column, sql, arguments);
    va_end(arguments);
    return found.text;
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
