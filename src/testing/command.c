/** Runs the program's commands in processes of their own. */
#include "testing/command.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outside/file.h"
#include "program/program.h"
#include "testing/test.h"

static Text read_whole(Arena *arena, const char *path) {
    Text text = {NULL, 0};
    CHECK_OK(file_read(arena, AT_FDCWD, path, 1 << 20, &text));
    return text;
}

pid_t command_start(const char *output, const char *errors, const char *const *words) {
    const pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a test that fails leaves no server behind */
        char *arguments[16] = {"tradepost"};
        int count = 1;
        for (; words[count - 1] != NULL; count++) {
            arguments[count] = strdup(words[count - 1]);
        }
        const int files[2] = {open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600),
                              open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
        if (dup2(files[0], STDOUT_FILENO) < 0 || dup2(files[1], STDERR_FILENO) < 0) {
            _exit(99);
        }
        const int code = program_run(count, arguments);
        (void)fflush(NULL);
        _exit(code);
    }
    return child;
}

Ended command_run(Arena *arena, const char *const *words) {
    static int number;
    const char *output = arena_format(arena, "%s/output-%d", test_directory(), number++).data;
    const char *errors = arena_format(arena, "%s.errors", output).data;
    int status = 0;
    const pid_t child = command_start(output, errors, words);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return (Ended){WEXITSTATUS(status), read_whole(arena, output), read_whole(arena, errors)};
}

bool command_wait_for(Arena *arena, const char *path, const char *words) {
    for (int tries = 0; tries < 500; tries++) {
        Text text = {NULL, 0};
        if (file_read(arena, AT_FDCWD, path, 1 << 20, &text) == STATUS_OK &&
            text_find(text, text_of(words), &(size_t){0})) {
            return true;
        }
        (void)usleep(20000);
    }
    return false;
}
