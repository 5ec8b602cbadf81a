/** The SQLite engine: its file, its connections and their settings, the pool of readers. */
#include "database/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define DATABASE_BUDGET      ((size_t)1 << 20)
#define OPEN_TRIES           20
#define BUSY_MILLISECONDS    5000
#define APPLICATION_ID       1414550100 /* "TPRT" in ASCII: what a file must carry to be ours */
#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)
#define NUMBER_TEXT_(number) #number
#define DEADLINE_STEPS       100000 /* virtual instructions between two looks at the clock */

/*
 * FULL: with NORMAL, commits that were acknowledged vanish when the power fails. The file is not mapped: each reader's
 * map would count as the server's memory, and a failing disk would end the program instead of a statement. So each
 * connection has a cache, small since the system keeps the file's pages too. Sizes of cells are checked where a damaged
 * page could spread. LIKE tells letters apart by case, as on PostgreSQL.
 */
static const char writer_settings[] = "PRAGMA journal_mode=WAL;"
                                      "PRAGMA synchronous=FULL;"
                                      "PRAGMA journal_size_limit=67108864;"
                                      "PRAGMA cell_size_check=ON;"
                                      "PRAGMA cache_size=-16384;";
static const char reader_settings[] = "PRAGMA query_only=ON;"
                                      "PRAGMA cache_size=-2048;";
static const char common_settings[] = "PRAGMA foreign_keys=ON;"
                                      "PRAGMA trusted_schema=OFF;"
                                      "PRAGMA case_sensitive_like=ON;";

static int past_deadline(void *context) {
    const SqliteConnection *connection = context;
    return connection->deadline != 0 && clock_monotonic() > connection->deadline;
}

static int first_number(void *context, int count, char **values, char **names) {
    (void)names;
    int64_t *number = context;
    return count == 1 && text_to_int(text_of(values[0]), number) == STATUS_OK ? 0 : 1;
}

/** Refuses a file of another program; marks a new one as ours. */
static Status claim_file(SqliteConnection *connection, const char *path) {
    static const char claim[] = "PRAGMA application_id=" NUMBER_TEXT(APPLICATION_ID);
    int64_t application = 0, schema = 0;
    /* In this order: another process of ours marks a new file first and fills it then. */
    if (sqlite3_exec(connection->sqlite, "PRAGMA schema_version", first_number, &schema, NULL) != SQLITE_OK ||
        sqlite3_exec(connection->sqlite, "PRAGMA application_id", first_number, &application, NULL) != SQLITE_OK) {
        return sqlite_failure(connection->sqlite, path);
    }
    if (application != APPLICATION_ID && (application != 0 || schema != 0)) {
        return fail(STATUS_UNAVAILABLE, "%s is a database of another program", path);
    }
    return application == APPLICATION_ID ? STATUS_OK : sqlite_execute(connection, claim);
}

static Status configure(SqliteConnection *connection, const char *path, bool writing) {
    sqlite3 *sqlite = connection->sqlite;
    sqlite3_extended_result_codes(sqlite, 1);
    sqlite3_busy_timeout(sqlite, BUSY_MILLISECONDS);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (writing) {
        TRY(claim_file(connection, path));
    }
    TRY(sqlite_execute(connection, common_settings));
    return sqlite_execute(connection, writing ? writer_settings : reader_settings);
}

Status sqlite_connect(const char *path, bool writing, SqliteConnection *ret_connection) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                      (strncmp(path, "file:/tradepost-", 16) == 0 ? SQLITE_OPEN_URI : 0);
    SqliteConnection connection = {.next = NULL};
    Status status = STATUS_OK;
    if (sqlite3_open_v2(path, &connection.sqlite, flags, NULL) != SQLITE_OK) {
        status = fail(STATUS_UNAVAILABLE, "%s: %s", path, sqlite3_errmsg(connection.sqlite));
    } else {
        status = configure(&connection, path, writing);
    }
    if (status != STATUS_OK) {
        sqlite3_close(connection.sqlite);
        return status;
    }
    *ret_connection = connection;
    sqlite3_progress_handler(connection.sqlite, DEADLINE_STEPS, past_deadline, ret_connection);
    return STATUS_OK;
}

