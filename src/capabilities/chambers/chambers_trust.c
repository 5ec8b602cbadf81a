/** Reads what protects a chamber's documents, for those who seal. */
#include "capabilities/chambers/chambers_trust.h"

#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "chambers_sql.h"
#include "outside/file.h"

enum { LOGIN_SIZE = 1000, LOGIN_NAME = 60 };

/* How servers are reached, where a test says otherwise. */
static const TrustFetch *other_fetch;

void chambers_fetch_by(const TrustFetch *fetch) {
    other_fetch = fetch;
}

bool chambers_is_login(Text name) {
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '\0' ||
            strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", name.data[i]) == NULL) {
            return false;
        }
    }
    return name.size > 0 && name.size <= LOGIN_NAME;
}

Status chambers_login(Arena *arena, const Outside *outside, Text name, Text *ret_authorization) {
    Text bytes = {NULL, 0};
    if (!chambers_is_login(name)) {
        return fail(STATUS_UNAVAILABLE, "\"%.*s\" is no name of a login", TEXT_ARG(name));
    }
    const Text path = arena_format(arena, "%.*s/logins/%.*s", TEXT_ARG(outside->data), TEXT_ARG(name));
    if (file_read(arena, AT_FDCWD, path.data, LOGIN_SIZE, &bytes) != STATUS_OK) {
        return fail(STATUS_UNAVAILABLE, "The login %.*s can't be read: the operator puts it into the folder logins.",
                    TEXT_ARG(name));
    }
    const Text user = text_trim(text_cut(&bytes, '\n')), password = text_trim(text_cut(&bytes, '\n'));
    const Text both = arena_format(arena, "%.*s:%.*s", TEXT_ARG(user), TEXT_ARG(password));
    const Text encoded = base64_encode(arena, both);
    *ret_authorization = arena_format(arena, "Basic %.*s", TEXT_ARG(encoded));
    return STATUS_OK;
}

static Status read_stampers(Connection *connection, Arena *arena, const Outside *outside, ChamberId chamber,
                            TimeStampServices *ret_services) {
    ChambersStampersRows rows = {0};
    TRY(chambers_stampers(connection, arena, chamber, &rows));
    TimeStampService *items = arena_new_array(arena, TimeStampService, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = (TimeStampService){.url = rows.items[i].url, .policy = rows.items[i].policy};
        if (rows.items[i].login.size > 0) {
            TRY(chambers_login(arena, outside, rows.items[i].login, &items[i].authorization));
        }
    }
    *ret_services = (TimeStampServices){items, rows.count};
    return STATUS_OK;
}

/** The chamber's own anchors with the installation's root; where it has none, what the installation trusts. */
static Status read_anchors(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                           const Authority *authority, const TrustAnchors **ret_anchors) {
    ChambersAnchorsRows rows = {0};
    TrustAnchors *own = NULL;
    TRY(chambers_anchors(connection, arena, chamber, &rows));
    if (rows.count == 0) {
        return outside_anchors(outside, ret_anchors);
    }
    Text *items = arena_new_array(arena, Text, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = rows.items[i].certificate;
    }
    if (authority != NULL) {
        items[rows.count] = authority_root(authority);
    }
    TRY(trust_anchors_make(arena, (Texts){items, rows.count + (authority != NULL)}, &own));
    *ret_anchors = own;
    return STATUS_OK;
}

Text chambers_level_name(PadesLevel level) {
    static const char *const names[] = {"", "B-B", "B-T", "B-LT", "B-LTA"};
    return text_of(names[level]);
}

Status chambers_level_read(Text name, PadesLevel *ret_level) {
    for (PadesLevel level = PADES_B_B; level <= PADES_B_LTA; level++) {
        if (text_equal(name, chambers_level_name(level))) {
            *ret_level = level;
            return STATUS_OK;
        }
    }
    return fail(STATUS_CORRUPT, "\"%.*s\" is no level of protection", TEXT_ARG(name));
}

/** The level that the chamber asks for; none where it has not said. */
static Status read_level(Connection *connection, Arena *arena, ChamberId chamber, Text document_type,
                         PadesLevel *ret_level) {
    ChambersLevelsRows rows = {0};
    TRY(chambers_levels(connection, arena, chamber, &rows));
    for (size_t i = 0; i < rows.count; i++) { /* the empty type comes first, so that a type's own level is the last */
        if (rows.items[i].document_type.size == 0 || text_equal(rows.items[i].document_type, document_type)) {
            TRY(chambers_level_read(rows.items[i].level, ret_level));
        }
    }
    return STATUS_OK;
}

Status chambers_trust(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber, Text document_type,
                      ChamberTrust *ret_trust) {
    ChamberTrust trust = {.fetch = other_fetch != NULL ? *other_fetch : outside->fetch};
    Authority *authority = NULL;
    const Status found = outside_authority(outside, &authority);
    if (found != STATUS_OK && found != STATUS_NOT_FOUND) {
        return found;
    }
    TRY(read_stampers(connection, arena, outside, chamber, &trust.stamps));
    TRY(read_anchors(connection, arena, outside, chamber, authority, &trust.anchors));
    TRY(read_level(connection, arena, chamber, document_type, &trust.level));
    if (trust.stamps.count == 0 && authority != NULL) {
        TimeStampService *own = arena_new(arena, TimeStampService);
        *own = authority_stamps(authority);
        trust.stamps = (TimeStampServices){own, 1};
    }
    if (trust.level == PADES_NO_LEVEL) {
        trust.level = trust.stamps.count > 0 ? PADES_B_LTA : PADES_B_B;
    }
    *ret_trust = trust;
    return STATUS_OK;
}

Status chambers_set_stampers(Connection *connection, ChamberId chamber, const ChamberStamper *items, size_t count) {
    int64_t changed = 0;
    TRY(chambers_remove_stampers(connection, chamber, &changed));
    for (size_t i = 0; i < count; i++) {
        TRY(chambers_insert_stamper(connection, &(ChambersInsertStamper){.chamber = chamber,
                                                                         .position = (int64_t)i + 1,
                                                                         .url = items[i].url,
                                                                         .policy = items[i].policy,
                                                                         .login = items[i].login}));
    }
    return STATUS_OK;
}

bool chambers_is_test_key(Outside *outside, const Key *key) {
    Authority *authority = NULL;
    const Texts chain = key_chain(key);
    if (chain.count == 0 || outside_authority(outside, &authority) != STATUS_OK) {
        (void)failure_take();
        return false;
    }
    return text_equal(chain.items[chain.count - 1], authority_root(authority));
}
