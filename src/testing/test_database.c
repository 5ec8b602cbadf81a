/** Databases for tests. */
#include "testing/test_database.h"

#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "database/migrations.h"

#define TEST_BUDGET    ((size_t)256 << 20)
#define PARAMETERS_MAX 99

/** A schema that is dropped when its test ends. */
typedef struct TestSchema {
    const char *address;
    const char *name;
} TestSchema;

static Status run_script(Connection *connection, void *context) {
    return database_script(connection, text_of(context));
}

static Status run_sql(const char *address, const char *sql) {
    Database *database = NULL;
    TRY(database_open(text_of(address), &database));
    const Status status = database_write(database, run_script, (void *)(uintptr_t)sql);
    database_close(database);
    return status;
}

static void drop_schema(void *thing) {
    const TestSchema *schema = thing;
    char sql[128];
    snprintf(sql, sizeof(sql), "DROP SCHEMA %s CASCADE", schema->name);
    if (run_sql(schema->address, sql) != STATUS_OK) {
        const Text words = failure_take();
        printf("# %.*s\n", TEXT_ARG(words));
    }
}

static Text postgresql_address(Arena *arena) {
    const char *base = getenv("TRADEPOST_TEST_POSTGRESQL");
    if (base == NULL || base[0] == '\0') {
        test_skip("TRADEPOST_TEST_POSTGRESQL is not set");
    }
    uint64_t number = 0;
    random_bytes(&number, sizeof(number));
    TestSchema *schema = arena_new(arena, TestSchema);
    schema->address = base;
    schema->name = arena_format(arena, "test_%016llx", (unsigned long long)number).data;
    CHECK_OK(run_sql(base, arena_format(arena, "CREATE SCHEMA %s", schema->name).data));
    arena_defer(arena, drop_schema, schema);
    return arena_format(arena, "%s%soptions=-csearch_path%%3D%s", base, strchr(base, '?') != NULL ? "&" : "?",
                        schema->name);
}

Text test_database_address(TestEngine engine, Arena *arena) {
    return engine == TEST_POSTGRESQL ? postgresql_address(arena)
                                     : arena_format(arena, "sqlite:%s/test.sqlite", test_directory());
}

static void close_database(void *thing) {
    database_close(thing);
}

Status test_database(TestEngine engine, Arena *arena, Database **ret_database) {
    Database *database = NULL;
    TRY(database_open(test_database_address(engine, arena), &database));
    arena_defer(arena, close_database, database);
    TRY(database_migrate(database, migrations, migration_count));
    *ret_database = database;
    return STATUS_OK;
}

void test_on_engine(TestEngine engine, void (*run)(Database *database, Arena *arena)) {
    Arena *arena = arena_open(TEST_BUDGET);
    Database *database = NULL;
    CHECK_OK(test_database(engine, arena, &database));
    run(database, arena);
    arena_close(arena);
}

/** One statement on its way through test_statements. */
typedef struct StatementRun {
    const Statement *statement;
    Arena *arena;
} StatementRun;

static Status run_statement(Connection *connection, void *context) {
    const StatementRun *run = context;
    Value values[PARAMETERS_MAX] = {{VALUE_INT, 0, {NULL, 0}}};
    for (size_t i = 0; i < run->statement->parameter_count; i++) {
        values[i].kind = run->statement->parameters[i];
    }
    if (run->statement->column_count == 0) {
        return statement_exec(connection, run->statement, values);
    }
    void *items = NULL;
    size_t count = 0;
    return statement_many(connection, run->arena, run->statement, values, &items, &count);
}

void test_statements(Database *database, Arena *arena, const Statement *const *statements, size_t count) {
    for (size_t i = 0; i < count; i++) {
        StatementRun run = {.statement = statements[i], .arena = arena};
        const Status status = database_write(database, run_statement, &run);
        /* Empty values may break a key or a CHECK; what an engine does not understand is another failure. */
        size_t at = 0;
        const Text words = failure_take();
        if (status == STATUS_FAILED && text_find(words, TEXT("constraint"), &at)) {
            continue;
        }
        if (status != STATUS_OK && status != STATUS_CONFLICT) {
            test_fail(__FILE__, __LINE__, "%s is %s: %.*s", statements[i]->name, status_name(status), TEXT_ARG(words));
        }
    }
}
