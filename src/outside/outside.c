/** Opens what lies outside, from the data directory and the configuration. */
#include "outside/outside_inside.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/file.h"

static const char secret_name[] = "secret";

MUST_USE static Status make_secret(int folder) {
    if (faccessat(folder, secret_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return STATUS_OK;
    }
    char secret[OUTSIDE_SECRET_SIZE];
    random_bytes(secret, sizeof secret);
    const Status status = file_replace(folder, folder, secret_name, (Text){secret, sizeof secret});
    explicit_bzero(secret, sizeof secret);
    return status;
}

MUST_USE static Status prepare_in(Arena *arena, Text data) {
    int folder = -1;
    TRY(file_open_folder(arena_c_string(arena, data), &folder));
    const Status status = make_secret(folder);
    (void)close(folder);
    TRY(status);
    return file_make_folder(arena_format(arena, "%.*s/blobs", TEXT_ARG(data)).data);
}

Status outside_prepare(Text data) {
    Arena *arena = arena_open(64 * 1024);
    const Status status = prepare_in(arena, data);
    arena_close(arena);
    return status;
}

MUST_USE static Status read_secret(Opened *opened, const char *path) {
    struct stat found;
    Text secret = {NULL, 0};
    TRY(file_read(opened->arena, AT_FDCWD, path, OUTSIDE_SECRET_SIZE, &secret));
    if (secret.size != OUTSIDE_SECRET_SIZE) {
        return fail(STATUS_INVALID, "%s must have %d bytes", path, OUTSIDE_SECRET_SIZE);
    }
    if (stat(path, &found) != 0 || (found.st_mode & 077) != 0) {
        return fail(STATUS_INVALID, "%s can be read by others: chmod 600 mends that", path);
    }
    memcpy(opened->secret, secret.data, secret.size);
    explicit_bzero((char *)secret.data, secret.size);
    opened->outside.secret = (Text){opened->secret, sizeof opened->secret};
    return STATUS_OK;
}

MUST_USE static Status open_parts(Opened *opened, Text mail, Text mail_login) {
    Outside *outside = &opened->outside;
    TRY(read_secret(opened, arena_format(opened->arena, "%.*s/%s", TEXT_ARG(outside->data), secret_name).data));
    TRY(outside_open_trust(opened));
    TRY(blobs_open(arena_format(opened->arena, "%.*s/blobs", TEXT_ARG(outside->data)).data, &outside->blobs));
    if (mail.size == 0) {
        mail = arena_format(opened->arena, "spool:%.*s/mail", TEXT_ARG(outside->data));
    }
    return mail_login.size > 0
               ? mailer_open_with_login(mail, arena_c_string(opened->arena, mail_login), &outside->mailer)
               : mailer_open(mail, &outside->mailer);
}

Status outside_open(Text data, Text mail, Text mail_login, Outside **ret_outside) {
    Arena *arena = arena_open(64 * 1024);
    Opened *opened = arena_new(arena, Opened);
    opened->arena = arena;
    (void)pthread_mutex_init(&opened->lock, NULL);
    opened->outside.data = arena_copy(arena, data);
    const Status status = open_parts(opened, mail, mail_login);
    if (status != STATUS_OK) {
        outside_close(&opened->outside);
        return status;
    }
    *ret_outside = &opened->outside;
    return STATUS_OK;
}

void outside_close(Outside *outside) {
    if (outside == NULL) {
        return;
    }
    Opened *opened = (Opened *)outside;
    mailer_close(outside->mailer);
    blobs_close(outside->blobs);
    outside_close_trust(opened);
    (void)pthread_mutex_destroy(&opened->lock);
    explicit_bzero(opened->secret, sizeof opened->secret);
    arena_close(opened->arena);
}
