/** The ledger of schema steps: once each, in order, unchanged, also with two processes at it. */
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "database/migrations.h"
#include "testing/test_database.h"

#define STEP(name_, sql_, hash_)                                                                                       \
    { .name = (name_), .sqlite = TEXT_INIT(sql_), .postgresql = TEXT_INIT(sql_), .sha256 = (hash_) }

static const Migration three_steps[] = {
    STEP("0001_one", "CREATE TABLE test_one (id INT NOT NULL); INSERT INTO test_one (id) VALUES (1);", "aa"),
    STEP("0002_two", "CREATE TABLE test_two (id INT NOT NULL); INSERT INTO test_two (id) VALUES (2);", "bb"),
    STEP("0003_three", "INSERT INTO test_one (id) SELECT id FROM test_two;", "cc"),
};

/** One figure that a statement gives. */
typedef struct Figure {
    const Statement *statement;
    int64_t number;
} Figure;

static const StatementColumn number_column[] = {{"number", VALUE_INT, 0}};

static const Statement count_ones = {
    .name = "count_ones",
    .sqlite = "SELECT count(*) AS number FROM test_one",
    .postgresql = "SELECT count(*) AS number FROM test_one",
    .columns = number_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static const Statement count_ledger = {
    .name = "count_ledger",
    .sqlite = "SELECT count(*) AS number FROM database_migration",
    .postgresql = "SELECT count(*) AS number FROM database_migration",
    .columns = number_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static Status figure_body(Connection *connection, void *context) {
    Figure *figure = context;
    Arena *arena = arena_open(1 << 16);
    const Status status = statement_one(connection, arena, figure->statement, NULL, &figure->number);
    arena_close(arena);
    return status;
}

static int64_t figure_of(Database *database, const Statement *statement) {
    Figure figure = {.statement = statement, .number = -1};
    CHECK_OK(database_read(database, figure_body, &figure));
    return figure.number;
}

/** A database that holds no step yet, of the engine under test. */
static Database *empty_database(TestEngine engine, Arena *arena) {
    Database *database = NULL;
    CHECK_OK(database_open(test_database_address(engine, arena), &database));
    return database;
}

#define BOTH_ENGINES(name_)                                                                                            \
    static void name_##_on(TestEngine engine, Arena *arena);                                                           \
    TEST(name_##_sqlite) {                                                                                             \
        Arena *arena = arena_open((size_t)1 << 20);                                                                    \
        name_##_on(TEST_SQLITE, arena);                                                                                \
        arena_close(arena);                                                                                            \
    }                                                                                                                  \
    TEST(name_##_postgresql) {                                                                                         \
        Arena *arena = arena_open((size_t)1 << 20);                                                                    \
        name_##_on(TEST_POSTGRESQL, arena);                                                                            \
        arena_close(arena);                                                                                            \
    }                                                                                                                  \
    static void name_##_on(TestEngine engine, Arena *arena)

BOTH_ENGINES(steps_are_applied_once) {
    Database *database = empty_database(engine, arena);
    CHECK_OK(database_migrate(database, three_steps, 1));
    CHECK_INT(figure_of(database, &count_ones), 1);
    CHECK_OK(database_migrate(database, three_steps, 3));
    CHECK_INT(figure_of(database, &count_ones), 2);
    CHECK_OK(database_migrate(database, three_steps, 3));
    CHECK_INT(figure_of(database, &count_ones), 2);
    CHECK_INT(figure_of(database, &count_ledger), 3);
    CHECK_OK(database_check(database));
    database_close(database);
}

static void check_refused(Database *database, const Migration *steps, size_t count, const char *sentence) {
    CHECK_STATUS(database_migrate(database, steps, count), STATUS_CONFLICT);
    CHECK_TEXT(failure_take(), sentence);
    CHECK_INT(figure_of(database, &count_ledger), 3);
}

BOTH_ENGINES(a_ledger_that_does_not_fit_is_refused_by_name) {
    Database *database = empty_database(engine, arena);
    CHECK_OK(database_migrate(database, three_steps, 3));
    Migration steps[4] = {three_steps[0], three_steps[1], three_steps[2]};
    steps[1].sha256 = "b0";
    check_refused(database, steps, 3, "the step 0002_two was changed after it was applied to this database");
    check_refused(database, three_steps, 2,
                  "the database has the step 0003_three, which this program does not know; is the program older?");
    steps[1] = three_steps[1];
    steps[3] = steps[2];
    steps[2] = (Migration)STEP("0002b_late", "CREATE TABLE test_late (id INT);", "dd");
    check_refused(database, steps, 4,
                  "the database has the step 0003_three but not 0002b_late, which comes before it; a new step needs a "
                  "later number");
    database_close(database);
}

BOTH_ENGINES(a_step_that_fails_leaves_the_ones_before_it) {
    Database *database = empty_database(engine, arena);
    const Migration steps[] = {
        three_steps[0],
        STEP("0002_bad", "INSERT INTO test_one (id) VALUES (5); INSERT INTO test_nowhere (id) VALUES (1);", "dd"),
    };
    CHECK_STATUS(database_migrate(database, steps, 2), STATUS_FAILED);
    CHECK(text_starts_with(failure_take(), TEXT("the step 0002_bad failed: ")));
    CHECK_INT(figure_of(database, &count_ones), 1);
    CHECK_INT(figure_of(database, &count_ledger), 1);
    CHECK_OK(database_migrate(database, three_steps, 3));
    database_close(database);
}

static int migrate_in_process(Text address) {
    /* A first step that takes its time, so that the others come while it runs. */
    Migration steps[3] = {three_steps[0], three_steps[1], three_steps[2]};
    steps[0].postgresql =
        TEXT("SELECT pg_sleep(0.3); CREATE TABLE test_one (id INT NOT NULL); INSERT INTO test_one (id) VALUES (1);");
    Database *database = NULL;
    Status status = database_open(address, &database);
    if (status == STATUS_OK) {
        status = database_migrate(database, steps, 3);
        database_close(database);
    }
    if (status != STATUS_OK) {
        const Text words = failure_take();
        printf("# %s: %.*s\n", status_name(status), TEXT_ARG(words));
        fflush(stdout);
    }
    return status == STATUS_OK ? 0 : 1;
}

BOTH_ENGINES(processes_migrate_at_the_same_time) {
    const Text address = test_database_address(engine, arena);
    pid_t children[4];
    for (size_t i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(migrate_in_process(address));
        }
    }
    for (size_t i = 0; i < 4; i++) {
        int status = 1;
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        CHECK_INT(status, 0);
    }
    Database *database = NULL;
    CHECK_OK(database_open(address, &database));
    CHECK_INT(figure_of(database, &count_ledger), 3);
    CHECK_INT(figure_of(database, &count_ones), 2);
    database_close(database);
}

DATABASE_TEST(the_schema_of_this_build_migrates_twice) {
    (void)arena;
    const int64_t before = figure_of(database, &count_ledger);
    CHECK_INT(before, migration_count);
    CHECK_OK(database_migrate(database, migrations, migration_count));
    CHECK_INT(figure_of(database, &count_ledger), before);
}
