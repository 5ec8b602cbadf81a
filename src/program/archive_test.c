/** Backups as files: what goes in comes out, and nothing else does. */
#include "program/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"
#include "program/tar.h"
#include "testing/test.h"

static const Time made = {INT64_C(1795458605) * TIME_SECOND};
static const char *const names[] = {"database.sqlite", "tradepost.conf", "keys/seal.p12", "blobs/ab/cdef0123", "empty"};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static Text content(Arena *arena, size_t number) {
    static const size_t sizes[NAME_COUNT] = {200000, 511, 512, 513, 0};
    char *bytes = arena_new_array(arena, char, sizes[number] + 1);
    uint64_t state = number;
    for (size_t i = 0; i < sizes[number]; i++) {
        bytes[i] = (char)test_random(&state);
    }
    return (Text){bytes, sizes[number]};
}

static const char *make(Arena *arena, const char *ending) {
    ArchiveWriter *writer = NULL;
    const char *path = arena_format(arena, "%s/backup%s", test_directory(), ending).data;
    CHECK_OK(archive_create(arena, path, made, &writer));
    for (size_t i = 0; i < NAME_COUNT; i++) {
        ArchiveFile file;
        CHECK_OK(archive_add_bytes(writer, text_of(names[i]), content(arena, i), &file));
        const Sha256 digest = sha256(content(arena, i));
        CHECK(memcmp(&digest, &file.digest, sizeof digest) == 0);
    }
    CHECK_OK(archive_finish(writer));
    archive_close(writer);
    return path;
}

static Status unpack(Arena *arena, const char *path, const char **ret_target) {
    int64_t files = 0, bytes = 0;
    int folder = -1;
    *ret_target = arena_format(arena, "%s/out", test_directory()).data;
    CHECK_OK(file_make_folder(*ret_target));
    CHECK_OK(file_open_folder(*ret_target, &folder));
    const Status status = archive_unpack(arena, path, folder, &files, &bytes);
    (void)close(folder);
    if (status == STATUS_OK) {
        CHECK_INT(files, NAME_COUNT);
        CHECK_INT(bytes, 201536);
    }
    return status;
}

static void check_round_trip(const char *ending) {
    Arena *arena = arena_open(64 << 20);
    const char *target = NULL;
    CHECK_OK(unpack(arena, make(arena, ending), &target));
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Text found = {NULL, 0};
        struct stat status;
        const char *path = arena_format(arena, "%s/%s", target, names[i]).data;
        CHECK_OK(file_read(arena, AT_FDCWD, path, 1 << 20, &found));
        CHECK(text_equal(found, content(arena, i)));
        CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600);
    }
    CHECK(access(arena_format(arena, "%s/manifest", target).data, F_OK) != 0);
    arena_close(arena);
}

TEST(backup_comes_back_from_a_tar) {
    check_round_trip(".tar");
}

TEST(backup_comes_back_from_a_folder) {
    check_round_trip("");
}

TEST(backup_is_a_tar_for_others_too) {
    Arena *arena = arena_open(64 << 20);
    const char *path = make(arena, ".tar");
    FILE *listing = popen(arena_format(arena, "tar --list --file %s", path).data, "r");
    char text[1000];
    CHECK(listing != NULL);
    const size_t size = fread(text, 1, sizeof text, listing);
    CHECK_INT(pclose(listing), 0);
    CHECK_TEXT(((Text){text, size}),
               "database.sqlite\ntradepost.conf\nkeys/seal.p12\nblobs/ab/cdef0123\nempty\nmanifest\n");
    CHECK_INT(system(arena_format(arena,
                                  "cd %s && tar -xf %s && grep '^file' manifest | awk '{print $2 \"  \" $4}' | "
                                  "sha256sum --check --quiet",
                                  test_directory(), path)
                         .data),
              0);
    arena_close(arena);
}

