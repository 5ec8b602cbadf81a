/** One statement on one SQLite connection: prepared once, bound, stepped; and what SQLite's codes mean here. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/sqlite.h"

#define CACHE_BUDGET ((size_t)1 << 20)
#define CACHE_FIRST  64
#define SCRIPT_SLACK 64

static Status status_of(int code) {
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return STATUS_CONFLICT;
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_FULL:
        return STATUS_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_RETRY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STATUS_CORRUPT;
    case SQLITE_TOOBIG:
        return STATUS_TOO_LARGE;
    case SQLITE_CANTOPEN:
    case SQLITE_INTERRUPT:
        return STATUS_UNAVAILABLE;
    default:
        return STATUS_FAILED;
    }
}

Status sqlite_failure(sqlite3 *sqlite, const char *what) {
    return fail(status_of(sqlite3_extended_errcode(sqlite)), "%s: %s", what, sqlite3_errmsg(sqlite));
}

Status sqlite_execute(SqliteConnection *connection, const char *sql) {
    if (sqlite3_exec(connection->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return sqlite_failure(connection->sqlite, sql);
    }
    return STATUS_OK;
}

Status sqlite_script(Connection *connection, Text sql) {
    SqliteConnection *self = (SqliteConnection *)connection;
    Arena *arena = arena_open(sql.size + SCRIPT_SLACK);
    const Status status = sqlite_execute(self, arena_c_string(arena, sql));
    arena_close(arena);
    return status;
}

static struct CachedStatement *cache_slot(const StatementCache *cache, const Statement *statement) {
    size_t at = ((uintptr_t)statement >> 4) * 2654435761U;
    for (;; at++) {
        struct CachedStatement *slot = &cache->slots[at % cache->capacity];
        if (slot->statement == statement || slot->statement == NULL) {
            return slot;
        }
    }
}

/** Keeps the table at most half full. */
static void cache_grow(StatementCache *cache) {
    if (cache->arena == NULL) {
        cache->arena = arena_open(CACHE_BUDGET);
    }
    if (cache->capacity > 0 && cache->count * 2 < cache->capacity) {
        return;
    }
    const StatementCache old = *cache;
    cache->capacity = old.capacity == 0 ? CACHE_FIRST : old.capacity * 2;
    cache->slots = arena_allocate_array(cache->arena, cache->capacity, sizeof(*cache->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].statement != NULL) {
            *cache_slot(cache, old.slots[i].statement) = old.slots[i];
        }
    }
}

static Status prepare(SqliteConnection *connection, const Statement *statement, unsigned flags,
                      sqlite3_stmt **ret_prepared) {
    if (sqlite3_prepare_v3(connection->sqlite, statement->sqlite, -1, flags, ret_prepared, NULL) != SQLITE_OK) {
        return sqlite_failure(connection->sqlite, statement->name);
    }
    return STATUS_OK;
}

/** The prepared statement; `ret_own` tells that it is in use already and this is one more, for the caller to finalize.
 */
static Status cache_take(SqliteConnection *connection, const Statement *statement, sqlite3_stmt **ret_prepared,
                         bool *ret_own) {
    cache_grow(&connection->cache);
    struct CachedStatement *slot = cache_slot(&connection->cache, statement);
    if (slot->statement == NULL) {
        TRY(prepare(connection, statement, SQLITE_PREPARE_PERSISTENT, &slot->prepared));
        slot->statement = statement;
        connection->cache.count++;
    }
    *ret_own = sqlite3_stmt_busy(slot->prepared) != 0;
    if (*ret_own) {
        return prepare(connection, statement, 0, ret_prepared);
    }
    *ret_prepared = slot->prepared;
    return STATUS_OK;
}

