/** The parts of the SQLite engine. Private to this folder. */
#ifndef TRADEPOST_DATABASE_SQLITE_H
#define TRADEPOST_DATABASE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>

#include "database/condition.h"
#include "database/engine.h"

/** Prepared statements of a connection, found by the address of their Statement. */
typedef struct StatementCache {
    Arena *arena;
    struct CachedStatement {
        const Statement *statement;
        sqlite3_stmt *prepared;
    } * slots;
    size_t count, capacity;
} StatementCache;

typedef struct SqliteConnection {
    Connection connection; /**< first, so that the front's pointer is this one's */
    sqlite3 *sqlite;
    StatementCache cache;
    int64_t deadline; /**< monotonic; a statement that runs past it is stopped */
    struct SqliteConnection *next;
} SqliteConnection;

/** A thread that waits for its turn or for its group's commit; lives on that thread's stack. */
typedef struct SqliteWaiter {
    struct SqliteWaiter *next;
    pthread_cond_t wake;
    bool done;
    Status status;
} SqliteWaiter;

/**
 * The one writer. Transactions run one after the other, each in a savepoint; those that find others waiting leave the
 * commit to the last of their group.
 */
typedef struct SqliteWriter {
    pthread_mutex_t mutex;
    bool busy; /**< somebody has the turn */
    SqliteWaiter *first_waiting, *last_waiting;
    bool open;             /**< BEGIN was done and not yet COMMIT */
    SqliteWaiter *members; /**< those of the open group that wait for its commit */
    size_t member_count;
    int64_t started; /**< of the open group, monotonic */
    SqliteConnection connection;
} SqliteWriter;

typedef struct SqliteDatabase {
    Database database;
    Arena *arena;
    const char *path; /**< a file name or an URI of SQLite */
    SqliteWriter writer;
    pthread_mutex_t readers_mutex;
    pthread_cond_t reader_free;
    SqliteConnection *free_readers;
    size_t reader_count;
} SqliteDatabase;

/** Opens one connection with all its settings. On failure nothing is left open. */
MUST_USE Status sqlite_connect(const char *path, bool writing, SqliteConnection *ret_connection);
void sqlite_disconnect(SqliteConnection *connection);
/** What opens and ends transactions, kept prepared as all statements are. */
typedef enum SqliteCommand {
    SQLITE_COMMAND_BEGIN,
    SQLITE_COMMAND_BEGIN_IMMEDIATE,
    SQLITE_COMMAND_COMMIT,
    SQLITE_COMMAND_ROLLBACK,
    SQLITE_COMMAND_SAVEPOINT,
    SQLITE_COMMAND_RELEASE,
    SQLITE_COMMAND_ROLLBACK_TO
} SqliteCommand;
/** Runs one of them. */
MUST_USE Status sqlite_command(SqliteConnection *connection, SqliteCommand command);
/** Rolls back whatever is open; nothing to do is no failure. */
void sqlite_roll_back(SqliteConnection *connection);
/** Runs SQL without parameters or rows. */
MUST_USE Status sqlite_execute(SqliteConnection *connection, const char *sql);
/** The status of SQLite's last result code on this connection, with its words kept for the log. */
MUST_USE Status sqlite_failure(sqlite3 *sqlite, const char *what);
/** The engine's parts of statement_run and of scripts. */
MUST_USE Status sqlite_run(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                           int64_t *ret_count);
MUST_USE Status sqlite_script(Connection *connection, Text sql);

/** Waits for the turn and opens a savepoint. */
MUST_USE Status sqlite_writer_begin(SqliteWriter *writer);
/** Returns when the change is on the disk. */
MUST_USE Status sqlite_writer_commit(SqliteWriter *writer);
void sqlite_writer_roll_back(SqliteWriter *writer);

/** The engine's parts of database_backup and database_check. */
MUST_USE Status sqlite_backup(Database *database, const char *path);
MUST_USE Status sqlite_check(Database *database);

#endif
