/** The database: SQLite inside the program or PostgreSQL beside it, behind one small interface. */
#ifndef TRADEPOST_DATABASE_DATABASE_H
#define TRADEPOST_DATABASE_DATABASE_H

#include "base/arena.h"

#define DATABASE_KEY_SIZE 32

/** An engine with its pool of connections; shared by all threads. */
typedef struct Database Database;
/** What a statement runs on: one connection with one open transaction. Lives within a TransactionBody. */
typedef struct Connection Connection;

/**
 * Opens "sqlite:PATH" (PATH may be ":memory:" for tests) or "postgresql://...". Does not migrate.
 *
 * SQLite: WAL, synchronous=FULL, one writer with group commit (up to 64 transactions share one fsync), readers beside
 * it.
 *
 * @return STATUS_UNAVAILABLE when it cannot be reached or is no database of ours
 */
MUST_USE Status database_open(Text address, Database **ret_database);
void database_close(Database *database);
/** The installation's key for keyed hashes over rows, which whoever writes to the database alone does not have. To be
 * set before the first transaction; 32 bytes of zero until then, as in tests. Copied. */
void database_set_key(Database *database, const unsigned char key[DATABASE_KEY_SIZE]);
/** That key, borrowed from the connection's database. */
Text connection_key(const Connection *connection);

typedef Status TransactionBody(Connection *connection, void *context);

/**
 * Runs `body` once in a read-only transaction that sees one state. Returns its status.
 *
 * In reading and writing transactions alike, a statement that fails in the engine (STATUS_CONFLICT, STATUS_FULL, ...)
 * loses the transaction: its further statements and its commit return the same status (database/statement.h).
 *
 * @return STATUS_UNAVAILABLE when no connection comes free in half a minute, or the transaction lasts more than one
 */
MUST_USE Status database_read(Database *database, TransactionBody *body, void *context);

/**
 * Runs `body` in a writing, serializable transaction: commits durably when it returns STATUS_OK, else rolls back.
 *
 * `body` may run several times: a STATUS_RETRY from it or from the engine (40001, 40P01) starts it anew, with back-off,
 * at most 10 times; it must set its results afresh each time. When this returns STATUS_OK the change survives kill -9
 * and power loss.
 *
 * @return the status of `body`; STATUS_FULL when the disk is full; STATUS_UNAVAILABLE when tries are used up
 */
MUST_USE Status database_write(Database *database, TransactionBody *body, void *context);

/**
 * For those who open a transaction apart from their body (http's loop): prefer the two above.
 *
 * One thread has at most one open transaction, and ends it itself, by one of the next two. Both give the connection
 * back whatever they return; database_commit returns when the change is durable, or STATUS_RETRY when it has to be made
 * anew.
 */
MUST_USE Status database_begin(Database *database, bool writing, Connection **ret_connection);
MUST_USE Status database_commit(Connection *connection);
void database_roll_back(Connection *connection);

/** Runs several statements without parameters in the open transaction: for schema steps and for tests. */
MUST_USE Status database_script(Connection *connection, Text sql);

/** One schema step, embedded from NNNN_name.sql. */
typedef struct Migration {
    const char *name;        /**< "0010_documents" */
    Text sqlite, postgresql; /**< its SQL with the five type words mapped for the engine */
    const char *sha256;
} Migration;

/**
 * Brings the schema up to `migrations` (in order), each step in its own transaction, and writes the ledger.
 *
 * @return STATUS_CONFLICT with a message naming the step when the ledger holds a changed or unknown one
 */
MUST_USE Status database_migrate(Database *database, const Migration *migrations, size_t count);

/** True for PostgreSQL; for `-- engine:` twins in generated code, backup and tests only. */
bool database_is_postgresql(const Database *database);
/** Copies an SQLite database to `path` while it is in use (online backup). @return STATUS_UNSUPPORTED on PostgreSQL */
MUST_USE Status database_backup(Database *database, const char *path);
/** Engine's own integrity check. @return STATUS_CORRUPT with the first finding */
MUST_USE Status database_check(Database *database);

#endif
