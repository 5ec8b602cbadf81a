/** What the command `key` does: keys made, taken over, certified, and changed for one another. */
#include "capabilities/chambers/chambers_key_act.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "outside/file.h"
#include "trust/key_secret.h"

static const char pin_variable[] = "TRADEPOST_KEY_PIN";

static Status read_chamber(Connection *connection, void *context) {
    KeyAct *act = context;
    Arena *arena = act->context->arena;
    if (act->chamber_code.size > 0) {
        const Status status = chambers_of_code(connection, arena, act->chamber_code, &act->chamber);
        if (status == STATUS_NOT_FOUND) {
            return fail(status, "There is no chamber with the code %.*s. Try: tradepost chambers",
                        TEXT_ARG(act->chamber_code));
        }
        TRY(status);
    } else {
        Chambers all = {0};
        TRY(chambers_all(connection, arena, &all));
        if (all.count != 1) {
            return fail(STATUS_INVALID, "Name the chamber with --chamber CODE; tradepost chambers lists them.");
        }
        act->chamber = all.items[0];
    }
    return chambers_keys(connection, arena, act->chamber.id, &act->rows);
}

Status chambers_key_begin(KeyAct *act) {
    TRY(chambers_kind_read(act->kind_word, &act->kind));
    return database_read(act->context->database, read_chamber, act);
}

Status chambers_key_named(KeyAct *act) {
    for (size_t i = 0; i < act->rows.count; i++) {
        if (act->name.size == 0 || text_equal(act->rows.items[i].name, act->name)) {
            act->row = act->rows.items[i];
            return STATUS_OK;
        }
    }
    return fail(STATUS_NOT_FOUND, "The chamber has no key of that name. Try: tradepost key list");
}

/** "seal", "seal-2", ...: the first that is free. */
static Text free_name(const KeyAct *act) {
    for (size_t number = 1;; number++) {
        const Text name = number == 1 ? TEXT("seal") : arena_format(act->context->arena, "seal-%zu", number);
        bool taken = false;
        for (size_t i = 0; i < act->rows.count; i++) {
            taken |= text_equal(act->rows.items[i].name, name);
        }
        if (!taken) {
            return name;
        }
    }
}

/** What must not move when the program is started elsewhere. */
static Status whole_path(Arena *arena, Text path, Text *ret_path) {
    if (path.size == 0) {
        *ret_path = path;
        return STATUS_OK;
    }
    char *found = realpath(arena_c_string(arena, path), NULL);
    if (found == NULL) {
        return fail(STATUS_NOT_FOUND, "%.*s is missing", TEXT_ARG(path));
    }
    *ret_path = arena_copy(arena, text_of(found));
    /* check_source: allow free realpath gives it */
    free(found);
    return STATUS_OK;
}

static Text kind_of_place(Text description) {
    return text_starts_with(description, TEXT("pkcs11:")) ? TEXT("pkcs11")
           : text_starts_with(description, TEXT("csc:"))  ? TEXT("csc")
                                                          : TEXT("pkcs12");
}

typedef struct Writing {
    KeyAct *act;
    const char *act_word;
    Text detail;
    Status (*write)(Connection *connection, KeyAct *act);
} Writing;

static Status write_and_audit(Connection *connection, void *context) {
    const Writing *writing = context;
    KeyAct *act = writing->act;
    TRY(writing->write(connection, act));
    return chambers_audit(
        connection, act->context->arena,
        &(AuditEvent){.chamber = act->chamber.id, .act = writing->act_word, .detail = writing->detail});
}

static Status insert_row(Connection *connection, KeyAct *act) {
    const ChambersKeysRow *row = &act->row;
    return chambers_insert_key(connection, &(ChambersInsertKey){.chamber = act->chamber.id,
                                                                .name = row->name,
                                                                .kind = row->kind,
                                                                .algorithm = row->algorithm,
                                                                .file = row->file,
                                                                .secret = row->secret,
                                                                .subject = row->subject,
                                                                .certificate_sha256 = row->certificate_sha256,
                                                                .chain = row->chain,
                                                                .not_before = row->not_before,
                                                                .not_after = row->not_after,
                                                                .active = false,
                                                                .now = clock_now()});
}

static Status note_key(KeyAct *act, const char *word) {
    Arena *arena = act->context->arena;
    Writing writing = {.act = act, .act_word = word, .write = insert_row};
    writing.detail = arena_format(arena, "%.*s: %.*s, %.*s", TEXT_ARG(act->row.name), TEXT_ARG(act->row.kind),
                                  TEXT_ARG(act->row.algorithm));
    return database_write(act->context->database, write_and_audit, &writing);
}

