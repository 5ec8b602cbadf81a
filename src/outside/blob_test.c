/** Blobs: durable, whole or absent, checked on reading. */
#include "outside/blob.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "testing/test.h"

static Blobs *open_store(const char **ret_directory) {
    Blobs *blobs = NULL;
    *ret_directory = test_directory();
    CHECK_OK(blobs_open(*ret_directory, &blobs));
    return blobs;
}

static const char *path_of(Arena *arena, const char *directory, const Sha256 *digest) {
    const Text hex = sha256_hex(arena, digest);
    return arena_format(arena, "%s/%.2s/%.62s", directory, hex.data, hex.data + 2).data;
}

static Status count_blob(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(int *)context;
    return STATUS_OK;
}

static int count_blobs(Blobs *blobs) {
    int count = 0;
    CHECK_OK(blobs_each(blobs, count_blob, &count));
    return count;
}

/** Files directly in the store, where unfinished ones lie. */
static int count_leftovers(Arena *arena, const char *directory) {
    FILE *names = popen(arena_format(arena, "find %s -maxdepth 1 -type f | wc -l", directory).data, "r");
    int count = -1;
    CHECK(names != NULL && fscanf(names, "%d", &count) == 1);
    (void)pclose(names);
    return count;
}

TEST(blob_comes_back) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 20);
    Blobs *blobs = open_store(&directory);
    const Text bytes = TEXT("a\0b");
    Sha256 digest = {.bytes = {0}};
    Text found = {NULL, 0};
    int64_t size = 0;
    CHECK_OK(blob_put(blobs, bytes, &digest));
    CHECK_OK(blob_get(blobs, arena, &digest, &found));
    CHECK(text_equal(found, bytes));
    CHECK_OK(blob_size(blobs, &digest, &size));
    CHECK_INT(size, 3);
    const Sha256 expected = sha256(bytes);
    CHECK(memcmp(&digest, &expected, sizeof digest) == 0);
    blobs_close(blobs);
    CHECK_OK(blobs_open(directory, &blobs));
    CHECK_OK(blob_get(blobs, arena, &digest, &found));
    blobs_close(blobs);
    arena_close(arena);
}

TEST(blob_empty_and_twice) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 20);
    Blobs *blobs = open_store(&directory);
    Sha256 first = {.bytes = {0}}, second = {.bytes = {0}};
    CHECK_OK(blob_put(blobs, TEXT("twice"), &first));
    CHECK_OK(blob_put(blobs, TEXT("twice"), &second));
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK_INT(count_blobs(blobs), 1);
    CHECK_OK(blob_put(blobs, (Text){NULL, 0}, &second));
    Text found = TEXT("x");
    CHECK_OK(blob_get(blobs, arena, &second, &found));
    CHECK_INT(found.size, 0);
    CHECK_INT(count_blobs(blobs), 2);
    CHECK_INT(count_leftovers(arena, directory), 0);
    blobs_close(blobs);
    arena_close(arena);
}

TEST(blob_absent_and_too_large) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 20);
    Arena *small = arena_open(1000);
    Blobs *blobs = open_store(&directory);
    const Sha256 absent = sha256(TEXT("absent"));
    Text found = TEXT("untouched");
    int64_t size = 0;
    CHECK_STATUS(blob_get(blobs, arena, &absent, &found), STATUS_NOT_FOUND);
    CHECK_STATUS(blob_size(blobs, &absent, &size), STATUS_NOT_FOUND);
    Sha256 digest = {.bytes = {0}};
    const Text large = {arena_new_array(arena, char, 5000), 5000};
    CHECK_OK(blob_put(blobs, large, &digest));
    CHECK_STATUS(blob_get(blobs, small, &digest, &found), STATUS_TOO_LARGE);
    CHECK_TEXT(found, "untouched");
    blobs_close(blobs);
    arena_close(small);
    arena_close(arena);
}

TEST(blob_damage_is_found_and_mended_by_keeping_it_again) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 20);
    Blobs *blobs = open_store(&directory);
    Sha256 digest = {.bytes = {0}};
    CHECK_OK(blob_put(blobs, TEXT("precious bytes"), &digest));
    const int file = open(path_of(arena, directory, &digest), O_WRONLY);
    CHECK(file >= 0 && pwrite(file, "X", 1, 5) == 1 && close(file) == 0);
    Text found = {NULL, 0};
    CHECK_STATUS(blob_get(blobs, arena, &digest, &found), STATUS_CORRUPT);
    CHECK_INT(found.size, 0);
    CHECK_OK(blob_put(blobs, TEXT("precious bytes"), &digest));
    CHECK_OK(blob_get(blobs, arena, &digest, &found));
    CHECK(truncate(path_of(arena, directory, &digest), 3) == 0);
    CHECK_STATUS(blob_get(blobs, arena, &digest, &found), STATUS_CORRUPT);
    CHECK_OK(blob_put(blobs, TEXT("precious bytes"), &digest));
    CHECK_OK(blob_get(blobs, arena, &digest, &found));
    CHECK_TEXT(found, "precious bytes");
    blobs_close(blobs);
    arena_close(arena);
}

