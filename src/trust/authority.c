/** The authority's folder: what was issued and revoked, and the keys. */
#include "trust/authority.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/authority_inside.h"
#include "trust/pades_inside.h"

#define AUTHORITY_FILE_MAX    ((size_t)64 << 10)
#define AUTHORITY_BUDGET      ((size_t)16 << 20)
#define AUTHORITY_REVOKED_MAX ((size_t)1 << 20)
#define AUTHORITY_SERIAL_MAX  20
#define AUTHORITY_SEAL_YEARS  5
#define AUTHORITY_YEARS_MAX   20
#define AUTHORITY_SUFFIX      ".der"

static Status authority_read(Arena *arena, Text folder, const char *name, Text *ret_bytes) {
    const Text path = authority_path(arena, folder, name);
    const int descriptor = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat facts;
    if (descriptor < 0) {
        return fail(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, "%s cannot be opened: %s", path.data,
                    strerror(errno));
    }
    void *bytes = NULL;
    Status status = STATUS_OK;
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size > (off_t)AUTHORITY_FILE_MAX) {
        status = fail(STATUS_CORRUPT, "%s is no file of a possible size", path.data);
    }
    if (status == STATUS_OK) {
        status = arena_try_allocate(arena, (size_t)facts.st_size + 1, &bytes);
    }
    if (status == STATUS_OK && read(descriptor, bytes, (size_t)facts.st_size) != facts.st_size) {
        status = fail(STATUS_FAILED, "%s cannot be read", path.data);
    }
    (void)close(descriptor);
    if (status == STATUS_OK) {
        *ret_bytes = (Text){bytes, (size_t)facts.st_size};
    }
    return status;
}

static Status authority_open_in(Authority *authority, Text folder, Text password) {
    Arena *arena = authority->arena;
    authority->folder = arena_copy(arena, folder);
    authority->password = arena_copy(arena, password);
    TRY(authority_read(arena, folder, "address", &authority->address));
    authority->stamps_url = arena_format(arena, "%.*s/authority/tsa", TEXT_ARG(authority->address));
    TRY(authority_read(arena, folder, "root.der", &authority->certificates[AUTHORITY_ROOT]));
    return authority_read(arena, folder, "issuing.der", &authority->certificates[AUTHORITY_ISSUING]);
}

Status authority_open(Text folder, Text password, Authority **ret_authority) {
    Arena *arena = arena_open(AUTHORITY_BUDGET);
    Authority *authority = arena_new(arena, Authority);
    authority->arena = arena;
    authority->keys_arena = arena_open(AUTHORITY_BUDGET);
    authority->revoked_arena = arena_open((size_t)256 << 20);
    (void)pthread_mutex_init(&authority->lock, NULL);
    const Status status = authority_open_in(authority, folder, password);
    if (status != STATUS_OK) {
        authority_close(authority);
        return status;
    }
    *ret_authority = authority;
    return STATUS_OK;
}

void authority_close(Authority *authority) {
    if (authority == NULL) {
        return;
    }
    for (size_t i = 0; i < AUTHORITY_KEPT; i++) {
        arena_close(authority->kept[i].arena);
    }
    (void)pthread_mutex_destroy(&authority->lock);
    OPENSSL_cleanse((void *)(uintptr_t)authority->password.data, authority->password.size);
    arena_close(authority->revoked_arena);
    arena_close(authority->keys_arena);
    arena_close(authority->arena);
}

Text authority_root(const Authority *authority) {
    return authority->certificates[AUTHORITY_ROOT];
}

Text authority_address(const Authority *authority) {
    return authority->address;
}

static Status authority_open_key_locked(Authority *authority, AuthorityKey which, Key **ret_key) {
    if (authority->keys[which] == NULL) {
        Arena *arena = authority->keys_arena;
        const Text name = arena_format(arena, "%s.p12", authority_key_names[which]);
        const Text path = authority_path(arena, authority->folder, name.data);
        TRY(key_open_pkcs12(path, authority->password, arena, &authority->keys[which]));
    }
    *ret_key = authority->keys[which];
    return STATUS_OK;
}

