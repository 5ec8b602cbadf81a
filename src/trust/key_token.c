/** Keys on PKCS#11 tokens: the program's side, which speaks to a helper process and survives it. */
#include <signal.h>

#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/key_outside.h"
#include "trust/token_process.h"

/** What the driver keeps of a key on a token. */
typedef struct TokenKey {
    Text uri;
    KeyAccess access;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    TokenProcess helper;
    bool is_starting, is_closed;
    KeyPause pause;
    Text label, id;
} TokenKey;

/** A helper for a key that is open already: the same key must be there. */
static Status token_restart(Key *key, TokenProcess *ret_helper) {
    TokenKey *token = key->place;
    Arena *arena = arena_open((size_t)1 << 20);
    TokenMessage answer = {.head = {.part_count = 0}};
    bool is_hung = false;
    Status status = token_start(arena, token->uri, &token->access, TOKEN_OPEN, ret_helper, &answer, &is_hung);
    if (status == STATUS_OK && answer.parts[TOKEN_KEY_PUBLIC].size > 0 &&
        !text_equal(answer.parts[TOKEN_KEY_PUBLIC], key->public_key)) {
        token_reap(ret_helper);
        status = fail(STATUS_UNAVAILABLE, "the token holds another key under that name now");
    }
    if (status != STATUS_OK) {
        status = key_pause_begin(&token->pause, is_hung ? token_limits.hung : token_limits.away);
    }
    arena_close(arena);
    return status;
}

/** Under the lock: waits for a change, at most until `deadline`. */
static Status token_wait(TokenKey *token, int64_t deadline) {
    const struct timespec until = {deadline / TIME_SECOND, deadline % TIME_SECOND * 1000};
    return pthread_cond_clockwait(&token->changed, &token->lock, CLOCK_MONOTONIC, &until) == 0
               ? STATUS_OK
               : fail(STATUS_UNAVAILABLE, "the token is busy");
}

static Status token_check_silence(const TokenProcess *helper) {
    const int64_t now = clock_monotonic();
    for (int i = 0; i < TOKEN_SESSIONS; i++) {
        if (helper->since[i] != 0 && now - helper->since[i] > token_limits.silence) {
            return fail(STATUS_UNAVAILABLE, "the token has been silent for some seconds");
        }
    }
    return STATUS_OK;
}

/** Under the lock, which is given up meanwhile: has a helper ready. */
static Status token_make_ready(Key *key, int64_t deadline) {
    TokenKey *token = key->place;
    for (;;) {
        if (token->is_closed) {
            return fail(STATUS_CONFLICT, "the key is closed");
        }
        if (token->helper.process > 0 && !token->helper.is_doomed) {
            return token_check_silence(&token->helper);
        }
        TRY(key_pause_check(&token->pause));
        if (token->is_starting || token->helper.users > 0) {
            TRY(token_wait(token, deadline));
            continue;
        }
        token_reap(&token->helper);
        token->is_starting = true;
        (void)pthread_mutex_unlock(&token->lock);
        TokenProcess helper = {.process = 0};
        const Status status = token_restart(key, &helper);
        (void)pthread_mutex_lock(&token->lock);
        token->helper = helper;
        token->is_starting = false;
        (void)pthread_cond_broadcast(&token->changed);
        TRY(status);
    }
}

/** Takes a free connection. */
static Status token_take(Key *key, int *ret_seat) {
    TokenKey *token = key->place;
    const int64_t deadline = clock_monotonic() + token_limits.sign;
    for (;;) {
        TRY(token_make_ready(key, deadline));
        for (int i = 0; i < TOKEN_SESSIONS; i++) {
            if (token->helper.since[i] == 0) {
                token->helper.since[i] = clock_monotonic();
                token->helper.users++;
                *ret_seat = i;
                return STATUS_OK;
            }
        }
        TRY(token_wait(token, deadline));
    }
}

/** Gives the connection back; of a lost helper nothing is used again. */
static void token_give(TokenKey *token, int seat, TokenTrouble trouble) {
    token->helper.since[seat] = 0;
    token->helper.users--;
    if (trouble != TOKEN_NO_TROUBLE && !token->helper.is_doomed) {
        token->helper.is_doomed = true;
        (void)kill(token->helper.process, SIGKILL);
    }
    (void)pthread_cond_broadcast(&token->changed);
}

/** What the mechanism of the key's kind signs. */
static Text token_input(Arena *arena, const Key *key, KeyDigest digest, Text bytes) {
    if (key->kind == KEY_ED25519) {
        return bytes;
    }
    const Text hash = algorithm_digest(arena, digest, &bytes, 1);
    return key->kind == KEY_RSA_3072 ? key_digest_info(arena, digest, hash) : hash;
}

