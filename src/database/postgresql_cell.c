/** PostgreSQL's binary values as ours: integers of any width, whole numerics (sums are), texts, bytes, booleans. */
#include "base/log.h"
#include "database/postgresql.h"

/** Type numbers of pg_type, fixed for ever. */
enum PostgresqlType {
    TYPE_BOOLEAN = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_UNKNOWN = 705,
    TYPE_CHARACTER = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_NUMERIC = 1700
};

static bool type_fits(ValueKind kind, Oid type) {
    switch (kind) {
    case VALUE_INT:
        return type == TYPE_INT8 || type == TYPE_INT4 || type == TYPE_INT2 || type == TYPE_NUMERIC;
    case VALUE_TEXT:
        return type == TYPE_TEXT || type == TYPE_VARCHAR || type == TYPE_CHARACTER || type == TYPE_NAME ||
               type == TYPE_UNKNOWN;
    case VALUE_BYTES:
        return type == TYPE_BYTEA;
    case VALUE_BOOL:
        return type == TYPE_BOOLEAN;
    }
    return false;
}

Status postgresql_check_types(const Statement *statement, const PGresult *result) {
    if ((size_t)PQnfields(result) != statement->column_count) {
        return fail(STATUS_FAILED, "%s: PostgreSQL gives %d columns, not %zu", statement->name, PQnfields(result),
                    statement->column_count);
    }
    for (size_t i = 0; i < statement->column_count; i++) {
        const Oid type = PQftype(result, (int)i);
        if (!type_fits(statement->columns[i].kind, type)) {
            return fail(STATUS_FAILED, "%s: on PostgreSQL the column %s has the type number %u: CAST it",
                        statement->name, statement->columns[i].name, type);
        }
    }
    return STATUS_OK;
}

/** A big-endian integer with its sign. */
static int64_t integer_of(const unsigned char *bytes, int size) {
    uint64_t number = bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return (int64_t)number;
}

/** A numeric: count, weight, sign and scale as 16 bits each, then digits of base 10000. */
static Status numeric_of(const unsigned char *bytes, int size, int64_t *ret_number) {
    const int count = size >= 8 ? (int)integer_of(bytes, 2) : -1;
    if (count < 0 || size != 8 + 2 * count) {
        return STATUS_CORRUPT;
    }
    const int64_t weight = integer_of(bytes + 2, 2);
    const bool negative = integer_of(bytes + 4, 2) == 0x4000;
    const bool is_number = negative || integer_of(bytes + 4, 2) == 0;
    /* Built below zero, where the smallest integer has its place. */
    int64_t number = 0;
    if (!is_number || weight > 4 || count > weight + 1) {
        return STATUS_TOO_LARGE;
    }
    for (int i = 0; i <= weight; i++) {
        const int64_t digit = i < count ? integer_of(bytes + 8 + 2 * i, 2) : 0;
        if (__builtin_mul_overflow(number, 10000, &number) || __builtin_sub_overflow(number, digit, &number)) {
            return STATUS_TOO_LARGE;
        }
    }
    if (!negative && number == INT64_MIN) {
        return STATUS_TOO_LARGE;
    }
    *ret_number = negative ? number : -number;
    return STATUS_OK;
}

Status postgresql_cell(const RowSource *source, size_t column, Value *ret_value) {
    const PGresult *result = source->handle;
    const int at = (int)column;
    if (PQgetisnull(result, source->row, at) != 0) {
        return fail(STATUS_FAILED, "%s: the column %s is NULL", source->statement->name,
                    source->statement->columns[column].name);
    }
    const char *bytes = PQgetvalue(result, source->row, at);
    const int size = PQgetlength(result, source->row, at);
    if (ret_value->kind == VALUE_TEXT || ret_value->kind == VALUE_BYTES) {
        ret_value->text = (Text){bytes, (size_t)size};
    } else if (PQftype(result, at) != TYPE_NUMERIC) {
        ret_value->integer = integer_of((const unsigned char *)bytes, size);
    } else if (numeric_of((const unsigned char *)bytes, size, &ret_value->integer) != STATUS_OK) {
        return fail(STATUS_FAILED, "%s: the column %s is no whole number of 64 bits", source->statement->name,
                    source->statement->columns[column].name);
    }
    return STATUS_OK;
}