static int bind(sqlite3_stmt *prepared, int place, const Value *value) {
    /* SQLite takes a null pointer for NULL, and an empty text has one. */
    const char *data = value->text.size > 0 ? value->text.data : "";
    switch (value->kind) {
    case VALUE_INT:
    case VALUE_BOOL:
        return sqlite3_bind_int64(prepared, place, value->integer);
    case VALUE_TEXT:
        return sqlite3_bind_text64(prepared, place, data, value->text.size, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(prepared, place, data, value->text.size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static Status read_cell(const RowSource *source, size_t column, Value *ret_value) {
    static const int types[] = {[VALUE_INT] = SQLITE_INTEGER,
                                [VALUE_TEXT] = SQLITE_TEXT,
                                [VALUE_BYTES] = SQLITE_BLOB,
                                [VALUE_BOOL] = SQLITE_INTEGER};
    sqlite3_stmt *prepared = source->handle;
    const int at = (int)column;
    const int type = sqlite3_column_type(prepared, at);
    if (type != types[ret_value->kind]) {
        return fail(STATUS_FAILED, "%s: the column %s is %s", source->statement->name,
                    source->statement->columns[column].name, type == SQLITE_NULL ? "NULL" : "of another type");
    }
    if (type == SQLITE_INTEGER) {
        ret_value->integer = sqlite3_column_int64(prepared, at);
        return STATUS_OK;
    }
    ret_value->text.data =
        type == SQLITE_TEXT ? (const char *)sqlite3_column_text(prepared, at) : sqlite3_column_blob(prepared, at);
    ret_value->text.size = (size_t)sqlite3_column_bytes(prepared, at);
    return STATUS_OK;
}

static Status step_all(SqliteConnection *connection, const Statement *statement, sqlite3_stmt *prepared,
                       RowTaker *taker) {
    RowSource source = {.statement = statement, .cell = read_cell, .handle = prepared};
    for (;;) {
        const int code = sqlite3_step(prepared);
        if (code == SQLITE_DONE) {
            return STATUS_OK;
        }
        if (code != SQLITE_ROW) {
            return sqlite_failure(connection->sqlite, statement->name);
        }
        if (taker == NULL) {
            continue;
        }
        TRY(taker->take(taker, &source));
        if (taker->once) {
            return STATUS_OK;
        }
    }
}

static Status bind_and_step(SqliteConnection *connection, const Statement *statement, const Value *values,
                            sqlite3_stmt *prepared, RowTaker *taker) {
    for (size_t i = 0; i < statement->parameter_count; i++) {
        if (bind(prepared, (int)i + 1, &values[i]) != SQLITE_OK) {
            return sqlite_failure(connection->sqlite, statement->name);
        }
    }
    return step_all(connection, statement, prepared, taker);
}

Status sqlite_run(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                  int64_t *ret_count) {
    SqliteConnection *self = (SqliteConnection *)connection;
    sqlite3_stmt *prepared = NULL;
    bool own = false;
    TRY(cache_take(self, statement, &prepared, &own));
    const Status status = bind_and_step(self, statement, values, prepared, taker);
    if (status == STATUS_OK && ret_count != NULL) {
        *ret_count = sqlite3_changes64(self->sqlite);
    }
    if (own) {
        sqlite3_finalize(prepared);
    } else {
        sqlite3_reset(prepared);
        sqlite3_clear_bindings(prepared);
    }
    return status;
}

Status sqlite_command(SqliteConnection *connection, SqliteCommand command) {
    static const Statement commands[] = {
        [SQLITE_COMMAND_BEGIN] = {.name = "begin", .sqlite = "BEGIN"},
        [SQLITE_COMMAND_BEGIN_IMMEDIATE] = {.name = "begin writing", .sqlite = "BEGIN IMMEDIATE"},
        [SQLITE_COMMAND_COMMIT] = {.name = "commit", .sqlite = "COMMIT"},
        [SQLITE_COMMAND_ROLLBACK] = {.name = "roll back", .sqlite = "ROLLBACK"},
        [SQLITE_COMMAND_SAVEPOINT] = {.name = "savepoint", .sqlite = "SAVEPOINT member"},
        [SQLITE_COMMAND_RELEASE] = {.name = "release", .sqlite = "RELEASE member"},
        [SQLITE_COMMAND_ROLLBACK_TO] = {.name = "roll back to savepoint", .sqlite = "ROLLBACK TO member"},
    };
    return sqlite_run(&connection->connection, &commands[command], NULL, NULL, NULL);
}

void sqlite_roll_back(SqliteConnection *connection) {
    if (sqlite3_get_autocommit(connection->sqlite) == 0 &&
        sqlite_command(connection, SQLITE_COMMAND_ROLLBACK) != STATUS_OK) {
        /* A connection that cannot even roll back keeps its lock; nothing better can be done than to try once more. */
        sqlite3_exec(connection->sqlite, "ROLLBACK", NULL, NULL, NULL);
    }
}
