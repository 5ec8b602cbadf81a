/** Values, shapes, conflicts and transactions, the same on both engines. */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "testing/test_database.h"

typedef struct ValueRow {
    int64_t id, number;
    Text words, bytes;
    bool truth;
} ValueRow;

static const ValueKind value_kinds[] = {VALUE_INT, VALUE_INT, VALUE_TEXT, VALUE_BYTES, VALUE_BOOL};

static const Statement insert_value = {
    .name = "insert_value",
    .sqlite = "INSERT INTO test_value (id, number, words, bytes, truth) VALUES (?1, ?2, ?3, ?4, ?5)",
    .postgresql = "INSERT INTO test_value (id, number, words, bytes, truth) VALUES ($1, $2, $3, $4, $5)",
    .parameters = value_kinds,
    .parameter_count = 5,
};

static const StatementColumn value_columns[] = {
    {"id", VALUE_INT, offsetof(ValueRow, id)},        {"number", VALUE_INT, offsetof(ValueRow, number)},
    {"words", VALUE_TEXT, offsetof(ValueRow, words)}, {"bytes", VALUE_BYTES, offsetof(ValueRow, bytes)},
    {"truth", VALUE_BOOL, offsetof(ValueRow, truth)},
};

static const Statement find_value = {
    .name = "find_value",
    .sqlite = "SELECT id, number, words, bytes, truth FROM test_value WHERE id = ?1",
    .postgresql = "SELECT id, number, words, bytes, truth FROM test_value WHERE id = $1",
    .parameters = value_kinds,
    .parameter_count = 1,
    .columns = value_columns,
    .column_count = 5,
    .row_size = sizeof(ValueRow),
};

static const Statement all_values = {
    .name = "all_values",
    .sqlite = "SELECT id, number, words, bytes, truth FROM test_value ORDER BY words, id",
    .postgresql = "SELECT id, number, words, bytes, truth FROM test_value ORDER BY words, id",
    .columns = value_columns,
    .column_count = 5,
    .row_size = sizeof(ValueRow),
};

static const Statement raise_numbers = {
    .name = "raise_numbers",
    .sqlite = "UPDATE test_value SET number = number + ?1 WHERE number < 100",
    .postgresql = "UPDATE test_value SET number = number + $1 WHERE number < 100",
    .parameters = value_kinds,
    .parameter_count = 1,
};

static const ValueKind text_kind[] = {VALUE_TEXT};
static const StatementColumn number_column[] = {{"number", VALUE_INT, 0}};

