/** Files written whole or not at all. */
#include "outside/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"

/* Unfinished files are told from others by this start of their name. */
static const char unfinished[] = ".unfinished-";

Status file_failure(const char *act, const char *path) {
    Status status = STATUS_FAILED;
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        status = STATUS_FULL;
        break;
    case ENOENT:
        status = STATUS_NOT_FOUND;
        break;
    case EEXIST:
        status = STATUS_CONFLICT;
        break;
    default:
        break;
    }
    return fail(status, "cannot %s %s: %m", act, path);
}

MUST_USE static Status sync_parent(const char *path) {
    char parent[4096];
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    if (size + 2 > sizeof parent) {
        return fail(STATUS_INVALID, "the path is too long");
    }
    (void)snprintf(parent, sizeof parent, "%.*s", (int)size, path);
    const int folder = open(slash == NULL ? "." : size == 0 ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return file_failure("open the folder of", path);
    }
    const int result = fsync(folder);
    const Status status = result == 0 ? STATUS_OK : file_failure("write the folder of", path);
    (void)close(folder);
    return status;
}

Status file_make_folder(const char *path) {
    if (mkdir(path, 0700) == 0) {
        return sync_parent(path);
    }
    struct stat found;
    if (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        return STATUS_OK;
    }
    return file_failure("make the folder", path);
}

Status file_open_folder(const char *path, int *ret_folder) {
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return file_failure("open the folder", path);
    }
    *ret_folder = folder;
    return STATUS_OK;
}

/* A file may shrink while it is read: what is there counts. */
MUST_USE static Status read_open(int descriptor, const char *name, char *bytes, size_t size, size_t *ret_size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t part = read(descriptor, bytes + done, size - done);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part < 0) {
            return file_failure("read", name);
        }
        if (part == 0) {
            break;
        }
        done += (size_t)part;
    }
    *ret_size = done;
    return STATUS_OK;
}

Status file_read(Arena *arena, int folder, const char *name, size_t limit, Text *ret_bytes) {
    const int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        return file_failure("open", name);
    }
    Status status = STATUS_OK;
    struct stat found;
    void *memory = NULL;
    size_t size = 0;
    if (fstat(descriptor, &found) != 0) {
        status = file_failure("read", name);
    } else if (!S_ISREG(found.st_mode)) {
        status = fail(STATUS_INVALID, "%s is no ordinary file", name);
    } else if (found.st_size < 0 || (uintmax_t)found.st_size > limit ||
               arena_try_allocate(arena, (size_t)found.st_size + 1, &memory) != STATUS_OK) {
        status = fail(STATUS_TOO_LARGE, "%s has %jd bytes, more than are allowed here", name, (intmax_t)found.st_size);
    } else {
        status = read_open(descriptor, name, memory, (size_t)found.st_size, &size);
    }
    (void)close(descriptor);
    if (status == STATUS_OK) {
        *ret_bytes = (Text){memory, size};
    }
    return status;
}

Status file_write(int descriptor, const char *name, Text bytes) {
    size_t done = 0;
    while (done < bytes.size) {
        const ssize_t part = write(descriptor, bytes.data + done, bytes.size - done);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part < 0) {
            return file_failure("write", name);
        }
        done += (size_t)part;
    }
    return STATUS_OK;
}

MUST_USE static Status write_unfinished(int temporary, const char *own_name, const char *name, Text bytes) {
    const int descriptor = openat(temporary, own_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return file_failure("make", name);
    }
    Status status = file_write(descriptor, name, bytes);
    if (status == STATUS_OK && fsync(descriptor) != 0) {
        status = file_failure("write", name);
    }
    if (close(descriptor) != 0 && status == STATUS_OK) {
        status = file_failure("write", name);
    }
    return status;
}

Status file_replace(int temporary, int folder, const char *name, Text bytes) {
    uint64_t random[2];
    random_bytes(random, sizeof random);
    char own_name[64];
    (void)snprintf(own_name, sizeof own_name, "%s%016llx%016llx", unfinished, (unsigned long long)random[0],
                   (unsigned long long)random[1]);
    Status status = write_unfinished(temporary, own_name, name, bytes);
    if (status == STATUS_OK && renameat(temporary, own_name, folder, name) != 0) {
        status = file_failure("put in place", name);
    }
    if (status != STATUS_OK) {
        (void)unlinkat(temporary, own_name, 0);
        return status;
    }
    return fsync(folder) == 0 ? STATUS_OK : file_failure("write the folder of", name);
}

void file_remove_leftovers(int folder) {
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    if (entries == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return;
    }
    const int64_t hour_ago = clock_now().microseconds / TIME_SECOND - 3600;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat found;
        if (strncmp(entry->d_name, unfinished, sizeof unfinished - 1) == 0 &&
            fstatat(folder, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && found.st_mtime < hour_ago) {
            (void)unlinkat(folder, entry->d_name, 0);
        }
    }
    (void)closedir(entries);
}
