/** Seal keys that are open: each is opened once, in nobody's way but its own chamber's, and changed when it is rolled.
 */
#include "capabilities/chambers/chambers_key.h"

#include <pthread.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"

/* After a key could not be opened, its chamber's jobs are told so without another try; longer when it took long. */
#define PAUSE      (5 * TIME_SECOND)
#define LONG_PAUSE (30 * TIME_SECOND)
#define LONG_TIME  (2 * TIME_SECOND)
/* So long after its successor came a key may still be signing for somebody. */
#define OLD_KEY_TIME (15 * TIME_MINUTE)
#define KEY_ARENA    ((size_t)1 << 20)

static const char pin_variable[] = "TRADEPOST_KEY_PIN";

Text chambers_key_description(Arena *arena, const Outside *outside, const ChambersKeysRow *row) {
    if (!text_equal(row->kind, TEXT("pkcs12"))) {
        return row->file;
    }
    return arena_format(arena, "pkcs12:%.*s", TEXT_ARG(chambers_key_path(arena, outside, row->file)));
}

Status chambers_open_key(Arena *arena, const Outside *outside, const ChambersKeysRow *row, bool is_bare, bool prompt,
                         Key **ret_key) {
    const Text description = chambers_key_description(arena, outside, row);
    KeyAccess access = {.prompt = prompt, .bare = is_bare, .fetch = &outside->fetch};
    if (text_equal(row->kind, TEXT("pkcs12"))) {
        /* Beside the installation's password nothing opens its files. */
        Text password = {0};
        Arena *secrets = arena_open(KEY_ARENA);
        const Status status = chambers_key_password(secrets, outside, &password);
        arena_close(secrets);
        TRY(status);
        access.environment = OUTSIDE_PASSWORD_VARIABLE;
        access.file = chambers_key_path(arena, outside, TEXT("password"));
        access.prompt = false;
    } else if (row->secret.size > 0) {
        access.file = row->secret;
    } else {
        access.environment = pin_variable;
    }
    if (row->chain.size > 0) {
        TRY(key_read_certificates(arena, row->chain, &access.chain));
    }
    return key_open(arena, description, &access, ret_key);
}

/** A chamber's key. All of them stand in one list, which only grows. */
typedef struct OpenKey {
    struct OpenKey *next;
    ChamberId chamber;
    Sha256 identity; /* of the row that it was opened by */
    Arena *arena;
    Key *key; /* NULL: not open */
    bool is_opening;
    Sha256 failed; /* of the row that could not be opened, not to be tried before */
    int64_t retry_at;
    char words[300];
} OpenKey;

/** A key that has a successor. */
typedef struct OldKey {
    struct OldKey *next;
    Arena *arena; /* NULL: closed */
    int64_t until;
} OldKey;

static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t keys_changed = PTHREAD_COND_INITIALIZER;
static Arena *keys_arena;
static OpenKey *keys;
static OldKey *old_keys;

/** Under the lock. */
static OpenKey *open_key_of(ChamberId chamber) {
    for (OpenKey *one = keys; one != NULL; one = one->next) {
        if (one->chamber.value == chamber.value) {
            return one;
        }
    }
    if (keys_arena == NULL) {
        keys_arena = arena_open((size_t)64 << 20);
    }
    OpenKey *made = arena_new(keys_arena, OpenKey);
    *made = (OpenKey){.next = keys, .chamber = chamber};
    keys = made;
    return made;
}

/** Under the lock: the key stays open for whoever signs with it at this moment. */
static void keep_old(Arena *arena) {
    OldKey *old = arena_new(keys_arena, OldKey);
    *old = (OldKey){.next = old_keys, .arena = arena, .until = clock_monotonic() + OLD_KEY_TIME};
    old_keys = old;
}

static void close_old(void) {
    for (OldKey *old = old_keys; old != NULL; old = old->next) {
        if (old->arena != NULL && old->until < clock_monotonic()) {
            arena_close(old->arena);
            old->arena = NULL;
        }
    }
}

typedef struct Wanted {
    Arena *arena;
    ChamberId chamber;
    ChambersKeysRow row;
    Sha256 identity;
} Wanted;

