/** The program's commands as somebody at a terminal has them, for tests in C. */
#ifndef TRADEPOST_TESTING_COMMAND_H
#define TRADEPOST_TESTING_COMMAND_H

#include <sys/types.h>

#include "base/arena.h"

/** What a command left behind. */
typedef struct Ended {
    int code;
    Text output, errors;
} Ended;

/** Starts the program in a process of its own that ends with the test; `words` end with NULL, its output goes to the
 * two files. */
pid_t command_start(const char *output, const char *errors, const char *const *words);
/** Runs it to its end; fails the test when it is killed. */
Ended command_run(Arena *arena, const char *const *words);
/** command_run over the words: RUN(arena, "check", "--data", directory). */
#define RUN(arena, ...) command_run(arena, (const char *const[]){__VA_ARGS__, NULL})
/** Waits until a file has these words; false after ten seconds. */
bool command_wait_for(Arena *arena, const char *path, const char *words);

#endif