static const Statement sum_numbers = {
    .name = "sum_numbers",
    .sqlite = "SELECT sum(number) AS number FROM test_value",
    .postgresql = "SELECT sum(number) AS number FROM test_value",
    .columns = number_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static const Statement count_like = {
    .name = "count_like",
    .sqlite = "SELECT count(*) AS number FROM test_value WHERE words LIKE ?1",
    .postgresql = "SELECT count(*) AS number FROM test_value WHERE words LIKE $1",
    .parameters = text_kind,
    .parameter_count = 1,
    .columns = number_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static Status make_table(Connection *connection, void *context) {
    (void)context;
    static const Statement make = {
        .name = "make_value",
        .sqlite =
            "CREATE TABLE test_value (id INTEGER NOT NULL PRIMARY KEY, number INTEGER NOT NULL, words TEXT NOT NULL, "
            "bytes BLOB NOT NULL, truth INTEGER NOT NULL) STRICT",
        .postgresql = "CREATE TABLE test_value (id BIGINT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, "
                      "words TEXT COLLATE \"C\" NOT NULL, bytes BYTEA NOT NULL, truth BOOLEAN NOT NULL)",
    };
    return statement_exec(connection, &make, NULL);
}

static Status insert(Connection *connection, ValueRow row) {
    const Value values[] = {value_int(row.id), value_int(row.number), value_text(row.words), value_bytes(row.bytes),
                            value_bool(row.truth)};
    return statement_exec(connection, &insert_value, values);
}

static Status find(Connection *connection, Arena *arena, int64_t id, ValueRow *ret_row) {
    const Value values[] = {value_int(id)};
    return statement_one(connection, arena, &find_value, values, ret_row);
}

/** Is there a row of this id, for a reader that starts now? */
static Status exists_body(Connection *connection, void *context) {
    Arena *arena = arena_open((size_t)64 << 20);
    ValueRow row = {0};
    const Status status = find(connection, arena, *(const int64_t *)context, &row);
    arena_close(arena);
    return status;
}

static Status exists(Database *database, int64_t id) {
    return database_read(database, exists_body, &id);
}

static Text many_bytes(Arena *arena, size_t size) {
    char *bytes = arena_allocate(arena, size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)(i * 7 + i / 251);
    }
    return (Text){bytes, size};
}

static Status round_trip_body(Connection *connection, void *context) {
    Arena *arena = context;
    const Text large_words = arena_format(arena, "%0*d", 1 << 20, 7);
    const ValueRow rows[] = {
        {.id = INT64_MIN,
         .number = INT64_MAX,
         .words = TEXT("\"it's\" \\ $1 ?1"),
         .bytes = TEXT("\0\0"),
         .truth = true},
        {.id = INT64_MAX, .number = INT64_MIN, .words = TEXT("Ѓорѓи 商會 \U0001F377"), .bytes = many_bytes(arena, 256)},
        {.id = 0, .number = -1, .truth = true},
        {.id = 1, .number = 255, .words = large_words, .bytes = many_bytes(arena, (size_t)3 << 20)},
        {.id = 2, .number = (int64_t)1 << 32, .words = TEXT("%\t\n\r")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ValueRow found = {.words = TEXT("untouched")};
        TRY(insert(connection, rows[i]));
        TRY(find(connection, arena, rows[i].id, &found));
        CHECK_INT(found.id, rows[i].id);
        CHECK_INT(found.number, rows[i].number);
        CHECK(text_equal(found.words, rows[i].words));
        CHECK(text_equal(found.bytes, rows[i].bytes));
        CHECK(found.truth == rows[i].truth);
    }
    return STATUS_OK;
}

DATABASE_TEST(values_come_back_as_they_went) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, round_trip_body, arena));
    CHECK_OK(exists(database, INT64_MIN));
}

static Status bad_text_body(Connection *connection, void *context) {
    CHECK_STATUS(insert(connection, (ValueRow){.id = 1, .words = TEXT("a\0b")}), STATUS_INVALID);
    CHECK_STATUS(insert(connection, (ValueRow){.id = 1, .words = TEXT("\xff")}), STATUS_INVALID);
    CHECK_STATUS(insert(connection, (ValueRow){.id = 1, .words = TEXT("\xc0\x80")}), STATUS_INVALID);
    CHECK_STATUS(find(connection, context, 1, &(ValueRow){0}), STATUS_NOT_FOUND);
    return insert(connection, (ValueRow){.id = 2, .words = TEXT("good")});
}

DATABASE_TEST(text_that_is_none_is_refused_and_the_transaction_goes_on) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, bad_text_body, arena));
    CHECK_OK(exists(database, 2));
}

/** Rows 0 to 9 with words "w0" to "w9". */
static Status ten_rows_body(Connection *connection, void *context) {
    (void)context;
    for (int64_t i = 0; i < 10; i++) {
        const char words[] = {'w', (char)('0' + i)};
        TRY(insert(connection,
                   (ValueRow){.id = i, .number = i, .words = {words, 2}, .bytes = TEXT("b"), .truth = i % 2 == 0}));
    }
    return STATUS_OK;
}

typedef struct Walk {
    Connection *connection;
    Arena *arena;
    int64_t seen, stop;
} Walk;