Status authority_open_key(Authority *authority, AuthorityKey which, Key **ret_key) {
    (void)pthread_mutex_lock(&authority->lock);
    const Status status = authority_open_key_locked(authority, which, ret_key);
    (void)pthread_mutex_unlock(&authority->lock);
    return status;
}

/** A file's name without its ending, as the number that it is; false for other files. */
static bool authority_read_serial(Arena *arena, Text name, const char *ending, Text *ret_serial) {
    const Text digits = text_slice(name, 0, name.size - (text_ends_with(name, text_of(ending)) ? strlen(ending) : 0));
    return text_ends_with(name, text_of(ending)) && digits.size <= (size_t)2 * AUTHORITY_SERIAL_MAX &&
           digits.size > 0 && hex_decode(arena, digits, ret_serial) == STATUS_OK;
}

/** "1795458600000000 1\n": since when, and why. */
static Status authority_read_revoked(Authority *authority, Text serial, const char *name, AuthorityRevoked *ret_one) {
    Arena *arena = authority->revoked_arena;
    Text bytes = {0};
    int64_t since = 0, reason = 0;
    TRY(authority_read(arena, authority->folder, arena_format(arena, "revoked/%s", name).data, &bytes));
    bytes = text_trim(bytes);
    const Text first = text_cut(&bytes, ' ');
    if (text_to_int(first, &since) != STATUS_OK || text_to_int(bytes, &reason) != STATUS_OK) {
        return fail(STATUS_CORRUPT, "the authority's note of a revocation, %s, cannot be read", name);
    }
    *ret_one = (AuthorityRevoked){serial, {since}, (int)reason};
    return STATUS_OK;
}

static int authority_compare(const void *a, const void *b) {
    const AuthorityRevoked *first = a, *second = b;
    return text_compare(first->serial, second->serial);
}

/** Reads all notes of revocation. */
static Status authority_read_all_revoked(Authority *authority, DIR *entries) {
    Arena *arena = authority->revoked_arena;
    size_t room = 64;
    arena_reset(arena);
    authority->revoked_count = 0;
    authority->revoked = arena_new_array(arena, AuthorityRevoked, room);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        Text serial = {0};
        if (!authority_read_serial(arena, text_of(entry->d_name), "", &serial)) {
            continue;
        }
        if (authority->revoked_count == AUTHORITY_REVOKED_MAX) {
            return fail(STATUS_TOO_LARGE, "the authority revoked too many certificates");
        }
        if (authority->revoked_count == room) {
            AuthorityRevoked *larger = arena_new_array(arena, AuthorityRevoked, 2 * room);
            memcpy(larger, authority->revoked, room * sizeof(AuthorityRevoked));
            authority->revoked = larger;
            room *= 2;
        }
        TRY(authority_read_revoked(authority, serial, entry->d_name, &authority->revoked[authority->revoked_count]));
        authority->revoked_count++;
    }
    qsort(authority->revoked, authority->revoked_count, sizeof(AuthorityRevoked), authority_compare);
    return STATUS_OK;
}

/* A change within the same tick of the file system's clock would not be seen, so a folder that changed a moment before
 * it was read is read again. */
static bool authority_is_fresh(const Authority *authority, struct timespec changed) {
    return authority->revoked != NULL && changed.tv_sec == authority->revoked_seen.tv_sec &&
           changed.tv_nsec == authority->revoked_seen.tv_nsec && authority->revoked_read.tv_sec - changed.tv_sec > 1;
}

static void authority_drop_kept(Authority *authority) {
    for (size_t i = 0; i < AUTHORITY_KEPT; i++) {
        authority->kept[i].question = (Text){0};
    }
}

