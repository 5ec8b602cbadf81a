/** Statements as sqlgen writes them: typed values in, typed rows out. Business code calls the generated functions, not
 * these. */
#ifndef TRADEPOST_DATABASE_STATEMENT_H
#define TRADEPOST_DATABASE_STATEMENT_H

#include "database/database.h"

/** How a value is stored. Times and ids are integers. */
typedef enum ValueKind { VALUE_INT, VALUE_TEXT, VALUE_BYTES, VALUE_BOOL } ValueKind;

typedef struct Value {
    ValueKind kind;
    int64_t integer; /**< VALUE_INT; 0 or 1 for VALUE_BOOL */
    Text text;       /**< VALUE_TEXT and VALUE_BYTES; borrowed */
} Value;

/** A column of the result and its place in the row's struct: an int64_t or a struct of one, a Text, or a bool. */
typedef struct StatementColumn {
    const char *name;
    ValueKind kind;
    size_t offset;
} StatementColumn;

/** One statement in the spelling of each engine. Lives as long as the program: connections keep it prepared by its
 * address. */
typedef struct Statement {
    const char *name;
    const char *sqlite, *postgresql;
    const ValueKind *parameters;
    size_t parameter_count;
    const StatementColumn *columns;
    size_t column_count;
    size_t row_size;
} Statement;

/** An integer, an id or a time as a parameter. */
static inline Value value_int(int64_t integer) {
    return (Value){.kind = VALUE_INT, .integer = integer};
}

/** A truth as a parameter. */
static inline Value value_bool(bool truth) {
    return (Value){.kind = VALUE_BOOL, .integer = truth ? 1 : 0};
}

/** A text as a parameter; its bytes are borrowed until the statement has run. */
static inline Value value_text(Text text) {
    return (Value){.kind = VALUE_TEXT, .text = text};
}

/** Bytes as a parameter; borrowed as for value_text. */
static inline Value value_bytes(Text bytes) {
    return (Value){.kind = VALUE_BYTES, .text = bytes};
}

/*
 * All of them return: STATUS_INVALID for a text that is not UTF-8 or holds a NUL; STATUS_TOO_LARGE when the arena's
 * budget does not hold the rows; STATUS_CONFLICT on a unique, primary or foreign key; STATUS_RETRY when the transaction
 * lost a race; STATUS_FULL, STATUS_CORRUPT, STATUS_UNAVAILABLE, STATUS_FAILED when the engine says so.
 *
 * After a failure of the engine (all but INVALID, TOO_LARGE and NOT_FOUND) the transaction is lost, on both engines
 * alike: each further statement and the commit return the same status. Where a conflict is no failure, write
 * ON CONFLICT DO NOTHING as a `:rows` statement.
 */

/** Writes the first row into `ret_row`, its texts into `arena`. @return STATUS_NOT_FOUND without a row */
MUST_USE Status statement_one(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                              void *ret_row);
/** Gives all rows, in `arena`, as an array of the row's struct. */
MUST_USE Status statement_many(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                               void **ret_items, size_t *ret_count);
/**
 * Calls `each` for one row after the other until it returns something else than STATUS_OK, and returns that.
 *
 * The row and its texts live until `each` returns, so that any number of rows needs one row's memory (copy what you
 * keep). `each` may run other statements of the same connection.
 */
MUST_USE Status statement_each(Connection *connection, Arena *arena, const Statement *statement, const Value *values,
                               Status (*each)(const void *row, void *context), void *context);
MUST_USE Status statement_exec(Connection *connection, const Statement *statement, const Value *values);
/** As statement_exec; gives the number of rows that were inserted, changed or deleted. */
MUST_USE Status statement_rows(Connection *connection, const Statement *statement, const Value *values,
                               int64_t *ret_count);

#endif
