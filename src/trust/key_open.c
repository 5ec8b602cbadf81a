/** Opening a key by its description, wherever it lives. */
#include "base/log.h"
#include "trust/key_inside.h"
#include "trust/key_outside.h"
#include "trust/key_secret.h"

static bool key_takes_scheme(Text *description, const char *scheme) {
    const Text start = text_of(scheme);
    if (!text_starts_with(*description, start)) {
        return false;
    }
    *description = text_slice(*description, start.size, description->size);
    return true;
}

static Status key_open_pkcs12_described(Arena *arena, Text path, const KeyAccess *access, Key **ret_key) {
    Arena *secrets = arena_open((size_t)1 << 20);
    Text password = {0};
    Status status =
        key_secret_read(secrets, access, arena_format(secrets, "password of %.*s", TEXT_ARG(path)), &password);
    if (status == STATUS_NOT_FOUND && (access == NULL || access->file.size == 0)) {
        status = STATUS_OK; /* some files have none */
    }
    if (status == STATUS_OK) {
        const bool is_bare = access != NULL && (access->bare || access->chain.count > 0);
        status = key_open_file(arena, path, password, is_bare, ret_key);
    }
    arena_close(secrets);
    return status;
}

/** A chain that was given goes before the one that lies with the key; it must be this key's. */
static Status key_take_chain(Arena *arena, const KeyAccess *access, Key *key) {
    if (access == NULL || access->chain.count == 0) {
        return STATUS_OK;
    }
    const Texts given = access->chain;
    for (size_t i = 0; i < given.count; i++) {
        if (key_fits_certificate(key, given.items[i])) {
            return key_take_certificates(arena, key, given.items, given.count);
        }
    }
    return fail(STATUS_INVALID, "the certificate belongs to another key");
}

Status key_open(Arena *arena, Text description, const KeyAccess *access, Key **ret_key) {
    Key *key = NULL;
    key_guard_process();
    if (text_starts_with(description, TEXT("pkcs11:"))) {
        TRY(key_open_token(arena, description, access, &key));
    } else if (key_takes_scheme(&description, "csc:")) {
        TRY(key_open_service(arena, description, access, &key));
    } else {
        (void)key_takes_scheme(&description, "pkcs12:");
        TRY(key_open_pkcs12_described(arena, description, access, &key));
    }
    TRY(key_take_chain(arena, access, key));
    if (key->chain.count == 0 && (access == NULL || !access->bare)) {
        return fail(STATUS_INVALID, "the key has no certificate yet");
    }
    *ret_key = key;
    return STATUS_OK;
}
