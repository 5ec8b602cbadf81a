/** Keys in PKCS#12 files, and the password that opens them. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/key_inside.h"

#define KEY_FILE_MAX       ((size_t)1 << 20)
#define KEY_CHAIN_MAX      16
#define KEY_PASSWORD_BYTES 32
#define KEY_PASSWORD_MAX   1024

static void key_cleanse(void *thing) {
    const Text *secret = thing;
    OPENSSL_cleanse((void *)(uintptr_t)secret->data, secret->size);
}

/** Has the bytes wiped when the arena is reset or closed. */
static void key_cleanse_later(Arena *arena, Text secret) {
    Text *kept = arena_new(arena, Text);
    *kept = secret;
    arena_defer(arena, key_cleanse, kept);
}

/** Reads a whole small file from an open descriptor. */
static Status key_read_open(Arena *arena, int descriptor, size_t maximum, Text *ret_bytes) {
    struct stat facts;
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size > (off_t)maximum) {
        return fail(STATUS_INVALID, "this is no file of a possible size");
    }
    char *bytes = arena_allocate(arena, (size_t)facts.st_size + 1);
    size_t size = 0;
    key_cleanse_later(arena, (Text){bytes, (size_t)facts.st_size});
    while (size < (size_t)facts.st_size) {
        const ssize_t got = read(descriptor, bytes + size, (size_t)facts.st_size - size);
        if (got <= 0) {
            return fail(STATUS_FAILED, "reading failed: %s", strerror(errno));
        }
        size += (size_t)got;
    }
    *ret_bytes = (Text){bytes, size};
    return STATUS_OK;
}

static Status key_read_file(Arena *arena, Text path, size_t maximum, bool is_secret, Text *ret_bytes) {
    const char *name = arena_c_string(arena, path);
    const int descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return errno == ENOENT ? fail(STATUS_NOT_FOUND, "%s is missing", name)
                               : fail(STATUS_FAILED, "%s cannot be opened: %s", name, strerror(errno));
    }
    struct stat facts;
    const bool is_open_to_others =
        is_secret && (fstat(descriptor, &facts) != 0 || (facts.st_mode & 077) != 0 || facts.st_uid != geteuid());
    const Status status = is_open_to_others
                              ? fail(STATUS_FORBIDDEN, "%s must belong to this user alone (mode 0600)", name)
                              : key_read_open(arena, descriptor, maximum, ret_bytes);
    close(descriptor);
    return status;
}

static Text key_certificate_der(Arena *arena, X509 *certificate) {
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);
    const Text copy = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    return copy;
}

/** The certificates in order: own first, then each one's issuer as far as they are there. */
static Status key_order_chain(Arena *arena, X509 *own, STACK_OF(X509) * others, Texts *ret_chain) {
    Texts chain = {arena_new_array(arena, Text, KEY_CHAIN_MAX), 0};
    for (X509 *at = own; at != NULL && chain.count < KEY_CHAIN_MAX;) {
        chain.items[chain.count++] = key_certificate_der(arena, at);
        X509 *issuer = NULL;
        const bool is_root = X509_check_issued(at, at) == X509_V_OK;
        for (int i = 0; !is_root && i < sk_X509_num(others) && issuer == NULL; i++) {
            issuer = X509_check_issued(sk_X509_value(others, i), at) == X509_V_OK ? sk_X509_value(others, i) : NULL;
        }
        at = issuer;
    }
    for (size_t i = 0; i < chain.count; i++) {
        if (chain.items[i].size == 0) {
            return fail(STATUS_INVALID, "a certificate of the key file cannot be read");
        }
    }
    *ret_chain = chain;
    return STATUS_OK;
}

/** Makes the key of what PKCS12_parse gave. Takes `secret`. */
static Status key_of_parts(Arena *arena, EVP_PKEY *secret, X509 *own, STACK_OF(X509) * others, Key **ret_key) {
    Key *key = NULL;
    Texts chain = {0};
    TRY(key_of_secret(arena, secret, &key));
    if (own == NULL || X509_check_private_key(own, secret) != 1) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "the key file holds no certificate of its key");
    }
    TRY(key_order_chain(arena, own, others, &chain));
    TRY(key_set_chain(key, chain));
    *ret_key = key;
    return STATUS_OK;
}

Status key_open_pkcs12(Text path, Text password, Arena *arena, Key **ret_key) {
    Text bytes = {0};
    TRY(key_read_file(arena, path, KEY_FILE_MAX, false, &bytes));
    const unsigned char *der = (const unsigned char *)bytes.data;
    char *secret_word = arena_c_string(arena, password);
    key_cleanse_later(arena, (Text){secret_word, password.size});
    PKCS12 *file = d2i_PKCS12(NULL, &der, (long)bytes.size);
    EVP_PKEY *secret = NULL;
    X509 *own = NULL;
    STACK_OF(X509) *others = NULL;
    Status status = STATUS_OK;
    if (file == NULL || PKCS12_parse(file, secret_word, &secret, &own, &others) != 1 || secret == NULL) {
        ERR_clear_error();
        status = fail(STATUS_INVALID, "the key file %.*s is damaged or its password is another one", TEXT_ARG(path));
    } else {
        status = key_of_parts(arena, secret, own, others, ret_key);
    }
    X509_free(own);
    sk_X509_pop_free(others, X509_free);
    PKCS12_free(file);
    return status;
}

/** Makes the entry of a new file in its directory durable. */
static Status key_sync_directory(Arena *arena, Text path) {
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

Status key_password(Text file, const char *environment_name, Arena *arena, Text *ret_password) {
    /* check_source: allow getenv the one door by which an operator hands a key's password to the program */
    const char *set = environment_name != NULL ? getenv(environment_name) : NULL;
    if (set != NULL) {
        *ret_password = arena_copy(arena, text_of(set));
        key_cleanse_later(arena, *ret_password);
        return STATUS_OK;
    }
    Text bytes = {0};
    TRY(key_read_file(arena, file, KEY_PASSWORD_MAX, true, &bytes));
    *ret_password = text_trim(bytes);
    return STATUS_OK;
}

Status key_password_make(Text file, Arena *arena, Text *ret_password) {
    unsigned char random[KEY_PASSWORD_BYTES];
    random_bytes(random, sizeof(random));
    const Text password = base64url_encode(arena, (Text){(const char *)random, sizeof(random)});
    key_cleanse_later(arena, password);
    OPENSSL_cleanse(random, sizeof(random));
    TRY(key_write_file(arena, file, password));
    *ret_password = password;
    return STATUS_OK;
}
