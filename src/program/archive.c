/** Writing of backups. */
#include "program/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"
#include "program/archive_inside.h"
#include "program/tar.h"

enum { DEPTH_LIMIT = 3 };

struct ArchiveWriter {
    Arena *arena;
    const char *path;
    int target; /* the tar file or the folder */
    bool is_tar, finished;
    Time made;
    Buffer manifest;
};

/* 10 million files; a larger house has outgrown one file. */
static const size_t manifest_limit = (size_t)2 << 30;

bool archive_is_name(Text name) {
    Text rest = name;
    int depth = 0;
    bool good = name.size > 0 && name.size <= ARCHIVE_NAME_LIMIT && name.data[name.size - 1] != '/';
    for (; good && rest.size > 0; depth++) {
        const Text part = text_cut(&rest, '/');
        good = part.size > 0 && part.data[0] != '.' && depth < DEPTH_LIMIT;
        for (size_t i = 0; i < part.size; i++) {
            const char byte = part.data[i];
            good = good && ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                            (byte >= 'A' && byte <= 'Z') || byte == '.' || byte == '_' || byte == '-');
        }
    }
    return good;
}

void archive_put_line(Buffer *manifest, const ArchiveFile *file) {
    buffer_append(manifest, TEXT("file "));
    buffer_append(manifest, sha256_hex(manifest->arena, &file->digest));
    buffer_format(manifest, " %lld %.*s\n", (long long)file->size, TEXT_ARG(file->name));
}

MUST_USE static Status read_block(int source, const char *name, char *block, size_t wanted, size_t *ret_size) {
    ssize_t part = -1;
    do {
        part = read(source, block, wanted);
    } while (part < 0 && errno == EINTR);
    if (part < 0) {
        return file_failure("read", name);
    }
    *ret_size = (size_t)part;
    return STATUS_OK;
}

MUST_USE static Status copy_blocks(int source, int target, const char *name, int64_t size, Sha256Stream *stream) {
    char block[ARCHIVE_BLOCK];
    while (size > 0) {
        const size_t wanted = size < (int64_t)sizeof block ? (size_t)size : sizeof block;
        size_t part = 0;
        TRY(read_block(source, name, block, wanted, &part));
        if (part == 0) {
            return fail(STATUS_CONFLICT, "%s ends too early", name);
        }
        sha256_add(stream, (Text){block, part});
        TRY(file_write(target, name, (Text){block, part}));
        size -= (int64_t)part;
    }
    return STATUS_OK;
}

Status archive_copy(int source, int target, const char *name, int64_t size, Sha256 *ret_digest) {
    Sha256Stream *stream = sha256_begin();
    const Status status = copy_blocks(source, target, name, size, stream);
    const Sha256 digest = sha256_end(stream);
    TRY(status);
    *ret_digest = digest;
    return STATUS_OK;
}

Status archive_make_folders(int root, Text name) {
    char path[ARCHIVE_NAME_LIMIT + 1] = "";
    for (size_t i = 0; i < name.size && i < ARCHIVE_NAME_LIMIT; i++) {
        if (name.data[i] == '/' && mkdirat(root, path, 0700) != 0 && errno != EEXIST) {
            return file_failure("make the folder", path);
        }
        path[i] = name.data[i];
    }
    return STATUS_OK;
}

Status archive_make_file(int root, Text name, int *ret_file) {
    char path[ARCHIVE_NAME_LIMIT + 1] = "";
    memcpy(path, name.data, name.size < ARCHIVE_NAME_LIMIT ? name.size : ARCHIVE_NAME_LIMIT);
    TRY(archive_make_folders(root, name));
    const int file = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return file_failure("make", path);
    }
    *ret_file = file;
    return STATUS_OK;
}

MUST_USE static Status open_target(ArchiveWriter *writer) {
    if (writer->is_tar) {
        writer->target = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return writer->target >= 0 ? STATUS_OK : file_failure("make", writer->path);
    }
    if (mkdir(writer->path, 0700) != 0) {
        return file_failure("make the folder", writer->path);
    }
    return file_open_folder(writer->path, &writer->target);
}