static void flip(const char *path, off_t at) {
    char byte = 0;
    const int file = open(path, O_RDWR);
    CHECK(file >= 0 && pread(file, &byte, 1, at) == 1);
    byte = (char)(byte ^ 4);
    CHECK(pwrite(file, &byte, 1, at) == 1 && close(file) == 0);
}

/* Some bytes of a tar mean nothing: padding, and owner or time in headers are guarded by their checksum. */
TEST(backup_with_any_flipped_byte_is_refused_or_whole) {
    Arena *arena = arena_open(1 << 30);
    const char *path = make(arena, ".tar"), *target = NULL;
    struct stat status;
    uint64_t random = test_seed();
    int refused = 0;
    CHECK(stat(path, &status) == 0);
    for (int i = 0; i < 30; i++) {
        const off_t at = (off_t)(test_random(&random) % (uint64_t)status.st_size);
        flip(path, at);
        int64_t files = 0, bytes = 0;
        int descriptor = -1;
        target = arena_format(arena, "%s-out-%d", path, i).data;
        CHECK_OK(file_make_folder(target));
        CHECK_OK(file_open_folder(target, &descriptor));
        const Status found = archive_unpack(arena, path, descriptor, &files, &bytes);
        (void)close(descriptor);
        CHECK(found == STATUS_OK || found == STATUS_CORRUPT || found == STATUS_INVALID || found == STATUS_UNSUPPORTED);
        refused += found != STATUS_OK;
        flip(path, at);
    }
    CHECK(refused >= 25); /* nearly all bytes of this tar are a file's */
    CHECK_OK(unpack(arena, path, &target));
    arena_close(arena);
}

static void check_damage(const char *ending, const char *file, off_t at, Status expected, const char *words) {
    Arena *arena = arena_open(64 << 20);
    const char *path = make(arena, ending), *target = NULL;
    flip(file == NULL ? path : arena_format(arena, "%s/%s", path, file).data, at);
    const Status status = unpack(arena, path, &target);
    CHECK_TEXT(failure_take(), words);
    CHECK_INT(status, expected);
    arena_close(arena);
}

TEST(backup_damage_is_named) {
    check_damage(".tar", NULL, 512 + 100000, STATUS_CORRUPT,
                 "the backup is damaged: database.sqlite is not what was backed up");
    check_damage(".tar", NULL, 10, STATUS_INVALID, "this is no tar file, or it is damaged");
    check_damage("", "keys/seal.p12", 5, STATUS_CORRUPT,
                 "the backup is damaged: keys/seal.p12 is not what was backed up");
    check_damage("", "manifest", 60, STATUS_CORRUPT, "the backup is damaged: its manifest is not what was written");
    check_damage("", "manifest", 3, STATUS_INVALID, "this is no backup of tradepost");
    check_damage("", "manifest", 17, STATUS_UNSUPPORTED, "this backup was made by another version of tradepost");
}

TEST(backup_cut_off_is_refused) {
    Arena *arena = arena_open(256 << 20);
    const char *path = make(arena, ".tar"), *target = NULL;
    struct stat status;
    CHECK(stat(path, &status) == 0);
    /* The two empty blocks at its end may be missing, the manifest not. */
    static const off_t missing[] = {1024 + 1, 1024 + 512, 2500, 10000, 200000, 203000};
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        CHECK(truncate(path, status.st_size - missing[i]) == 0);
        CHECK_STATUS(unpack(arena, path, &target), STATUS_CORRUPT);
    }
    CHECK(truncate(path, 0) == 0);
    CHECK_STATUS(unpack(arena, path, &target), STATUS_CORRUPT);
    arena_close(arena);
}

TEST(backup_with_a_missing_or_foreign_file_is_refused) {
    Arena *arena = arena_open(64 << 20);
    const char *path = make(arena, ""), *target = NULL;
    CHECK(unlink(arena_format(arena, "%s/empty", path).data) == 0);
    CHECK_STATUS(unpack(arena, path, &target), STATUS_CORRUPT);
    CHECK(symlink("/etc/passwd", arena_format(arena, "%s/empty", path).data) == 0);
    CHECK(unpack(arena, path, &target) != STATUS_OK);
    CHECK(access(arena_format(arena, "%s/empty", target).data, F_OK) != 0);
    arena_close(arena);
}

