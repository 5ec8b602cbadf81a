/** The program's side of the jail: asks the nursery, reads what comes out, judges how it ended. */
#include "outside/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "outside/file.h"
#include "outside/jail_inside.h"

enum { QUEUE_SECONDS = 60 };

static int nursery_socket = -1;
static pid_t nursery_process;

size_t jail_memory(const Jail *jail) {
    return jail->memory > 0 ? jail->memory : (size_t)256 * 1024 * 1024;
}

size_t jail_output(const Jail *jail) {
    return jail->output > 0 ? jail->output : (size_t)16 * 1024 * 1024;
}

int64_t jail_time_limit(const Jail *jail) {
    return jail->time_limit > 0 ? jail->time_limit : 10 * TIME_SECOND;
}

/* The trial of jail_start: opening must be refused, and a socket must be the end. */
static Status try_the_door(Text input, Buffer *output) {
    (void)input;
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
        return fail(STATUS_FAILED, "a jail could open a file");
    }
    buffer_append(output, TEXT("locked"));
    return STATUS_OK;
}

static Status try_the_window(Text input, Buffer *output) {
    (void)input;
    buffer_append(output, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ? TEXT("a socket") : TEXT("no end"));
    return STATUS_OK;
}

static const Jail door = {.name = "trial of the sandbox", .function = try_the_door};
static const Jail window = {.name = "trial of the sandbox", .function = try_the_window};

MUST_USE static Status try_walls(void) {
    Arena *arena = arena_open(64 * 1024);
    Text output = {NULL, 0};
    Status status = jail_run(&door, TEXT("trial"), arena, &output);
    if (status == STATUS_OK && jail_run(&window, TEXT("trial"), arena, &output) != STATUS_INVALID) {
        status = fail(STATUS_UNAVAILABLE, "the sandbox does not hold: a socket could be asked for");
    }
    arena_close(arena);
    return status == STATUS_OK ? STATUS_OK : STATUS_UNAVAILABLE;
}

Status jail_start(void) {
    int ends[2];
    TRY(jail_filter_make());
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot be started: %m");
    }
    const pid_t process = fork();
    if (process == 0) {
        (void)close(ends[0]);
        jail_nursery(ends[1]);
    }
    (void)close(ends[1]);
    if (process < 0) {
        (void)close(ends[0]);
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot be started: %m");
    }
    nursery_socket = ends[0];
    nursery_process = process;
    const Status status = try_walls();
    if (status != STATUS_OK) {
        jail_stop();
    }
    return status;
}

void jail_stop(void) {
    if (nursery_socket >= 0) {
        (void)close(nursery_socket);
        nursery_socket = -1;
        (void)waitpid(nursery_process, NULL, 0);
    }
}

/** The program's ends of one run; -1 when closed. */
typedef struct Run {
    int theirs[JAIL_DESCRIPTOR_COUNT]; /* what the nursery is given */
    int output, verdict;
    JailRequest request;
} Run;

static void close_end(int *descriptor) {
    if (*descriptor >= 0) {
        (void)close(*descriptor);
        *descriptor = -1;
    }
}

static void close_run(Run *run) {
    for (size_t i = 0; i < JAIL_DESCRIPTOR_COUNT; i++) {
        close_end(&run->theirs[i]);
    }
    close_end(&run->output);
    close_end(&run->verdict);
}

/* The input travels as a sealed memory file, so that nobody can change it while it is read. */
MUST_USE static Status open_run(Run *run, Text input, int file) {
    int output[2], verdict[2];
    run->theirs[JAIL_INPUT] = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    run->theirs[JAIL_FILE] = fcntl(file >= 0 ? file : run->theirs[JAIL_INPUT], F_DUPFD_CLOEXEC, 0);
    if (run->theirs[JAIL_INPUT] < 0 || run->theirs[JAIL_FILE] < 0 ||
        lseek(run->theirs[JAIL_INPUT], (off_t)run->request.input_from, SEEK_SET) < 0) {
        return fail(STATUS_UNAVAILABLE, "no memory file for the sandbox: %m");
    }
    TRY(file_write(run->theirs[JAIL_INPUT], "the sandbox's input", input));
    if (fcntl(run->theirs[JAIL_INPUT], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        pipe2(output, O_CLOEXEC) != 0) {
        return fail(STATUS_UNAVAILABLE, "no pipe to the sandbox: %m");
    }
    run->output = output[0];
    run->theirs[JAIL_OUTPUT] = output[1];
    if (pipe2(verdict, O_CLOEXEC) != 0) {
        return fail(STATUS_UNAVAILABLE, "no pipe to the sandbox: %m");
    }
    run->verdict = verdict[0];
    run->theirs[JAIL_VERDICT] = verdict[1];
    return STATUS_OK;
}

MUST_USE static Status ask(Run *run) {
    JailRequest request = run->request;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof run->theirs)];
    } control = {.bytes = {0}};
    struct iovec part = {&request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof run->theirs);
    memcpy(CMSG_DATA(header), run->theirs, sizeof run->theirs);
    ssize_t size = -1;
    do {
        size = sendmsg(nursery_socket, &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size != sizeof request) {
        return fail(STATUS_UNAVAILABLE, "the sandbox has ended; the program must be started again: %m");
    }
    for (size_t i = 0; i < JAIL_DESCRIPTOR_COUNT; i++) {
        close_end(&run->theirs[i]);
    }
    return STATUS_OK;
}

