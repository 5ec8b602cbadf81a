/** The copy of a PDF that is being sealed. */
#include "program/seal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"
#include "outside/jail.h"

enum { COPY_PART = 64 * 1024 * 1024, FILE_MODE = 0644 };

struct SealFile {
    const char *place, *temporary; /* paths */
    int descriptor;
    char *mapping; /* NULL: none */
    size_t size;
    bool finished;
    PadesReader reader;
};

static const Jail seal_jail = {.name = "PDF reader",
                               .function = pades_read,
                               .memory = (size_t)1 << 30,
                               .output = (size_t)64 << 20,
                               .time_limit = 60 * TIME_SECOND};

static Status read_in_jail(void *context, Arena *arena, Text request, Text pdf, Text *ret_answer) {
    const SealFile *file = context;
    return jail_run_file(&seal_jail, request, file->descriptor, pdf.size, arena, ret_answer);
}

/** Gives the pages of a part back that was read through; they stay in the system's cache. */
static void release(void *context, Text part) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = (uintptr_t)part.data / page * page, to = (uintptr_t)part.data + part.size;
    (void)context;
    (void)madvise((void *)from, to - from, MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
}

static void unmap(SealFile *file) {
    if (file->mapping != NULL) {
        (void)munmap(file->mapping, file->size);
        file->mapping = NULL;
    }
}

static Status map(SealFile *file) {
    void *memory = mmap(NULL, file->size, PROT_READ, MAP_SHARED, file->descriptor, 0);
    if (memory == MAP_FAILED) {
        return file_failure("map", file->temporary);
    }
    file->mapping = memory;
    return STATUS_OK;
}

static void close_file(void *thing) {
    SealFile *file = thing;
    unmap(file);
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
        file->descriptor = -1;
        if (!file->finished) {
            (void)unlink(file->temporary);
        }
    }
}

/** Copies within the kernel, sharing blocks where the file system can; else in parts. */
static Status copy_bytes(int from, int to, size_t size, const char *path) {
    size_t done = 0;
    while (done < size) {
        const size_t part = size - done < COPY_PART ? size - done : COPY_PART;
        const ssize_t copied = copy_file_range(from, NULL, to, NULL, part, 0);
        if (copied == 0) {
            return fail(STATUS_CONFLICT, "%s became shorter while it was read", path);
        }
        if (copied > 0) {
            done += (size_t)copied;
        } else if (errno != EINTR) {
            return file_failure("copy", path);
        }
    }
    return STATUS_OK;
}

static Status take_over(SealFile *file, int source, const char *path) {
    struct stat found;
    if (fstat(source, &found) != 0) {
        return file_failure("read", path);
    }
    if (!S_ISREG(found.st_mode)) {
        return fail(STATUS_UNSUPPORTED, "%s is no regular file", path);
    }
    if (found.st_size == 0) {
        return fail(STATUS_INVALID, "%s is empty", path);
    }
    file->size = (size_t)found.st_size;
    TRY(copy_bytes(source, file->descriptor, file->size, path));
    return map(file);
}

Status seal_file_open(Arena *arena, Text from, Text to, SealFile **ret_file) {
    const char *path = arena_c_string(arena, from);
    char *temporary = arena_c_string(arena, arena_format(arena, "%.*s.XXXXXX", TEXT_ARG(to)));
    SealFile *file = arena_new(arena, SealFile);
    const int source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0) {
        return file_failure("read", path);
    }
    *file = (SealFile){.place = arena_c_string(arena, to), .temporary = temporary, .descriptor = -1};
    file->reader = (PadesReader){.call = read_in_jail, .release = release, .context = file};
    arena_defer(arena, close_file, file);
    file->descriptor = mkostemp(temporary, O_CLOEXEC);
    const Status status = file->descriptor < 0 ? file_failure("write", file->place) : take_over(file, source, path);
    (void)close(source);
    if (status == STATUS_OK) {
        *ret_file = file;
    }
    return status;
}

Text seal_file_bytes(const SealFile *file) {
    return (Text){file->mapping, file->size};
}

const PadesReader *seal_file_reader(const SealFile *file) {
    return &file->reader;
}

static Status write_at(SealFile *file, size_t at, Text bytes) {
    if (lseek(file->descriptor, (off_t)at, SEEK_SET) < 0) {
        return file_failure("write", file->place);
    }
    return file_write(file->descriptor, file->place, bytes);
}

Status seal_file_append(SealFile *file, Text bytes) {
    TRY(write_at(file, file->size, bytes));
    unmap(file);
    file->size += bytes.size;
    return map(file);
}

Status seal_file_patch(SealFile *file, const PadesPatch *patch) {
    return write_at(file, patch->at, patch->bytes);
}

/** The folder in which a path stands. */
static Status sync_folder(const char *path) {
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof folder) {
        return fail(STATUS_TOO_LARGE, "a path is too long");
    }
    if (size > 0) {
        memcpy(folder, path, size);
        folder[size] = '\0';
    }
    int descriptor = -1;
    TRY(file_open_folder(folder, &descriptor));
    const int synced = fsync(descriptor);
    (void)close(descriptor);
    return synced == 0 ? STATUS_OK : file_failure("write", path);
}

Status seal_file_finish(SealFile *file) {
    if (fchmod(file->descriptor, FILE_MODE) != 0 || fsync(file->descriptor) != 0 ||
        rename(file->temporary, file->place) != 0) {
        return file_failure("write", file->place);
    }
    file->finished = true;
    return sync_folder(file->place);
}