/** A file of its own for each key, whatever earlier calls left behind. */
static Text new_file(const KeyAct *act) {
    char chamber[ID_TEXT_SIZE + 1], key[ID_TEXT_SIZE + 1];
    id_write(act->chamber.id.value, chamber);
    id_write(id_make(), key);
    return arena_format(act->context->arena, "%s-%s.p12", chamber, key);
}

Status chambers_key_make(KeyAct *act) {
    Arena *arena = act->context->arena;
    const Outside *outside = act->context->outside;
    ChambersKeysRow row = {.name = act->name.size > 0 ? act->name : free_name(act),
                           .kind = kind_of_place(act->place),
                           .algorithm = chambers_kind_word(act->kind),
                           .file = act->place,
                           .subject = act->chamber.name};
    TRY(whole_path(arena, act->pin_file, &row.secret));
    if (text_equal(row.kind, TEXT("csc"))) {
        return fail(STATUS_INVALID,
                    "A signing service makes its keys itself: take yours over with tradepost key import.");
    }
    if (text_equal(row.kind, TEXT("pkcs11"))) {
        const KeyAccess access = {
            .environment = row.secret.size > 0 ? NULL : pin_variable, .file = row.secret, .prompt = true};
        TRY(key_make_on_token(row.file, &access, act->kind, arena));
    } else {
        Text password = {0};
        row.file = new_file(act);
        TRY(chambers_key_password(arena, outside, &password));
        TRY(key_make_bare(chambers_key_path(arena, outside, row.file), password, act->kind, arena));
    }
    act->row = row;
    return note_key(act, "chambers.make-key");
}

static Text join(Arena *arena, Texts certificates) {
    size_t size = 0;
    for (size_t i = 0; i < certificates.count; i++) {
        size += certificates.items[i].size;
    }
    char *bytes = arena_allocate(arena, size + 1), *at = bytes;
    for (size_t i = 0; i < certificates.count; i++) {
        memcpy(at, certificates.items[i].data, certificates.items[i].size);
        at += certificates.items[i].size;
    }
    return (Text){bytes, size};
}

/** What the row says of an open key. */
static void describe(Arena *arena, const Key *key, ChambersKeysRow *row) {
    const Texts chain = key_chain(key);
    const Sha256 digest = sha256(chain.items[0]);
    row->algorithm = chambers_kind_word(key_kind(key));
    row->certificate_sha256 = arena_copy(arena, sha256_text(&digest));
    row->chain = text_equal(row->kind, TEXT("pkcs12")) ? (Text){0} : join(arena, chain);
    key_validity(key, &row->not_before, &row->not_after);
}

static Status read_certificates(Arena *arena, Text file, Texts *ret_certificates) {
    Text bytes = {0};
    TRY(file_read(arena, AT_FDCWD, arena_c_string(arena, file), KEY_CERTIFICATES_SIZE_MAX, &bytes));
    return key_read_certificates(arena, bytes, ret_certificates);
}

/** A key file of elsewhere, copied under the installation's password. */
static Status take_file(KeyAct *act, ChambersKeysRow *row) {
    Arena *arena = act->context->arena, *secrets = arena_open((size_t)1 << 20);
    Text from = act->place, password = {0}, own = {0};
    if (text_starts_with(from, TEXT("pkcs12:"))) {
        from = text_slice(from, sizeof("pkcs12:") - 1, from.size);
    }
    const KeyAccess access = {
        .environment = act->pin_file.size > 0 ? NULL : pin_variable, .file = act->pin_file, .prompt = true};
    row->file = new_file(act);
    Status status =
        key_secret_read(secrets, &access, arena_format(secrets, "Password of %.*s", TEXT_ARG(from)), &password);
    if (status == STATUS_OK) {
        status = chambers_key_password(secrets, act->context->outside, &own);
    }
    if (status == STATUS_OK) {
        status =
            key_copy_pkcs12(from, password, chambers_key_path(arena, act->context->outside, row->file), own, arena);
    }
    arena_close(secrets);
    return status;
}