TEST(blob_is_for_its_owner_only) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 20);
    (void)umask(0);
    Blobs *blobs = open_store(&directory);
    Sha256 digest = {.bytes = {0}};
    struct stat found;
    CHECK_OK(blob_put(blobs, TEXT("private"), &digest));
    CHECK(stat(path_of(arena, directory, &digest), &found) == 0);
    CHECK_INT(found.st_mode & 07777, 0600);
    CHECK(stat(arena_format(arena, "%s/00", directory).data, &found) == 0);
    CHECK_INT(found.st_mode & 07777, 0700);
    blobs_close(blobs);
    arena_close(arena);
}

TEST(blob_killed_while_writing_leaves_no_half_file) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 24);
    Blobs *blobs = open_store(&directory);
    const Text large = {arena_new_array(arena, char, 1 << 20), 1 << 20};
    const pid_t child = fork();
    if (child == 0) { /* the kernel ends it in the middle of the file */
        const struct rlimit limit = {300000, 300000};
        Sha256 digest;
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        _exit((int)blob_put(blobs, large, &digest));
    }
    int end = 0;
    CHECK(waitpid(child, &end, 0) == child && WIFSIGNALED(end) && WTERMSIG(end) == SIGXFSZ);
    CHECK_INT(count_leftovers(arena, directory), 1);
    CHECK_INT(count_blobs(blobs), 0);
    blobs_close(blobs);
    clock_set(time_add(clock_now(), 2 * TIME_HOUR));
    CHECK_OK(blobs_open(directory, &blobs));
    CHECK_INT(count_leftovers(arena, directory), 0);
    blobs_close(blobs);
    arena_close(arena);
}

static Status check_blob(const Sha256 *digest, void *context) {
    Arena *arena = arena_open(1 << 22);
    Text bytes = {NULL, 0};
    CHECK_OK(blob_get(context, arena, digest, &bytes));
    arena_close(arena);
    return STATUS_OK;
}

TEST(blob_killed_at_any_moment) {
    const char *directory = NULL;
    Blobs *blobs = open_store(&directory);
    uint64_t random = test_seed();
    for (int round = 0; round < 25; round++) {
        const pid_t child = fork();
        if (child == 0) {
            static char bytes[40000];
            for (uint64_t number = 0;; number++) {
                Sha256 digest;
                const uint64_t words[2] = {(uint64_t)getpid(), number};
                memcpy(bytes, words, sizeof words);
                if (blob_put(blobs, (Text){bytes, sizeof bytes}, &digest) != STATUS_OK) {
                    _exit(1);
                }
            }
        }
        const struct timespec moment = {0, (long)(test_random(&random) % 20000000)};
        (void)nanosleep(&moment, NULL);
        CHECK(kill(child, SIGKILL) == 0);
        int end = 0;
        CHECK(waitpid(child, &end, 0) == child && WIFSIGNALED(end));
    }
    CHECK_OK(blobs_each(blobs, check_blob, blobs));
    CHECK(count_blobs(blobs) > 0);
    blobs_close(blobs);
}

TEST(blob_past_a_quota_is_full) {
    const char *directory = NULL;
    Arena *arena = arena_open(1 << 24);
    Blobs *blobs = open_store(&directory);
    const Text large = {arena_new_array(arena, char, 1 << 20), 1 << 20};
    const struct rlimit limit = {300000, 300000};
    Sha256 digest = {.bytes = {0}};
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_STATUS(blob_put(blobs, large, &digest), STATUS_FULL);
    CHECK_INT(count_leftovers(arena, directory), 0);
    CHECK_INT(count_blobs(blobs), 0);
    blobs_close(blobs);
    arena_close(arena);
}

TEST(blob_on_a_full_disk) {
    Arena *arena = arena_open(1 << 24);
    const char *directory = test_directory();
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", directory, "tmpfs", 0, "size=2m") != 0) {
        test_skip("this user cannot mount a small disk");
    }
    Blobs *blobs = NULL;
    CHECK_OK(blobs_open(directory, &blobs));
    char *bytes = arena_new_array(arena, char, 1 << 19);
    Status status = STATUS_OK;
    Sha256 kept = {.bytes = {0}}, digest = {.bytes = {0}};
    int count = 0;
    for (; status == STATUS_OK; count++) {
        CHECK(count < 100);
        kept = digest;
        bytes[0] = (char)count;
        status = blob_put(blobs, (Text){bytes, 1 << 19}, &digest);
    }
    CHECK_INT(status, STATUS_FULL);
    const Text words = failure_take();
    CHECK(text_find(words, TEXT("No space left"), &(size_t){0}));
    CHECK(count > 2);
    CHECK_INT(count_leftovers(arena, directory), 0);
    CHECK_INT(count_blobs(blobs), count - 1);
    Text found = {NULL, 0};
    CHECK_OK(blob_get(blobs, arena, &kept, &found));
    blobs_close(blobs);
    CHECK(umount2(directory, MNT_DETACH) == 0);
    arena_close(arena);
}

TEST(blob_folder_that_cannot_be) {
    Arena *arena = arena_open(1 << 16);
    Blobs *blobs = NULL;
    const char *directory = test_directory();
    const char *file = arena_format(arena, "%s/file", directory).data;
    const int descriptor = open(file, O_CREAT | O_WRONLY, 0600);
    CHECK(descriptor >= 0 && close(descriptor) == 0);
    CHECK_STATUS(blobs_open(file, &blobs), STATUS_CONFLICT);
    CHECK_STATUS(blobs_open(arena_format(arena, "%s/no/such", directory).data, &blobs), STATUS_NOT_FOUND);
    arena_close(arena);
}
