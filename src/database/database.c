/** The front of the layer: which engine, and how a transaction wraps a body. */
#include "database/database.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/log.h"
#include "database/engine.h"

#define WRITE_TRIES        10
#define RETRY_PAUSE_MAX_MS 250

/* A transaction inside another one of the same thread would wait for itself. */
static _Thread_local bool inside_transaction;

Status database_open(Text address, Database **ret_database) {
    if (text_starts_with(address, TEXT("sqlite:"))) {
        return sqlite_open(text_slice(address, 7, address.size), ret_database);
    }
    if (text_starts_with(address, TEXT("postgresql://")) || text_starts_with(address, TEXT("postgres://"))) {
        return postgresql_open(address, ret_database);
    }
    return fail(STATUS_UNAVAILABLE, "a database address begins with sqlite: or postgresql://");
}

void database_close(Database *database) {
    if (database != NULL) {
        explicit_bzero(database->key, sizeof database->key);
        database->engine->close(database);
    }
}

void database_set_key(Database *database, const unsigned char key[DATABASE_KEY_SIZE]) {
    memcpy(database->key, key, DATABASE_KEY_SIZE);
}

Text connection_key(const Connection *connection) {
    return (Text){(const char *)connection->database->key, DATABASE_KEY_SIZE};
}

bool database_is_postgresql(const Database *database) {
    return database->postgresql;
}

Status database_begin(Database *database, bool writing, Connection **ret_connection) {
    assert(!inside_transaction);
    Connection *connection = NULL;
    TRY(database->engine->begin(database, writing, &connection));
    connection->writing = writing;
    connection->lost = STATUS_OK;
    inside_transaction = true;
    *ret_connection = connection;
    return STATUS_OK;
}

Status database_commit(Connection *connection) {
    assert(inside_transaction);
    const Status lost = connection->lost;
    inside_transaction = false;
    if (lost != STATUS_OK) {
        connection->database->engine->roll_back(connection);
        return fail(lost, "the transaction was lost by an earlier failure, nothing is committed");
    }
    return connection->database->engine->commit(connection);
}

void database_roll_back(Connection *connection) {
    assert(inside_transaction);
    inside_transaction = false;
    connection->database->engine->roll_back(connection);
}

/** Runs the body once, to its commit or roll-back. */
static Status try_once(Database *database, bool writing, TransactionBody *body, void *context) {
    Connection *connection = NULL;
    TRY(database_begin(database, writing, &connection));
    const Status status = body(connection, context);
    if (status == STATUS_OK) {
        return database_commit(connection);
    }
    const bool retry = connection->lost == STATUS_RETRY;
    database_roll_back(connection);
    return retry ? STATUS_RETRY : status;
}

Status database_read(Database *database, TransactionBody *body, void *context) {
    const Status status = try_once(database, false, body, context);
    return status == STATUS_RETRY ? STATUS_UNAVAILABLE : status;
}

void retry_pause(int attempt) {
    uint32_t jitter = 0;
    random_bytes(&jitter, sizeof(jitter));
    const int64_t longest = attempt < 7 ? INT64_C(2) << attempt : RETRY_PAUSE_MAX_MS;
    const struct timespec pause = {.tv_nsec = (1 + (int64_t)jitter % longest) * 1000000};
    nanosleep(&pause, NULL);
}

Status database_write(Database *database, TransactionBody *body, void *context) {
    for (int attempt = 0; attempt < WRITE_TRIES; attempt++) {
        if (attempt > 0) {
            retry_pause(attempt);
        }
        const Status status = try_once(database, true, body, context);
        if (status != STATUS_RETRY) {
            return status;
        }
    }
    return fail(STATUS_UNAVAILABLE, "the transaction lost its race %d times", WRITE_TRIES);
}

Status database_script(Connection *connection, Text sql) {
    if (connection->lost != STATUS_OK) {
        return fail(connection->lost, "the transaction was lost by an earlier failure");
    }
    const Status status = connection->database->engine->script(connection, sql);
    connection->lost = status;
    return status;
}

Status database_backup(Database *database, const char *path) {
    return database->engine->backup(database, path);
}

Status database_check(Database *database) {
    return database->engine->check(database);
}
