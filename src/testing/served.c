/** Raises and serves the scenarios' world for tests in C. */
#include "testing/served.h"

#include <stdarg.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "database/migrations.h"

#define SERVED_BUDGET ((size_t)2 << 30)

void served_on_engine(TestEngine engine, void (*run)(Served *served)) {
    Served served = {.arena = arena_open(SERVED_BUDGET), .directory = text_of(test_directory())};
    void *inside = NULL;
    CHECK_OK(database_open(test_database_address(engine, served.arena), &served.database));
    CHECK_OK(database_migrate(served.database, migrations, migration_count));
    CHECK_OK(world_setup.begin(served.arena, served.database, served.directory.data, &served.options, &inside));
    served.inside = inside;
    served.world = world_of(inside);
    served.options.database = served.database;
    served.options.quiet = true;
    CHECK_OK(server_start(&served.options, &served.server));
    served.port = server_port(served.server);
    run(&served);
    server_stop(served.server);
    world_setup.end(inside);
    database_close(served.database);
    arena_close(served.arena);
}

HttpClient served_stranger(const Served *served) {
    return (HttpClient){.arena = served->arena, .port = served->port};
}

HttpClient served_sign_in(const Served *served, const char *email, const char *host) {
    HttpClient client = served_stranger(served);
    client.host = text_of(host);
    const HttpAnswer page = http_get(&client, "GET", TEXT("/sign-in"), (Text){NULL, 0});
    const HttpField fields[] = {{.name = TEXT("email"), .value = text_of(email)},
                                {.name = TEXT("password"), .value = TEXT(WORLD_PASSWORD)},
                                {.name = TEXT("_token"), .value = http_form_token(page.body)}};
    const HttpAnswer answer = http_post_fields(&client, TEXT("/sign-in"), fields, sizeof fields / sizeof fields[0]);
    if (answer.code != 303) {
        test_fail(__FILE__, __LINE__, "%s cannot sign in: %d", email, answer.code);
    }
    return client;
}

Text served_form_token(HttpClient *client) {
    const HttpAnswer own = http_get(client, "GET", TEXT("/account/details"), (Text){NULL, 0});
    const Text token = http_form_token(own.body);
    return token.size > 0 ? token : http_form_token(http_get(client, "GET", TEXT("/sign-in"), (Text){NULL, 0}).body);
}

HttpAnswer served_post(HttpClient *client, Text path, Text token, const char *fields) {
    const Text body =
        arena_format(client->arena, "_token=%.*s%s%s", TEXT_ARG(token), fields[0] == '\0' ? "" : "&", fields);
    return http_post(client, path, TEXT("application/x-www-form-urlencoded"), body, (Text){NULL, 0});
}

static Status run_script(Connection *connection, void *context) {
    return database_script(connection, *(const Text *)context);
}

void served_sql(const Served *served, Text sql) {
    CHECK_OK(database_write(served->database, run_script, &sql));
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

static Found find(const Served *served, const StatementColumn *column, const char *sql, va_list arguments) {
    char words[2000];
    Statement *statement = arena_new(served->arena, Statement); /* connections know it by its address */
    CHECK((size_t)vsnprintf(words, sizeof words, sql, arguments) < sizeof words);
    statement->name = "served_query";
    statement->sqlite = statement->postgresql = arena_c_string(served->arena, text_of(words));
    statement->columns = column;
    statement->column_count = 1;
    statement->row_size = sizeof(Found);
    Query query = {.arena = served->arena, .statement = statement};
    if (database_read(served->database, run_query, &query) != STATUS_OK) {
        const Text failure = failure_take();
        test_fail(__FILE__, __LINE__, "%s: %.*s", words, TEXT_ARG(failure));
    }
    return query.found;
}

int64_t served_number(const Served *served, const char *sql, ...) {
    va_list arguments;
    va_start(arguments, sql);
    const Found found = find(served, number_column, sql, arguments);
    va_end(arguments);
    return found.number;
}

Text served_text(const Served *served, const char *sql, ...) {
    va_list arguments;
    va_start(arguments, sql);
    const Found found = find(served, text_column, sql, arguments);
    va_end(arguments);
    return found.text;
}

void served_work(const Served *served) {
    CHECK_OK(world_setup.work(served->inside));
}
