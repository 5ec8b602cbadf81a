/** Migrations: a ledger of names and hashes, and each step in a transaction of its own. */
#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/engine.h"

#define LEDGER_BUDGET ((size_t)4 << 20)

typedef struct LedgerRow {
    Text name, sha256;
} LedgerRow;

static const Statement make_ledger = {
    .name = "database_make_ledger",
    .sqlite = "CREATE TABLE IF NOT EXISTS database_migration "
              "(name TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
    .postgresql = "CREATE TABLE IF NOT EXISTS database_migration "
                  "(name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)",
};

static const StatementColumn ledger_columns[] = {
    {"name", VALUE_TEXT, offsetof(LedgerRow, name)},
    {"sha256", VALUE_TEXT, offsetof(LedgerRow, sha256)},
};

static const Statement read_ledger = {
    .name = "database_read_ledger",
    .sqlite = "SELECT name, sha256 FROM database_migration ORDER BY name",
    .postgresql = "SELECT name, sha256 FROM database_migration ORDER BY name",
    .columns = ledger_columns,
    .column_count = 2,
    .row_size = sizeof(LedgerRow),
};

static const ValueKind ledger_kinds[] = {VALUE_TEXT, VALUE_TEXT, VALUE_INT};

static const Statement write_ledger = {
    .name = "database_write_ledger",
    .sqlite = "INSERT INTO database_migration (name, sha256, applied_at) VALUES (?1, ?2, ?3)",
    .postgresql = "INSERT INTO database_migration (name, sha256, applied_at) VALUES ($1, $2, $3)",
    .parameters = ledger_kinds,
    .parameter_count = 3,
};

/** One call of database_migrate. */
typedef struct Migrating {
    Arena *arena;
    const Migration *migrations;
    size_t count;
    size_t applied; /**< how many of them the ledger holds */
} Migrating;

static Status make_ledger_body(Connection *connection, void *context) {
    (void)context;
    const Status status = statement_exec(connection, &make_ledger, NULL);
    /* PostgreSQL reports a conflict when another process makes the same table at the same moment. */
    return status == STATUS_CONFLICT ? STATUS_RETRY : status;
}

static Status explain_unknown(const Migrating *migrating, const LedgerRow *row) {
    for (size_t i = 0; i < migrating->count; i++) {
        if (text_equal(text_of(migrating->migrations[i].name), row->name)) {
            const Migration *missing = &migrating->migrations[migrating->applied];
            return fail(
                STATUS_CONFLICT,
                "the database has the step %.*s but not %s, which comes before it; a new step needs a later number",
                TEXT_ARG(row->name), missing->name);
        }
    }
    return fail(STATUS_CONFLICT,
                "the database has the step %.*s, which this program does not know; is the program older?",
                TEXT_ARG(row->name));
}

/** Compares the ledger, row by row, with the first of our steps. */
static Status compare_ledger(Connection *connection, Migrating *migrating) {
    void *items = NULL;
    size_t count = 0;
    TRY(statement_many(connection, migrating->arena, &read_ledger, NULL, &items, &count));
    const LedgerRow *rows = items;
    for (migrating->applied = 0; migrating->applied < count; migrating->applied++) {
        const LedgerRow *row = &rows[migrating->applied];
        const Migration *ours =
            migrating->applied < migrating->count ? &migrating->migrations[migrating->applied] : NULL;
        if (ours == NULL || !text_equal(row->name, text_of(ours->name))) {
            return explain_unknown(migrating, row);
        }
        if (!text_equal(row->sha256, text_of(ours->sha256))) {
            return fail(STATUS_CONFLICT, "the step %s was changed after it was applied to this database", ours->name);
        }
    }
    return STATUS_OK;
}

/** Applies the first step that the ledger does not hold, if there is one. */
static Status step_body(Connection *connection, void *context) {
    Migrating *migrating = context;
    TRY(connection->database->engine->lock_for_migration(connection));
    TRY(compare_ledger(connection, migrating));
    if (migrating->applied == migrating->count) {
        return STATUS_OK;
    }
    const Migration *step = &migrating->migrations[migrating->applied];
    const Text sql = connection->database->postgresql ? step->postgresql : step->sqlite;
    const Status status = database_script(connection, sql);
    if (status != STATUS_OK) {
        const Text words = arena_copy(migrating->arena, failure_take());
        return fail(status == STATUS_CONFLICT ? STATUS_FAILED : status, "the step %s failed: %.*s", step->name,
                    TEXT_ARG(words));
    }
    const Value values[] = {
        value_text(text_of(step->name)),
        value_text(text_of(step->sha256)),
        value_int(clock_now().microseconds),
    };
    return statement_exec(connection, &write_ledger, values);
}

static Status compare_body(Connection *connection, void *context) {
    return compare_ledger(connection, context);
}

Status database_migrate(Database *database, const Migration *migrations, size_t count) {
    Migrating migrating = {.arena = arena_open(LEDGER_BUDGET), .migrations = migrations, .count = count};
    Status status = database_write(database, make_ledger_body, NULL);
    if (status == STATUS_OK) {
        status = database_read(database, compare_body, &migrating);
    }
    /* Another process may apply steps meanwhile: each turn looks at the ledger anew. */
    while (status == STATUS_OK && migrating.applied < count) {
        arena_reset(migrating.arena);
        status = database_write(database, step_body, &migrating);
        migrating.applied += status == STATUS_OK && migrating.applied < count ? 1 : 0;
    }
    arena_close(migrating.arena);
    return status;
}
