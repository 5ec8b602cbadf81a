/** Jails: what comes out of honest readers, and that none of the ways out is open. */
#include "outside/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "testing/test.h"

enum { MEGABYTE = 1024 * 1024 };

static Status reverse(Text input, Buffer *output) {
    if (text_equal(input, TEXT("refuse"))) {
        return fail(STATUS_UNSUPPORTED, "version %d is not read here", 9);
    }
    for (size_t i = input.size; i > 0; i--) {
        buffer_append_byte(output, input.data[i - 1]);
    }
    return STATUS_OK;
}

static const Jail reverser = {.name = "reverser", .function = reverse, .output = 4 * MEGABYTE};

static Status run(const Jail *jail, const char *input, Arena *arena, Text *ret_output) {
    return jail_run(jail, text_of(input), arena, ret_output);
}

TEST(jail_gives_back_what_its_function_found) {
    Arena *arena = arena_open(16 * MEGABYTE);
    Text output = {NULL, 0};
    CHECK_OK(jail_start());
    CHECK_OK(run(&reverser, "abc", arena, &output));
    CHECK_TEXT(output, "cba");
    CHECK_OK(run(&reverser, "", arena, &output));
    CHECK_INT(output.size, 0);
    char *large = arena_new_array(arena, char, 3 * MEGABYTE);
    large[0] = 'x';
    CHECK_OK(jail_run(&reverser, (Text){large, 3 * MEGABYTE}, arena, &output));
    CHECK_INT(output.size, 3 * MEGABYTE);
    CHECK_INT(output.data[3 * MEGABYTE - 1], 'x');
    jail_stop();
    arena_close(arena);
}

TEST(jail_sees_a_file_behind_its_input) {
    Arena *arena = arena_open(16 * MEGABYTE);
    Text output = {NULL, 0};
    const int file = memfd_create("file", MFD_CLOEXEC);
    CHECK(file >= 0 && write(file, "0123456789", 10) == 10);
    CHECK_OK(jail_start());
    CHECK_OK(jail_run_file(&reverser, TEXT("abc"), file, 10, arena, &output));
    CHECK_TEXT(output, "9876543210cba");
    CHECK_OK(jail_run_file(&reverser, TEXT(""), file, 4, arena, &output));
    CHECK_TEXT(output, "3210");
    /* A head of whole pages, and one of a byte more. */
    char *large = arena_new_array(arena, char, 2 * 4096 + 1);
    large[0] = 'x';
    for (size_t size = 2 * 4096; size <= 2 * 4096 + 1; size++) {
        CHECK_OK(jail_run_file(&reverser, (Text){large, size}, file, 10, arena, &output));
        CHECK_INT(output.size, size + 10);
        CHECK_INT(output.data[size + 9], 'x');
        CHECK_INT(output.data[0], '9');
    }
    jail_stop();
    (void)close(file);
    arena_close(arena);
}

TEST(jail_carries_status_and_words) {
    Arena *arena = arena_open(MEGABYTE);
    Text output = TEXT("untouched");
    CHECK_OK(jail_start());
    CHECK_STATUS(run(&reverser, "refuse", arena, &output), STATUS_UNSUPPORTED);
    (void)run(&reverser, "refuse", arena, &output);
    CHECK_TEXT(failure_take(), "version 9 is not read here");
    CHECK_TEXT(output, "untouched");
    jail_stop();
    arena_close(arena);
}

TEST(jail_without_a_nursery) {
    Arena *arena = arena_open(MEGABYTE);
    Text output = {NULL, 0};
    CHECK_STATUS(run(&reverser, "abc", arena, &output), STATUS_UNAVAILABLE);
    CHECK_OK(jail_start());
    jail_stop();
    CHECK_STATUS(run(&reverser, "abc", arena, &output), STATUS_UNAVAILABLE);
    arena_close(arena);
}

TEST(jail_output_has_a_limit) {
    static const Jail small = {.name = "small", .function = reverse, .output = 1000};
    Arena *arena = arena_open(MEGABYTE), *little = arena_open(100000);
    Text output = {NULL, 0};
    CHECK_OK(jail_start());
    CHECK_OK(jail_run(&small, (Text){arena_new_array(arena, char, 1000), 1000}, arena, &output));
    CHECK_STATUS(jail_run(&small, (Text){arena_new_array(arena, char, 1001), 1001}, arena, &output), STATUS_TOO_LARGE);
    const Text large = {arena_new_array(arena, char, 300000), 300000};
    CHECK_STATUS(jail_run(&reverser, large, little, &output), STATUS_TOO_LARGE);
    arena_close(little);
    jail_stop();
    arena_close(arena);
}

