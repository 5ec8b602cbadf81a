/** The nursery: a process without threads that forks the jails, watches their time and reports their end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "outside/jail_inside.h"

enum { CHILDREN_LIMIT = 8 };

/** A jail that runs. */
typedef struct Child {
    pid_t process;
    int handle;  /* becomes readable when the process ends */
    int verdict; /* where its end is reported */
    int64_t deadline;
    bool timed_out;
} Child;

typedef struct Nursery {
    int socket;
    Child children[CHILDREN_LIMIT];
    size_t count;
} Nursery;

static void write_all(const void *bytes, size_t size) {
    const char *rest = bytes;
    while (size > 0) {
        const ssize_t part = write(JAIL_OUTPUT_DESCRIPTOR, rest, size);
        if (part <= 0) {
            _exit(1); /* nobody wants the rest */
        }
        rest += part;
        size -= (size_t)part;
    }
}

_Noreturn static void answer(Status status, Text output) {
    const Text words = status == STATUS_OK ? (Text){NULL, 0} : text_slice(failure_take(), 0, JAIL_WORDS_LIMIT);
    const JailFrame frame = {JAIL_MAGIC, (uint32_t)status, words.size, output.size};
    write_all(&frame, sizeof frame);
    write_all(words.data, words.size);
    write_all(output.data, output.size);
    _exit(0);
}

/* Behind the walls: from here on only the function's own work. */
_Noreturn static void run_function(const Jail *jail, Text input) {
    Arena *arena = arena_open(jail_memory(jail));
    Buffer buffer = buffer_make(arena, jail_output(jail));
    Text output = {NULL, 0};
    Status status = jail->function(input, &buffer);
    if (status == STATUS_OK) {
        status = buffer_take(&buffer, &output);
    }
    answer(status, output);
}

/* The input and the file behind it, in one run of addresses. */
static Text map_input(const JailRequest *request, const int *descriptors) {
    const size_t head = request->input_from + request->input_size, whole = head + request->file_size;
    if (whole == 0) {
        return TEXT("");
    }
    char *memory = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const bool has_room = memory != MAP_FAILED;
    const bool has_head =
        has_room && (head == 0 || mmap(memory, head, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE,
                                       descriptors[JAIL_INPUT], 0) != MAP_FAILED);
    const bool has_file =
        has_head && (request->file_size == 0 || mmap(memory + head, request->file_size, PROT_READ,
                                                     MAP_PRIVATE | MAP_FIXED, descriptors[JAIL_FILE], 0) != MAP_FAILED);
    if (!has_file) {
        _exit(JAIL_EXIT_NO_WALLS);
    }
    return (Text){memory + request->input_from, request->input_size + request->file_size};
}

/* In the forked child: puts the descriptors where they belong, reads the input, locks itself in. */
_Noreturn static void become_jail(const JailRequest *request, const int *descriptors) {
    const Text input = map_input(request, descriptors);
    const int nothing = open("/dev/null", O_RDWR);
    const int output = fcntl(descriptors[JAIL_OUTPUT], F_DUPFD, JAIL_OUTPUT_DESCRIPTOR + 1);
    for (int number = 0; number < JAIL_OUTPUT_DESCRIPTOR; number++) {
        if (nothing < 0 || dup2(nothing, number) != number) {
            _exit(JAIL_EXIT_NO_WALLS);
        }
    }
    if (output < 0 || dup2(output, JAIL_OUTPUT_DESCRIPTOR) < 0) {
        _exit(JAIL_EXIT_NO_WALLS);
    }
    const Status walls = jail_lock_in(request->jail);
    if (walls != STATUS_OK) {
        answer(walls, (Text){NULL, 0});
    }
    run_function(request->jail, input);
}

static void report(const Child *child, int wait_status) {
    const JailVerdict verdict = {wait_status, child->timed_out};
    (void)!write(child->verdict, &verdict, sizeof verdict); /* who asked may have gone */
    (void)close(child->verdict);
    (void)close(child->handle);
}

static void start_child(Nursery *nursery, const JailRequest *request, const int *descriptors) {
    const pid_t process = fork();
    if (process == 0) {
        become_jail(request, descriptors);
    }
    const int handle = process < 0 ? -1 : (int)syscall(SYS_pidfd_open, process, 0);
    if (handle < 0) {
        if (process > 0) {
            (void)kill(process, SIGKILL);
            (void)waitpid(process, NULL, 0);
        }
        (void)close(descriptors[JAIL_VERDICT]); /* its silent end says that there was no jail */
        return;
    }
    const int64_t deadline = clock_monotonic() + jail_time_limit(request->jail);
    nursery->children[nursery->count++] = (Child){process, handle, descriptors[JAIL_VERDICT], deadline, false};
}