static Status token_try(Key *key, KeyDigest digest, Text input, Arena *arena, Text *ret_signature,
                        TokenTrouble *ret_trouble) {
    TokenKey *token = key->place;
    int seat = 0;
    bool is_hung = false;
    TokenMessage answer = {.head = {.part_count = 0}};
    (void)pthread_mutex_lock(&token->lock);
    Status status = token_take(key, &seat);
    (void)pthread_mutex_unlock(&token->lock);
    TRY(status);
    const TokenMessage question = {.head = {.act = TOKEN_SIGN, .digest = digest, .part_count = 1}, .parts = {input}};
    status =
        token_ask(arena, token->helper.connections[seat], token_limits.sign, &question, &answer, ret_trouble, &is_hung);
    if (is_hung) {
        status = key_pause_begin(&token->pause, token_limits.hung);
        *ret_trouble = TOKEN_LOST;
    }
    (void)pthread_mutex_lock(&token->lock);
    token_give(token, seat, *ret_trouble);
    (void)pthread_mutex_unlock(&token->lock);
    TRY(status);
    *ret_signature = answer.parts[0];
    return STATUS_OK;
}

static Status token_key_sign(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature) {
    const Text input = token_input(arena, key, digest, bytes);
    TokenTrouble trouble = TOKEN_NO_TROUBLE;
    Text signature = {0};
    Status status = token_try(key, digest, input, arena, &signature, &trouble);
    if (status != STATUS_OK && trouble == TOKEN_LOST) {
        /* The token was away or lost its sessions: once more, with a helper that begins anew. After a time-out the
         * pause says no at once. */
        trouble = TOKEN_NO_TROUBLE;
        status = token_try(key, digest, input, arena, &signature, &trouble);
        if (trouble == TOKEN_LOST) {
            status = key_pause_begin(&((TokenKey *)key->place)->pause, token_limits.away);
        }
    }
    TRY(status);
    if (key->kind == KEY_P256 || key->kind == KEY_P384) {
        signature = key_ecdsa_value(arena, signature);
    }
    TRY(key_verify_own(key, digest, bytes, signature));
    *ret_signature = signature;
    return STATUS_OK;
}

/* Whoever signs at this moment is told that the key is closed; then the helper goes. */
static void token_key_close(Key *key) {
    TokenKey *token = key->place;
    (void)pthread_mutex_lock(&token->lock);
    if (!token->is_closed) {
        token->is_closed = true;
        if (token->helper.process > 0) {
            (void)kill(token->helper.process, SIGKILL);
        }
        while (token->helper.users > 0 || token->is_starting) {
            (void)pthread_cond_wait(&token->changed, &token->lock);
        }
        token_reap(&token->helper);
        key_pause_close(&token->pause);
    }
    (void)pthread_mutex_unlock(&token->lock);
}

static const KeyDriver key_driver_token = {.sign = token_key_sign, .close = token_key_close};

static Status token_take_answer(Arena *arena, Key *key, const TokenMessage *answer) {
    TokenKey *token = key->place;
    Text public_key = answer->parts[TOKEN_KEY_PUBLIC];
    const Text *certificates = &answer->parts[TOKEN_KEY_CERTIFICATES];
    const size_t count = answer->head.part_count - TOKEN_KEY_CERTIFICATES;
    if (public_key.size == 0 && count > 0) {
        TRY(key_public_of_certificate(certificates[0], &public_key));
    }
    if (public_key.size == 0) {
        return fail(STATUS_INVALID, "the token holds neither public half nor certificate of the key");
    }
    TRY(key_set_public(arena, key, public_key));
    if (key->kind == KEY_RSA_3072) {
        key->kind = answer->head.kind;
    }
    token->label = arena_copy(arena, answer->parts[TOKEN_KEY_LABEL]);
    token->id = arena_copy(arena, answer->parts[TOKEN_KEY_ID]);
    return key_take_certificates(arena, key, certificates, count);
}

void key_token_names(const Key *key, Text *ret_label, Text *ret_id) {
    const TokenKey *token = key->place;
    *ret_label = token->label;
    *ret_id = token->id;
}

static void token_close_deferred(void *key) {
    key_close(key);
}

Status key_open_token(Arena *arena, Text uri, const KeyAccess *access, Key **ret_key) {
    TRY(token_check_uri(arena, uri));
    Key *key = arena_new(arena, Key);
    TokenKey *token = arena_new(arena, TokenKey);
    TokenMessage answer = {.head = {.part_count = 0}};
    bool is_hung = false;
    token->uri = arena_copy(arena, uri);
    if (access != NULL) {
        token->access = (KeyAccess){
            .environment = access->environment, .file = arena_copy(arena, access->file), .prompt = access->prompt};
    }
    (void)pthread_mutex_init(&token->lock, NULL);
    (void)pthread_cond_init(&token->changed, NULL);
    key_pause_open(&token->pause);
    *key = (Key){.driver = &key_driver_token, .place = token};
    arena_defer(arena, token_close_deferred, key);
    TRY(token_start(arena, token->uri, &token->access, TOKEN_OPEN, &token->helper, &answer, &is_hung));
    if (answer.head.part_count < TOKEN_KEY_CERTIFICATES) {
        return fail(STATUS_UNAVAILABLE, "the token's helper gave no key");
    }
    TRY(token_take_answer(arena, key, &answer));
    *ret_key = key;
    return STATUS_OK;
}
