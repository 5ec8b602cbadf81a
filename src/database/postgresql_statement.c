/** One statement on one PostgreSQL connection: prepared once with declared types, values and rows in binary form. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "database/postgresql.h"

#define PARAMETERS_MAX 99
#define NAMES_BUDGET   ((size_t)1 << 20)
#define NAMES_FIRST    64
#define SCRIPT_SLACK   64
#define CURSOR_SQL_MAX ((size_t)1 << 20)

/** A class or a whole SQLSTATE, and what it means here. */
static const struct {
    const char *state;
    Status status;
} states[] = {
    {"40001", STATUS_RETRY},    {"40P01", STATUS_RETRY},    {"55P03", STATUS_RETRY},    {"23505", STATUS_CONFLICT},
    {"23503", STATUS_CONFLICT}, {"42P07", STATUS_CONFLICT}, {"42710", STATUS_CONFLICT}, {"53100", STATUS_FULL},
    {"XX001", STATUS_CORRUPT},  {"XX002", STATUS_CORRUPT},  {"54", STATUS_TOO_LARGE},   {"22021", STATUS_INVALID},
    {"57", STATUS_UNAVAILABLE}, {"08", STATUS_UNAVAILABLE}, {"53", STATUS_UNAVAILABLE}, {"25P03", STATUS_UNAVAILABLE},
};

static Status status_of(const char *state) {
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
            return states[i].status;
        }
    }
    return STATUS_FAILED;
}

Status postgresql_failure(PostgresqlConnection *connection, const PGresult *result, const char *what) {
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *words = state != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    Status status = state != NULL ? status_of(state) : STATUS_FAILED;
    if (PQstatus(connection->pg) != CONNECTION_OK) {
        status = STATUS_UNAVAILABLE;
    }
    connection->connection.lost = status;
    return fail(status, "%s: %s", what, words != NULL ? words : PQerrorMessage(connection->pg));
}

Status postgresql_execute(PostgresqlConnection *connection, const char *sql) {
    PGresult *result = PQexec(connection->pg, sql);
    const ExecStatusType code = PQresultStatus(result);
    const Status status =
        code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK ? STATUS_OK : postgresql_failure(connection, result, sql);
    PQclear(result);
    return status;
}

Status postgresql_script(Connection *connection, Text sql) {
    Arena *arena = arena_open(sql.size + SCRIPT_SLACK);
    const Status status = postgresql_execute((PostgresqlConnection *)connection, arena_c_string(arena, sql));
    arena_close(arena);
    return status;
}

void postgresql_forget(PostgresqlConnection *connection) {
    arena_close(connection->names.arena);
    connection->names = (PreparedNames){0};
    connection->cursors = 0;
}

/** The values of one call in PostgreSQL's binary form; borrows the texts. */
typedef struct Parameters {
    int count;
    Oid types[PARAMETERS_MAX];
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
    char numbers[PARAMETERS_MAX][8];
} Parameters;

static Oid type_of(ValueKind kind) {
    static const Oid types[] = {[VALUE_INT] = 20, [VALUE_TEXT] = 25, [VALUE_BYTES] = 17, [VALUE_BOOL] = 16};
    return types[kind];
}

static void put_number(char bytes[8], int64_t number) {
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)((uint64_t)number >> (56 - 8 * i));
    }
}

static Status put_value(Parameters *parameters, int at, const Value *value) {
    parameters->types[at] = type_of(value->kind);
    parameters->formats[at] = 1;
    parameters->values[at] = parameters->numbers[at];
    if (value->kind == VALUE_INT) {
        put_number(parameters->numbers[at], value->integer);
        parameters->lengths[at] = 8;
    } else if (value->kind == VALUE_BOOL) {
        parameters->numbers[at][0] = value->integer != 0 ? 1 : 0;
        parameters->lengths[at] = 1;
    } else if (value->text.size > INT_MAX) {
        return fail(STATUS_TOO_LARGE, "a value of more than 2 GiB");
    } else {
        parameters->values[at] = value->text.size > 0 ? value->text.data : "";
        parameters->lengths[at] = (int)value->text.size;
    }
    return STATUS_OK;
}

static Status put_values(Parameters *parameters, const Statement *statement, const Value *values) {
    parameters->count = (int)statement->parameter_count;
    if (statement->parameter_count > PARAMETERS_MAX) {
        return fail(STATUS_FAILED, "%s: more than %d parameters", statement->name, PARAMETERS_MAX);
    }
    for (int i = 0; i < parameters->count; i++) {
        TRY(put_value(parameters, i, &values[i]));
    }
    return STATUS_OK;
}

static size_t names_place(const PreparedNames *names, const Statement *statement) {
    size_t at = ((uintptr_t)statement >> 4) * 2654435761U;
    while (names->slots[at % names->capacity] != NULL && names->slots[at % names->capacity] != statement) {
        at++;
    }
    return at % names->capacity;
}

/** Keeps the table at most half full. */
static void names_grow(PreparedNames *names) {
    if (names->arena == NULL) {
        names->arena = arena_open(NAMES_BUDGET);
    }
    if (names->capacity > 0 && names->count * 2 < names->capacity) {
        return;
    }
    const PreparedNames old = *names;
    names->capacity = old.capacity == 0 ? NAMES_FIRST : old.capacity * 2;
    names->slots = arena_allocate_array(names->arena, names->capacity, sizeof(*names->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i] != NULL) {
            names->slots[names_place(names, old.slots[i])] = old.slots[i];
        }
    }
}

