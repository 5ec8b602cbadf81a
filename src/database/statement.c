/** Statements over either engine: parameters checked on their way in, rows copied on their way out. */
#include "database/statement.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "base/log.h"
#include "database/engine.h"

#define ROW_ON_STACK 1024

static void cell_write(char *place, ValueKind kind, const Value *value) {
    switch (kind) {
    case VALUE_INT:
        memcpy(place, &value->integer, sizeof(value->integer));
        return;
    case VALUE_BOOL: {
        const bool truth = value->integer != 0;
        memcpy(place, &truth, sizeof(truth));
        return;
    }
    case VALUE_TEXT:
    case VALUE_BYTES:
        memcpy(place, &value->text, sizeof(value->text));
        return;
    }
}

static Status cell_keep(Arena *arena, Value *value) {
    if (value->text.size == 0) {
        value->text = (Text){0};
        return STATUS_OK;
    }
    void *copy = NULL;
    TRY(arena_try_reserve(arena, value->text.size, &copy));
    memcpy(copy, value->text.data, value->text.size);
    value->text.data = copy;
    return STATUS_OK;
}

Status row_read(const RowSource *source, Arena *arena, void *row) {
    const Statement *statement = source->statement;
    for (size_t i = 0; i < statement->column_count; i++) {
        const StatementColumn *column = &statement->columns[i];
        Value value = {.kind = column->kind};
        TRY(source->cell(source, i, &value));
        const bool is_text = column->kind == VALUE_TEXT || column->kind == VALUE_BYTES;
        if (is_text && arena != NULL) {
            TRY(cell_keep(arena, &value));
        }
        cell_write((char *)row + column->offset, column->kind, &value);
    }
    return STATUS_OK;
}

static bool loses_transaction(Status status) {
    switch (status) {
    case STATUS_CONFLICT:
    case STATUS_RETRY:
    case STATUS_FULL:
    case STATUS_CORRUPT:
    case STATUS_UNAVAILABLE:
    case STATUS_FAILED:
        return true;
    default:
        return false;
    }
}

static Status check_values(const Statement *statement, const Value *values) {
    for (size_t i = 0; i < statement->parameter_count; i++) {
        assert(values[i].kind == statement->parameters[i]);
        if (values[i].kind == VALUE_TEXT && !text_is_utf8(values[i].text)) {
            return fail(STATUS_INVALID, "%s: parameter %zu is not UTF-8 or holds a NUL", statement->name, i + 1);
        }
    }
    return STATUS_OK;
}

static Status run(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                  int64_t *ret_count) {
    if (connection->lost != STATUS_OK) {
        return fail(connection->lost, "%s: the transaction was lost by an earlier failure", statement->name);
    }
    TRY(check_values(statement, values));
    return connection->database->engine->run(connection, statement, values, taker, ret_count);
}

/** As run, for statements whose rows are not handed to a stranger: each failure but the named ones loses the
 * transaction. */
static Status run_marking(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                          int64_t *ret_count) {
    const Status status = run(connection, statement, values, taker, ret_count);
    if (loses_transaction(status)) {
        connection->lost = status;
    }
    return status;
}

typedef struct OneTaker {
    RowTaker taker;
    Arena *arena;
    void *row;
    bool found;
} OneTaker;

static Status take_one(RowTaker *taker, const RowSource *source) {
    OneTaker *one = (OneTaker *)taker;
    one->found = true;
    return row_read(source, one->arena, one->row);
}

Status statement_one(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                     void *ret_row) {
    alignas(max_align_t) char stack[ROW_ON_STACK];
    void *row = statement->row_size <= sizeof(stack) ? stack : arena_allocate(arena, statement->row_size);
    memset(row, 0, statement->row_size);
    OneTaker one = {.taker = {.take = take_one, .once = true}, .arena = arena, .row = row};
    TRY(run_marking(connection, statement, values, &one.taker, NULL));
    if (!one.found) {
        return STATUS_NOT_FOUND;
    }
    memcpy(ret_row, row, statement->row_size);
    return STATUS_OK;
}

typedef struct ManyTaker {
    RowTaker taker;
    Arena *arena;
    char *items;
    size_t count, capacity;
} ManyTaker;

static Status many_grow(ManyTaker *many, size_t row_size) {
    const size_t capacity = many->capacity == 0 ? 4 : many->capacity * 2;
    void *items = NULL;
    if (capacity > SIZE_MAX / row_size) {
        return STATUS_TOO_LARGE;
    }
    TRY(arena_try_reserve(many->arena, capacity * row_size, &items));
    if (many->count > 0) {
        memcpy(items, many->items, many->count * row_size);
    }
    many->items = items;
    many->capacity = capacity;
    return STATUS_OK;
}

static Status take_many(RowTaker *taker, const RowSource *source) {
    ManyTaker *many = (ManyTaker *)taker;
    const size_t row_size = source->statement->row_size;
    if (many->count == many->capacity) {
        TRY(many_grow(many, row_size));
    }
    char *row = many->items + many->count * row_size;
    memset(row, 0, row_size);
    TRY(row_read(source, many->arena, row));
    many->count++;
    return STATUS_OK;
}

Status statement_many(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                      void **ret_items, size_t *ret_count) {
    ManyTaker many = {.taker = {.take = take_many}, .arena = arena};
    TRY(run_marking(connection, statement, values, &many.taker, NULL));
    *ret_items = many.items;
    *ret_count = many.count;
    return STATUS_OK;
}

typedef struct EachTaker {
    RowTaker taker;
    void *row;
    Status (*each)(const void *row, void *context);
    void *context;
    bool stopped; /**< the status is the stranger's, not the engine's */
} EachTaker;

static Status take_each(RowTaker *taker, const RowSource *source) {
    EachTaker *every = (EachTaker *)taker;
    memset(every->row, 0, source->statement->row_size);
    TRY(row_read(source, NULL, every->row));
    const Status status = every->each(every->row, every->context);
    every->stopped = status != STATUS_OK;
    return status;
}

Status statement_each(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                      Status (*each)(const void *row, void *context), void *context) {
    EachTaker every = {.taker = {.take = take_each, .nested = true},
                       .row = arena_allocate(arena, statement->row_size),
                       .each = each,
                       .context = context};
    const Status status = run(connection, statement, values, &every.taker, NULL);
    if (!every.stopped && loses_transaction(status)) {
        connection->lost = status;
    }
    return status;
}

Status statement_exec(Connection *connection, const Statement *statement, const Value *values) {
    return run_marking(connection, statement, values, NULL, NULL);
}

Status statement_rows(Connection *connection, const Statement *statement, const Value *values, int64_t *ret_count) {
    return run_marking(connection, statement, values, NULL, ret_count);
}