Status authority_refresh(Authority *authority) {
    struct stat facts;
    char path[4096];
    snprintf(path, sizeof path, "%.*s/revoked", TEXT_ARG(authority->folder));
    if (stat(path, &facts) != 0) {
        return fail(STATUS_FAILED, "%s cannot be read: %s", path, strerror(errno));
    }
    if (authority_is_fresh(authority, facts.st_mtim)) {
        return STATUS_OK;
    }
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return fail(STATUS_FAILED, "%s cannot be read: %s", path, strerror(errno));
    }
    authority_drop_kept(authority);
    (void)clock_gettime(CLOCK_REALTIME, &authority->revoked_read);
    authority->revoked_seen = facts.st_mtim;
    const Status status = authority_read_all_revoked(authority, entries);
    (void)closedir(entries);
    if (status != STATUS_OK) {
        authority->revoked = NULL;
    }
    return status;
}

const AuthorityRevoked *authority_find_revoked(const Authority *authority, Text serial) {
    const AuthorityRevoked wanted = {.serial = serial};
    return authority->revoked_count == 0
               ? NULL
               : bsearch(&wanted, authority->revoked, authority->revoked_count, sizeof wanted, authority_compare);
}

static Text authority_issued_name(Arena *arena, Text serial) {
    return arena_format(arena, "issued/%s" AUTHORITY_SUFFIX, hex_encode(arena, serial).data);
}

bool authority_has_issued(const Authority *authority, Arena *arena, Text serial) {
    return serial.size <= AUTHORITY_SERIAL_MAX &&
           access(authority_path(arena, authority->folder, authority_issued_name(arena, serial).data).data, F_OK) == 0;
}

bool authority_find_kept(Authority *authority, Arena *arena, Text question, int seconds, Text *ret_answer) {
    const Sha256 hash = sha256(question);
    const AuthorityKept *kept = &authority->kept[hash.bytes[0] % AUTHORITY_KEPT];
    const int64_t age = clock_now().microseconds - kept->made.microseconds;
    if (!text_equal(kept->question, question) || age < 0 || age > seconds * TIME_SECOND) {
        return false;
    }
    *ret_answer = arena_copy(arena, kept->answer);
    return true;
}

void authority_keep(Authority *authority, Text question, Text answer) {
    const Sha256 hash = sha256(question);
    AuthorityKept *kept = &authority->kept[hash.bytes[0] % AUTHORITY_KEPT];
    if (kept->arena == NULL) {
        kept->arena = arena_open(AUTHORITY_BUDGET);
    }
    arena_reset(kept->arena);
    kept->question = arena_copy(kept->arena, question);
    kept->answer = arena_copy(kept->arena, answer);
    kept->made = clock_now();
}

/** The validity of a seal's certificate: within that of the authority's own. */
static Status authority_set_validity(const AuthoritySubject *subject, const Key *issuer, CertificateRequest *request) {
    const int years = subject->years != 0 ? subject->years : AUTHORITY_SEAL_YEARS;
    Time first = {0}, last = {0};
    int year = 0, month = 0, day = 0;
    if (years < 1 || years > AUTHORITY_YEARS_MAX) {
        return fail(STATUS_INVALID, "a seal certificate lasts 1 to %d years", AUTHORITY_YEARS_MAX);
    }
    key_validity(issuer, &first, &last);
    request->from = time_is_set(subject->from) ? subject->from : clock_now();
    request->from = time_before(request->from, first) ? first : request->from;
    time_date(request->from, &year, &month, &day);
    request->until = time_of_date(year + years, month, month == 2 && day == 29 ? 28 : day);
    request->until = time_before(last, request->until) ? last : request->until;
    return STATUS_OK;
}