static Status walk_row(const void *row, void *context) {
    Walk *walk = context;
    const ValueRow *value = row;
    ValueRow same = {0};
    CHECK_INT(value->id, walk->seen);
    CHECK_INT(value->words.size, 2);
    /* Another statement, and the same kind of walk, in the midst of it. */
    TRY(find(walk->connection, walk->arena, value->id, &same));
    CHECK(text_equal(same.words, value->words));
    walk->seen++;
    return walk->seen == walk->stop ? STATUS_FORBIDDEN : STATUS_OK;
}

static Status count_row(const void *row, void *context) {
    (void)row;
    ++*(int64_t *)context;
    return STATUS_OK;
}

static Status walk_inside_row(const void *row, void *context) {
    (void)row;
    Walk *walk = context;
    int64_t count = 0;
    TRY(statement_each(walk->connection, walk->arena, &all_values, NULL, count_row, &count));
    CHECK_INT(count, 10);
    walk->seen++;
    return STATUS_OK;
}

static Status shapes_body(Connection *connection, void *context) {
    Arena *arena = context;
    void *items = NULL;
    size_t count = 0;
    TRY(statement_many(connection, arena, &all_values, NULL, &items, &count));
    const ValueRow *rows = items;
    CHECK_INT(count, 10);
    CHECK_TEXT(rows[9].words, "w9");

    ValueRow untouched = {.number = 77, .words = TEXT("untouched")};
    CHECK_STATUS(find(connection, arena, 99, &untouched), STATUS_NOT_FOUND);
    CHECK_INT(untouched.number, 77);

    Walk walk = {.connection = connection, .arena = arena};
    CHECK_OK(statement_each(connection, arena, &all_values, NULL, walk_row, &walk));
    CHECK_INT(walk.seen, 10);
    walk = (Walk){.connection = connection, .arena = arena, .stop = 4};
    CHECK_STATUS(statement_each(connection, arena, &all_values, NULL, walk_row, &walk), STATUS_FORBIDDEN);
    CHECK_INT(walk.seen, 4);
    walk = (Walk){.connection = connection, .arena = arena};
    CHECK_OK(statement_each(connection, arena, &all_values, NULL, walk_inside_row, &walk));
    CHECK_INT(walk.seen, 10);

    int64_t changed = -1;
    const Value hundred[] = {value_int(100)};
    CHECK_OK(statement_rows(connection, &raise_numbers, hundred, &changed));
    CHECK_INT(changed, 10);
    CHECK_OK(statement_rows(connection, &raise_numbers, hundred, &changed));
    CHECK_INT(changed, 0);
    int64_t sum = 0;
    CHECK_OK(statement_one(connection, arena, &sum_numbers, NULL, &sum));
    CHECK_INT(sum, 1045);
    return STATUS_OK;
}

DATABASE_TEST(each_shape_gives_its_rows) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, ten_rows_body, NULL));
    CHECK_OK(database_write(database, shapes_body, arena));
}

static Status many_rows_body(Connection *connection, void *context) {
    (void)context;
    for (int64_t i = 0; i < 1000; i++) {
        TRY(insert(connection,
                   (ValueRow){.id = i, .words = TEXT("a row of some length, so that they add up to more")}));
    }
    return STATUS_OK;
}

static Status small_arena_body(Connection *connection, void *context) {
    Arena *small = context;
    void *items = NULL;
    size_t count = 0;
    int64_t walked = 0;
    CHECK_STATUS(statement_many(connection, small, &all_values, NULL, &items, &count), STATUS_TOO_LARGE);
    CHECK(items == NULL && count == 0);
    arena_reset(small);
    CHECK_OK(statement_each(connection, small, &all_values, NULL, count_row, &walked));
    CHECK_INT(walked, 1000);
    /* The transaction goes on. */
    return find(connection, small, 7, &(ValueRow){0});
}

