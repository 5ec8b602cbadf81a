/** kill -9 at any moment: what was acknowledged is there; copies and damaged files. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "testing/test_database.h"

#define ROUNDS  20
#define WRITERS 4

static const ValueKind one_int[] = {VALUE_INT};
static const StatementColumn number_column[] = {{"number", VALUE_INT, 0}};

static const Statement insert_row = {
    .name = "insert_row",
    .sqlite = "INSERT INTO test_row (id) VALUES (?1)",
    .postgresql = "INSERT INTO test_row (id) VALUES ($1)",
    .parameters = one_int,
    .parameter_count = 1,
};

static const Statement find_row = {
    .name = "find_row",
    .sqlite = "SELECT id AS number FROM test_row WHERE id = ?1",
    .postgresql = "SELECT id AS number FROM test_row WHERE id = $1",
    .parameters = one_int,
    .parameter_count = 1,
    .columns = number_column,
    .column_count = 1,
    .row_size = sizeof(int64_t),
};

static Status make_table(Connection *connection, void *context) {
    (void)context;
    static const Statement make = {
        .name = "make_row",
        .sqlite = "CREATE TABLE test_row (id INTEGER NOT NULL PRIMARY KEY) STRICT",
        .postgresql = "CREATE TABLE test_row (id BIGINT NOT NULL PRIMARY KEY)",
    };
    return statement_exec(connection, &make, NULL);
}

static Status insert_body(Connection *connection, void *context) {
    const Value values[] = {value_int(*(const int64_t *)context)};
    return statement_exec(connection, &insert_row, values);
}

/** Acknowledged ids, checked within one reading transaction. */
typedef struct Ledger {
    int64_t ids[1 << 16];
    size_t count;
} Ledger;

static Status check_ledger_body(Connection *connection, void *context) {
    const Ledger *ledger = context;
    Arena *arena = arena_open(1 << 16);
    Status status = STATUS_OK;
    for (size_t i = 0; i < ledger->count && status == STATUS_OK; i++) {
        const Value values[] = {value_int(ledger->ids[i])};
        int64_t found = 0;
        status = statement_one(connection, arena, &find_row, values, &found);
    }
    arena_close(arena);
    return status;
}

/** What the writers of the child share. */
typedef struct Writers {
    Database *database;
    int pipe;
    int64_t first;
    int number;
} Writers;

/** Inserts row after row and acknowledges each through the pipe once database_write has said so. */
static void *write_rows(void *context) {
    const Writers *writers = context;
    for (int64_t i = 0;; i++) {
        int64_t id = writers->first + writers->number + i * WRITERS;
        if (database_write(writers->database, insert_body, &id) != STATUS_OK ||
            write(writers->pipe, &id, sizeof(id)) != sizeof(id)) {
            _exit(1);
        }
    }
    return NULL;
}

static _Noreturn void write_until_killed(Text address, int pipe, int64_t first) {
    Database *database = NULL;
    static Writers writers[WRITERS];
    pthread_t threads[WRITERS];
    if (database_open(address, &database) != STATUS_OK) {
        _exit(1);
    }
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (Writers){.database = database, .pipe = pipe, .first = first, .number = i};
        if (pthread_create(&threads[i], NULL, write_rows, &writers[i]) != 0) {
            _exit(1);
        }
    }
    for (;;) {
        pause();
    }
}

/** One life and death of a writing process; adds what it acknowledged to the ledger. */
static void kill_once(Text address, int64_t first, long nanoseconds, Ledger *ledger) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        write_until_killed(address, ends[1], first);
    }
    close(ends[1]);
    int64_t id = 0;
    CHECK(read(ends[0], &id, sizeof(id)) == sizeof(id));
    ledger->ids[ledger->count++] = id;
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
    CHECK(kill(child, SIGKILL) == 0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(ends[0], &id, sizeof(id)) == sizeof(id)) {
        CHECK(ledger->count < sizeof(ledger->ids) / sizeof(ledger->ids[0]));
        ledger->ids[ledger->count++] = id;
    }
    close(ends[0]);
}