static Status find_row(Connection *connection, void *context) {
    Wanted *wanted = context;
    ChambersKeysRows rows = {0};
    TRY(chambers_keys(connection, wanted->arena, wanted->chamber, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].active) {
            wanted->row = rows.items[i];
            const Text parts[] = {wanted->row.file, wanted->row.secret, wanted->row.certificate_sha256};
            wanted->identity = sha256_of_parts(parts, sizeof parts / sizeof parts[0]);
            return STATUS_OK;
        }
    }
    return fail(STATUS_UNAVAILABLE, "The chamber has no active seal key. The operator makes one with: tradepost key");
}

/** Opens outside the lock, and notes how it went. */
static Status open_now(const Outside *outside, OpenKey *entry, const Wanted *wanted) {
    Arena *arena = arena_open(KEY_ARENA);
    Key *key = NULL;
    const int64_t begin = clock_monotonic();
    const Status status = chambers_open_key(arena, outside, &wanted->row, false, false, &key);
    const Text words = failure_take();
    const int64_t took = clock_monotonic() - begin;
    (void)pthread_mutex_lock(&keys_lock);
    entry->is_opening = false;
    if (status == STATUS_OK) {
        if (entry->key != NULL) {
            keep_old(entry->arena);
        }
        entry->arena = arena;
        entry->key = key;
        entry->identity = wanted->identity;
        entry->retry_at = 0;
    } else {
        const Text head = text_head(words, sizeof entry->words - 1);
        memcpy(entry->words, head.data != NULL ? head.data : "", head.size);
        entry->words[head.size] = '\0';
        entry->failed = wanted->identity;
        entry->retry_at = clock_monotonic() + (took > LONG_TIME ? LONG_PAUSE : PAUSE);
    }
    const Status told = status == STATUS_OK ? STATUS_OK : fail(STATUS_UNAVAILABLE, "%s", entry->words);
    (void)pthread_cond_broadcast(&keys_changed);
    (void)pthread_mutex_unlock(&keys_lock);
    if (status != STATUS_OK) {
        arena_close(arena);
    }
    return told;
}

static bool is_same(const Sha256 *a, const Sha256 *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/** Under the lock: gives another's opening of this key a moment, and no more than that. */
static void wait_for(const OpenKey *entry) {
    const int64_t until = clock_monotonic() + LONG_TIME;
    const struct timespec end = {until / TIME_SECOND, until % TIME_SECOND * 1000};
    while (entry->is_opening && pthread_cond_clockwait(&keys_changed, &keys_lock, CLOCK_MONOTONIC, &end) == 0) {
    }
}

/** The chamber's key as its row has it; whoever comes while it is being opened waits for that alone. */
static Status key_of_row(const Outside *outside, const Wanted *wanted, Key **ret_key) {
    (void)pthread_mutex_lock(&keys_lock);
    OpenKey *entry = open_key_of(wanted->chamber);
    wait_for(entry);
    const bool is_right = entry->key != NULL && is_same(&entry->identity, &wanted->identity);
    close_old();
    Status status = STATUS_OK;
    if (entry->is_opening) {
        status = fail(STATUS_UNAVAILABLE, "The chamber's seal key is slow to open.");
    } else if (!is_right && entry->retry_at > clock_monotonic() && is_same(&entry->failed, &wanted->identity)) {
        status = fail(STATUS_UNAVAILABLE, "%s", entry->words);
    } else if (!is_right) {
        entry->is_opening = true;
        (void)pthread_mutex_unlock(&keys_lock);
        status = open_now(outside, entry, wanted);
        (void)pthread_mutex_lock(&keys_lock);
    }
    if (status == STATUS_OK) {
        *ret_key = entry->key;
    }
    (void)pthread_mutex_unlock(&keys_lock);
    return status;
}

Status chambers_seal_key(Database *database, const Outside *outside, ChamberId chamber, Key **ret_key) {
    Arena *arena = arena_open((size_t)4 << 20);
    Wanted wanted = {.arena = arena, .chamber = chamber};
    Status status = database_read(database, find_row, &wanted);
    if (status == STATUS_OK) {
        status = key_of_row(outside, &wanted, ret_key);
    }
    arena_close(arena);
    return status == STATUS_OK || status == STATUS_UNAVAILABLE ? status : STATUS_UNAVAILABLE;
}
