/** Copies and checks of an SQLite database while it is in use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "database/sqlite.h"

#define COPY_BUDGET ((size_t)64 << 10)

static Status copy_pages(sqlite3 *from, const char *path) {
    sqlite3 *to = NULL;
    Status status = STATUS_OK;
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK) {
        status = sqlite_failure(to, path);
        sqlite3_close(to);
        return status;
    }
    sqlite3_extended_result_codes(to, 1);
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        status = sqlite_failure(to, path);
    } else {
        /* All in one step: that is one snapshot, and in WAL mode it holds no writer up. */
        sqlite3_backup_step(backup, -1);
        status = sqlite3_backup_finish(backup) == SQLITE_OK ? STATUS_OK : sqlite_failure(to, path);
    }
    if (sqlite3_close(to) != SQLITE_OK && status == STATUS_OK) {
        status = fail(STATUS_FAILED, "%s: the copy cannot be closed", path);
    }
    return status;
}

static Status sync_path(const char *path, int flags) {
    const int file = open(path, flags | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    const int error = errno;
    if (file >= 0) {
        close(file);
    }
    return synced ? STATUS_OK : fail(error == ENOSPC ? STATUS_FULL : STATUS_FAILED, "%s: %s", path, strerror(error));
}

/** Gives the finished copy its name, durably; another file of that name is not overwritten. */
static Status publish(Arena *arena, const char *partial, const char *path) {
    TRY(sync_path(partial, O_RDONLY));
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
        return fail(errno == EEXIST ? STATUS_CONFLICT : STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    const char *slash = strrchr(path, '/');
    const Text folder = slash == NULL ? TEXT(".") : (Text){path, (size_t)(slash - path) + 1};
    return sync_path(arena_c_string(arena, folder), O_RDONLY | O_DIRECTORY);
}

Status sqlite_backup(Database *database, const char *path) {
    SqliteDatabase *self = (SqliteDatabase *)database;
    SqliteConnection source = {0};
    TRY(sqlite_connect(self->path, false, &source));
    Arena *arena = arena_open(COPY_BUDGET);
    const char *partial = arena_format(arena, "%s.partial", path).data;
    unlink(partial);
    Status status = copy_pages(source.sqlite, partial);
    if (status == STATUS_OK) {
        status = publish(arena, partial, path);
    }
    if (status != STATUS_OK) {
        unlink(partial);
    }
    sqlite_disconnect(&source);
    arena_close(arena);
    return status;
}

/** Runs a check that gives "ok" or nothing when all is well, else its findings. */
static Status run_check(SqliteConnection *connection, const char *sql) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(connection->sqlite, sql, -1, &statement, NULL) != SQLITE_OK) {
        return sqlite_failure(connection->sqlite, sql);
    }
    Status status = STATUS_OK;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const Text first = text_of((const char *)sqlite3_column_text(statement, 0));
        if (!text_equal(first, TEXT("ok"))) {
            const char *more =
                sqlite3_column_count(statement) > 2 ? (const char *)sqlite3_column_text(statement, 2) : NULL;
            status = fail(STATUS_CORRUPT, "%s: %.*s %s", sql, TEXT_ARG(first), more != NULL ? more : "");
        }
    } else if (code != SQLITE_DONE) {
        status = sqlite_failure(connection->sqlite, sql);
    }
    sqlite3_finalize(statement);
    return status;
}

Status sqlite_check(Database *database) {
    SqliteDatabase *self = (SqliteDatabase *)database;
    SqliteConnection connection = {0};
    TRY(sqlite_connect(self->path, false, &connection));
    Status status = run_check(&connection, "PRAGMA quick_check(1)");
    if (status == STATUS_OK) {
        status = run_check(&connection, "PRAGMA foreign_key_check");
    }
    sqlite_disconnect(&connection);
    return status;
}
