/** Blobs as files: DIRECTORY/ab/cdef..., named by the hexadecimal SHA-256 of their bytes. */
#include "outside/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"

enum { FOLDER_COUNT = 256, FOLDER_SIZE = 3, NAME_SIZE = 2 * (SHA256_SIZE - 1) + 1 };

struct Blobs {
    Arena *arena;
    int folder;
};

/** Where a blob stands: "ab" and "cdef...". */
typedef struct Place {
    char folder[FOLDER_SIZE], name[NAME_SIZE];
} Place;

static const char hexadecimal[] = "0123456789abcdef";

static void write_byte(char *letters, unsigned char byte) {
    letters[0] = hexadecimal[byte >> 4];
    letters[1] = hexadecimal[byte & 15];
}

static Place place_of(const Sha256 *digest) {
    Place place = {.folder = "", .name = ""};
    write_byte(place.folder, digest->bytes[0]);
    for (size_t i = 1; i < SHA256_SIZE; i++) {
        write_byte(place.name + 2 * (i - 1), digest->bytes[i]);
    }
    return place;
}

/* All folders are made at once, so that keeping a blob never has to make one durable too. */
MUST_USE static Status make_folders(int folder) {
    for (unsigned i = 0; i < FOLDER_COUNT; i++) {
        char name[FOLDER_SIZE] = "";
        write_byte(name, (unsigned char)i);
        if (mkdirat(folder, name, 0700) != 0 && errno != EEXIST) {
            return file_failure("make the folder of blobs", name);
        }
    }
    return fsync(folder) == 0 ? STATUS_OK : file_failure("write", "the folder of blobs");
}

Status blobs_open(const char *directory, Blobs **ret_blobs) {
    int folder = -1;
    TRY(file_make_folder(directory));
    TRY(file_open_folder(directory, &folder));
    const Status status = make_folders(folder);
    if (status != STATUS_OK) {
        (void)close(folder);
        return status;
    }
    file_remove_leftovers(folder);
    Arena *arena = arena_open(4096);
    Blobs *blobs = arena_new(arena, Blobs);
    *blobs = (Blobs){arena, folder};
    *ret_blobs = blobs;
    return STATUS_OK;
}

void blobs_close(Blobs *blobs) {
    if (blobs != NULL) {
        (void)close(blobs->folder);
        arena_close(blobs->arena);
    }
}

MUST_USE static Status open_folder_of(const Blobs *blobs, const Place *place, int *ret_folder) {
    const int folder = openat(blobs->folder, place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return file_failure("open the folder of blobs", place->folder);
    }
    *ret_folder = folder;
    return STATUS_OK;
}

/* Whether these very bytes are there already. A damaged copy is not: it is then written anew, which mends it. */
static bool holds(int folder, const Place *place, Text bytes) {
    const int descriptor = openat(folder, place->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return false;
    }
    struct stat found;
    bool same = fstat(descriptor, &found) == 0 && found.st_size >= 0 && (size_t)found.st_size == bytes.size;
    char part[16384];
    size_t done = 0;
    while (same && done < bytes.size) {
        const ssize_t size = read(descriptor, part, sizeof part);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        same = size > 0 && (size_t)size <= bytes.size - done && memcmp(part, bytes.data + done, (size_t)size) == 0;
        done += same ? (size_t)size : 0;
    }
    (void)close(descriptor);
    return same;
}

Status blob_put(Blobs *blobs, Text bytes, Sha256 *ret_digest) {
    const Sha256 digest = sha256(bytes);
    const Place place = place_of(&digest);
    int folder = -1;
    TRY(open_folder_of(blobs, &place, &folder));
    Status status = STATUS_OK;
    if (!holds(folder, &place, bytes)) {
        status = file_replace(blobs->folder, folder, place.name, bytes);
    } else if (fsync(folder) != 0) { /* its writer may not have come so far yet */
        status = file_failure("write the folder of", place.name);
    }
    (void)close(folder);
    if (status == STATUS_OK) {
        *ret_digest = digest;
    }
    return status;
}

Status blob_get(Blobs *blobs, Arena *arena, const Sha256 *digest, Text *ret_bytes) {
    const Place place = place_of(digest);
    int folder = -1;
    TRY(open_folder_of(blobs, &place, &folder));
    Text bytes = {NULL, 0};
    const Status status = file_read(arena, folder, place.name, SIZE_MAX / 4, &bytes);
    (void)close(folder);
    TRY(status);
    const Sha256 found = sha256(bytes);
    if (memcmp(found.bytes, digest->bytes, SHA256_SIZE) != 0) {
        return fail(STATUS_CORRUPT, "the blob %s%s is damaged", place.folder, place.name);
    }
    *ret_bytes = bytes;
    return STATUS_OK;
}

Status blob_remove(Blobs *blobs, const Sha256 *digest) {
    const Place place = place_of(digest);
    int folder = -1;
    TRY(open_folder_of(blobs, &place, &folder));
    const bool gone = unlinkat(folder, place.name, 0) == 0 || errno == ENOENT;
    const Status status = gone ? STATUS_OK : file_failure("remove the blob", place.name);
    (void)close(folder);
    return status;
}

Status blob_size(Blobs *blobs, const Sha256 *digest, int64_t *ret_size) {
    const Place place = place_of(digest);
    char path[FOLDER_SIZE + NAME_SIZE];
    memcpy(path, place.folder, FOLDER_SIZE - 1);
    path[FOLDER_SIZE - 1] = '/';
    memcpy(path + FOLDER_SIZE, place.name, NAME_SIZE);
    struct stat found;
    if (fstatat(blobs->folder, path, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return file_failure("find the blob", path);
    }
    *ret_size = found.st_size;
    return STATUS_OK;
}

static bool read_digits(const char *letters, unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < 2 * size; i++) {
        const char *digit = letters[i] == '\0' ? NULL : strchr(hexadecimal, letters[i]);
        if (digit == NULL) {
            return false;
        }
        const unsigned value = (unsigned)(digit - hexadecimal);
        bytes[i / 2] = (unsigned char)(i % 2 == 0 ? value << 4 : bytes[i / 2] | value);
    }
    return letters[2 * size] == '\0';
}

MUST_USE static Status each_of_folder(DIR *entries, unsigned char first,
                                      Status (*each)(const Sha256 *digest, void *context), void *context) {
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        Sha256 digest = {.bytes = {first}};
        if (read_digits(entry->d_name, digest.bytes + 1, SHA256_SIZE - 1)) {
            TRY(each(&digest, context));
        }
    }
    return STATUS_OK;
}

Status blobs_each(Blobs *blobs, Status (*each)(const Sha256 *digest, void *context), void *context) {
    for (unsigned i = 0; i < FOLDER_COUNT; i++) {
        Place place = {.folder = "", .name = ""};
        write_byte(place.folder, (unsigned char)i);
        int folder = -1;
        TRY(open_folder_of(blobs, &place, &folder));
        DIR *entries = fdopendir(folder);
        if (entries == NULL) {
            (void)close(folder);
            return file_failure("read the folder of blobs", place.folder);
        }
        const Status status = each_of_folder(entries, (unsigned char)i, each, context);
        (void)closedir(entries);
        TRY(status);
    }
    return STATUS_OK;
}