DATABASE_TEST(rows_stop_at_the_budget_of_their_arena) {
    (void)arena;
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, many_rows_body, NULL));
    /* The smaller is passed by the texts of the rows, the larger by the array of rows. */
    Arena *small = arena_open((size_t)40 << 10);
    CHECK_OK(database_read(database, small_arena_body, small));
    arena_close(small);
    small = arena_open((size_t)100 << 10);
    CHECK_OK(database_read(database, small_arena_body, small));
    arena_close(small);
}

static Status conflict_body(Connection *connection, void *context) {
    TRY(insert(connection, (ValueRow){.id = 1}));
    CHECK_STATUS(insert(connection, (ValueRow){.id = 1}), STATUS_CONFLICT);
    /* From here on both engines refuse alike, PostgreSQL because it must. */
    CHECK_STATUS(insert(connection, (ValueRow){.id = 2}), STATUS_CONFLICT);
    CHECK_STATUS(find(connection, context, 1, &(ValueRow){0}), STATUS_CONFLICT);
    return STATUS_OK;
}

DATABASE_TEST(a_conflict_loses_the_transaction) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_write(database, conflict_body, arena), STATUS_CONFLICT);
    CHECK_STATUS(exists(database, 1), STATUS_NOT_FOUND);
}

static Status foreign_key_body(Connection *connection, void *context) {
    (void)context;
    static const Statement make = {
        .name = "make_child",
        .sqlite = "CREATE TABLE test_child (id INTEGER NOT NULL PRIMARY KEY REFERENCES test_value (id)) STRICT",
        .postgresql = "CREATE TABLE test_child (id BIGINT NOT NULL PRIMARY KEY REFERENCES test_value (id))",
    };
    static const Statement add = {
        .name = "insert_child",
        .sqlite = "INSERT INTO test_child (id) VALUES (4711)",
        .postgresql = "INSERT INTO test_child (id) VALUES (4711)",
    };
    TRY(statement_exec(connection, &make, NULL));
    return statement_exec(connection, &add, NULL);
}

DATABASE_TEST(a_row_without_its_parent_is_a_conflict) {
    (void)arena;
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_write(database, foreign_key_body, NULL), STATUS_CONFLICT);
}

static Status refusing_body(Connection *connection, void *context) {
    (void)context;
    TRY(insert(connection, (ValueRow){.id = 1}));
    TRY(insert(connection, (ValueRow){.id = 2}));
    return STATUS_FORBIDDEN;
}

DATABASE_TEST(a_body_that_refuses_leaves_nothing) {
    (void)arena;
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_write(database, refusing_body, NULL), STATUS_FORBIDDEN);
    CHECK_STATUS(exists(database, 1), STATUS_NOT_FOUND);
    CHECK_STATUS(exists(database, 2), STATUS_NOT_FOUND);
}

static Status insert_one_body(Connection *connection, void *context) {
    return insert(connection, (ValueRow){.id = *(const int64_t *)context});
}

DATABASE_TEST(reading_transactions_cannot_write) {
    (void)arena;
    int64_t id = 3;
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_read(database, insert_one_body, &id), STATUS_FAILED);
    CHECK_STATUS(exists(database, 3), STATUS_NOT_FOUND);
}

DATABASE_TEST(a_transaction_can_be_opened_apart_from_its_body) {
    Connection *connection = NULL;
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_begin(database, true, &connection));
    CHECK_OK(insert(connection, (ValueRow){.id = 1}));
    database_roll_back(connection);
    CHECK_STATUS(exists(database, 1), STATUS_NOT_FOUND);
    CHECK_OK(database_begin(database, true, &connection));
    CHECK_OK(insert(connection, (ValueRow){.id = 2}));
    CHECK_OK(database_commit(connection));
    CHECK_OK(exists(database, 2));
    CHECK_OK(database_begin(database, false, &connection));
    CHECK_OK(find(connection, arena, 2, &(ValueRow){0}));
    CHECK_OK(database_commit(connection));
}

static Status nested_body(Connection *connection, void *context) {
    (void)connection;
    return database_read(context, exists_body, &(int64_t){1});
}