/* The ways out. Each says by its input which one it tries, and appends "escaped" when it got through. */

static Status note(Buffer *output, bool escaped) {
    buffer_append(output, escaped ? TEXT("escaped") : TEXT("held"));
    return STATUS_OK;
}

static Status try_files(Text input, Buffer *output) {
    static char path[200];
    memcpy(path, input.data, input.size);
    struct stat found;
    const bool escaped = open(path, O_RDONLY) >= 0 || syscall(SYS_open, path, O_RDONLY) >= 0 ||
                         stat(path, &found) == 0 || access(path, F_OK) == 0 ||
                         open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0;
    return note(output, escaped);
}

static Status try_socket(Text input, Buffer *output) {
    (void)input;
    return note(output, socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static Status try_socketpair(Text input, Buffer *output) {
    int ends[2];
    (void)input;
    return note(output, socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
}

static Status try_exec(Text input, Buffer *output) {
    (void)input;
    return note(output, execl("/bin/true", "true", (char *)NULL) != -2);
}

static Status try_fork(Text input, Buffer *output) {
    (void)input;
    return note(output, fork() >= 0);
}

static void *idle(void *context) {
    return context;
}

static Status try_thread(Text input, Buffer *output) {
    pthread_t thread;
    (void)input;
    return note(output, pthread_create(&thread, NULL, idle, NULL) == 0);
}

static Status try_kill(Text input, Buffer *output) {
    int64_t process = 0;
    TRY(text_to_int(input, &process));
    return note(output, kill((pid_t)process, SIGTERM) == 0 || syscall(SYS_tgkill, process, process, SIGTERM) == 0);
}

static Status try_pidfd(Text input, Buffer *output) {
    int64_t process = 0;
    TRY(text_to_int(input, &process));
    return note(output, syscall(SYS_pidfd_open, process, 0) >= 0);
}

static Status try_ptrace(Text input, Buffer *output) {
    int64_t process = 0;
    TRY(text_to_int(input, &process));
    return note(output, ptrace(PTRACE_ATTACH, (pid_t)process, NULL, NULL) == 0);
}

static Status try_executable_memory(Text input, Buffer *output) {
    (void)input;
    return note(output, mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static Status try_mprotect(Text input, Buffer *output) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)input;
    return note(output, mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0);
}

static Status try_root(Text input, Buffer *output) {
    (void)input;
    return note(output, setuid(0) == 0);
}

static Status try_limits(Text input, Buffer *output) {
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    (void)input;
    return note(output, setrlimit(RLIMIT_AS, &none) == 0);
}

static Status try_prctl(Text input, Buffer *output) {
    (void)input;
    return note(output, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
}

static Status try_other_call_table(Text input, Buffer *output) {
    long result = -1;
    (void)input;
#ifdef __x86_64__
    /* getpid by the 32-bit gate, where the numbers of calls mean other calls */
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
#endif
    return note(output, result > 0);
}

static Status try_other_descriptors(Text input, Buffer *output) {
    bool escaped = false;
    (void)input;
    for (int descriptor = 4; descriptor < 1024; descriptor++) {
        escaped = escaped || close(descriptor) == 0 || errno != EBADF;
    }
    return note(output, escaped);
}

static Status try_huge_memory(Text input, Buffer *output) {
    (void)input;
    const size_t size = (size_t)256 * MEGABYTE; /* four times what the jail may take */
    char *volatile memory = malloc(size);
    if (memory == NULL) {
        return fail(STATUS_INVALID, "no memory");
    }
    for (size_t i = 0; i < size; i += 4096) {
        memory[i] = 1;
    }
    return note(output, true);
}

static Status try_arena_flood(Text input, Buffer *output) {
    for (size_t i = 0; i < 1000 + input.size; i++) {
        memset(arena_allocate(output->arena, MEGABYTE), 1, MEGABYTE);
    }
    return note(output, true);
}

static Status try_endless_loop(Text input, Buffer *output) {
    for (volatile size_t i = 0; i <= input.size; i = 0) {
    }
    return note(output, true);
}

static Status try_sleep(Text input, Buffer *output) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    (void)input;
    (void)output;
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_mutex_lock(&mutex); /* waits for ever without using time */
    return STATUS_OK;
}

static Status try_crash(Text input, Buffer *output) {
    char *hidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)hidden = 1;
    return note(output, input.size > 0);
}

static Status try_abort(Text input, Buffer *output) {
    (void)input;
    (void)output;
    abort();
}

static Status try_deep_recursion(Text input, Buffer *output) {
    volatile char room[4096];
    room[0] = input.data[0];
    const Status status = room[0] == 'z' ? note(output, true) : try_deep_recursion(input, output);
    return room[0] == 'z' ? STATUS_OK : status;
}

static Status try_flood(Text input, Buffer *output) {
    static char part[65536];
    (void)input;
    (void)output;
    while (write(3, part, sizeof part) > 0) {
    }
    return STATUS_OK;
}

static Status try_forged_frame(Text input, Buffer *output) {
    static const char forged[64] = "LIAJ\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\0\0\0\0\0\0\0";
    (void)input;
    (void)output;
    (void)!write(3, forged, sizeof forged);
    _exit(0);
}

static Status try_forged_size(Text input, Buffer *output) {
    static const char forged[64] = "LIAJ\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0held";
    (void)input;
    (void)output;
    (void)!write(3, forged, sizeof forged);
    _exit(0);
}

static Status try_other_status(Text input, Buffer *output) {
    (void)input;
    (void)output;
    return fail((Status)250, "\x1B]0;terminal\x07");
}

static Status try_silence(Text input, Buffer *output) {
    (void)input;
    (void)output;
    _exit(0);
}

typedef struct Escape {
    Jail jail;
    Status expected; /* STATUS_OK: the function goes on and says "held" */
} Escape;

#define ESCAPE(function_, expected_)                                                                                   \
    {                                                                                                                  \
        {.name = #function_,                                                                                           \
         .function = (function_),                                                                                      \
         .memory = 64 * MEGABYTE,                                                                                      \
         .output = MEGABYTE,                                                                                           \
         .time_limit = TIME_SECOND},                                                                                   \
            (expected_)                                                                                                \
    }

static const Escape escapes[] = {
    ESCAPE(try_files, STATUS_OK),
    ESCAPE(try_socket, STATUS_INVALID),
    ESCAPE(try_socketpair, STATUS_INVALID),
    ESCAPE(try_exec, STATUS_INVALID),
    ESCAPE(try_fork, STATUS_INVALID),
    ESCAPE(try_thread, STATUS_INVALID),
    ESCAPE(try_kill, STATUS_OK),
    ESCAPE(try_pidfd, STATUS_INVALID),
    ESCAPE(try_ptrace, STATUS_INVALID),
    ESCAPE(try_executable_memory, STATUS_INVALID),
    ESCAPE(try_mprotect, STATUS_INVALID),
    ESCAPE(try_root, STATUS_INVALID),
    ESCAPE(try_limits, STATUS_OK),
    ESCAPE(try_prctl, STATUS_INVALID),
    ESCAPE(try_other_call_table, STATUS_INVALID),
    ESCAPE(try_other_descriptors, STATUS_OK),
    ESCAPE(try_huge_memory, STATUS_INVALID),
    ESCAPE(try_arena_flood, STATUS_INVALID),
    ESCAPE(try_endless_loop, STATUS_INVALID),
    ESCAPE(try_sleep, STATUS_INVALID),
    ESCAPE(try_crash, STATUS_INVALID),
    ESCAPE(try_abort, STATUS_INVALID),
    ESCAPE(try_deep_recursion, STATUS_INVALID),
    ESCAPE(try_flood, STATUS_TOO_LARGE),
    ESCAPE(try_forged_frame, STATUS_INVALID),
    ESCAPE(try_forged_size, STATUS_INVALID),
    ESCAPE(try_other_status, STATUS_INVALID),
    ESCAPE(try_silence, STATUS_INVALID),
};

static Text input_of(const Escape *escape, Arena *arena) {
    const bool about_files = escape->jail.function == try_files;
    return about_files ? TEXT("/proc/self/maps") : arena_format(arena, "%d", (int)getpid());
}

TEST(jail_holds_against_each_escape) {
    Arena *arena = arena_open(64 * MEGABYTE);
    CHECK_OK(jail_start());
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        const Escape *escape = &escapes[i];
        Text output = {NULL, 0};
        const int64_t before = clock_monotonic();
        const Status status = jail_run(&escape->jail, input_of(escape, arena), arena, &output);
        const Text words = failure_take();
        const bool plain = !text_find(words, TEXT("\x1B"), &(size_t){0});
        const bool held =
            status == STATUS_OK ? text_equal(output, TEXT("held")) : plain && (escape->expected == status);
        if (!held || clock_monotonic() - before > 5 * TIME_SECOND) {
            test_fail(__FILE__, __LINE__, "%s: %s \"%.*s\" \"%.*s\"", escape->jail.name, status_name(status),
                      TEXT_ARG(output), TEXT_ARG(words));
        }
        CHECK_INT(status, escape->expected);
        CHECK_OK(run(&reverser, "still here", arena, &output));
        CHECK_TEXT(output, "ereh llits");
    }
    jail_stop();
    arena_close(arena);
}

static void *run_many(void *context) {
    Arena *arena = arena_open(4 * MEGABYTE);
    for (int i = 0; i < 20; i++) {
        Text output = {NULL, 0};
        const Text input = arena_format(arena, "%d/%d", *(int *)context, i);
        CHECK_OK(jail_run(&reverser, input, arena, &output));
        CHECK_INT(output.size, input.size);
        CHECK_INT(output.data[0], input.data[input.size - 1]);
        const Escape *escape = &escapes[1 + i % 4];
        CHECK_STATUS(jail_run(&escape->jail, TEXT("1"), arena, &output), STATUS_INVALID);
    }
    arena_close(arena);
    return NULL;
}

TEST(jail_serves_many_threads) {
    pthread_t threads[12];
    int numbers[12];
    CHECK_OK(jail_start());
    for (int i = 0; i < 12; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, run_many, &numbers[i]) == 0);
    }
    for (int i = 0; i < 12; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    jail_stop();
}