/* One part of what comes: 0 at the end, -1 when nothing comes in time. */
static ssize_t read_part(int descriptor, void *room, size_t size, int64_t deadline) {
    for (;;) {
        struct pollfd wait = {.fd = descriptor, .events = POLLIN};
        const int64_t rest = (deadline - clock_monotonic()) / 1000 + 1;
        const int ready = rest <= 0 ? 0 : poll(&wait, 1, (int)rest);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return -1;
        }
        const ssize_t part = read(descriptor, room, size);
        if (part >= 0 || errno != EINTR) {
            return part;
        }
    }
}

MUST_USE static Status read_output(Run *run, const Jail *jail, Arena *arena, int64_t deadline, Text *ret_bytes) {
    Buffer bytes = buffer_make(arena, sizeof(JailFrame) + JAIL_WORDS_LIMIT + jail_output(jail));
    char part[16384];
    ssize_t size = 0;
    while ((size = read_part(run->output, part, sizeof part, deadline)) > 0) {
        buffer_append(&bytes, (Text){part, (size_t)size});
        if (bytes.overflow) {
            return fail(STATUS_TOO_LARGE, "%s: more came out than is allowed", jail->name);
        }
    }
    if (size < 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox does not answer");
    }
    return buffer_take(&bytes, ret_bytes);
}

MUST_USE static Status judge_end(const Jail *jail, const JailVerdict *verdict) {
    const int end = verdict->wait_status;
    if (verdict->timed_out || (WIFSIGNALED(end) && (WTERMSIG(end) == SIGXCPU || WTERMSIG(end) == SIGKILL))) {
        return fail(STATUS_INVALID, "%s: the input takes too long to read", jail->name);
    }
    if (WIFSIGNALED(end) && WTERMSIG(end) == SIGSYS) {
        return fail(STATUS_INVALID, "%s: the input led its reader to what is forbidden", jail->name);
    }
    if (WIFEXITED(end) && WEXITSTATUS(end) == JAIL_EXIT_NO_WALLS) {
        return fail(STATUS_UNAVAILABLE, "this system gives no sandbox (seccomp and Landlock, Linux 5.13 or later)");
    }
    if (!WIFEXITED(end) || WEXITSTATUS(end) != 0) {
        return fail(STATUS_INVALID, "%s: the input cannot be read; its reader broke off", jail->name);
    }
    return STATUS_OK;
}

/* Words from the jail are a stranger's: shown only when they are plain text. */
static bool are_plain(Text words) {
    bool plain = text_is_utf8(words);
    for (size_t i = 0; i < words.size; i++) {
        plain = plain && (unsigned char)words.data[i] >= ' ' && words.data[i] != 0x7F;
    }
    return plain;
}

MUST_USE static Status open_frame(const Jail *jail, Text bytes, Text *ret_output) {
    JailFrame frame = {0, 0, 0, 0};
    if (bytes.size >= sizeof frame) {
        memcpy(&frame, bytes.data, sizeof frame);
    }
    const size_t rest = bytes.size - (bytes.size >= sizeof frame ? sizeof frame : 0);
    if (frame.magic != JAIL_MAGIC || frame.status >= STATUS_COUNT || frame.words > JAIL_WORDS_LIMIT ||
        frame.words > rest || frame.output != rest - frame.words) {
        return fail(STATUS_INVALID, "%s: the input led its reader astray", jail->name);
    }
    if (frame.status != STATUS_OK) {
        const Text words = text_slice(bytes, sizeof frame, sizeof frame + frame.words);
        const bool shown = words.size > 0 && are_plain(words);
        return shown ? fail((Status)frame.status, "%.*s", TEXT_ARG(words))
                     : fail((Status)frame.status, "%s: the input is refused", jail->name);
    }
    *ret_output = text_slice(bytes, sizeof frame + frame.words, bytes.size);
    return STATUS_OK;
}

MUST_USE static Status run_through(Run *run, Text input, int file, Arena *arena, Text *ret_output) {
    const Jail *jail = run->request.jail;
    TRY(open_run(run, input, file));
    TRY(ask(run));
    const int64_t deadline = clock_monotonic() + jail_time_limit(jail) + QUEUE_SECONDS * TIME_SECOND;
    Text bytes = {NULL, 0};
    JailVerdict verdict = {0, false};
    TRY(read_output(run, jail, arena, deadline, &bytes));
    if (read_part(run->verdict, &verdict, sizeof verdict, deadline) != sizeof verdict) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot start another process");
    }
    TRY(judge_end(jail, &verdict));
    return open_frame(jail, bytes, ret_output);
}

static Status run_with_file(const Jail *jail, Text input, int file, size_t size, Arena *arena, Text *ret_output) {
    if (nursery_socket < 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox was not started");
    }
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    Run run = {.theirs = {-1, -1, -1, -1},
               .output = -1,
               .verdict = -1,
               .request = {jail, input.size, (page - input.size % page) % page, size}};
    const Status status = run_through(&run, input, file, arena, ret_output);
    close_run(&run);
    return status;
}

Status jail_run(const Jail *jail, Text input, Arena *arena, Text *ret_output) {
    return run_with_file(jail, input, -1, 0, arena, ret_output);
}

Status jail_run_file(const Jail *jail, Text head, int file, size_t size, Arena *arena, Text *ret_output) {
    return run_with_file(jail, head, file, size, arena, ret_output);
}
