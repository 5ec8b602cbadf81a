/** Opening, locking and making of data directories. */
#include "program/data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "database/migrations.h"
#include "outside/file.h"

enum { SETTINGS_LIMIT = 64 * 1024, ARENA_BUDGET = 4 * 1024 * 1024 };

static const char lock_name[] = "lock";

/* Bytes of the lock file: everybody in the directory shares the first, the server alone has the second. */
enum { LOCK_USERS, LOCK_SERVER };

MUST_USE static Status lock_byte(int lock, off_t byte, short kind, const char *words) {
    struct flock wanted = {.l_type = kind, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    if (fcntl(lock, F_OFD_SETLK, &wanted) == 0) {
        return STATUS_OK;
    }
    if (errno == EAGAIN || errno == EACCES) {
        return fail(STATUS_CONFLICT, "%s", words);
    }
    return file_failure("lock", lock_name);
}

MUST_USE static Status open_lock(Data *data) {
    const char *path = data_path(data->arena, data->directory, lock_name).data;
    data->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return data->lock >= 0 ? STATUS_OK : file_failure("open", path);
}

Text data_path(Arena *arena, Text directory, const char *name) {
    return arena_format(arena, "%.*s/%s", TEXT_ARG(directory), name);
}

static Data *data_new(Text directory) {
    Arena *arena = arena_open(ARENA_BUDGET);
    Data *data = arena_new(arena, Data);
    data->arena = arena;
    data->directory = arena_copy(arena, directory);
    data->lock = -1;
    return data;
}

void data_close(Data *data) {
    if (data == NULL) {
        return;
    }
    outside_close(data->outside);
    if (data->database != NULL) {
        database_close(data->database);
    }
    if (data->lock >= 0) {
        (void)close(data->lock);
    }
    arena_close(data->arena);
}

static Settings copy_given(Arena *arena, const Settings *given) {
    Settings copy = *given;
    Text *const texts[] = {&copy.database,   &copy.address,       &copy.public_url, &copy.mail,
                           &copy.mail_login, &copy.trusted_proxy, &copy.outbound};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
    }
    return copy;
}

MUST_USE static Status open_inside(Data *data) {
    TRY(outside_open(data->directory, data->settings.mail, data->settings.mail_login, &data->outside));
    TRY(outside_allow(data->outside, data->settings.outbound));
    TRY(database_open(data->settings.database, &data->database));
    const Sha256 key = hmac_sha256(data->outside->secret, TEXT("rows of the database"));
    database_set_key(data->database, key.bytes);
    return database_migrate(data->database, migrations, migration_count);
}

MUST_USE static Status open_with(Data *data, const Settings *given, DataUse use) {
    const char *path = data_path(data->arena, data->directory, SETTINGS_FILE).data;
    Text text = {NULL, 0};
    Settings stored;
    const Settings over = copy_given(data->arena, given);
    const Status found = file_read(data->arena, AT_FDCWD, path, SETTINGS_LIMIT, &text);
    if (found == STATUS_NOT_FOUND) {
        return fail(STATUS_NOT_FOUND,
                    "%.*s is no data directory (it has no " SETTINGS_FILE "): tradepost init makes one",
                    TEXT_ARG(data->directory));
    }
    TRY(found);
    TRY(settings_read(data->arena, text, &stored));
    data->settings = settings_merge(data->arena, &stored, &over, data->directory);
    TRY(open_lock(data));
    TRY(lock_byte(data->lock, LOCK_USERS, F_RDLCK, "this data directory is being made by another process"));
    if (use == DATA_FOR_SERVER) {
        TRY(lock_byte(data->lock, LOCK_SERVER, F_WRLCK, "another tradepost serves this data directory already"));
    }
    return open_inside(data);
}

Status data_open(Text directory, const Settings *given, DataUse use, Data **ret_data) {
    Data *data = data_new(directory);
    const Status status = open_with(data, given, use);
    if (status != STATUS_OK) {
        data_close(data);
        return status;
    }
    *ret_data = data;
    return STATUS_OK;
}

Status data_check_empty(const char *path) {
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return errno == ENOENT ? STATUS_OK : file_failure("look into", path);
    }
    bool empty = true;
    for (const struct dirent *entry = readdir(entries); entry != NULL && empty; entry = readdir(entries)) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(entries);
    return empty ? STATUS_OK : fail(STATUS_CONFLICT, "%s is not empty", path);
}

/* The settings come last: a directory without them was never finished. */
MUST_USE static Status make_with(Data *data, const Settings *given) {
    const char *path = arena_c_string(data->arena, data->directory);
    const Settings nothing = {.port = -1};
    const Settings over = copy_given(data->arena, given);
    TRY(data_check_empty(path));
    TRY(file_make_folder(path));
    if (chmod(path, 0700) != 0) {
        return file_failure("keep others out of", path);
    }
    TRY(open_lock(data));
    TRY(lock_byte(data->lock, LOCK_USERS, F_WRLCK, "this data directory is being made by another process"));
    TRY(outside_prepare(data->directory));
    TRY(file_make_folder(data_path(data->arena, data->directory, "keys").data));
    data->settings = settings_merge(data->arena, &nothing, &over, data->directory);
    TRY(open_inside(data));
    int folder = -1;
    TRY(file_open_folder(path, &folder));
    const Status status = file_replace(folder, folder, SETTINGS_FILE, settings_write(data->arena, &over));
    (void)close(folder);
    TRY(status);
    return lock_byte(data->lock, LOCK_USERS, F_RDLCK, "this data directory is in use");
}

Status data_make(Text directory, const Settings *given, Data **ret_data) {
    Data *data = data_new(directory);
    const Status status = make_with(data, given);
    if (status != STATUS_OK) {
        data_close(data);
        return status;
    }
    *ret_data = data;
    return STATUS_OK;
}
