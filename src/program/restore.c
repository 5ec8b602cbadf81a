/** tradepost restore: a backup becomes a data directory, whole or not at all. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/options.h"
#include "outside/file.h"
#include "program/archive.h"
#include "program/data.h"
#include "program/dump.h"
#include "program/program.h"

enum { SETTINGS_BYTES = 64 * 1024 };

static const char help[] =
    "use: tradepost restore --from FILE.tar|FOLDER --data DIR [--database ADDRESS]\n"
    "\n"
    "Makes a data directory from a backup. DIR must be absent or empty. Every file is checked "
    "against the SHA-256 that the backup\n"
    "noted before anything is put in place; a damaged backup is refused, naming the file.\n"
    "A database that was on PostgreSQL goes into the empty one at ADDRESS, or at the address that "
    "it was saved from (needs pg_restore).\n"
    "\n"
    "example: tradepost restore --from /backup/2026-11-23.tar --data /var/lib/tradepost\n";

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

MUST_USE static Status put_in_place(const char *unpacked, const char *path) {
    TRY(data_check_empty(path));
    return rename(unpacked, path) == 0 ? STATUS_OK : file_failure("put the data directory in place at", path);
}

/** A saved PostgreSQL database goes where the settings or the operator say; the settings then name that place. */
MUST_USE static Status restore_database(Arena *arena, const char *unpacked, int folder, Text given) {
    const char *dump = arena_format(arena, "%s/" DATABASE_DUMP, unpacked).data;
    Text text = {NULL, 0};
    Settings settings;
    if (access(dump, F_OK) != 0) {
        return STATUS_OK;
    }
    TRY(file_read(arena, folder, SETTINGS_FILE, SETTINGS_BYTES, &text));
    TRY(settings_read(arena, text, &settings));
    settings.database = given.size > 0 ? given : settings.database;
    TRY(dump_read(arena, settings.database, dump));
    TRY(file_replace(folder, folder, SETTINGS_FILE, settings_write(arena, &settings)));
    return unlink(dump) == 0 ? STATUS_OK : file_failure("remove", dump);
}

MUST_USE static Status restore(Arena *arena, const char *from, const char *path, Text database) {
    char letters[ID_TEXT_SIZE + 1];
    int target = -1;
    int64_t files = 0, bytes = 0;
    id_write(id_make(), letters);
    TRY(data_check_empty(path));
    const char *unpacked = arena_format(arena, "%s.restoring-%s", path, letters).data;
    TRY(file_make_folder(unpacked));
    Status status = file_open_folder(unpacked, &target);
    if (status == STATUS_OK) {
        status = archive_unpack(arena, from, target, &files, &bytes);
        status = status == STATUS_OK ? restore_database(arena, unpacked, target, database) : status;
        (void)close(target);
    }
    if (status == STATUS_OK) {
        status = put_in_place(unpacked, path);
    }
    if (status != STATUS_OK) {
        (void)nftw(unpacked, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        return status;
    }
    (void)printf("%lld files, %lld bytes restored into %s\n", (long long)files, (long long)bytes, path);
    return file_make_folder(path); /* it is there: this only makes its place in the folder above durable */
}

static int run(CommandContext *context) {
    Text from = {NULL, 0};
    const Option options[] = {{"from", &from, NULL, true}};
    if (options_read(context->argument_count, context->arguments, options, 1, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("restore");
    }
    if (context->data.size == 0 || from.size == 0) {
        return command_wrong_use_because("restore", "--data DIR or --from PATH is missing");
    }
    const Status status = restore(context->arena, arena_c_string(context->arena, from),
                                  arena_c_string(context->arena, context->data), context->settings->database);
    return status == STATUS_OK ? 0 : command_refuse(status);
}

const Command restore_command = {.name = "restore",
                                 .summary = "makes a data directory from a backup",
                                 .help = help,
                                 .without_database = true,
                                 .run = run};
