/** Databases for tests: a fresh one for each test, migrated, on each engine. */
#ifndef TRADEPOST_TESTING_TEST_DATABASE_H
#define TRADEPOST_TESTING_TEST_DATABASE_H

#include "database/statement.h"
#include "testing/test.h"

typedef enum TestEngine { TEST_SQLITE, TEST_POSTGRESQL } TestEngine;

/**
 * Opens a fresh database with the schema of this build: an SQLite file in a directory of the test, or a schema of its
 * own in the PostgreSQL database that TRADEPOST_TEST_POSTGRESQL names. Closed, and gone, with `arena`.
 *
 * Skips the running test when PostgreSQL is asked for and the variable is not set.
 */
MUST_USE Status test_database(TestEngine engine, Arena *arena, Database **ret_database);
/** The address of a fresh, empty database, for tests that open it themselves, more than once or in other processes. */
Text test_database_address(TestEngine engine, Arena *arena);

/** Runs a test's body over a fresh database of one engine. */
void test_on_engine(TestEngine engine, void (*run)(Database *database, Arena *arena));

/**
 * A test that runs on both engines, as NAME_sqlite and NAME_postgresql:
 * DATABASE_TEST(firms_are_found) { CHECK_OK(database_write(database, body, arena)); }
 */
#define DATABASE_TEST(name_)                                                                                           \
    static void name_##_on(Database *database, Arena *arena);                                                          \
    TEST(name_##_sqlite) {                                                                                             \
        test_on_engine(TEST_SQLITE, name_##_on);                                                                       \
    }                                                                                                                  \
    TEST(name_##_postgresql) {                                                                                         \
        test_on_engine(TEST_POSTGRESQL, name_##_on);                                                                   \
    }                                                                                                                  \
    static void name_##_on(Database *database, Arena *arena)

/** The statements of one room. */
typedef struct StatementTable {
    const char *room;
    const Statement *const *statements;
    const size_t *count;
} StatementTable;
/** Those of all rooms with statements, made by meson; ends with one whose room is NULL. */
extern const StatementTable statement_tables[];

/**
 * Runs each statement of a room once with empty values, and fails the test when the engine does not take one:
 * test_statements(database, arena, members_statements, members_statement_count). A test of src/testing does it for all.
 */
void test_statements(Database *database, Arena *arena, const Statement *const *statements, size_t count);

#endif