Status chambers_key_import(KeyAct *act) {
    Arena *arena = act->context->arena;
    Key *key = NULL;
    ChambersKeysRow row = {.name = act->name.size > 0 ? act->name : free_name(act),
                           .kind = kind_of_place(act->place),
                           .file = act->place,
                           .subject = act->chamber.name};
    Texts certificates = {0};
    if (act->certificates.size > 0) {
        TRY(read_certificates(arena, act->certificates, &certificates));
        row.chain = join(arena, certificates);
    }
    if (text_equal(row.kind, TEXT("pkcs12"))) {
        TRY(take_file(act, &row));
        row.chain = (Text){0};
    } else {
        TRY(whole_path(arena, act->pin_file, &row.secret));
    }
    TRY(chambers_open_key(arena, act->context->outside, &row, false, true, &key));
    describe(arena, key, &row);
    key_close(key);
    act->row = row;
    return note_key(act, "chambers.import-key");
}

Status chambers_key_request(KeyAct *act) {
    Arena *arena = act->context->arena;
    Key *key = NULL;
    const KeySubject subject = {.organisation = act->chamber.name,
                                .name = act->chamber.name,
                                .country = act->chamber.country,
                                .identifier = act->identifier};
    TRY(chambers_open_key(arena, act->context->outside, &act->row, true, true, &key));
    const Status status = key_request(key, &subject, arena, &act->request);
    key_close(key);
    return status;
}

static Status certify_row(Connection *connection, KeyAct *act) {
    const ChambersKeysRow *row = &act->row;
    int64_t count = 0;
    TRY(chambers_certify_key(connection,
                             &(ChambersCertifyKey){.chamber = act->chamber.id,
                                                   .name = row->name,
                                                   .subject = row->subject,
                                                   .certificate_sha256 = row->certificate_sha256,
                                                   .chain = row->chain,
                                                   .not_before = row->not_before,
                                                   .not_after = row->not_after},
                             &count));
    return count == 1 ? STATUS_OK : fail(STATUS_NOT_FOUND, "The key is gone.");
}

Status chambers_key_certify(KeyAct *act, Texts certificates) {
    Arena *arena = act->context->arena;
    const Outside *outside = act->context->outside;
    Key *key = NULL;
    if (text_equal(act->row.kind, TEXT("pkcs12"))) {
        Text password = {0};
        TRY(chambers_key_password(arena, outside, &password));
        TRY(key_certify_pkcs12(chambers_key_path(arena, outside, act->row.file), password, certificates, arena));
        act->row.chain = (Text){0};
    } else {
        act->row.chain = join(arena, certificates);
    }
    TRY(chambers_open_key(arena, outside, &act->row, false, true, &key));
    describe(arena, key, &act->row);
    key_close(key);
    Writing writing = {.act = act, .act_word = "chambers.certify-key", .write = certify_row};
    writing.detail = act->row.name;
    return database_write(act->context->database, write_and_audit, &writing);
}

Status chambers_key_certify_here(KeyAct *act) {
    Arena *arena = act->context->arena;
    Key *key = NULL;
    Texts chain = {0};
    ChamberCertify certify = {.outside = act->context->outside,
                              .name = act->chamber.name,
                              .country = act->chamber.country,
                              .address = act->context->settings->public_url};
    TRY(chambers_open_key(arena, act->context->outside, &act->row, true, true, &key));
    const Status status = chambers_certify(&certify, arena, key, key_public_key(key), &chain);
    key_close(key);
    TRY(status);
    return chambers_key_certify(act, chain);
}

static Status switch_rows(Connection *connection, KeyAct *act) {
    int64_t count = 0;
    TRY(chambers_retire_keys(connection, act->chamber.id, clock_now(), &count));
    TRY(chambers_activate_key(connection, act->chamber.id, act->row.name, &count));
    return count == 1 ? STATUS_OK : fail(STATUS_NOT_FOUND, "The key is gone.");
}

Status chambers_key_switch(KeyAct *act) {
    Arena *arena = act->context->arena;
    Key *key = NULL;
    KeyHealth health = {.status = STATUS_FAILED};
    TRY(chambers_open_key(arena, act->context->outside, &act->row, false, true, &key));
    key_preflight(key, (Time){0}, arena, &health);
    key_close(key);
    if (health.status != STATUS_OK) {
        return fail(STATUS_CONFLICT, "The key %.*s can't seal: %.*s", TEXT_ARG(act->row.name), TEXT_ARG(health.words));
    }
    act->before = TEXT("none");
    for (size_t i = 0; i < act->rows.count; i++) {
        if (act->rows.items[i].active) {
            act->before = act->rows.items[i].name;
        }
    }
    Writing writing = {.act = act, .act_word = "chambers.roll-key", .write = switch_rows};
    writing.detail = arena_format(arena, "%.*s, before: %.*s", TEXT_ARG(act->row.name), TEXT_ARG(act->before));
    return database_write(act->context->database, write_and_audit, &writing);
}
