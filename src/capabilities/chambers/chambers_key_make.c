/** Seal keys: made with the chamber, and certified by the installation's own authority. */
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers_key.h"
#include "outside/file.h"
#include "trust/certificate.h"

Text chambers_key_path(Arena *arena, const Outside *outside, Text file) {
    return arena_format(arena, "%.*s/keys/%.*s", TEXT_ARG(outside->data), TEXT_ARG(file));
}

static Text authority_folder(Arena *arena, const Outside *outside) {
    return arena_format(arena, "%.*s/authority", TEXT_ARG(outside->data));
}

Status chambers_key_password(Arena *arena, const Outside *outside, Text *ret_password) {
    const Text file = chambers_key_path(arena, outside, TEXT("password"));
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
static Time valid_from(const ChamberCertify *certify) {
    return certify->demonstration ? time_add(clock_now(), -90 * TIME_DAY) : clock_now();
}

/** The installation's own authority, made with its first chamber. */
static Status open_authority(Arena *arena, const ChamberCertify *certify, Authority **ret_authority) {
    const Status status = outside_authority(certify->outside, ret_authority);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    Text password = {0};
    TRY(chambers_key_password(arena, certify->outside, &password));
    const AuthorityOptions authority = {
        .country = certify->country,
        .address = certify->address,
        .from = certify->demonstration ? valid_from(certify) : (Time){0},
        .kind = KEY_P256,
    };
    TRY(authority_make(arena, authority_folder(arena, certify->outside), password, &authority));
    return outside_authority(certify->outside, ret_authority);
}

Status chambers_certify(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain) {
    static const char ending[] = " - seal";
    const ChamberCertify *certify = context;
    Authority *authority = NULL;
    (void)key;
    TRY(open_authority(arena, certify, &authority));
    const Text start = certificate_cut(certify->name, CERTIFICATE_NAME_MAX - strlen(ending));
    const AuthoritySubject subject = {.organisation = certify->name,
                                      .name = arena_format(arena, "%.*s%s", TEXT_ARG(start), ending),
                                      .country = certify->country,
                                      .public_key = public_key,
                                      .from = valid_from(certify)};
    return authority_certify(authority, arena, &subject, ret_chain);
}

typedef struct KindWord {
    KeyKind kind;
    Text word;
} KindWord;
static const KindWord kind_words[] = {{KEY_P256, TEXT_INIT("p256")},
                                      {KEY_P384, TEXT_INIT("p384")},
                                      {KEY_RSA_3072, TEXT_INIT("rsa")},
                                      {KEY_RSA_PSS_3072, TEXT_INIT("rsa-pss")},
                                      {KEY_ED25519, TEXT_INIT("ed25519")}};

Text chambers_kind_word(KeyKind kind) {
    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (kind_words[i].kind == kind) {
            return kind_words[i].word;
        }
    }
    return (Text){NULL, 0};
}

Status chambers_kind_read(Text word, KeyKind *ret_kind) {
    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (text_equal(kind_words[i].word, word)) {
            *ret_kind = kind_words[i].kind;
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "--kind is p256, p384, rsa, rsa-pss or ed25519, not \"%.*s\"", TEXT_ARG(word));
}

Status chambers_make_key(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                         const ChamberNew *options) {
    const Text folder = arena_format(arena, "%.*s/keys", TEXT_ARG(outside->data));
    TRY(file_make_folder(folder.data));
    Text password = {0};
    Key *key = NULL;
    ChamberCertify certify = {.outside = outside,
                              .name = options->name,
                              .country = options->country,
                              .address = options->public_url,
                              .demonstration = options->demonstration};
    TRY(chambers_key_password(arena, outside, &password));
    char id[ID_TEXT_SIZE + 1];
    id_write(chamber.value, id);
    const Text file = arena_format(arena, "%s.p12", id), path = chambers_key_path(arena, outside, file);
    TRY(key_make_certified(path, password, KEY_P256, chambers_certify, &certify, arena));
    TRY(key_open_pkcs12(path, password, arena, &key));
    Time from = {0}, until = {0};
    key_validity(key, &from, &until);
    const Sha256 certificate = sha256(key_chain(key).items[0]);
    return chambers_insert_key(connection, &(ChambersInsertKey){.chamber = chamber,
                                                                .name = TEXT("seal"),
                                                                .kind = TEXT("pkcs12"),
                                                                .algorithm = chambers_kind_word(KEY_P256),
                                                                .file = file,
                                                                .subject = options->name,
                                                                .certificate_sha256 = sha256_text(&certificate),
                                                                .not_before = from,
                                                                .not_after = until,
                                                                .active = true,
                                                                .now = clock_now()});
}
