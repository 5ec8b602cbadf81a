/** Seal keys: made with the chamber, opened once per process, kept open. */
#include "capabilities/chambers/chambers_key.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "chambers_sql.h"
#include "outside/file.h"
#include "trust/certificate.h"

enum { OPEN_KEYS = 4096 };

static Text key_path(Arena *arena, const Outside *outside, Text file) {
    return arena_format(arena, "%.*s/keys/%.*s", TEXT_ARG(outside->data), TEXT_ARG(file));
}

static Text authority_folder(Arena *arena, const Outside *outside) {
    return arena_format(arena, "%.*s/authority", TEXT_ARG(outside->data));
}

/** The password of this installation's key files; made with the first of them, and never anew beside keys that have
 * one. */
static Status password_of(Arena *arena, const Outside *outside, Text *ret_password) {
    const Text file = key_path(arena, outside, TEXT("password"));
    const Status status = outside_key_password(outside, arena, ret_password);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    if (access(authority_folder(arena, outside).data, F_OK) == 0) {
        return fail(STATUS_UNAVAILABLE,
                    "%s is missing, and the keys beside it can't be opened without: put it back or set %s", file.data,
                    OUTSIDE_PASSWORD_VARIABLE);
    }
    return key_password_make(file, arena, ret_password);
}

/** From when a new certificate holds: that of a demonstration covers the past in which its documents were sealed. */
static Time valid_from(const ChamberNew *options) {
    return options->demonstration ? time_add(clock_now(), -90 * TIME_DAY) : clock_now();
}

/** The installation's own authority, made with its first chamber. */
static Status open_authority(Arena *arena, Outside *outside, Text password, const ChamberNew *options,
                             Authority **ret_authority) {
    const Status status = outside_authority(outside, ret_authority);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const AuthorityOptions authority = {
        .country = options->country,
        .address = options->public_url,
        .from = options->demonstration ? valid_from(options) : (Time){0},
        .kind = KEY_P256,
    };
    TRY(authority_make(arena, authority_folder(arena, outside), password, &authority));
    return outside_authority(outside, ret_authority);
}

/** What a new seal key's certificate is to say, and who issues it. */
typedef struct Certify {
    Authority *authority;
    const ChamberNew *options;
} Certify;

static Status certify(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain) {
    static const char ending[] = " - seal";
    const Certify *wanted = context;
    (void)key;
    const Text start = certificate_cut(wanted->options->name, CERTIFICATE_NAME_MAX - strlen(ending));
    const AuthoritySubject subject = {.organisation = wanted->options->name,
                                      .name = arena_format(arena, "%.*s%s", TEXT_ARG(start), ending),
                                      .country = wanted->options->country,
                                      .public_key = public_key,
                                      .from = valid_from(wanted->options)};
    return authority_certify(wanted->authority, arena, &subject, ret_chain);
}

Status chambers_make_key(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                         const ChamberNew *options) {
    const Text folder = arena_format(arena, "%.*s/keys", TEXT_ARG(outside->data));
    TRY(file_make_folder(folder.data));
    Text password = {0};
    Certify wanted = {.options = options};
    Key *key = NULL;
    TRY(password_of(arena, outside, &password));
    TRY(open_authority(arena, outside, password, options, &wanted.authority));
    char id[ID_TEXT_SIZE + 1];
    id_write(chamber.value, id);
    const Text file = arena_format(arena, "%s.p12", id), path = key_path(arena, outside, file);
    TRY(key_make_certified(path, password, KEY_P256, certify, &wanted, arena));
    TRY(key_open_pkcs12(path, password, arena, &key));
    Time from = {0}, until = {0};
    key_validity(key, &from, &until);
    const Sha256 certificate = sha256(key_chain(key).items[0]);
    return chambers_insert_key(connection, &(ChambersInsertKey){.chamber = chamber,
                                                                .name = TEXT("seal"),
                                                                .kind = TEXT("pkcs12"),
                                                                .file = file,
                                                                .subject = options->name,
                                                                .certificate_sha256 = sha256_text(&certificate),
                                                                .not_before = from,
                                                                .not_after = until,
                                                                .now = clock_now()});
}

/* Keys that were opened: never closed, since jobs of other threads may be signing with them. */
static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;
static Arena *keys_arena;
static struct {
    ChamberId chamber;
    Key *key;
} keys[OPEN_KEYS];
static size_t key_count;

typedef struct KeyFile {
    Arena *arena;
    ChamberId chamber;
    Text file;
} KeyFile;

static Status find_file(Connection *connection, void *context) {
    KeyFile *wanted = context;
    ChambersKeysRows rows = {0};
    TRY(chambers_keys(connection, wanted->arena, wanted->chamber, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].active) {
            wanted->file = rows.items[i].file;
            return STATUS_OK;
        }
    }
    return fail(STATUS_UNAVAILABLE, "The chamber has no active seal key. The operator makes one with: tradepost init");
}

static Status open_key(Database *database, const Outside *outside, ChamberId chamber, Key **ret_key) {
    Arena *arena = arena_open((size_t)4 << 20);
    KeyFile wanted = {.arena = arena, .chamber = chamber};
    Status status = database_read(database, find_file, &wanted);
    Text password = {0};
    if (status == STATUS_OK) {
        status = password_of(arena, outside, &password);
    }
    if (status == STATUS_OK) {
        status = key_open_pkcs12(key_path(arena, outside, wanted.file), password, keys_arena, ret_key);
    }
    arena_close(arena);
    return status == STATUS_OK || status == STATUS_UNAVAILABLE ? status : STATUS_UNAVAILABLE;
}

Status chambers_seal_key(Database *database, const Outside *outside, ChamberId chamber, Key **ret_key) {
    Status status = STATUS_NOT_FOUND;
    (void)pthread_mutex_lock(&keys_lock);
    for (size_t i = 0; i < key_count && status != STATUS_OK; i++) {
        if (keys[i].chamber.value == chamber.value) {
            *ret_key = keys[i].key;
            status = STATUS_OK;
        }
    }
    if (status != STATUS_OK) {
        if (keys_arena == NULL) {
            keys_arena = arena_open((size_t)256 << 20);
        }
        Key *key = NULL;
        status = open_key(database, outside, chamber, &key);
        if (status == STATUS_OK) {
            if (key_count < OPEN_KEYS) {
                keys[key_count].chamber = chamber;
                keys[key_count++].key = key;
            }
            *ret_key = key;
        }
    }
    (void)pthread_mutex_unlock(&keys_lock);
    return status;
}
