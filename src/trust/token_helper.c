/** The token helper: a process that loads one PKCS#11 module and signs with one key, until its asker is gone. */
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "trust/key_secret.h"
#include "trust/token_module.h"

const char token_helper_name[] = "tradepost-token";

#define TOKEN_ARENA ((size_t)4 << 20)

/* A key that asks for its PIN with each signature needs it at hand; for others it is wiped once logged in. */
typedef struct TokenPin {
    size_t size;
    char bytes[KEY_SECRET_MAX];
} TokenPin;

static TokenModule module;
static TokenPin *kept_pin;

bool token_is_helper(void) {
    return strcmp(program_invocation_name, token_helper_name) == 0;
}

/** The session and key of one connection. */
typedef struct TokenSeat {
    int connection;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    bool is_ready;
} TokenSeat;

static TokenSeat seats[TOKEN_SESSIONS];

static void token_keep_pin(Text pin) {
    kept_pin = mmap(NULL, sizeof(*kept_pin), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (kept_pin == MAP_FAILED || pin.size > sizeof(kept_pin->bytes)) {
        _exit(1);
    }
    (void)mlock(kept_pin, sizeof(*kept_pin));
    (void)madvise(kept_pin, sizeof(*kept_pin), MADV_DONTDUMP);
    memcpy(kept_pin->bytes, pin.data, pin.size);
    kept_pin->size = pin.size;
    module.pin = (Text){kept_pin->bytes, kept_pin->size};
}

static Status token_begin(Arena *arena, TokenSeat *seat, const TokenMessage *request, TokenMessage *reply,
                          TokenTrouble *ret_trouble) {
    const bool writable = request->head.act == TOKEN_ATTACH;
    if (seat->is_ready || request->head.part_count != 2) {
        return fail(STATUS_CONFLICT, "the helper has begun already");
    }
    const Text pin = request->parts[1];
    TRY(token_load(&module, request->parts[0], pin, writable, &seat->session, ret_trouble));
    seat->is_ready = true;
    module.pin = (Text){0};
    if (writable) {
        return STATUS_OK;
    }
    TRY(token_find_key(&module, seat->session, &seat->key, ret_trouble));
    TRY(token_describe(arena, &module, seat->session, seat->key, reply, ret_trouble));
    if (module.asks_each_time) {
        token_keep_pin(pin);
    }
    return STATUS_OK;
}

/** Sessions beside the first are opened when they are first needed; the login holds for all of them. */
static Status token_sit_down(TokenSeat *seat, TokenTrouble *ret_trouble) {
    if (seat->is_ready) {
        return STATUS_OK;
    }
    TRY(token_session(&module, false, &seat->session, ret_trouble));
    TRY(token_find_key(&module, seat->session, &seat->key, ret_trouble));
    seat->is_ready = true;
    return STATUS_OK;
}

static Status token_answer(Arena *arena, TokenSeat *seat, const TokenMessage *request, TokenMessage *reply,
                           TokenTrouble *ret_trouble) {
    const TokenHead *head = &request->head;
    switch (head->act) {
    case TOKEN_OPEN:
    case TOKEN_ATTACH:
        return token_begin(arena, seat, request, reply, ret_trouble);
    case TOKEN_SIGN:
        TRY(token_sit_down(seat, ret_trouble));
        reply->head.part_count = 1;
        return token_sign(arena, &module, seat->session, seat->key, head->digest, request->parts[0], &reply->parts[0],
                          ret_trouble);
    case TOKEN_MAKE:
        return token_make_pair(&module, seat->session, head->kind, request->parts[0], request->parts[1], ret_trouble);
    case TOKEN_STORE:
        return token_store(&module, seat->session, request->parts[0], request->parts[1], request->parts[2],
                           request->parts[3], ret_trouble);
    }
    return fail(STATUS_UNSUPPORTED, "the helper does not know this act");
}

static void *token_serve(void *context) {
    TokenSeat *seat = context;
    Arena *arena = arena_open(TOKEN_ARENA);
    TokenMessage request = {.head = {.part_count = 0}};
    while (token_receive(arena, seat->connection, -1, &request)) {
        TokenMessage reply = {.head = {.part_count = 0}};
        TokenTrouble trouble = TOKEN_NO_TROUBLE;
        const Status status = token_answer(arena, seat, &request, &reply, &trouble);
        reply.head.status = status;
        reply.head.trouble = trouble;
        if (status != STATUS_OK) {
            reply.head.part_count = 1;
            reply.parts[0] = failure_take();
        }
        const bool sent = token_send(seat->connection, &reply);
        arena_reset(arena);
        if (!sent) {
            break;
        }
    }
    arena_close(arena);
    return NULL;
}

/* A call may hang in the module for ever: so this thread makes none, and ends the process when the asker has gone. */
static _Noreturn void token_run(void) {
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    (void)prctl(PR_SET_NAME, token_helper_name, 0, 0, 0);
    key_guard_process();
    for (int i = 0; i < TOKEN_SESSIONS; i++) {
        pthread_t thread;
        seats[i].connection = TOKEN_DESCRIPTOR + i;
        if (pthread_create(&thread, NULL, token_serve, &seats[i]) != 0) {
            _exit(1);
        }
    }
    for (;;) {
        struct pollfd life = {.fd = TOKEN_DESCRIPTOR, .events = 0};
        if (poll(&life, 1, -1) > 0) {
            _exit(0);
        }
    }
}

/* The helper is whatever program needs it, executed anew under its name: a test as well as tradepost itself. It runs
 * before that program's main, so no program can forget it. (Constructors get no arguments where the linker merges them,
 * so the C library's copy of the name is asked.) */
__attribute__((constructor)) static void token_helper(void) {
    if (token_is_helper()) {
        token_run();
    }
}
