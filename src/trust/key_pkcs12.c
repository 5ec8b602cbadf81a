/** Keys in PKCS#12 files. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "trust/key_outside.h"
#include "trust/key_secret.h"

#define KEY_FILE_MAX ((size_t)1 << 20)

/** Makes the key of what PKCS12_parse gave. Takes `secret`. */
static Status key_of_parts(Arena *arena, EVP_PKEY *secret, X509 *own, STACK_OF(X509) * others, bool is_bare,
                           Key **ret_key) {
    Key *key = NULL;
    Text certificates[KEY_CHAIN_MAX];
    size_t count = 0;
    TRY(key_of_secret(arena, secret, &key));
    /* OpenSSL does not see that a certificate of RSA is that of a key of RSA-PSS: such a one stands among the others.
     */
    if (own != NULL) {
        certificates[count++] = key_certificate_der(arena, own);
    }
    for (int i = 0; i < sk_X509_num(others) && count < KEY_CHAIN_MAX; i++) {
        certificates[count++] = key_certificate_der(arena, sk_X509_value(others, i));
    }
    TRY(key_take_certificates(arena, key, certificates, count));
    if (key->chain.count == 0 && !is_bare) {
        return fail(STATUS_INVALID, "the key file holds no certificate of its key");
    }
    *ret_key = key;
    return STATUS_OK;
}

Status key_open_file(Arena *arena, Text path, Text password, bool is_bare, Key **ret_key) {
    /* What is secret is wiped at once, while the key's arena may live as long as the process. */
    Arena *secrets = arena_open((size_t)4 << 20);
    Text bytes = {0};
    Status status = key_read_file(secrets, path, KEY_FILE_MAX, false, &bytes);
    if (status == STATUS_OK) {
        const unsigned char *der = (const unsigned char *)bytes.data;
        char *secret_word = arena_c_string(secrets, password);
        key_cleanse_later(secrets, (Text){secret_word, password.size});
        PKCS12 *file = d2i_PKCS12(NULL, &der, (long)bytes.size);
        EVP_PKEY *secret = NULL;
        X509 *own = NULL;
        STACK_OF(X509) *others = NULL;
        if (file == NULL || PKCS12_parse(file, secret_word, &secret, &own, &others) != 1 || secret == NULL) {
            ERR_clear_error();
            status =
                fail(STATUS_INVALID, "the key file %.*s is damaged or its password is another one", TEXT_ARG(path));
        } else {
            status = key_of_parts(arena, secret, own, others, is_bare, ret_key);
        }
        X509_free(own);
        sk_X509_pop_free(others, X509_free);
        PKCS12_free(file);
    }
    arena_close(secrets);
    return status;
}

Status key_open_pkcs12(Text path, Text password, Arena *arena, Key **ret_key) {
    key_guard_process();
    return key_open_file(arena, path, password, false, ret_key);
}

Status key_sync_directory(Arena *arena, Text path) {
    size_t slash = path.size;
    while (slash > 0 && path.data[slash - 1] != '/') {
        slash--;
    }
    const char *directory = slash == 0 ? "." : arena_c_string(arena, text_slice(path, 0, slash));
    const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    return synced ? STATUS_OK : fail(STATUS_FAILED, "%s cannot be synced: %s", directory, strerror(errno));
}

static bool key_write_all(int descriptor, Text bytes) {
    while (bytes.size > 0) {
        const ssize_t written = write(descriptor, bytes.data, bytes.size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes = text_slice(bytes, written > 0 ? (size_t)written : 0, bytes.size);
    }
    return fsync(descriptor) == 0;
}

Status key_write_file(Arena *arena, Text path, Text bytes) {
    const char *name = arena_c_string(arena, path);
    const int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return fail(errno == EEXIST ? STATUS_CONFLICT : STATUS_FAILED, "%s cannot be made: %s", name, strerror(errno));
    }
    const bool written = key_write_all(descriptor, bytes);
    const int reason = errno;
    close(descriptor);
    if (!written) {
        unlink(name);
        return fail(reason == ENOSPC || reason == EDQUOT ? STATUS_FULL : STATUS_FAILED, "%s cannot be written: %s",
                    name, strerror(reason));
    }
    return key_sync_directory(arena, path);
}

Status key_rename(Arena *arena, Text from, Text to) {
    if (rename(arena_c_string(arena, from), arena_c_string(arena, to)) != 0) {
        return fail(STATUS_FAILED, "%.*s cannot be put in its place: %s", TEXT_ARG(to), strerror(errno));
    }
    return key_sync_directory(arena, to);
}