/** Prepares the statement on this connection unless it is; its name is its address. */
static Status prepare(PostgresqlConnection *connection, const Statement *statement, const Parameters *parameters,
                      char name[32]) {
    names_grow(&connection->names);
    const size_t place = names_place(&connection->names, statement);
    snprintf(name, 32, "s%p", (const void *)statement);
    if (connection->names.slots[place] != NULL) {
        return STATUS_OK;
    }
    PGresult *result = PQprepare(connection->pg, name, statement->postgresql, parameters->count, parameters->types);
    const Status status = PQresultStatus(result) == PGRES_COMMAND_OK
                              ? STATUS_OK
                              : postgresql_failure(connection, result, statement->name);
    PQclear(result);
    TRY(status);
    connection->names.slots[place] = statement;
    connection->names.count++;
    return STATUS_OK;
}

/** How many rows a command changed. */
static int64_t changed_rows(PGresult *result) {
    int64_t count = 0;
    const char *words = PQcmdTuples(result);
    return words[0] != '\0' && text_to_int(text_of(words), &count) == STATUS_OK ? count : 0;
}

/** Hands the rows of one result to the taker. `ret_stopped`: it wants no more. */
static Status take_rows(const Statement *statement, PGresult *result, RowTaker *taker, bool *ret_stopped) {
    RowSource source = {.statement = statement, .cell = postgresql_cell, .handle = result};
    const int count = PQntuples(result);
    for (source.row = 0; source.row < count && taker != NULL; source.row++) {
        const Status status = taker->take(taker, &source);
        *ret_stopped = status != STATUS_OK || taker->once;
        if (*ret_stopped) {
            return status;
        }
    }
    return STATUS_OK;
}

/** Reads results until the last one; rows come one by one, so that the arena's budget bounds their memory. */
static Status read_results(PostgresqlConnection *connection, const Statement *statement, RowTaker *taker,
                           int64_t *ret_count) {
    Status status = STATUS_OK;
    bool stopped = false;
    PGresult *result = NULL;
    while ((result = PQgetResult(connection->pg)) != NULL) {
        const ExecStatusType code = PQresultStatus(result);
        if (code != PGRES_SINGLE_TUPLE && code != PGRES_TUPLES_OK && code != PGRES_COMMAND_OK) {
            status = postgresql_failure(connection, result, statement->name);
            stopped = true;
        } else if (!stopped && code != PGRES_COMMAND_OK) {
            status = postgresql_check_types(statement, result);
            stopped = status != STATUS_OK;
        }
        if (!stopped) {
            status = take_rows(statement, result, taker, &stopped);
        }
        if (ret_count != NULL && status == STATUS_OK) {
            *ret_count = changed_rows(result);
        }
        PQclear(result);
    }
    return status;
}

static Status run_prepared(PostgresqlConnection *connection, const Statement *statement, const Parameters *parameters,
                           RowTaker *taker, int64_t *ret_count) {
    char name[32];
    int64_t count = 0;
    TRY(prepare(connection, statement, parameters, name));
    if (PQsendQueryPrepared(connection->pg, name, parameters->count, parameters->values, parameters->lengths,
                            parameters->formats, 1) != 1 ||
        (taker != NULL && PQsetSingleRowMode(connection->pg) != 1)) {
        return postgresql_failure(connection, NULL, statement->name);
    }
    TRY(read_results(connection, statement, taker, &count));
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return STATUS_OK;
}

/** Fetches through a cursor until the rows end, so that other statements can run between them. */
static Status fetch_all(PostgresqlConnection *connection, const Statement *statement, const char *fetch,
                        RowTaker *taker) {
    for (;;) {
        PGresult *result = PQexecParams(connection->pg, fetch, 0, NULL, NULL, NULL, NULL, 1);
        Status status = STATUS_OK;
        bool stopped = false;
        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
            status = postgresql_failure(connection, result, statement->name);
        } else {
            status = postgresql_check_types(statement, result);
        }
        const int count = PQntuples(result);
        if (status == STATUS_OK) {
            status = take_rows(statement, result, taker, &stopped);
        }
        PQclear(result);
        TRY(status);
        if (stopped || count == 0) {
            return STATUS_OK;
        }
    }
}

static Status run_cursor(PostgresqlConnection *connection, const Statement *statement, const Parameters *parameters,
                         RowTaker *taker) {
    char fetch[64], end[64];
    const unsigned number = connection->cursors++;
    snprintf(fetch, sizeof(fetch), "FETCH 200 FROM each_%u", number);
    snprintf(end, sizeof(end), "CLOSE each_%u", number);
    Arena *arena = arena_open(CURSOR_SQL_MAX);
    const Text declare = arena_format(arena, "DECLARE each_%u NO SCROLL CURSOR FOR %s", number, statement->postgresql);
    PGresult *result = PQexecParams(connection->pg, declare.data, parameters->count, parameters->types,
                                    parameters->values, parameters->lengths, parameters->formats, 1);
    Status status = PQresultStatus(result) == PGRES_COMMAND_OK
                        ? STATUS_OK
                        : postgresql_failure(connection, result, statement->name);
    PQclear(result);
    arena_close(arena);
    TRY(status);
    status = fetch_all(connection, statement, fetch, taker);
    if (connection->connection.lost == STATUS_OK) {
        const Status closed = postgresql_execute(connection, end);
        status = status == STATUS_OK ? closed : status;
    }
    return status;
}

Status postgresql_run(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                      int64_t *ret_count) {
    PostgresqlConnection *self = (PostgresqlConnection *)connection;
    Parameters parameters;
    TRY(put_values(&parameters, statement, values));
    if (taker != NULL && taker->nested) {
        return run_cursor(self, statement, &parameters, taker);
    }
    return run_prepared(self, statement, &parameters, taker, ret_count);
}