/** Takes one request; false when the program has gone. */
static bool take_request(Nursery *nursery) {
    JailRequest request = {NULL, 0, 0, 0};
    int descriptors[JAIL_DESCRIPTOR_COUNT] = {-1, -1, -1, -1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptors)];
    } control = {.bytes = {0}};
    struct iovec part = {&request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    const ssize_t size = recvmsg(nursery->socket, &message, MSG_CMSG_CLOEXEC);
    if (size <= 0) {
        return size < 0 && errno == EINTR;
    }
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (size == sizeof request && header != NULL && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof descriptors)) {
        memcpy(descriptors, CMSG_DATA(header), sizeof descriptors);
        start_child(nursery, &request, descriptors);
        (void)close(descriptors[JAIL_INPUT]);
        (void)close(descriptors[JAIL_OUTPUT]);
        (void)close(descriptors[JAIL_FILE]);
    }
    return true;
}

static int until_next_deadline(const Nursery *nursery) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < nursery->count; i++) {
        if (!nursery->children[i].timed_out && nursery->children[i].deadline < next) {
            next = nursery->children[i].deadline;
        }
    }
    if (next == INT64_MAX) {
        return -1;
    }
    const int64_t rest = (next - clock_monotonic()) / 1000 + 1;
    return rest < 0 ? 0 : rest > INT32_MAX ? INT32_MAX : (int)rest;
}

static void kill_the_late(Nursery *nursery) {
    const int64_t now = clock_monotonic();
    for (size_t i = 0; i < nursery->count; i++) {
        Child *child = &nursery->children[i];
        if (!child->timed_out && child->deadline <= now) {
            child->timed_out = true;
            (void)kill(child->process, SIGKILL);
        }
    }
}

static void bury_the_dead(Nursery *nursery, const struct pollfd *waits) {
    size_t kept = 0;
    for (size_t i = 0; i < nursery->count; i++) {
        int wait_status = 0;
        if (waits[i].revents != 0 && waitpid(nursery->children[i].process, &wait_status, 0) > 0) {
            report(&nursery->children[i], wait_status);
        } else {
            nursery->children[kept++] = nursery->children[i];
        }
    }
    nursery->count = kept;
}

/* What it inherits is small now and stays so: it keeps no descriptor but its socket and standard error. */
static void settle(Nursery *nursery) {
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP,
                                  SIGPIPE}; /* the program tells when to end, by closing the socket */
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    (void)prctl(PR_SET_NAME, "tradepost-jail", 0, 0, 0);
    if (nursery->socket != JAIL_OUTPUT_DESCRIPTOR) {
        (void)dup2(nursery->socket, JAIL_OUTPUT_DESCRIPTOR);
        nursery->socket = JAIL_OUTPUT_DESCRIPTOR;
    }
    (void)close_range(JAIL_OUTPUT_DESCRIPTOR + 1, ~0U, 0);
}

void jail_nursery(int socket) {
    static Nursery nursery;
    nursery = (Nursery){.socket = socket};
    settle(&nursery);
    for (;;) {
        struct pollfd waits[CHILDREN_LIMIT + 1];
        const size_t count = nursery.count;
        for (size_t i = 0; i < count; i++) {
            waits[i] = (struct pollfd){.fd = nursery.children[i].handle, .events = POLLIN};
        }
        /* At the limit no request is taken: the askers wait in the socket. A negative number is passed over. */
        waits[count] = (struct pollfd){.fd = count < CHILDREN_LIMIT ? nursery.socket : -1, .events = POLLIN};
        if (poll(waits, count + 1, until_next_deadline(&nursery)) < 0 && errno != EINTR) {
            _exit(1);
        }
        kill_the_late(&nursery);
        const bool asked = waits[count].revents != 0;
        bury_the_dead(&nursery, waits);
        if (asked && !take_request(&nursery)) {
            for (size_t i = 0; i < nursery.count; i++) {
                (void)kill(nursery.children[i].process, SIGKILL);
            }
            _exit(0);
        }
    }
}