DATABASE_TEST(a_transaction_inside_another_is_a_broken_promise) {
    (void)arena;
    const pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        _exit(database_read(database, nested_body, database) == STATUS_OK ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static Status null_sum_body(Connection *connection, void *context) {
    int64_t sum = 77;
    const Status status = statement_one(connection, context, &sum_numbers, NULL, &sum);
    CHECK_INT(sum, 77);
    return status;
}

DATABASE_TEST(a_null_is_a_failure) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_read(database, null_sum_body, arena), STATUS_FAILED);
}

static Status sums_body(Connection *connection, void *context) {
    static const int64_t numbers[] = {INT64_MAX, INT64_MIN, 1, -10001, 10000, 100000000, -100000000, INT64_MIN + 1};
    int64_t expected = 0, sum = 0;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        expected += numbers[i];
        TRY(insert(connection, (ValueRow){.id = (int64_t)i, .number = numbers[i]}));
        TRY(statement_one(connection, context, &sum_numbers, NULL, &sum));
        CHECK_INT(sum, expected);
    }
    CHECK_INT(sum, INT64_MIN);
    return STATUS_OK;
}

DATABASE_TEST(sums_are_whole_numbers) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, sums_body, arena));
}

static Status too_large_sum_body(Connection *connection, void *context) {
    int64_t sum = 0;
    TRY(insert(connection, (ValueRow){.id = 1, .number = INT64_MAX}));
    TRY(insert(connection, (ValueRow){.id = 2, .number = 1}));
    return statement_one(connection, context, &sum_numbers, NULL, &sum);
}

DATABASE_TEST(a_sum_beyond_64_bits_is_a_failure) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_STATUS(database_write(database, too_large_sum_body, arena), STATUS_FAILED);
}

static Status order_body(Connection *connection, void *context) {
    static const char *const words[] = {"ж", "b", "A", "é", "a", "Z", "_", "~", "aa", ""};
    static const char *const sorted[] = {"", "A", "Z", "_", "a", "aa", "b", "~", "é", "ж"};
    void *items = NULL;
    size_t count = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        TRY(insert(connection, (ValueRow){.id = (int64_t)i, .words = text_of(words[i])}));
    }
    TRY(statement_many(connection, context, &all_values, NULL, &items, &count));
    const ValueRow *rows = items;
    CHECK_INT(count, 10);
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(rows[i].words, sorted[i]);
    }
    int64_t like = 0;
    const Value small_a[] = {value_text(TEXT("a%"))};
    TRY(statement_one(connection, context, &count_like, small_a, &like));
    CHECK_INT(like, 2);
    return STATUS_OK;
}

DATABASE_TEST(texts_sort_and_compare_by_their_bytes) {
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, order_body, arena));
}

static Status always_retry_body(Connection *connection, void *context) {
    (void)connection;
    ++*(int *)context;
    return STATUS_RETRY;
}

DATABASE_TEST(tries_come_to_an_end) {
    (void)arena;
    int tries = 0;
    CHECK_STATUS(database_write(database, always_retry_body, &tries), STATUS_UNAVAILABLE);
    CHECK_INT(tries, 10);
}

TEST(addresses_that_lead_nowhere_are_unavailable) {
    Database *database = NULL;
    CHECK_STATUS(database_open(TEXT("mysql://localhost"), &database), STATUS_UNAVAILABLE);
    CHECK_STATUS(database_open(TEXT("sqlite:"), &database), STATUS_UNAVAILABLE);
    CHECK_STATUS(database_open(TEXT("sqlite:/no/such/folder/x"), &database), STATUS_UNAVAILABLE);
    CHECK_STATUS(database_open(TEXT("sqlite:/"), &database), STATUS_UNAVAILABLE);
    CHECK_STATUS(database_open(TEXT("postgresql:///x?host=/no/such/folder"), &database), STATUS_UNAVAILABLE);
    CHECK(database == NULL);
}
