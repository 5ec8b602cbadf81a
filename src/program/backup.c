/** tradepost backup: the whole installation as one file or folder, while it serves. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "outside/file.h"
#include "program/archive.h"
#include "program/data.h"
#include "program/dump.h"
#include "program/program.h"

enum { DEPTH_LIMIT = 3 };

static const char help[] =
    "use: tradepost backup --data DIR --out FILE.tar|FOLDER [--files-only]\n"
    "\n"
    "Writes the database, the files, the keys and the settings of a data directory into one tar file or a new folder, "
    "with the\n"
    "SHA-256 of each. It may be serving meanwhile. The backup holds the keys: keep it as safe as the data directory.\n"
    "\n"
    "  --out PATH     must not exist; one that ends with .tar becomes a tar file, any other a folder\n"
    "  --files-only   leave the database out: for one that was saved by other means before\n"
    "\n"
    "A database on PostgreSQL is saved by pg_dump (package postgresql-client) as database.dump.\n"
    "\n"
    "example: tradepost backup --data /var/lib/tradepost --out /backup/2026-11-23.tar\n";

/** A backup being made. */
typedef struct Backup {
    Arena *arena;
    const Data *data;
    const char *out;
    ArchiveWriter *writer;
    int64_t files, bytes, damaged;
} Backup;

MUST_USE static Status count(Backup *backup, Status status, const ArchiveFile *file) {
    if (status == STATUS_OK) {
        backup->files++;
        backup->bytes += file->size;
    }
    return status;
}

/* A consistent copy first: whatever the database names then is among the files that are copied after it, since files
 * are only added. */
MUST_USE static Status add_database(Backup *backup) {
    ArchiveFile file;
    const char *copy = arena_format(backup->arena, "%s.database-unfinished", backup->out).data;
    const bool is_dump = database_is_postgresql(backup->data->database);
    Status status = is_dump ? dump_write(backup->arena, backup->data->settings.database, copy)
                            : database_backup(backup->data->database, copy);
    if (status == STATUS_OK) {
        const Text name = is_dump ? TEXT(DATABASE_DUMP) : TEXT("database.sqlite");
        status = count(backup, archive_add(backup->writer, name, AT_FDCWD, copy, &file), &file);
    }
    (void)unlink(copy);
    return status;
}

/* Without the database's place: restored, it lies in the data directory. */
MUST_USE static Status add_settings(Backup *backup) {
    ArchiveFile file;
    Text text = {NULL, 0};
    Settings settings;
    const Text path = data_path(backup->arena, backup->data->directory, SETTINGS_FILE);
    TRY(file_read(backup->arena, AT_FDCWD, path.data, 64 * 1024, &text));
    TRY(settings_read(backup->arena, text, &settings));
    if (text_starts_with(settings.database, TEXT("sqlite:"))) {
        settings.database = (Text){NULL, 0};
    }
    text = settings_write(backup->arena, &settings);
    return count(backup, archive_add_bytes(backup->writer, TEXT(SETTINGS_FILE), text, &file), &file);
}

/* What stands in the directory for itself, or is not worth keeping: the spool is for demonstrations. */
static bool is_left_out(Text name) {
    return text_equal(name, TEXT("lock")) || text_equal(name, TEXT("mail")) || text_equal(name, TEXT(SETTINGS_FILE)) ||
           text_starts_with(name, TEXT("database.sqlite")) || name.data[0] == '.';
}

/* The name of a blob is the hash of its bytes, so damage shows here; it is copied all the same, and said. */
static void check_blob(Backup *backup, const ArchiveFile *file) {
    const Text hex = sha256_hex(backup->arena, &file->digest);
    const Text expected = arena_format(backup->arena, "blobs/%.2s/%.62s", hex.data, hex.data + 2);
    if (text_starts_with(file->name, TEXT("blobs/")) && !text_equal(file->name, expected)) {
        (void)fprintf(stderr, "tradepost: %.*s is damaged in the data directory\n", TEXT_ARG(file->name));
        backup->damaged++;
    }
}

MUST_USE static Status add_folder(Backup *backup, int folder, Text prefix, int depth);

MUST_USE static Status add_entry(Backup *backup, int folder, Text prefix, const char *entry, int depth) {
    const Text name = prefix.size == 0 ? arena_copy(backup->arena, text_of(entry))
                                       : arena_format(backup->arena, "%.*s/%s", TEXT_ARG(prefix), entry);
    struct stat found;
    if (fstatat(folder, entry, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return file_failure("look at", name.data);
    }
    if (S_ISDIR(found.st_mode) && depth < DEPTH_LIMIT) {
        const int inner = openat(folder, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return inner < 0 ? file_failure("open the folder", name.data) : add_folder(backup, inner, name, depth + 1);
    }
    if (!S_ISREG(found.st_mode)) {
        return fail(STATUS_INVALID, "%s in the data directory is neither file nor folder; it does not belong there",
                    name.data);
    }
    ArchiveFile file;
    TRY(count(backup, archive_add(backup->writer, name, folder, entry, &file), &file));
    check_blob(backup, &file);
    return STATUS_OK;
}

/* Takes the descriptor over. */
static Status add_folder(Backup *backup, int folder, Text prefix, int depth) {
    DIR *entries = fdopendir(folder);
    Status status = STATUS_OK;
    if (entries == NULL) {
        status = file_failure("read the folder", prefix.data);
        (void)close(folder);
        return status;
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL && status == STATUS_OK;
         entry = readdir(entries)) {
        if (!is_left_out(text_of(entry->d_name))) {
            status = add_entry(backup, folder, prefix, entry->d_name, depth);
        }
    }
    (void)closedir(entries);
    return status;
}

MUST_USE static Status add_all(Backup *backup, bool files_only) {
    int folder = -1;
    if (!files_only) {
        TRY(add_database(backup));
    }
    TRY(add_settings(backup));
    TRY(file_open_folder(arena_c_string(backup->arena, backup->data->directory), &folder));
    TRY(add_folder(backup, folder, (Text){NULL, 0}, 0));
    return archive_finish(backup->writer);
}

MUST_USE static Status back_up(Backup *backup, bool files_only) {
    TRY(archive_create(backup->arena, backup->out, clock_now(), &backup->writer));
    const Status status = add_all(backup, files_only);
    archive_close(backup->writer);
    return status;
}

static int run(CommandContext *context) {
    Text out = {NULL, 0};
    bool files_only = false;
    const Option options[] = {{"out", &out, NULL, true}, {"files-only", NULL, &files_only, false}};
    Data *data = NULL;
    if (options_read(context->argument_count, context->arguments, options, 2, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("backup");
    }
    if (context->data.size == 0 || out.size == 0) {
        return command_wrong_use_because("backup", "--data DIR or --out PATH is missing");
    }
    Backup backup = {.arena = context->arena, .out = arena_c_string(context->arena, out)};
    Status status = data_open(context->data, context->settings, DATA_FOR_COMMAND, &data);
    if (status == STATUS_OK) {
        backup.data = data;
        status = back_up(&backup, files_only);
    }
    const int code = status == STATUS_OK ? 0 : command_refuse(status);
    data_close(data);
    if (code == 0) {
        (void)printf("%lld files, %lld bytes in %s\n", (long long)backup.files, (long long)backup.bytes, backup.out);
    }
    return backup.damaged > 0 ? 1 : code;
}

const Command backup_command = {
    .name = "backup", .summary = "copies everything into one file", .help = help, .without_database = true, .run = run};