Status authority_certify(Authority *authority, Arena *arena, const AuthoritySubject *subject, Texts *ret_chain) {
    Key *issuer = NULL;
    CertificateParts parts;
    TRY(authority_open_key(authority, AUTHORITY_ISSUING, &issuer));
    const Texts above = key_chain(issuer);
    const Texts chain = {arena_new_array(arena, Text, above.count + 1), above.count + 1};
    CertificateRequest request = {.organisation = subject->organisation,
                                  .name = subject->name,
                                  .country = subject->country,
                                  .public_key = subject->public_key,
                                  .issuer = above.items[0],
                                  .use = CERTIFICATE_SEAL};
    TRY(authority_set_validity(subject, issuer, &request));
    authority_set_addresses(arena, authority->address, AUTHORITY_ISSUING, &request);
    TRY(certificate_make(arena, &request, issuer, &chain.items[0]));
    TRY(certificate_parts(chain.items[0], &parts));
    const Text name = authority_issued_name(arena, parts.serial);
    TRY(authority_write(arena, authority->folder, name.data, chain.items[0]));
    for (size_t i = 0; i < above.count; i++) {
        chain.items[i + 1] = above.items[i];
    }
    *ret_chain = chain;
    return STATUS_OK;
}

Status authority_revoke(Authority *authority, Arena *arena, Text serial, int reason, Time since) {
    Text bytes = {0};
    if (serial.size > (size_t)2 * AUTHORITY_SERIAL_MAX || hex_decode(arena, serial, &bytes) != STATUS_OK ||
        !authority_has_issued(authority, arena, bytes)) {
        return fail(STATUS_NOT_FOUND, "this authority issued no certificate with the number %.*s", TEXT_ARG(serial));
    }
    const Text name = arena_format(arena, "revoked/%s", hex_encode(arena, bytes).data);
    if (access(authority_path(arena, authority->folder, name.data).data, F_OK) == 0) {
        return fail(STATUS_CONFLICT, "the certificate %.*s is revoked already", TEXT_ARG(serial));
    }
    const Time when = time_is_set(since) ? since : clock_now();
    return authority_write(arena, authority->folder, name.data,
                           arena_format(arena, "%lld %d\n", (long long)when.microseconds, reason));
}

static int authority_compare_issued(const void *a, const void *b) {
    const AuthorityIssued *first = a, *second = b;
    return text_compare(first->serial, second->serial);
}

static Status authority_list_all(Authority *authority, Arena *arena, DIR *entries, AuthorityList *list) {
    size_t room = 0;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        Text bytes = {0};
        if (!authority_read_serial(arena, text_of(entry->d_name), AUTHORITY_SUFFIX, &bytes)) {
            continue;
        }
        if (list->count == room) {
            void *larger = NULL;
            room = room == 0 ? 64 : 2 * room;
            TRY(arena_try_allocate(arena, room * sizeof(AuthorityIssued), &larger));
            if (list->count > 0) {
                memcpy(larger, list->items, list->count * sizeof(AuthorityIssued));
            }
            list->items = larger;
        }
        AuthorityIssued *one = &list->items[list->count++];
        *one = (AuthorityIssued){.serial = hex_encode(arena, bytes)};
        TRY(authority_read(arena, authority->folder, authority_issued_name(arena, bytes).data, &one->certificate));
        const AuthorityRevoked *revoked = authority_find_revoked(authority, bytes);
        if (revoked != NULL) {
            one->revoked = revoked->since;
            one->reason = revoked->reason;
        }
    }
    return STATUS_OK;
}

Status authority_list(Authority *authority, Arena *arena, AuthorityList *ret_list) {
    AuthorityList list = {0};
    DIR *entries = opendir(authority_path(arena, authority->folder, "issued").data);
    if (entries == NULL) {
        return fail(STATUS_FAILED, "what the authority issued cannot be read: %s", strerror(errno));
    }
    (void)pthread_mutex_lock(&authority->lock);
    Status status = authority_refresh(authority);
    if (status == STATUS_OK) {
        status = authority_list_all(authority, arena, entries, &list);
    }
    (void)pthread_mutex_unlock(&authority->lock);
    (void)closedir(entries);
    TRY(status);
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof(AuthorityIssued), authority_compare_issued);
    }
    *ret_list = list;
    return STATUS_OK;
}