/** The process id of the first child of `parent`; waits for it. */
static pid_t child_of(Arena *arena, pid_t parent) {
    int found = 0;
    for (int tries = 0; tries < 100 && found == 0; tries++) {
        FILE *children = popen(arena_format(arena, "pgrep -P %d -x tradepost-jail", (int)parent).data, "r");
        CHECK(children != NULL);
        if (fscanf(children, "%d", &found) != 1) {
            (void)usleep(20000);
        }
        (void)pclose(children);
    }
    CHECK(found > 1);
    return (pid_t)found;
}

/** Takes a system call away from this process and its children, as an old kernel or a container does. */
static void take_away(int system_call, int error) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    CHECK(context != NULL && seccomp_rule_add(context, SCMP_ACT_ERRNO((uint32_t)error), system_call, 0) == 0);
    CHECK(seccomp_load(context) == 0);
    seccomp_release(context);
}

static void check_no_start(int system_call, int error, const char *words) {
    take_away(system_call, error);
    CHECK_STATUS(jail_start(), STATUS_UNAVAILABLE);
    Arena *arena = arena_open(MEGABYTE);
    Text output = {NULL, 0};
    CHECK_STATUS(jail_run(&reverser, TEXT("abc"), arena, &output), STATUS_UNAVAILABLE);
    CHECK_TEXT(failure_take(), "the sandbox was not started");
    CHECK(jail_start() != STATUS_OK);
    const Text said = failure_take();
    if (!text_starts_with(said, text_of(words))) {
        test_fail(__FILE__, __LINE__, "said: %.*s", TEXT_ARG(said));
    }
    arena_close(arena);
}

