/** The PostgreSQL engine: its pool of connections and its transactions. */
#include "database/postgresql.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/condition.h"

#define DATABASE_BUDGET ((size_t)1 << 20)
#define CONNECTIONS_MAX 16

/* Statements end with the time that a transaction may take, so that no page holds its connection for ever. */
static const char session_settings[] = "SET client_min_messages = warning;"
                                       "SET statement_timeout = '60s';"
                                       "SET idle_in_transaction_session_timeout = '120s';"
                                       "SET standard_conforming_strings = on";

static void keep_quiet(void *context, const char *message) {
    (void)context;
    (void)message;
}

static void disconnect(PostgresqlConnection *connection) {
    PQfinish(connection->pg);
    connection->pg = NULL;
    postgresql_forget(connection);
}

static Status check_server(PostgresqlConnection *connection) {
    const char *encoding = PQparameterStatus(connection->pg, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        return fail(STATUS_UNAVAILABLE, "the PostgreSQL database has the encoding %s and needs UTF8",
                    encoding != NULL ? encoding : "unknown");
    }
    return postgresql_execute(connection, session_settings);
}

static Status connect_anew(PostgresqlDatabase *self, PostgresqlConnection *connection) {
    /* What stands in the address wins over what stands before it here. */
    static const char *const names[] = {"connect_timeout", "application_name", "dbname", "client_encoding", NULL};
    const char *const values[] = {"10", "tradepost", self->address, "UTF8", NULL};
    disconnect(connection);
    connection->pg = PQconnectdbParams(names, values, 1);
    if (PQstatus(connection->pg) != CONNECTION_OK) {
        const Status status = fail(STATUS_UNAVAILABLE, "PostgreSQL: %s", PQerrorMessage(connection->pg));
        disconnect(connection);
        return status;
    }
    PQsetNoticeProcessor(connection->pg, keep_quiet, NULL);
    const Status status = check_server(connection);
    if (status != STATUS_OK) {
        disconnect(connection);
        return STATUS_UNAVAILABLE;
    }
    return STATUS_OK;
}

static Status take_connection(PostgresqlDatabase *self, PostgresqlConnection **ret_connection) {
    const int64_t deadline = clock_monotonic() + CONNECTION_WAIT_SECONDS * TIME_SECOND;
    Status status = STATUS_OK;
    pthread_mutex_lock(&self->mutex);
    while (self->free_connections == NULL && self->connection_count == CONNECTIONS_MAX && status == STATUS_OK) {
        if (!condition_wait(&self->connection_free, &self->mutex, deadline)) {
            status = fail(STATUS_UNAVAILABLE, "all connections to PostgreSQL were busy for %d seconds",
                          CONNECTION_WAIT_SECONDS);
        }
    }
    PostgresqlConnection *connection = self->free_connections;
    if (status == STATUS_OK && connection != NULL) {
        self->free_connections = connection->next;
    } else if (status == STATUS_OK) {
        connection = arena_new(self->arena, PostgresqlConnection);
        connection->connection.database = &self->database;
        self->connection_count++;
    }
    pthread_mutex_unlock(&self->mutex);
    TRY(status);
    *ret_connection = connection;
    return STATUS_OK;
}

static void give_connection(PostgresqlDatabase *self, PostgresqlConnection *connection) {
    if (PQstatus(connection->pg) != CONNECTION_OK || PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
        disconnect(connection);
    }
    pthread_mutex_lock(&self->mutex);
    connection->next = self->free_connections;
    self->free_connections = connection;
    pthread_cond_signal(&self->connection_free);
    pthread_mutex_unlock(&self->mutex);
}

static Status start_transaction(PostgresqlDatabase *self, PostgresqlConnection *connection, bool writing) {
    const char *begin =
        writing ? "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if (connection->pg != NULL && postgresql_execute(connection, begin) == STATUS_OK) {
        return STATUS_OK;
    }
    /* A pooled connection may have died with a restart of the server: nothing has happened yet, so once more. */
    TRY(connect_anew(self, connection));
    return postgresql_execute(connection, begin);
}