void sqlite_disconnect(SqliteConnection *connection) {
    for (size_t i = 0; i < connection->cache.capacity; i++) {
        sqlite3_finalize(connection->cache.slots[i].prepared);
    }
    arena_close(connection->cache.arena);
    sqlite3_close(connection->sqlite);
    *connection = (SqliteConnection){0};
}

/** A reader from the pool: a free one, a new one, or after a wait one that another thread gave back. */
static Status take_reader(SqliteDatabase *self, SqliteConnection **ret_reader) {
    const int64_t deadline = clock_monotonic() + CONNECTION_WAIT_SECONDS * TIME_SECOND;
    Status status = STATUS_OK;
    SqliteConnection *reader = NULL;
    pthread_mutex_lock(&self->readers_mutex);
    while (self->free_readers == NULL && self->reader_count == READERS_MAX && status == STATUS_OK) {
        if (!condition_wait(&self->reader_free, &self->readers_mutex, deadline)) {
            status = fail(STATUS_UNAVAILABLE, "all readers of the database were busy for %d seconds",
                          CONNECTION_WAIT_SECONDS);
        }
    }
    if (status == STATUS_OK && self->free_readers != NULL) {
        reader = self->free_readers;
        self->free_readers = reader->next;
    } else if (status == STATUS_OK) {
        reader = arena_new(self->arena, SqliteConnection);
        status = sqlite_connect(self->path, false, reader);
        self->reader_count += status == STATUS_OK ? 1 : 0;
    }
    pthread_mutex_unlock(&self->readers_mutex);
    TRY(status);
    *ret_reader = reader;
    return STATUS_OK;
}

static void give_reader(SqliteDatabase *self, SqliteConnection *reader) {
    pthread_mutex_lock(&self->readers_mutex);
    reader->next = self->free_readers;
    self->free_readers = reader;
    pthread_cond_signal(&self->reader_free);
    pthread_mutex_unlock(&self->readers_mutex);
}

static Status engine_begin(Database *database, bool writing, Connection **ret_connection) {
    SqliteDatabase *self = (SqliteDatabase *)database;
    SqliteConnection *connection = &self->writer.connection;
    if (writing) {
        TRY(sqlite_writer_begin(&self->writer));
    } else {
        TRY(take_reader(self, &connection));
        const Status status = sqlite_command(connection, SQLITE_COMMAND_BEGIN);
        if (status != STATUS_OK) {
            give_reader(self, connection);
            return status;
        }
    }
    connection->deadline = clock_monotonic() + TRANSACTION_SECONDS * TIME_SECOND;
    connection->connection.database = database;
    *ret_connection = &connection->connection;
    return STATUS_OK;
}

static void end_reading(SqliteDatabase *self, SqliteConnection *reader) {
    reader->deadline = 0;
    sqlite_roll_back(reader);
    give_reader(self, reader);
}

static Status engine_commit(Connection *connection) {
    SqliteDatabase *self = (SqliteDatabase *)connection->database;
    if (!connection->writing) {
        end_reading(self, (SqliteConnection *)connection);
        return STATUS_OK;
    }
    self->writer.connection.deadline = 0;
    return sqlite_writer_commit(&self->writer);
}

static void engine_roll_back(Connection *connection) {
    SqliteDatabase *self = (SqliteDatabase *)connection->database;
    if (!connection->writing) {
        end_reading(self, (SqliteConnection *)connection);
        return;
    }
    self->writer.connection.deadline = 0;
    sqlite_writer_roll_back(&self->writer);
}

static Status lock_for_migration(Connection *connection) {
    /* BEGIN IMMEDIATE keeps all other writers out; a step over a large table may take its time. */
    ((SqliteConnection *)connection)->deadline = 0;
    return STATUS_OK;
}