static void kill_often(TestEngine engine) {
    static Ledger ledger;
    Arena *arena = arena_open((size_t)1 << 20);
    const Text address = test_database_address(engine, arena);
    uint64_t seed = test_seed();
    Database *database = NULL;
    CHECK_OK(database_open(address, &database));
    CHECK_OK(database_write(database, make_table, NULL));
    database_close(database);
    for (int64_t round = 0; round < ROUNDS; round++) {
        kill_once(address, round << 32, (long)(test_random(&seed) % 20000000), &ledger);
        CHECK_OK(database_open(address, &database));
        CHECK_OK(database_read(database, check_ledger_body, &ledger));
        CHECK_OK(database_check(database));
        database_close(database);
    }
    printf("# %zu acknowledged rows are there\n", ledger.count);
    arena_close(arena);
}

TEST(acknowledged_rows_survive_kill_sqlite) {
    kill_often(TEST_SQLITE);
}

TEST(acknowledged_rows_survive_kill_postgresql) {
    kill_often(TEST_POSTGRESQL);
}

TEST(a_copy_holds_what_was_committed) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL, *copy = NULL;
    Ledger ledger = {.ids = {4711}, .count = 1};
    CHECK_OK(test_database(TEST_SQLITE, arena, &database));
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, insert_body, &(int64_t){4711}));
    const char *path = arena_format(arena, "%s/copy.sqlite", test_directory()).data;
    CHECK_OK(database_backup(database, path));
    CHECK_STATUS(database_backup(database, path), STATUS_CONFLICT);
    CHECK_STATUS(database_backup(database, "/no/such/folder/copy"), STATUS_UNAVAILABLE);
    CHECK_OK(database_open(arena_format(arena, "sqlite:%s", path), &copy));
    CHECK_OK(database_read(copy, check_ledger_body, &ledger));
    CHECK_OK(database_check(copy));
    database_close(copy);
    CHECK(access(arena_format(arena, "%s.partial", path).data, F_OK) != 0);
    arena_close(arena);
}

TEST(a_database_is_its_owners_alone) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    struct stat status;
    const char *path = arena_format(arena, "%s/own.sqlite", test_directory()).data;
    CHECK_OK(database_open(arena_format(arena, "sqlite:%s", path), &database));
    CHECK(stat(path, &status) == 0);
    CHECK_INT(status.st_mode & 0777, 0600);
    database_close(database);
    arena_close(arena);
}

static void write_bytes(const char *path, off_t at, Text bytes) {
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK(pwrite(file, bytes.data, bytes.size, at) == (ssize_t)bytes.size);
    close(file);
}

TEST(files_of_others_are_refused_and_left_alone) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    const char *folder = test_directory();
    const char *text = arena_format(arena, "%s/text", folder).data;
    write_bytes(text, 0, TEXT("This is a letter to the chamber, and it is certainly no database, is it?"));
    CHECK_STATUS(database_open(arena_format(arena, "sqlite:%s", text), &database), STATUS_UNAVAILABLE);

    const char *other = arena_format(arena, "%s/other.sqlite", folder).data;
    CHECK_OK(database_open(arena_format(arena, "sqlite:%s", other), &database));
    CHECK_OK(database_write(database, make_table, NULL));
    database_close(database);
    write_bytes(other, 68, TEXT("ELSE")); /* the application id in the header */
    CHECK_STATUS(database_open(arena_format(arena, "sqlite:%s", other), &database), STATUS_UNAVAILABLE);
    arena_close(arena);
}

static Status insert_many_body(Connection *connection, void *context) {
    for (int64_t id = 0; id < 5000; id++) {
        TRY(insert_body(connection, &id));
    }
    return *(const Status *)context;
}

TEST(damage_is_found) {
    Arena *arena = arena_open((size_t)1 << 20);
    Database *database = NULL;
    const char *path = arena_format(arena, "%s/damaged.sqlite", test_directory()).data;
    const Text address = arena_format(arena, "sqlite:%s", path);
    CHECK_OK(database_open(address, &database));
    CHECK_OK(database_write(database, make_table, NULL));
    CHECK_OK(database_write(database, insert_many_body, &(Status){STATUS_OK}));
    CHECK_OK(database_check(database));
    database_close(database);
    const char garbage[200] = {0x55};
    write_bytes(path, 3 * 4096, (Text){garbage, sizeof(garbage)});
    CHECK_OK(database_open(address, &database));
    CHECK_STATUS(database_check(database), STATUS_CORRUPT);
    database_close(database);
    arena_close(arena);
}
