/** Unpacking of backups: nothing counts until the manifest's every line is found true. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"
#include "program/archive.h"
#include "program/archive_inside.h"
#include "program/tar.h"

static const size_t manifest_limit = (size_t)2 << 30;
static const char not_a_backup[] = "this is no backup of tradepost";

/** An unpacking on its way. */
typedef struct Unpacking {
    Arena *arena;
    const char *path;
    int source, target;
    Buffer found; /* the manifest's lines for what was unpacked */
    int64_t files, bytes;
} Unpacking;

MUST_USE static Status take_file(Unpacking *unpacking, int source, Text name, int64_t size) {
    ArchiveFile file = {.name = name, .size = size};
    const char *path = arena_c_string(unpacking->arena, name);
    int target = -1;
    if (!archive_is_name(name)) {
        return fail(STATUS_INVALID, "the backup holds a file with a name that is not allowed");
    }
    TRY(archive_make_file(unpacking->target, name, &target));
    Status status = archive_copy(source, target, path, size, &file.digest);
    if (close(target) != 0 && status == STATUS_OK) {
        status = file_failure("write", path);
    }
    if (status == STATUS_CONFLICT) { /* it ends too early */
        return fail(STATUS_CORRUPT, "the backup is damaged: %s is cut off", path);
    }
    TRY(status);
    archive_put_line(&unpacking->found, &file);
    unpacking->files++;
    unpacking->bytes += size;
    return STATUS_OK;
}

/* Splits "lines... end HASH" and checks the hash. */
MUST_USE static Status open_manifest(Arena *arena, Text manifest, Text *ret_lines) {
    static const size_t end_size = sizeof "end \n" - 1 + 2 * (size_t)SHA256_SIZE;
    if (!text_starts_with(manifest, TEXT("tradepost backup "))) {
        return fail(STATUS_INVALID, not_a_backup);
    }
    if (!text_starts_with(manifest, TEXT("tradepost backup 1\n"))) {
        return fail(STATUS_UNSUPPORTED, "this backup was made by another version of tradepost");
    }
    if (manifest.size < end_size) {
        return fail(STATUS_CORRUPT, "the backup is damaged: its manifest is cut off");
    }
    const Text lines = text_slice(manifest, 0, manifest.size - end_size);
    const Sha256 digest = sha256(lines);
    const Text end = arena_format(arena, "end %.*s\n", TEXT_ARG(sha256_hex(arena, &digest)));
    if (!text_ends_with(manifest, end)) {
        return fail(STATUS_CORRUPT, "the backup is damaged: its manifest is not what was written");
    }
    *ret_lines = lines;
    return STATUS_OK;
}

/** A line "file SHA256 SIZE NAME" in its parts; anything else gives an empty name. */
typedef struct Line {
    Text digest, size, name;
} Line;

static Line parts_of_line(Text line) {
    if (!text_equal(text_cut(&line, ' '), TEXT("file"))) {
        return (Line){.name = {NULL, 0}};
    }
    Line parts = {.digest = text_cut(&line, ' ')};
    parts.size = text_cut(&line, ' ');
    parts.name = line;
    return parts;
}

/* What was unpacked must give the manifest's very lines. */
MUST_USE static Status compare(const Unpacking *unpacking, Text lines) {
    Text found = {NULL, 0};
    TRY(buffer_take(&unpacking->found, &found));
    (void)text_cut(&lines, '\n');
    (void)text_cut(&lines, '\n');
    while (lines.size > 0 || found.size > 0) {
        const Text wanted_line = text_cut(&lines, '\n'), found_line = text_cut(&found, '\n');
        const Line wanted = parts_of_line(wanted_line), unpacked = parts_of_line(found_line);
        if (text_equal(wanted_line, found_line)) {
            continue;
        }
        if (text_equal(wanted.name, unpacked.name)) {
            return fail(STATUS_CORRUPT, "the backup is damaged: %.*s is not what was backed up", TEXT_ARG(wanted.name));
        }
        return wanted.name.size > 0
                   ? fail(STATUS_CORRUPT, "the backup is damaged: %.*s is missing", TEXT_ARG(wanted.name))
                   : fail(STATUS_CORRUPT, "the backup is damaged: %.*s does not belong to it", TEXT_ARG(unpacked.name));
    }
    return STATUS_OK;
}

