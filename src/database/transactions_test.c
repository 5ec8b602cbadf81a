/** Transactions of many threads: group commit, races, what readers see, connections that break. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/sqlite.h"
#include "testing/test_database.h"

#define THREADS 8

static const ValueKind one_int[] = {VALUE_INT};
static const ValueKind two_ints[] = {VALUE_INT, VALUE_INT};
static const StatementColumn count_column[] = {{"count", VALUE_INT, 0}};

static const Statement read_counter = {
    .name = "read_counter",
    .sqlite = "SELECT count FROM test_counter WHERE id = ?1",
    .postgresql = "SELECT count FROM test_counter WHERE id = $1",
    .parameters = one_int,
    .parameter_count = 1,
    .columns = count_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static const Statement write_counter = {
    .name = "write_counter",
    .sqlite =
        "INSERT INTO test_counter (id, count) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET count = excluded.count",
    .postgresql =
        "INSERT INTO test_counter (id, count) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET count = excluded.count",
    .parameters = two_ints,
    .parameter_count = 2,
};

static Status make_counter(Connection *connection, void *context) {
    (void)context;
    static const Statement make = {
        .name = "make_counter",
        .sqlite = "CREATE TABLE test_counter (id INTEGER NOT NULL PRIMARY KEY, count INTEGER NOT NULL) STRICT",
        .postgresql = "CREATE TABLE test_counter (id BIGINT NOT NULL PRIMARY KEY, count BIGINT NOT NULL)",
    };
    const Value first[] = {value_int(1), value_int(0)};
    TRY(statement_exec(connection, &make, NULL));
    return statement_exec(connection, &write_counter, first);
}

static Status read_count(Connection *connection, int64_t id, int64_t *ret_count) {
    const Value values[] = {value_int(id)};
    Arena *arena = arena_open(1 << 16);
    const Status status = statement_one(connection, arena, &read_counter, values, ret_count);
    arena_close(arena);
    return status;
}

static Status write_count(Connection *connection, int64_t id, int64_t count) {
    const Value values[] = {value_int(id), value_int(count)};
    return statement_exec(connection, &write_counter, values);
}

static Status read_first_body(Connection *connection, void *context) {
    return read_count(connection, 1, context);
}

static int64_t first_count(Database *database) {
    int64_t count = -1;
    CHECK_OK(database_read(database, read_first_body, &count));
    return count;
}

/** What several threads do at once. */
typedef struct Crowd {
    Database *database;
    int turns;
    atomic_int bodies, done, refused, failed;
} Crowd;

/** Reads, then writes one more: two of these at once must not both count from the same number. */
static Status increment_body(Connection *connection, void *context) {
    Crowd *crowd = context;
    int64_t count = 0;
    atomic_fetch_add(&crowd->bodies, 1);
    TRY(read_count(connection, 1, &count));
    return write_count(connection, 1, count + 1);
}

/** Every third transaction refuses after it has written. */
static Status increment_or_refuse_body(Connection *connection, void *context) {
    Crowd *crowd = context;
    const int number = atomic_load(&crowd->bodies);
    TRY(increment_body(connection, context));
    return number % 3 == 0 ? STATUS_FORBIDDEN : STATUS_OK;
}

static void count_status(Crowd *crowd, Status status) {
    atomic_fetch_add(status == STATUS_OK          ? &crowd->done
                     : status == STATUS_FORBIDDEN ? &crowd->refused
                                                  : &crowd->failed,
                     1);
}

static void *increment(void *context) {
    Crowd *crowd = context;
    for (int i = 0; i < crowd->turns; i++) {
        count_status(crowd, database_write(crowd->database, increment_body, crowd));
    }
    return NULL;
}

static void *increment_or_refuse(void *context) {
    Crowd *crowd = context;
    for (int i = 0; i < crowd->turns; i++) {
        count_status(crowd, database_write(crowd->database, increment_or_refuse_body, crowd));
    }
    return NULL;
}

static void run_crowd(Crowd *crowd, void *(*work)(void *context)) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, crowd) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

