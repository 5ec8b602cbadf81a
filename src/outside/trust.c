/** The trust services of an installation: its own authority, its anchors, and how others are reached. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"
#include "outside/outside_inside.h"

enum { ANCHOR_SIZE = 1024 * 1024, ANCHORS_MAX = 256, ANCHOR_BUDGET = 64 * 1024 * 1024 };

/* What is opened at its first use belongs to an Outside that its users do not change. */
static Opened *opened_of(const Outside *outside) {
    return (Opened *)(uintptr_t)outside;
}

static Text outside_path(Arena *arena, const Opened *opened, const char *name) {
    return arena_format(arena, "%.*s/%s", TEXT_ARG(opened->outside.data), name);
}

Status outside_key_password(const Outside *outside, Arena *arena, Text *ret_password) {
    const Opened *opened = (const Opened *)outside;
    return key_password(outside_path(arena, opened, "keys/password"), OUTSIDE_PASSWORD_VARIABLE, arena, ret_password);
}

static Status open_authority(Opened *opened) {
    Arena *arena = arena_open((size_t)1 << 20);
    Text password = {NULL, 0};
    Status status = outside_key_password(&opened->outside, arena, &password);
    /* What needs no key, such as the root's certificate, is there without a password too. */
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = authority_open(outside_path(arena, opened, "authority"), password, &opened->authority);
    }
    arena_close(arena);
    return status;
}

Status outside_authority(const Outside *outside, Authority **ret_authority) {
    Opened *opened = opened_of(outside);
    Status status = STATUS_OK;
    (void)pthread_mutex_lock(&opened->lock);
    if (opened->authority == NULL) {
        status = open_authority(opened);
    }
    Authority *authority = opened->authority;
    (void)pthread_mutex_unlock(&opened->lock);
    TRY(status);
    *ret_authority = authority;
    return STATUS_OK;
}

static bool is_anchor(const char *name) {
    return name[0] != '.' &&
           (text_ends_with(text_of(name), TEXT(".pem")) || text_ends_with(text_of(name), TEXT(".der")) ||
            text_ends_with(text_of(name), TEXT(".cer")) || text_ends_with(text_of(name), TEXT(".crt")));
}

/** The operator's own: DATA/anchors. */
static Status read_folder(Arena *arena, Text folder, Texts *anchors) {
    DIR *entries = opendir(folder.data);
    Status status = STATUS_OK;
    if (entries == NULL) {
        return errno == ENOENT ? STATUS_OK : file_failure("look into", folder.data);
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL && status == STATUS_OK;
         entry = readdir(entries)) {
        if (!is_anchor(entry->d_name)) {
            continue;
        }
        if (anchors->count == ANCHORS_MAX) {
            status = fail(STATUS_TOO_LARGE, "%s has more than %d trust anchors", folder.data, ANCHORS_MAX);
            break;
        }
        status = file_read(arena, dirfd(entries), entry->d_name, ANCHOR_SIZE, &anchors->items[anchors->count]);
        anchors->count++;
    }
    (void)closedir(entries);
    return status;
}

static Status make_anchors(Opened *opened, Authority *authority, TrustAnchors **ret_anchors) {
    Arena *arena = opened->anchors_arena;
    Texts items = {arena_new_array(arena, Text, ANCHORS_MAX + 1), 0};
    TRY(read_folder(arena, outside_path(arena, opened, "anchors"), &items));
    if (authority != NULL) {
        items.items[items.count++] = authority_root(authority);
    }
    return trust_anchors_make(arena, items, ret_anchors);
}

Status outside_anchors(const Outside *outside, const TrustAnchors **ret_anchors) {
    Opened *opened = opened_of(outside);
    Authority *authority = NULL;
    Status status = outside_authority(outside, &authority);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    status = STATUS_OK;
    (void)pthread_mutex_lock(&opened->lock);
    /* An authority that was made meanwhile is an anchor from then on. */
    if (opened->anchors == NULL || opened->anchors_of != authority) {
        opened->anchors_arena = opened->anchors_arena != NULL ? opened->anchors_arena : arena_open(ANCHOR_BUDGET);
        status = make_anchors(opened, authority, &opened->anchors);
        opened->anchors_of = authority;
    }
    const TrustAnchors *anchors = opened->anchors;
    (void)pthread_mutex_unlock(&opened->lock);
    TRY(status);
    *ret_anchors = anchors;
    return STATUS_OK;
}

/** Its own authority answers without a connection; all others are asked as far as the operator allowed. */
static Status ask_outside(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Opened *opened = context;
    Authority *authority = NULL;
    if (outside_authority(&opened->outside, &authority) == STATUS_OK &&
        text_starts_with(question->url, authority_address(authority))) {
        const TrustFetch own = authority_fetch(authority);
        const Status status = own.call(own.context, arena, question, ret_reply);
        if (status != STATUS_FORBIDDEN) {
            return status;
        }
    }
    const TrustFetch other = fetcher_trust(opened->fetcher);
    return other.call(other.context, arena, question, ret_reply);
}

Status outside_open_trust(Opened *opened) {
    opened->outside.fetch = (TrustFetch){ask_outside, opened};
    return fetcher_open((Text){NULL, 0}, &opened->fetcher);
}

Status outside_allow(Outside *outside, Text addresses) {
    Opened *opened = (Opened *)outside;
    Fetcher *fetcher = NULL;
    TRY(fetcher_open(addresses, &fetcher));
    fetcher_close(opened->fetcher);
    opened->fetcher = fetcher;
    return STATUS_OK;
}

void outside_close_trust(Opened *opened) {
    fetcher_close(opened->fetcher);
    authority_close(opened->authority);
    arena_close(opened->anchors_arena);
}