MUST_USE static Status read_exactly(Unpacking *unpacking, char *room, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t part = read(unpacking->source, room + done, size - done);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part < 0) {
            return file_failure("read", unpacking->path);
        }
        if (part == 0) {
            return fail(STATUS_CORRUPT, "the backup is damaged: it is cut off");
        }
        done += (size_t)part;
    }
    return STATUS_OK;
}

MUST_USE static Status skip_padding(Unpacking *unpacking, int64_t size) {
    char rest[TAR_BLOCK];
    return read_exactly(unpacking, rest, (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK));
}

MUST_USE static Status read_manifest(Unpacking *unpacking, int64_t size, Text *ret_manifest) {
    void *memory = NULL;
    if (size < 0 || (uint64_t)size > manifest_limit) {
        return fail(STATUS_TOO_LARGE, "the backup's manifest is too large");
    }
    TRY(arena_try_allocate(unpacking->arena, (size_t)size, &memory));
    TRY(read_exactly(unpacking, memory, (size_t)size));
    *ret_manifest = (Text){memory, (size_t)size};
    return STATUS_OK;
}

MUST_USE static Status unpack_tar(Unpacking *unpacking) {
    Text manifest = {NULL, 0}, lines = {NULL, 0};
    while (manifest.size == 0) {
        char header[TAR_BLOCK];
        Text name = {NULL, 0};
        int64_t size = 0;
        TRY(read_exactly(unpacking, header, sizeof header));
        TRY(tar_read_header(header, &name, &size));
        if (name.size == 0) {
            return fail(STATUS_CORRUPT, "the backup is damaged: it has no manifest");
        }
        name = arena_copy(unpacking->arena, name);
        if (text_equal(name, TEXT(ARCHIVE_MANIFEST))) {
            TRY(read_manifest(unpacking, size, &manifest));
        } else {
            TRY(take_file(unpacking, unpacking->source, name, size));
        }
        TRY(skip_padding(unpacking, size));
    }
    TRY(open_manifest(unpacking->arena, manifest, &lines));
    return compare(unpacking, lines);
}

MUST_USE static Status take_listed(Unpacking *unpacking, Text name) {
    struct stat found;
    if (!archive_is_name(name)) {
        return fail(STATUS_INVALID, "the backup holds a file with a name that is not allowed");
    }
    const char *path = arena_c_string(unpacking->arena, name);
    const int file = openat(unpacking->source, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == ENOENT) {
        return fail(STATUS_CORRUPT, "the backup is damaged: %s is missing", path);
    }
    if (file < 0) {
        return file_failure("open", path);
    }
    Status status = fstat(file, &found) == 0 && S_ISREG(found.st_mode)
                        ? STATUS_OK
                        : fail(STATUS_CORRUPT, "the backup is damaged: %s is no ordinary file", path);
    if (status == STATUS_OK) {
        status = take_file(unpacking, file, name, found.st_size);
    }
    (void)close(file);
    return status;
}

MUST_USE static Status unpack_folder(Unpacking *unpacking) {
    Text manifest = {NULL, 0}, lines = {NULL, 0};
    const Status found = file_read(unpacking->arena, unpacking->source, ARCHIVE_MANIFEST, manifest_limit, &manifest);
    if (found == STATUS_NOT_FOUND) {
        return fail(STATUS_INVALID, not_a_backup);
    }
    TRY(found);
    TRY(open_manifest(unpacking->arena, manifest, &lines));
    Text rest = lines;
    (void)text_cut(&rest, '\n');
    (void)text_cut(&rest, '\n');
    while (rest.size > 0) {
        TRY(take_listed(unpacking, parts_of_line(text_cut(&rest, '\n')).name));
    }
    return compare(unpacking, lines);
}

Status archive_unpack(Arena *arena, const char *path, int target, int64_t *ret_files, int64_t *ret_bytes) {
    struct stat found;
    Unpacking unpacking = {.arena = arena, .path = path, .target = target, .found = buffer_make(arena, manifest_limit)};
    unpacking.source = open(path, O_RDONLY | O_CLOEXEC);
    if (unpacking.source < 0) {
        return file_failure("open", path);
    }
    Status status = STATUS_OK;
    if (fstat(unpacking.source, &found) != 0) {
        status = file_failure("read", path);
    } else {
        status = S_ISDIR(found.st_mode) ? unpack_folder(&unpacking) : unpack_tar(&unpacking);
    }
    (void)close(unpacking.source);
    TRY(status);
    if (syncfs(target) != 0) {
        return file_failure("write", path);
    }
    *ret_files = unpacking.files;
    *ret_bytes = unpacking.bytes;
    return STATUS_OK;
}