/** Counts commits; as a commit hook of SQLite, anything but 0 would turn the commit into a roll-back. */
static int count_commit(void *context) {
    ++*(int *)context;
    return 0;
}

TEST(transactions_share_commits_on_sqlite) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    CHECK_OK(test_database(TEST_SQLITE, arena, &database));
    CHECK_OK(database_write(database, make_counter, NULL));
    int commits = 0;
    sqlite3_commit_hook(((SqliteDatabase *)database)->writer.connection.sqlite, count_commit, &commits);
    Crowd crowd = {.database = database, .turns = 500};
    run_crowd(&crowd, increment);
    CHECK_INT(crowd.done, THREADS * 500);
    CHECK_INT(first_count(database), THREADS * 500);
    printf("# %d transactions in %d commits\n", crowd.done, commits);
    CHECK(commits < THREADS * 500 / 2);
    sqlite3_commit_hook(((SqliteDatabase *)database)->writer.connection.sqlite, NULL, NULL);
    arena_close(arena);
}

DATABASE_TEST(a_refusing_member_takes_only_its_own_changes_back) {
    (void)arena;
    CHECK_OK(database_write(database, make_counter, NULL));
    Crowd crowd = {.database = database, .turns = database_is_postgresql(database) ? 5 : 200};
    run_crowd(&crowd, increment_or_refuse);
    CHECK(crowd.refused > 0 && crowd.done > 0);
    CHECK_INT(first_count(database), crowd.done);
    CHECK(database_is_postgresql(database) || crowd.failed == 0);
}

/** Turns each commit into a roll-back, as a full disk would. */
static int refuse_commit(void *context) {
    ++*(int *)context;
    return 1;
}

TEST(a_failed_commit_is_told_to_its_whole_group) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    CHECK_OK(test_database(TEST_SQLITE, arena, &database));
    CHECK_OK(database_write(database, make_counter, NULL));
    sqlite3 *sqlite = ((SqliteDatabase *)database)->writer.connection.sqlite;
    int commits = 0;
    sqlite3_commit_hook(sqlite, refuse_commit, &commits);
    Crowd crowd = {.database = database, .turns = 50};
    run_crowd(&crowd, increment);
    sqlite3_commit_hook(sqlite, NULL, NULL);
    CHECK_INT(crowd.done, 0);
    CHECK_INT(crowd.failed, THREADS * 50);
    CHECK_INT(first_count(database), 0);
    run_crowd(&crowd, increment);
    CHECK_INT(crowd.done, THREADS * 50);
    arena_close(arena);
}

/** Two threads step through each other: one writes, the other looks. */
typedef struct Stage {
    Database *database;
    pthread_barrier_t barrier;
    Status status;
} Stage;

static Status write_and_wait_body(Connection *connection, void *context) {
    Stage *stage = context;
    TRY(write_count(connection, 1, 41));
    pthread_barrier_wait(&stage->barrier); /* written, not committed */
    pthread_barrier_wait(&stage->barrier); /* the other has looked */
    return write_count(connection, 1, 42);
}

static void *write_and_wait(void *context) {
    Stage *stage = context;
    stage->status = database_write(stage->database, write_and_wait_body, stage);
    return NULL;
}

DATABASE_TEST(readers_see_what_is_committed) {
    (void)arena;
    CHECK_OK(database_write(database, make_counter, NULL));
    Stage stage = {.database = database, .status = STATUS_FAILED};
    pthread_t thread;
    CHECK(pthread_barrier_init(&stage.barrier, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, write_and_wait, &stage) == 0);
    pthread_barrier_wait(&stage.barrier);
    CHECK_INT(first_count(database), 0);
    pthread_barrier_wait(&stage.barrier);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_OK(stage.status);
    CHECK_INT(first_count(database), 42);
    pthread_barrier_destroy(&stage.barrier);
}

