/** The walls of a jail: descriptors, identity, limits, Landlock, system call filter. */
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "outside/jail_inside.h"

enum { NOBODY = 65534, FILTER_LIMIT = 4096 };

/* linux/landlock.h of older systems lacks the later members, so they are written out: ABI 1 knows the first, ABI 4 the
 * second, ABI 6 all. */
typedef struct LandlockRules {
    uint64_t file_access, network_access, scope;
} LandlockRules;

static struct sock_filter filter[FILTER_LIMIT];
static struct sock_fprog filter_program;

/* Harmless system calls that computing needs. */
static const int allowed[] = {
    SCMP_SYS(exit),         SCMP_SYS(exit_group),     SCMP_SYS(brk),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),         SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime),  SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday), SCMP_SYS(time),           SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(sched_yield),    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),    SCMP_SYS(restart_syscall),
    SCMP_SYS(sysinfo),      SCMP_SYS(close),
};

/* What libraries try in passing: told no, so that they go on without. All else ends the process. */
static const int refused[] = {
    SCMP_SYS(open),       SCMP_SYS(openat),     SCMP_SYS(openat2),    SCMP_SYS(stat),      SCMP_SYS(lstat),
    SCMP_SYS(fstat),      SCMP_SYS(newfstatat), SCMP_SYS(statx),      SCMP_SYS(access),    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(read),      SCMP_SYS(lseek),
    SCMP_SYS(ioctl),      SCMP_SYS(fcntl),      SCMP_SYS(prlimit64),  SCMP_SYS(getrlimit), SCMP_SYS(kill),
    SCMP_SYS(tgkill),     SCMP_SYS(tkill),      SCMP_SYS(getcwd),
};

static bool add_rules(scmp_filter_ctx context) {
    bool done = true;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        done = done && seccomp_rule_add(context, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        done = done && seccomp_rule_add(context, SCMP_ACT_ERRNO(EACCES), refused[i], 0) == 0;
    }
    const struct scmp_arg_cmp own_descriptors = SCMP_A0_32(SCMP_CMP_LE, JAIL_OUTPUT_DESCRIPTOR);
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    return done && seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, own_descriptors) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1, own_descriptors) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable) == 0;
}

/* libseccomp 2.5 gives its program through a descriptor only. */
MUST_USE static Status take_program(scmp_filter_ctx context) {
    const int file = memfd_create("filter", MFD_CLOEXEC);
    if (file < 0) {
        return fail(STATUS_UNAVAILABLE, "no memory file for the sandbox: %m");
    }
    ssize_t size = -1;
    if (seccomp_export_bpf(context, file) == 0 && lseek(file, 0, SEEK_SET) == 0) {
        size = read(file, filter, sizeof filter);
    }
    (void)close(file);
    if (size <= 0 || (size_t)size == sizeof filter || (size_t)size % sizeof filter[0] != 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox's system call filter cannot be compiled");
    }
    filter_program = (struct sock_fprog){.len = (unsigned short)((size_t)size / sizeof filter[0]), .filter = filter};
    return STATUS_OK;
}

Status jail_filter_make(void) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (context == NULL || !add_rules(context)) {
        seccomp_release(context);
        return fail(STATUS_UNAVAILABLE, "the sandbox's system call filter cannot be made");
    }
    const Status status = take_program(context);
    seccomp_release(context);
    return status;
}

/* A jailed process of root is nobody; others stay who they are and lose the way to become more. */
MUST_USE static Status drop_identity(void) {
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot drop its rights: %m");
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot give up new rights: %m");
    }
    return STATUS_OK;
}

/* Counted from what is there already, so that it holds for the program's size and for a sanitizer's shadow alike. */
MUST_USE static Status address_space(size_t memory, rlim_t *ret_limit) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128];
    char *end = line;
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        pages = strtoull(line, &end, 10);
    }
    const bool found = end != line;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!found) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot tell its size: is /proc there?");
    }
    *ret_limit = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + memory;
    return STATUS_OK;
}

MUST_USE static Status limit_resources(const Jail *jail, rlim_t space) {
    const rlim_t seconds = (rlim_t)((jail_time_limit(jail) + TIME_SECOND - 1) / TIME_SECOND);
    const struct {
        __rlimit_resource_t resource;
        struct rlimit limit;
    } limits[] = {
        {RLIMIT_AS, {space, space}}, {RLIMIT_CPU, {seconds, seconds + 1}},
        {RLIMIT_CORE, {0, 0}},       {RLIMIT_FSIZE, {0, 0}},
        {RLIMIT_NPROC, {0, 0}},      {RLIMIT_MEMLOCK, {0, 0}},
        {RLIMIT_MSGQUEUE, {0, 0}},   {RLIMIT_NOFILE, {0, 0}},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (setrlimit(limits[i].resource, &limits[i].limit) != 0) {
            return fail(STATUS_UNAVAILABLE, "the sandbox cannot limit itself: %m");
        }
    }
    return STATUS_OK;
}

MUST_USE static Status forbid_files(void) {
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
    if (version < 1) {
        return fail(STATUS_UNAVAILABLE, "this kernel has no Landlock: %m");
    }
    static const unsigned bits_of_version[] = {13, 14, 15, 15, 16}; /* each version knows more ways to touch a file */
    const size_t known = sizeof bits_of_version / sizeof bits_of_version[0];
    const unsigned bits = bits_of_version[(size_t)version > known ? known - 1 : (size_t)version - 1];
    const LandlockRules rules = {(UINT64_C(1) << bits) - 1, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
    const size_t size = version >= 6 ? sizeof rules : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    const long ruleset = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        return fail(STATUS_UNAVAILABLE, "Landlock does not work here: %m");
    }
    (void)close((int)ruleset);
    return STATUS_OK;
}

Status jail_lock_in(const Jail *jail) {
    if (close_range(JAIL_OUTPUT_DESCRIPTOR + 1, ~0U, 0) != 0) {
        return fail(STATUS_UNAVAILABLE, "the sandbox cannot close what it should not have: %m");
    }
    rlim_t space = 0;
    TRY(address_space(jail_memory(jail), &space));
    TRY(drop_identity());
    TRY(forbid_files());
    TRY(limit_resources(jail, space));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter_program, 0, 0) != 0) {
        return fail(STATUS_UNAVAILABLE, "this kernel has no system call filter: %m");
    }
    return STATUS_OK;
}