static void engine_close(Database *database) {
    SqliteDatabase *self = (SqliteDatabase *)database;
    while (self->free_readers != NULL) {
        SqliteConnection *reader = self->free_readers;
        self->free_readers = reader->next;
        sqlite_disconnect(reader);
    }
    sqlite_disconnect(&self->writer.connection);
    pthread_cond_destroy(&self->reader_free);
    pthread_mutex_destroy(&self->readers_mutex);
    pthread_mutex_destroy(&self->writer.mutex);
    arena_close(self->arena);
}

static const Engine sqlite_engine = {
    .close = engine_close,
    .begin = engine_begin,
    .commit = engine_commit,
    .roll_back = engine_roll_back,
    .run = sqlite_run,
    .script = sqlite_script,
    .lock_for_migration = lock_for_migration,
    .backup = sqlite_backup,
    .check = sqlite_check,
};

/** Makes a new file for its owner alone, and its name durable; leaves an existing one as it is. */
static Status make_file(Arena *arena, const char *path) {
    const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return errno == EEXIST ? STATUS_OK : fail(STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
    }
    close(file);
    const char *slash = strrchr(path, '/');
    const Text folder = slash == NULL ? TEXT(".") : (Text){path, (size_t)(slash - path) + 1};
    const int directory = open(arena_c_string(arena, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = directory >= 0 && fsync(directory) == 0;
    const int error = errno;
    if (directory >= 0) {
        close(directory);
    }
    return durable ? STATUS_OK : fail(STATUS_UNAVAILABLE, "%.*s: %s", TEXT_ARG(folder), strerror(error));
}

static const char *file_name(Arena *arena, Text path) {
    static atomic_uint number;
    if (!text_equal(path, TEXT(":memory:"))) {
        return arena_c_string(arena, path);
    }
    /* A name of its own in SQLite's shared memory, so that the readers see what the writer wrote. */
    return arena_format(arena, "file:/tradepost-%d-%u?vfs=memdb", (int)getpid(), atomic_fetch_add(&number, 1)).data;
}

static Status open_writer(SqliteDatabase *self, bool memory) {
    if (!memory) {
        TRY(make_file(self->arena, self->path));
    }
    Status status = STATUS_RETRY;
    /* Two processes that make the same file at once: SQLite does not let one wait for the other's change to WAL. */
    for (int attempt = 0; attempt < OPEN_TRIES && status == STATUS_RETRY; attempt++) {
        if (attempt > 0) {
            retry_pause(attempt);
        }
        status = sqlite_connect(self->path, true, &self->writer.connection);
    }
    /* What cannot be opened cannot be used, whatever SQLite calls the reason. */
    return status == STATUS_OK || status == STATUS_FULL ? status : STATUS_UNAVAILABLE;
}

/* SQLite's count of its memory is one lock that all threads would wait for; nobody reads it. */
static void configure_library(void) {
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Status sqlite_open(Text path, Database **ret_database) {
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    (void)pthread_once(&configured, configure_library);
    if (path.size == 0 || !text_is_utf8(path)) {
        return fail(STATUS_UNAVAILABLE, "the address sqlite: needs the path of a file");
    }
    Arena *arena = arena_open(DATABASE_BUDGET);
    SqliteDatabase *self = arena_new(arena, SqliteDatabase);
    self->database.engine = &sqlite_engine;
    self->arena = arena;
    self->path = file_name(arena, path);
    pthread_mutex_init(&self->writer.mutex, NULL);
    pthread_mutex_init(&self->readers_mutex, NULL);
    condition_open(&self->reader_free);
    const Status status = open_writer(self, text_equal(path, TEXT(":memory:")));
    if (status != STATUS_OK) {
        engine_close(&self->database);
        return status;
    }
    *ret_database = &self->database;
    return STATUS_OK;
}