static void *write_now(void *context) {
    Stage *stage = context;
    Connection *connection = NULL;
    stage->status = database_begin(stage->database, true, &connection);
    if (stage->status == STATUS_OK && write_count(connection, 1, 7) != STATUS_OK) {
        database_roll_back(connection);
    } else if (stage->status == STATUS_OK) {
        stage->status = database_commit(connection);
    }
    return NULL;
}

static Status read_twice_body(Connection *connection, void *context) {
    Stage *stage = context;
    int64_t before = -1, after = -1;
    pthread_t thread;
    TRY(read_count(connection, 1, &before));
    CHECK(pthread_create(&thread, NULL, write_now, stage) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_OK(stage->status);
    TRY(read_count(connection, 1, &after));
    CHECK_INT(after, before);
    return STATUS_OK;
}

DATABASE_TEST(a_reader_sees_one_state) {
    (void)arena;
    CHECK_OK(database_write(database, make_counter, NULL));
    Stage stage = {.database = database, .status = STATUS_FAILED};
    CHECK_OK(database_read(database, read_twice_body, &stage));
    CHECK_INT(first_count(database), 7);
}

/** The first try of each waits for the other's, so that one of the two must lose. */
static Status racing_body(Connection *connection, void *context) {
    Stage *stage = context;
    static _Thread_local int tries;
    int64_t count = 0;
    TRY(read_count(connection, 1, &count));
    if (tries++ == 0) {
        pthread_barrier_wait(&stage->barrier);
    }
    return write_count(connection, 1, count + 1);
}

static void *race(void *context) {
    Stage *stage = context;
    const Status status = database_write(stage->database, racing_body, stage);
    return status == STATUS_OK ? NULL : context;
}

TEST(the_loser_of_a_race_tries_again_on_postgresql) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    CHECK_OK(test_database(TEST_POSTGRESQL, arena, &database));
    CHECK_OK(database_write(database, make_counter, NULL));
    Stage stage = {.database = database};
    CHECK(pthread_barrier_init(&stage.barrier, NULL, 2) == 0);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, race, &stage) == 0);
    }
    for (int i = 0; i < 2; i++) {
        void *failure = NULL;
        CHECK(pthread_join(threads[i], &failure) == 0);
        CHECK(failure == NULL);
    }
    CHECK_INT(first_count(database), 2);
    pthread_barrier_destroy(&stage.barrier);
    arena_close(arena);
}