TEST(jail_without_landlock_does_not_start) {
    check_no_start(SCMP_SYS(landlock_create_ruleset), ENOSYS, "this kernel has no Landlock");
}

TEST(jail_that_landlock_ignores_does_not_start) {
    check_no_start(SCMP_SYS(landlock_restrict_self), EPERM, "Landlock does not work here");
}

TEST(jail_without_limits_does_not_start) {
    check_no_start(SCMP_SYS(prlimit64), EPERM, "the sandbox cannot limit itself");
}

TEST(jail_ends_with_the_program) {
    Arena *arena = arena_open(MEGABYTE);
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    const pid_t program = fork();
    if (program == 0) {
        static const Jail loop = {.name = "loop", .function = try_endless_loop, .time_limit = 60 * TIME_SECOND};
        Text output;
        _exit(jail_start() == STATUS_OK && jail_run(&loop, TEXT(""), arena, &output) == STATUS_OK);
    }
    (void)usleep(300000); /* the trials of jail_start are over */
    const pid_t nursery = child_of(arena, program), jail = child_of(arena, nursery);
    CHECK(kill(program, SIGKILL) == 0);
    (void)alarm(10);
    for (int i = 0; i < 3; i++) {
        const pid_t ended = waitpid(-1, NULL, 0);
        CHECK(ended == program || ended == nursery || ended == jail);
    }
    arena_close(arena);
}

TEST(jail_nursery_killed) {
    Arena *arena = arena_open(MEGABYTE);
    Text output = {NULL, 0};
    CHECK_OK(jail_start());
    CHECK(kill(child_of(arena, getpid()), SIGKILL) == 0);
    CHECK_STATUS(run(&reverser, "abc", arena, &output), STATUS_UNAVAILABLE);
    jail_stop();
    arena_close(arena);
}