Status archive_create(Arena *arena, const char *path, Time made, ArchiveWriter **ret_writer) {
    ArchiveWriter *writer = arena_new(arena, ArchiveWriter);
    *writer = (ArchiveWriter){.arena = arena,
                              .path = path,
                              .target = -1,
                              .is_tar = text_ends_with(text_of(path), TEXT(".tar")),
                              .made = made,
                              .manifest = buffer_make(arena, manifest_limit)};
    buffer_format(&writer->manifest, "tradepost backup 1\nmade %.*s\n", TEXT_ARG(time_rfc3339(arena, made)));
    TRY(open_target(writer));
    *ret_writer = writer;
    return STATUS_OK;
}

static Text padding(int64_t size) {
    static const char zeros[TAR_BLOCK];
    return (Text){zeros, (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK)};
}

/* Into the tar, or into a file of its own. */
MUST_USE static Status add_open(ArchiveWriter *writer, int source, ArchiveFile *file) {
    const char *name = arena_c_string(writer->arena, file->name);
    if (writer->is_tar) {
        char header[TAR_BLOCK];
        tar_write_header(header, file->name, file->size, writer->made);
        TRY(file_write(writer->target, writer->path, (Text){header, sizeof header}));
        TRY(archive_copy(source, writer->target, name, file->size, &file->digest));
        return file_write(writer->target, writer->path, padding(file->size));
    }
    int target = -1;
    TRY(archive_make_file(writer->target, file->name, &target));
    const Status status = archive_copy(source, target, name, file->size, &file->digest);
    if (close(target) != 0 && status == STATUS_OK) {
        return file_failure("write", name);
    }
    return status;
}

MUST_USE static Status add_descriptor(ArchiveWriter *writer, Text name, int source, ArchiveFile *ret_file) {
    struct stat found;
    ArchiveFile file = {.name = arena_copy(writer->arena, name)};
    if (!archive_is_name(name)) {
        return fail(STATUS_INVALID, "a backup cannot hold a file named \"%.*s\"", TEXT_ARG(name));
    }
    if (fstat(source, &found) != 0) {
        return file_failure("read", file.name.data);
    }
    file.size = found.st_size;
    TRY(add_open(writer, source, &file));
    archive_put_line(&writer->manifest, &file);
    *ret_file = file;
    return STATUS_OK;
}

Status archive_add(ArchiveWriter *writer, Text name, int folder, const char *source, ArchiveFile *ret_file) {
    const int descriptor = openat(folder, source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return file_failure("open", source);
    }
    const Status status = add_descriptor(writer, name, descriptor, ret_file);
    (void)close(descriptor);
    return status;
}

Status archive_add_bytes(ArchiveWriter *writer, Text name, Text bytes, ArchiveFile *ret_file) {
    FILE *file = tmpfile();
    if (file == NULL) {
        return file_failure("make", "a temporary file");
    }
    Status status = file_write(fileno(file), "a temporary file", bytes);
    if (status == STATUS_OK && lseek(fileno(file), 0, SEEK_SET) != 0) {
        status = file_failure("read", "a temporary file");
    }
    if (status == STATUS_OK) {
        status = add_descriptor(writer, name, fileno(file), ret_file);
    }
    (void)fclose(file);
    return status;
}

MUST_USE static Status write_end(ArchiveWriter *writer) {
    static const char zeros[2 * TAR_BLOCK];
    return writer->is_tar ? file_write(writer->target, writer->path, (Text){zeros, sizeof zeros}) : STATUS_OK;
}

Status archive_finish(ArchiveWriter *writer) {
    Text lines = {NULL, 0};
    ArchiveFile file = {.size = 0};
    TRY(buffer_take(&writer->manifest, &lines));
    const Sha256 digest = sha256(lines);
    buffer_format(&writer->manifest, "end %.*s\n", TEXT_ARG(sha256_hex(writer->arena, &digest)));
    TRY(buffer_take(&writer->manifest, &lines));
    TRY(archive_add_bytes(writer, TEXT(ARCHIVE_MANIFEST), lines, &file));
    TRY(write_end(writer));
    if (syncfs(writer->target) != 0 || fsync(writer->target) != 0) { /* one call for all files of a folder */
        return file_failure("write", writer->path);
    }
    writer->finished = true;
    return STATUS_OK;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void archive_close(ArchiveWriter *writer) {
    if (writer == NULL) {
        return;
    }
    (void)close(writer->target);
    if (!writer->finished) {
        (void)nftw(writer->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}
