/** Runs the registered tests, each in its own process, and reports in the Test Anything Protocol. */
#include "testing/test.h"

#include <ftw.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { SECONDS_PER_TEST = 300, EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

static Test *first, **last = &first;
static char directory[64];

void test_register(Test *test) {
    *last = test;
    last = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("# %s:%d: ", file, line);
    (void)vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    (void)fflush(stdout);
    _exit(EXIT_FAILED);
}

void test_skip(const char *reason) {
    printf("# skipped: %s\n", reason);
    (void)fflush(stdout);
    _exit(EXIT_SKIPPED);
}

Text test_failure(void) {
    return failure_take();
}

const char *test_directory(void) {
    static char path[96];
    (void)snprintf(path, sizeof path, "%s/XXXXXX", directory);
    if (mkdtemp(path) == NULL) {
        test_fail(__FILE__, __LINE__, "no temporary directory");
    }
    static char kept[32][96];
    static size_t count;
    if (count == sizeof kept / sizeof kept[0]) {
        test_fail(__FILE__, __LINE__, "more than %zu directories in one test", count);
    }
    memcpy(kept[count], path, sizeof path);
    return kept[count++];
}

uint64_t test_seed(void) {
    const char *given = getenv("TRADEPOST_TEST_SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20;
    printf("# seed %llu\n", (unsigned long long)seed);
    return seed;
}

uint64_t test_random(uint64_t *state) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

/** Runs one test in a child; the child ends by exit, so that leaks are reported as its failure. */
static int run(const Test *test) {
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(SECONDS_PER_TEST);
        test->run();
        (void)fflush(stdout);
        exit(EXIT_SUCCESS);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    return status;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

int test_run_all(int argument_count, char **arguments) {
    const char *only = argument_count > 1 ? arguments[1] : NULL;
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%.40s/tradepost-XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(directory) == NULL) {
        printf("Bail out! no temporary directory\n");
        return EXIT_FAILED;
    }
    int number = 0, failed = 0;
    for (const Test *test = first; test != NULL; test = test->next) {
        if (only != NULL && strstr(test->name, only) == NULL) {
            continue;
        }
        const int status = run(test);
        const bool ended = WIFEXITED(status);
        const bool passed = ended && WEXITSTATUS(status) == EXIT_SUCCESS;
        const bool skipped = ended && WEXITSTATUS(status) == EXIT_SKIPPED;
        if (!ended) {
            printf("# ended by signal %d\n", WTERMSIG(status));
        }
        failed += !passed && !skipped;
        printf("%sok %d - %s%s\n", passed || skipped ? "" : "not ", ++number, test->name, skipped ? " # SKIP" : "");
    }
    printf("1..%d\n", number);
    (void)nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILED;
}