static const Statement end_others = {
    .name = "end_others",
    .sqlite = "",
    .postgresql = "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity "
                  "WHERE application_name = 'to be ended'",
    .columns = count_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static Status end_others_body(Connection *connection, void *context) {
    Arena *arena = arena_open(1 << 16);
    const Status status = statement_one(connection, arena, &end_others, NULL, context);
    arena_close(arena);
    return status;
}

static void end_connections(void) {
    Database *other = NULL;
    int64_t ended = 0;
    CHECK_OK(database_open(text_of(getenv("TRADEPOST_TEST_POSTGRESQL")), &other));
    CHECK_OK(database_read(other, end_others_body, &ended));
    CHECK(ended > 0);
    database_close(other);
}

static void *end_connections_thread(void *context) {
    end_connections();
    return context;
}

static Status broken_body(Connection *connection, void *context) {
    pthread_t thread;
    int64_t count = 0;
    TRY(write_count(connection, 1, 5));
    CHECK(pthread_create(&thread, NULL, end_connections_thread, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    ++*(int *)context;
    CHECK_STATUS(read_count(connection, 1, &count), STATUS_UNAVAILABLE);
    CHECK_STATUS(write_count(connection, 1, 6), STATUS_UNAVAILABLE);
    return STATUS_OK;
}

TEST(broken_connections_are_replaced_before_the_body_and_reported_within) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    int bodies = 0;
    /* A name of its own: other tests use the same cluster at the same time. */
    const Text address = test_database_address(TEST_POSTGRESQL, arena);
    CHECK_OK(
        database_open(arena_format(arena, "%.*s&application_name=to%%20be%%20ended", TEXT_ARG(address)), &database));
    CHECK_OK(database_write(database, make_counter, NULL));
    end_connections();
    CHECK_INT(first_count(database), 0);
    CHECK_STATUS(database_write(database, broken_body, &bodies), STATUS_UNAVAILABLE);
    CHECK_INT(bodies, 1);
    CHECK_INT(first_count(database), 0);
    database_close(database);
    arena_close(arena);
}

/** More readers at once than connections: the rest wait for their turn. */
static void *read_often(void *context) {
    Crowd *crowd = context;
    int64_t count = 0;
    for (int i = 0; i < crowd->turns; i++) {
        count_status(crowd, database_read(crowd->database, read_first_body, &count));
    }
    return NULL;
}

DATABASE_TEST(more_readers_than_connections_take_turns) {
    (void)arena;
    CHECK_OK(database_write(database, make_counter, NULL));
    Crowd crowd = {.database = database, .turns = 20};
    pthread_t threads[3 * READERS_MAX];
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        CHECK(pthread_create(&threads[i], NULL, read_often, &crowd) == 0);
    }
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK_INT(crowd.done, 3 * READERS_MAX * 20);
}

static Status fill_body(Connection *connection, void *context) {
    (void)context;
    for (int64_t id = 2; id < 20000; id++) {
        TRY(write_count(connection, id, id));
    }
    return STATUS_OK;
}

/** Small changes by most, one in ten too large for the disk. */
static void *increment_or_fill(void *context) {
    Crowd *crowd = context;
    for (int i = 0; i < crowd->turns; i++) {
        const bool fills = i % 10 == 5;
        const Status status = database_write(crowd->database, fills ? fill_body : increment_body, crowd);
        if (fills) {
            CHECK_STATUS(status, STATUS_FULL);
        } else {
            count_status(crowd, status);
        }
    }
    return NULL;
}

TEST(a_full_disk_stops_those_who_need_it) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    CHECK_OK(test_database(TEST_SQLITE, arena, &database));
    CHECK_OK(database_write(database, make_counter, NULL));
    sqlite3 *sqlite = ((SqliteDatabase *)database)->writer.connection.sqlite;
    /* 20000 rows need more than the 20 pages that SQLite may add, as if the disk had no more. */
    sqlite3_stmt *pages = NULL;
    CHECK(sqlite3_prepare_v2(sqlite, "PRAGMA page_count", -1, &pages, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(pages) == SQLITE_ROW);
    const Text limit = arena_format(arena, "PRAGMA max_page_count=%d", sqlite3_column_int(pages, 0) + 20);
    sqlite3_finalize(pages);
    CHECK(sqlite3_exec(sqlite, limit.data, NULL, NULL, NULL) == SQLITE_OK);
    Crowd crowd = {.database = database, .turns = 20};
    run_crowd(&crowd, increment_or_fill);
    CHECK_INT(crowd.failed, 0);
    CHECK_INT(crowd.done, THREADS * 18);
    CHECK_INT(first_count(database), crowd.done);
    CHECK_OK(database_check(database));
    arena_close(arena);
}

static const Statement endless = {
    .name = "endless",
    .sqlite = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS count FROM n",
    .postgresql = "SELECT count(*) AS count FROM (SELECT pg_sleep(60)) AS n",
    .columns = count_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

DATABASE_TEST(a_statement_that_does_not_end_is_stopped) {
    Connection *connection = NULL;
    int64_t count = 0;
    CHECK_OK(database_begin(database, false, &connection));
    if (database_is_postgresql(database)) {
        CHECK_OK(database_script(connection, TEXT("SET LOCAL statement_timeout = '50ms'")));
    } else {
        ((SqliteConnection *)connection)->deadline = clock_monotonic() + TIME_SECOND / 20;
    }
    CHECK_STATUS(statement_one(connection, arena, &endless, NULL, &count), STATUS_UNAVAILABLE);
    database_roll_back(connection);
    CHECK_OK(database_write(database, make_counter, NULL));
    CHECK_INT(first_count(database), 0);
}