TEST(backup_names_cannot_leave_the_folder) {
    static const char *const bad[] = {"",     "/etc/passwd", "../x", "a/../x", "a//b",    "a/",        ".hidden",
                                      "a/.b", "a b",         "a\\b", "ж",      "a/b/c/d", "manifest\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!archive_is_name(text_of(bad[i])));
    }
    CHECK(archive_is_name(TEXT("blobs/ab/cdef")) && archive_is_name(TEXT("A-1_x.tar")));
    Arena *arena = arena_open(1 << 20);
    CHECK(archive_is_name(arena_format(arena, "%0100d", 0)) && !archive_is_name(arena_format(arena, "%0101d", 0)));
    arena_close(arena);
}

/* A tar that some other hand made, with a right checksum. */
TEST(backup_with_a_forged_name_is_refused) {
    Arena *arena = arena_open(64 << 20);
    const char *path = arena_format(arena, "%s/forged.tar", test_directory()).data, *target = NULL;
    char header[TAR_BLOCK];
    tar_write_header(header, TEXT("../../escaped"), 0, made);
    const int file = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(file >= 0 && write(file, header, sizeof header) == sizeof header && close(file) == 0);
    CHECK_STATUS(unpack(arena, path, &target), STATUS_INVALID);
    CHECK(access(arena_format(arena, "%s/../../escaped", target).data, F_OK) != 0);
    arena_close(arena);
}

TEST(backup_over_something_is_refused) {
    Arena *arena = arena_open(64 << 20);
    ArchiveWriter *writer = NULL;
    const char *path = make(arena, ".tar");
    CHECK_STATUS(archive_create(arena, path, made, &writer), STATUS_CONFLICT);
    path = make(arena, "");
    CHECK_STATUS(archive_create(arena, path, made, &writer), STATUS_CONFLICT);
    arena_close(arena);
}

TEST(backup_unfinished_leaves_nothing) {
    Arena *arena = arena_open(64 << 20);
    static const char *const endings[] = {".tar", ""};
    for (size_t i = 0; i < 2; i++) {
        ArchiveWriter *writer = NULL;
        ArchiveFile file;
        const char *path = arena_format(arena, "%s/backup%s", test_directory(), endings[i]).data;
        CHECK_OK(archive_create(arena, path, made, &writer));
        CHECK_OK(archive_add_bytes(writer, TEXT("a/b"), TEXT("c"), &file));
        CHECK_STATUS(archive_add(writer, TEXT("absent"), AT_FDCWD, "/no/such/file", &file), STATUS_NOT_FOUND);
        archive_close(writer);
        CHECK(access(path, F_OK) != 0);
    }
    arena_close(arena);
}

TEST(tar_sizes_of_all_lengths_come_back) {
    static const int64_t sizes[] = {0, 1, 511, 4096, (INT64_C(1) << 33) - 1, INT64_C(1) << 33, INT64_C(1) << 50};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char header[TAR_BLOCK];
        Text name = {NULL, 0};
        int64_t size = -1;
        tar_write_header(header, TEXT("a/b"), sizes[i], made);
        CHECK_OK(tar_read_header(header, &name, &size));
        CHECK_TEXT(name, "a/b");
        CHECK_INT(size, sizes[i]);
    }
}

TEST(tar_of_nonsense_is_refused) {
    uint64_t random = test_seed();
    for (int i = 0; i < 1000; i++) {
        char header[TAR_BLOCK];
        Text name = {NULL, 0};
        int64_t size = -1;
        for (size_t j = 0; j < sizeof header; j++) {
            header[j] = (char)test_random(&random);
        }
        CHECK_STATUS(tar_read_header(header, &name, &size), STATUS_INVALID);
    }
}
