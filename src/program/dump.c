/** Runs pg_dump and pg_restore. */
#include "program/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"

enum { WORDS_BYTES = 2000 };

extern char **environ;

/** What the tool says of its failure, up to a limit; the rest is read and dropped, so that it can end. */
static Text read_words(Arena *arena, int end) {
    char part[512];
    Buffer words = buffer_make(arena, WORDS_BYTES);
    for (;;) {
        const ssize_t size = read(end, part, sizeof part);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return text_trim((Text){words.data, words.size});
        }
        if (words.size + (size_t)size <= WORDS_BYTES) {
            buffer_append(&words, (Text){part, (size_t)size});
        }
    }
}

static int start(const char *const *words, int errors, pid_t *ret_tool) {
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    const int error = posix_spawnp(ret_tool, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

static Status run(Arena *arena, const char *const *words) {
    int ends[2], state = 0;
    pid_t tool = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fail(STATUS_FAILED, "no pipe: %s", strerror(errno));
    }
    const int error = start(words, ends[1], &tool);
    (void)close(ends[1]);
    if (error != 0) {
        (void)close(ends[0]);
        return fail(STATUS_UNSUPPORTED,
                    "%s cannot be run (%s): install the package postgresql-client, or save the database by other means "
                    "and the rest with --files-only",
                    words[0], strerror(error));
    }
    const Text said = read_words(arena, ends[0]);
    (void)close(ends[0]);
    while (waitpid(tool, &state, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(state) && WEXITSTATUS(state) == 0
               ? STATUS_OK
               : fail(STATUS_UNAVAILABLE, "%s failed: %.*s", words[0], TEXT_ARG(said));
}

Status dump_write(Arena *arena, Text address, const char *path) {
    const char *words[] = {"pg_dump",
                           "--format=custom",
                           "--no-owner",
                           "--no-privileges",
                           arena_format(arena, "--file=%s", path).data,
                           arena_format(arena, "--dbname=%.*s", TEXT_ARG(address)).data,
                           NULL};
    return run(arena, words);
}

Status dump_read(Arena *arena, Text address, const char *path) {
    const char *words[] = {"pg_restore",
                           "--no-owner",
                           "--no-privileges",
                           "--exit-on-error",
                           "--single-transaction",
                           arena_format(arena, "--dbname=%.*s", TEXT_ARG(address)).data,
                           path,
                           NULL};
    return run(arena, words);
}
