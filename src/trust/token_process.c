/** Helper processes: started, asked, ended. */
#include "trust/token_process.h"

#include <fcntl.h>
#include <p11-kit/uri.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "trust/key_secret.h"

TokenLimits token_limits = {.open = 20 * TIME_SECOND,
                            .sign = 10 * TIME_SECOND,
                            .silence = 5 * TIME_SECOND,
                            .hung = 30 * TIME_SECOND,
                            .away = 5 * TIME_SECOND};

static Status token_spawn(TokenProcess *helper) {
    int theirs[TOKEN_SESSIONS];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char *const arguments[] = {(char *)(uintptr_t)token_helper_name, NULL};
    int made = 0, failed = 0;
    if (token_is_helper()) {
        return fail(STATUS_FAILED, "a token's helper starts no helper");
    }
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (; made < TOKEN_SESSIONS && failed == 0; made++) {
        int ends[2] = {-1, -1};
        failed = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
        /* High numbers, so that none is overwritten before it is copied to its place. */
        theirs[made] = fcntl(ends[1], F_DUPFD_CLOEXEC, TOKEN_DESCRIPTOR + TOKEN_SESSIONS);
        helper->connections[made] = ends[0];
        (void)close(ends[1]);
        (void)posix_spawn_file_actions_adddup2(&actions, theirs[made], TOKEN_DESCRIPTOR + made);
    }
    (void)posix_spawn_file_actions_addclosefrom_np(&actions, TOKEN_DESCRIPTOR + TOKEN_SESSIONS);
    if (failed == 0) {
        failed = posix_spawn(&helper->process, "/proc/self/exe", &actions, &attributes, arguments, environ);
    }
    for (int i = 0; i < made; i++) {
        (void)close(theirs[i]);
        if (failed != 0) {
            (void)close(helper->connections[i]);
        }
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        helper->process = 0;
        return fail(STATUS_UNAVAILABLE, "the token's helper cannot be started");
    }
    return STATUS_OK;
}

void token_reap(TokenProcess *helper) {
    if (helper->process > 0) {
        (void)kill(helper->process, SIGKILL);
        (void)waitpid(helper->process, NULL, 0);
        for (int i = 0; i < TOKEN_SESSIONS; i++) {
            (void)close(helper->connections[i]);
        }
    }
    *helper = (TokenProcess){.process = 0};
}

Status token_ask(Arena *arena, int connection, int64_t limit, const TokenMessage *question, TokenMessage *ret_answer,
                 TokenTrouble *ret_trouble, bool *ret_hung) {
    const int64_t deadline = clock_monotonic() + limit;
    if (!token_send(connection, question) || !token_receive(arena, connection, deadline, ret_answer)) {
        *ret_hung = clock_monotonic() >= deadline;
        *ret_trouble = TOKEN_LOST;
        return *ret_hung ? fail(STATUS_UNAVAILABLE, "the token did not answer within %lld s",
                                (long long)(limit / TIME_SECOND))
                         : fail(STATUS_UNAVAILABLE, "the token's module crashed");
    }
    const TokenHead *head = &ret_answer->head;
    *ret_trouble = head->trouble;
    return head->status == STATUS_OK ? STATUS_OK : fail(head->status, "%.*s", TEXT_ARG(ret_answer->parts[0]));
}

Status token_start(Arena *arena, Text uri, const KeyAccess *access, TokenAct act, TokenProcess *helper,
                   TokenMessage *ret_answer, bool *ret_hung) {
    Arena *secrets = arena_open((size_t)1 << 20);
    Text pin = {0};
    TokenTrouble trouble = TOKEN_NO_TROUBLE;
    Status status = key_secret_read(secrets, access, TEXT("PIN of the token"), &pin);
    if (status == STATUS_OK) {
        status = key_pin_check(secrets, uri, pin);
    }
    if (status == STATUS_OK) {
        status = token_spawn(helper);
    }
    if (status == STATUS_OK) {
        const TokenMessage question = {.head = {.act = act, .part_count = 2}, .parts = {uri, pin}};
        status = token_ask(arena, helper->connections[0], token_limits.open, &question, ret_answer, &trouble, ret_hung);
        if (trouble == TOKEN_PIN_REFUSED) {
            key_pin_refuse(secrets, uri, pin);
        }
        if (status != STATUS_OK) {
            token_reap(helper);
        }
    }
    arena_close(secrets);
    return status;
}

Status token_check_uri(Arena *arena, Text uri) {
    P11KitUri *parsed = p11_kit_uri_new();
    const bool is_uri = parsed != NULL && text_is_utf8(uri) &&
                        p11_kit_uri_parse(arena_c_string(arena, uri), P11_KIT_URI_FOR_ANY, parsed) == P11_KIT_URI_OK;
    const char *module_path = is_uri ? p11_kit_uri_get_module_path(parsed) : NULL;
    Status status = STATUS_OK;
    if (!is_uri) {
        status = fail(STATUS_INVALID, "the pkcs11: description is no URI of RFC 7512");
    } else if (p11_kit_uri_get_pin_value(parsed) != NULL || p11_kit_uri_get_pin_source(parsed) != NULL) {
        status =
            fail(STATUS_INVALID, "a description never holds the PIN: give it by a file, a variable or the terminal");
    } else if (module_path == NULL || module_path[0] != '/') {
        status = fail(STATUS_INVALID, "a pkcs11: description names its module as ?module-path=/whole/path.so");
    }
    p11_kit_uri_free(parsed);
    return status;
}
