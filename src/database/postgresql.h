/** The parts of the PostgreSQL engine. Private to this folder. */
#ifndef TRADEPOST_DATABASE_POSTGRESQL_H
#define TRADEPOST_DATABASE_POSTGRESQL_H

#include <libpq-fe.h>
#include <pthread.h>

#include "database/engine.h"

/** The statements that a connection has prepared, found by the address of their Statement; the place is the name. */
typedef struct PreparedNames {
    Arena *arena;
    const Statement **slots;
    size_t count, capacity;
} PreparedNames;

typedef struct PostgresqlConnection {
    Connection connection; /**< first, so that the front's pointer is this one's */
    PGconn *pg;            /**< NULL before the first use and after it broke */
    PreparedNames names;
    unsigned cursors; /**< how many were opened, for their names */
    struct PostgresqlConnection *next;
} PostgresqlConnection;

typedef struct PostgresqlDatabase {
    Database database;
    Arena *arena;
    const char *address;
    pthread_mutex_t mutex;
    pthread_cond_t connection_free;
    PostgresqlConnection *free_connections;
    size_t connection_count;
} PostgresqlDatabase;

/** The status of a failed result, or of the connection when there is none; keeps its words and loses the transaction.
 */
MUST_USE Status postgresql_failure(PostgresqlConnection *connection, const PGresult *result, const char *what);
/** Runs SQL without parameters or rows. */
MUST_USE Status postgresql_execute(PostgresqlConnection *connection, const char *sql);
MUST_USE Status postgresql_run(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                               int64_t *ret_count);
MUST_USE Status postgresql_script(Connection *connection, Text sql);
/** Forgets all prepared statements: those of a connection that is gone. */
void postgresql_forget(PostgresqlConnection *connection);

/** A value of a result in binary form as one of ours. @return STATUS_FAILED for a type that has none */
MUST_USE Status postgresql_cell(const RowSource *source, size_t column, Value *ret_value);
/** Do the columns of a result have types that `statement` can take? @return STATUS_FAILED with the first that has not
 */
MUST_USE Status postgresql_check_types(const Statement *statement, const PGresult *result);

#endif
