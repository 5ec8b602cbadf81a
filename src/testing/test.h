/** Tests: TEST(name) registers itself, runs in a forked child with a time limit, and prints TAP. */
#ifndef TRADEPOST_TESTING_TEST_H
#define TRADEPOST_TESTING_TEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef struct Test {
    const char *name;
    void (*run)(void);
    struct Test *next;
} Test;

/** Registers; called before main by what TEST makes. */
void test_register(Test *test);
/** Runs the registered tests (those whose name has the first argument in it) and prints TAP. Returns the exit code. */
int test_run_all(int argument_count, char **arguments);
/** Ends the running test as failed, saying where and why. */
PRINTF_LIKE(3, 4) _Noreturn void test_fail(const char *file, int line, const char *format, ...);
/** Ends the running test as skipped: something of the outside world is absent. */
_Noreturn void test_skip(const char *reason);

#define TEST(name_)                                                                                                    \
    static void test_##name_(void);                                                                                    \
    __attribute__((constructor)) static void register_##name_(void) {                                                  \
        static Test test = {.name = #name_, .run = test_##name_};                                                      \
        test_register(&test);                                                                                          \
    }                                                                                                                  \
    static void test_##name_(void)

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            test_fail(__FILE__, __LINE__, "not true: %s", #condition);                                                 \
        }                                                                                                              \
    } while (0)

#define CHECK_INT(actual, expected)                                                                                    \
    do {                                                                                                               \
        const long long test_actual = (long long)(actual), test_expected = (long long)(expected);                      \
        if (test_actual != test_expected) {                                                                            \
            test_fail(__FILE__, __LINE__, "%s is %lld, expected %lld", #actual, test_actual, test_expected);           \
        }                                                                                                              \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                                                   \
    do {                                                                                                               \
        const Text test_actual = (actual), test_expected = text_of(expected);                                          \
        if (!text_equal(test_actual, test_expected)) {                                                                 \
            test_fail(__FILE__, __LINE__, "%s is \"%.*s\", expected \"%.*s\"", #actual, TEXT_ARG(test_actual),         \
                      TEXT_ARG(test_expected));                                                                        \
        }                                                                                                              \
    } while (0)

#define CHECK_STATUS(call, expected)                                                                                   \
    do {                                                                                                               \
        const Status test_actual = (call), test_expected = (expected);                                                 \
        if (test_actual != test_expected) {                                                                            \
            const Text test_words = test_failure();                                                                    \
            test_fail(__FILE__, __LINE__, "%s is %s, expected %s: %.*s", #call, status_name(test_actual),              \
                      status_name(test_expected), TEXT_ARG(test_words));                                               \
        }                                                                                                              \
    } while (0)

#define CHECK_OK(call) CHECK_STATUS(call, STATUS_OK)

/** The words of the last failure of this thread. */
Text test_failure(void);
/** A fresh directory, removed when the test program ends. The path lives as long as the program. */
const char *test_directory(void);
/** Seed of this run for property tests; printed, and taken from TRADEPOST_TEST_SEED when set. */
uint64_t test_seed(void);
/** The next number of a small generator (splitmix64). */
uint64_t test_random(uint64_t *state);

#endif