static Status engine_begin(Database *database, bool writing, Connection **ret_connection) {
    PostgresqlDatabase *self = (PostgresqlDatabase *)database;
    PostgresqlConnection *connection = NULL;
    TRY(take_connection(self, &connection));
    const Status status = start_transaction(self, connection, writing);
    if (status != STATUS_OK) {
        give_connection(self, connection);
        return status;
    }
    *ret_connection = &connection->connection;
    return STATUS_OK;
}

static Status engine_commit(Connection *connection) {
    PostgresqlConnection *self = (PostgresqlConnection *)connection;
    PGresult *result = PQexec(self->pg, "COMMIT");
    Status status = STATUS_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        /* A connection that breaks here leaves open whether the commit took place: that is not success. */
        status = postgresql_failure(self, result, "COMMIT");
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        status = fail(STATUS_FAILED, "PostgreSQL rolled the transaction back instead of committing it");
    }
    PQclear(result);
    give_connection((PostgresqlDatabase *)connection->database, self);
    return status;
}

static void engine_roll_back(Connection *connection) {
    PostgresqlConnection *self = (PostgresqlConnection *)connection;
    PQclear(PQexec(self->pg, "ROLLBACK"));
    give_connection((PostgresqlDatabase *)connection->database, self);
}

static Status lock_for_migration(Connection *connection) {
    /* Before the first SELECT, so that the snapshot is taken with the lock held. */
    return postgresql_execute((PostgresqlConnection *)connection,
                              "SET LOCAL statement_timeout = 0; LOCK TABLE database_migration IN EXCLUSIVE MODE");
}

static Status engine_backup(Database *database, const char *path) {
    (void)database;
    return fail(STATUS_UNSUPPORTED, "%s: PostgreSQL is backed up by its own tools, such as pg_dump", path);
}

static Status engine_check(Database *database) {
    Connection *connection = NULL;
    TRY(engine_begin(database, false, &connection));
    const Status status = postgresql_execute((PostgresqlConnection *)connection, "SELECT 1");
    engine_roll_back(connection);
    return status;
}

static void engine_close(Database *database) {
    PostgresqlDatabase *self = (PostgresqlDatabase *)database;
    while (self->free_connections != NULL) {
        PostgresqlConnection *connection = self->free_connections;
        self->free_connections = connection->next;
        disconnect(connection);
    }
    pthread_cond_destroy(&self->connection_free);
    pthread_mutex_destroy(&self->mutex);
    arena_close(self->arena);
}

static const Engine postgresql_engine = {
    .close = engine_close,
    .begin = engine_begin,
    .commit = engine_commit,
    .roll_back = engine_roll_back,
    .run = postgresql_run,
    .script = postgresql_script,
    .lock_for_migration = lock_for_migration,
    .backup = engine_backup,
    .check = engine_check,
};

Status postgresql_open(Text address, Database **ret_database) {
    if (!text_is_utf8(address)) {
        return fail(STATUS_UNAVAILABLE, "the address of the database is not UTF-8");
    }
    Arena *arena = arena_open(DATABASE_BUDGET);
    PostgresqlDatabase *self = arena_new(arena, PostgresqlDatabase);
    self->database = (Database){.engine = &postgresql_engine, .postgresql = true};
    self->arena = arena;
    self->address = arena_c_string(arena, address);
    pthread_mutex_init(&self->mutex, NULL);
    condition_open(&self->connection_free);
    Connection *connection = NULL;
    const Status status = engine_begin(&self->database, false, &connection);
    if (status != STATUS_OK) {
        engine_close(&self->database);
        return STATUS_UNAVAILABLE;
    }
    engine_roll_back(connection);
    *ret_database = &self->database;
    return STATUS_OK;
}
