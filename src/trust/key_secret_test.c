/** Tests of secrets: after a key was opened they stand in no memory that a core file would hold, and in no environment.
 */
#include "trust/key_secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"
#include "testing/token_fixture.h"

#define SECRET_BUDGET ((size_t)64 << 20)

/* What is looked for must not stand in memory by our own doing: it is kept with its bits turned around. */
enum { SECRET_SIZE = 16, SECRET_TURN = 0x55, SECRET_PAGE = 4096 };
static char turned_secret[SECRET_SIZE];

/** Makes a secret and keeps it in a file alone. */
static void secret_make(const char *path) {
    unsigned char random[SECRET_SIZE];
    char letters[SECRET_SIZE];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < SECRET_SIZE; i++) {
        letters[i] = (char)('a' + random[i] % 26);
        turned_secret[i] = (char)(letters[i] ^ SECRET_TURN);
    }
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file >= 0 && write(file, letters, SECRET_SIZE) == SECRET_SIZE);
    CHECK_INT(close(file), 0);
    OPENSSL_cleanse(letters, sizeof(letters));
}

static size_t secret_count(const char *bytes, size_t size) {
    size_t found = 0;
    const char *at = bytes, *end = bytes + size;
    while ((at = memchr(at, turned_secret[0] ^ SECRET_TURN, (size_t)(end - at))) != NULL && end - at >= SECRET_SIZE) {
        size_t same = 0;
        while (same < SECRET_SIZE && (at[same] ^ SECRET_TURN) == turned_secret[same]) {
            same++;
        }
        found += same == SECRET_SIZE;
        at++;
    }
    return found;
}

static size_t secret_in_range(int memory, unsigned long begin, unsigned long end) {
    static char page[SECRET_PAGE + SECRET_SIZE];
    size_t found = 0;
    for (; begin < end; begin += SECRET_PAGE) {
        const ssize_t got = pread(memory, page, sizeof(page), (off_t)begin);
        found += got > 0 ? secret_count(page, (size_t)got) : 0;
        OPENSSL_cleanse(page, sizeof(page));
    }
    return found;
}

/** How often the secret stands in what a core file of the process would hold: all that is written to and not marked as
 * kept out of it. */
static size_t secret_in_core(Arena *arena, int process) {
    FILE *maps = fopen(arena_format(arena, "/proc/%d/smaps", process).data, "re");
    const int memory = open(arena_format(arena, "/proc/%d/mem", process).data, O_RDONLY | O_CLOEXEC);
    if (maps == NULL || memory < 0) {
        test_skip("the memory of a process cannot be read here");
    }
    char line[512];
    unsigned long begin = 0, end = 0;
    size_t found = 0, ranges = 0;
    while (fgets(line, sizeof(line), maps) != NULL) {
        char *rest = line;
        const unsigned long first = strtoul(rest, &rest, 16);
        if (*rest == '-') {
            begin = first;
            end = strtoul(rest + 1, &rest, 16);
            end = rest[0] == ' ' && rest[2] == 'w' ? end : begin;
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dd") == NULL && end > begin) {
            found += secret_in_range(memory, begin, end);
            ranges++;
        }
    }
    CHECK_INT(fclose(maps), 0);
    CHECK_INT(close(memory), 0);
    CHECK(ranges > 3);
    return found;
}

/** The helper that this process started. */
static int secret_helper(Arena *arena) {
    DIR *processes = opendir("/proc");
    int helper = 0;
    for (const struct dirent *entry; processes != NULL && helper == 0 && (entry = readdir(processes)) != NULL;) {
        const int process = (int)strtol(entry->d_name, NULL, 10);
        char *line = NULL;
        size_t size = 0;
        FILE *file = process > 0 ? fopen(arena_format(arena, "/proc/%d/status", process).data, "re") : NULL;
        while (file != NULL && getline(&line, &size, file) > 0) {
            if (strncmp(line, "PPid:", 5) == 0 && strtol(line + 5, NULL, 10) == getpid()) {
                helper = process;
            }
        }
        free(line);
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    (void)closedir(processes);
    return helper;
}

TEST(the_search_finds_what_is_there) {
    Arena *arena = arena_open(SECRET_BUDGET);
    const char *path = arena_format(arena, "%s/secret", test_directory()).data;
    secret_make(path);
    CHECK_INT(secret_in_core(arena, getpid()), 0);
    const Text kept = fixture_read_file(arena, path);
    CHECK_INT(kept.size, SECRET_SIZE);
    CHECK(secret_in_core(arena, getpid()) > 0);
    arena_close(arena);
}

TEST(a_pin_stands_in_no_core_file) {
    Arena *arena = arena_open(SECRET_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Text output = {0}, signature = {0};
    Key *key = NULL;
    secret_make(token.pin_file.data);
    const int code =
        fixture_run(arena, &output, "softhsm2-util --init-token --free --label other --so-pin 0000 --pin \"$(cat %s)\"",
                    token.pin_file.data);
    CHECK_INT(code, 0);
    const Text uri = arena_format(arena, "pkcs11:token=other;object=seal?module-path=%s", token.module);
    const KeyAccess access = {.file = token.pin_file, .bare = true};
    CHECK_OK(key_make_on_token(uri, &access, KEY_P256, arena));
    CHECK_OK(key_open(arena, uri, &access, &key));
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature));
    CHECK_INT(secret_in_core(arena, getpid()), 0);
    const int helper = secret_helper(arena);
    CHECK(helper > 0);
    CHECK_INT(secret_in_core(arena, helper), 0);
    Text command_line = fixture_read_file(arena, arena_format(arena, "/proc/%d/comm", helper).data);
    CHECK(fixture_contains(command_line, "tradepost-token"));
    arena_close(arena);
}

TEST(a_password_of_the_environment_is_wiped_there) {
    Arena *arena = arena_open(SECRET_BUDGET);
    const char *path = arena_format(arena, "%s/secret", test_directory()).data;
    const Text file = arena_format(arena, "%s/key.p12", test_directory());
    char letters[SECRET_SIZE + 1] = "";
    Key *key = NULL;
    secret_make(path);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0 && read(descriptor, letters, SECRET_SIZE) == SECRET_SIZE);
    CHECK_INT(close(descriptor), 0);
    CHECK_OK(key_make_bare(file, (Text){letters, SECRET_SIZE}, KEY_P256, arena));
    CHECK_INT(setenv("TRADEPOST_TEST_SECRET", letters, 1), 0);
    OPENSSL_cleanse(letters, sizeof(letters));
    const KeyAccess access = {.environment = "TRADEPOST_TEST_SECRET", .bare = true};
    CHECK(secret_in_core(arena, getpid()) > 0);
    CHECK_OK(key_open(arena, file, &access, &key));
    CHECK(getenv("TRADEPOST_TEST_SECRET") == NULL);
    CHECK_INT(secret_in_core(arena, getpid()), 0);
    /* It is remembered all the same. */
    CHECK_OK(key_open(arena, file, &access, &key));
    CHECK_INT(secret_in_core(arena, getpid()), 0);
    arena_close(arena);
}

TEST(no_core_file_is_written) {
    struct rlimit limit = {1, 1};
    key_guard_process();
    CHECK_INT(getrlimit(RLIMIT_CORE, &limit), 0);
    CHECK(limit.rlim_cur == 0 && limit.rlim_max == 0);
    CHECK_INT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}
