/** Secrets that open keys: files, the environment, the terminal. */
#include "trust/key_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/key_inside.h"

#define KEY_PASSWORD_BYTES 32

static void key_guard(void) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void key_guard_process(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, key_guard);
}

static void key_cleanse(void *thing) {
    const Text *secret = thing;
    OPENSSL_cleanse((void *)(uintptr_t)secret->data, secret->size);
}

void key_cleanse_later(Arena *arena, Text secret) {
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

Status key_read_file(Arena *arena, Text path, size_t maximum, bool is_secret, Text *ret_bytes) {
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

/* What environment and terminal gave once is wanted again when a token was away, and both are asked only once. */
enum { KEY_REMEMBERED = 32 };

typedef struct KeyRemembered {
    Sha256 name;
    size_t size;
    char bytes[KEY_SECRET_MAX];
} KeyRemembered;

static pthread_mutex_t remembered_lock = PTHREAD_MUTEX_INITIALIZER;
static KeyRemembered *remembered; /* pages of their own: locked, not dumped, not inherited */
static size_t remembered_count;

static bool key_remember_open(void) {
    if (remembered != NULL) {
        return true;
    }
    const size_t size = sizeof(KeyRemembered) * KEY_REMEMBERED;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        return false;
    }
    (void)mlock(pages, size); /* where the limit of locked memory is smaller, the rest still holds */
    (void)madvise(pages, size, MADV_DONTDUMP);
    (void)madvise(pages, size, MADV_WIPEONFORK);
    remembered = pages;
    return true;
}

static KeyRemembered *key_remembered_find(Text name) {
    const Sha256 digest = sha256(name);
    for (size_t i = 0; i < remembered_count; i++) {
        if (memcmp(&remembered[i].name, &digest, sizeof(digest)) == 0) {
            return &remembered[i];
        }
    }
    return NULL;
}

/** Under the lock. Beyond the table's end a secret is simply asked for again. */
static void key_remember(Text name, Text secret) {
    if (!key_remember_open() || secret.size > KEY_SECRET_MAX) {
        return;
    }
    KeyRemembered *place = key_remembered_find(name);
    if (place == NULL && remembered_count < KEY_REMEMBERED) {
        place = &remembered[remembered_count++];
        place->name = sha256(name);
    }
    if (place != NULL) {
        OPENSSL_cleanse(place->bytes, sizeof(place->bytes));
        memcpy(place->bytes, secret.data, secret.size);
        place->size = secret.size;
    }
}

static bool key_recall(Arena *arena, Text name, Text *ret_secret) {
    const KeyRemembered *place = key_remembered_find(name);
    if (place == NULL) {
        return false;
    }
    *ret_secret = arena_copy(arena, (Text){place->bytes, place->size});
    key_cleanse_later(arena, *ret_secret);
    return true;
}

/** Takes the variable out of the environment, where /proc and core files would show it. */
static bool key_secret_of_environment(Arena *arena, const char *variable, Text *ret_secret) {
    if (variable == NULL) {
        return false;
    }
    const Text name = arena_format(arena, "environment %s", variable);
    /* check_source: allow getenv the one door by which an operator hands a key's password to the program */
    char *set = getenv(variable);
    if (set != NULL && strlen(set) <= KEY_SECRET_MAX) {
        key_remember(name, text_of(set));
        OPENSSL_cleanse(set, strlen(set));
        (void)unsetenv(variable);
    }
    return key_recall(arena, name, ret_secret);
}

/** Reads a line without showing it; Ctrl-C and Ctrl-D give up. */
static Status key_read_line(int terminal, char line[KEY_SECRET_MAX], size_t *ret_size) {
    struct termios before, quiet;
    if (tcgetattr(terminal, &before) != 0) {
        return fail(STATUS_NOT_FOUND, "there is no terminal to ask on");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) != 0) {
        return fail(STATUS_NOT_FOUND, "the terminal cannot hide what is typed");
    }
    const ssize_t got = read(terminal, line, KEY_SECRET_MAX);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    size_t size = got > 0 ? (size_t)got : 0;
    if (size == 0 || line[size - 1] != '\n' || memchr(line, 3, size) != NULL) {
        return fail(STATUS_NOT_FOUND, "no secret was typed");
    }
    *ret_size = size - 1;
    return STATUS_OK;
}

static Status key_secret_of_terminal(Arena *arena, Text name, Text *ret_secret) {
    const Text kept = arena_format(arena, "terminal %.*s", TEXT_ARG(name));
    if (key_recall(arena, kept, ret_secret)) {
        return STATUS_OK;
    }
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return fail(STATUS_NOT_FOUND, "the %.*s is needed, and there is no terminal to ask on", TEXT_ARG(name));
    }
    char line[KEY_SECRET_MAX];
    size_t size = 0;
    (void)dprintf(terminal, "%.*s: ", TEXT_ARG(name));
    const Status status = key_read_line(terminal, line, &size);
    (void)dprintf(terminal, "\n");
    (void)close(terminal);
    if (status == STATUS_OK) {
        key_remember(kept, (Text){line, size});
        *ret_secret = arena_copy(arena, (Text){line, size});
        key_cleanse_later(arena, *ret_secret);
    }
    OPENSSL_cleanse(line, sizeof(line));
    return status;
}

Status key_secret_read(Arena *arena, const KeyAccess *access, Text name, Text *ret_secret) {
    key_guard_process();
    (void)pthread_mutex_lock(&remembered_lock);
    const bool found = access != NULL && key_secret_of_environment(arena, access->environment, ret_secret);
    (void)pthread_mutex_unlock(&remembered_lock);
    if (found) {
        return STATUS_OK;
    }
    if (access != NULL && access->file.size > 0) {
        Text bytes = {0};
        const Status status = key_read_file(arena, access->file, KEY_SECRET_MAX, true, &bytes);
        if (status != STATUS_NOT_FOUND || !access->prompt) {
            TRY(status);
            *ret_secret = text_trim(bytes);
            return STATUS_OK;
        }
    }
    if (access == NULL || !access->prompt) {
        return fail(STATUS_NOT_FOUND, "the %.*s is not given", TEXT_ARG(name));
    }
    (void)pthread_mutex_lock(&remembered_lock);
    const Status status = key_secret_of_terminal(arena, name, ret_secret);
    (void)pthread_mutex_unlock(&remembered_lock);
    return status;
}

/* PINs that tokens and services refused, as keyed hashes: the same one is not tried again while this process lives,
 * since tokens lock themselves after a few. */
enum { KEY_REFUSED = 64 };
static pthread_mutex_t refused_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char refused_key[32];
static Sha256 refused[KEY_REFUSED];
static size_t refused_count;

static Sha256 key_pin_name(Arena *arena, Text place, Text pin) {
    if (refused_count == 0) {
        random_bytes(refused_key, sizeof(refused_key));
    }
    const Text both = arena_format(arena, "%.*s\n%.*s", TEXT_ARG(place), TEXT_ARG(pin));
    key_cleanse_later(arena, both);
    return hmac_sha256((Text){(const char *)refused_key, sizeof(refused_key)}, both);
}

Status key_pin_check(Arena *arena, Text place, Text pin) {
    bool is_refused = false;
    (void)pthread_mutex_lock(&refused_lock);
    if (refused_count > 0) {
        const Sha256 name = key_pin_name(arena, place, pin);
        for (size_t i = 0; i < refused_count && i < KEY_REFUSED; i++) {
            is_refused |= memcmp(&refused[i], &name, sizeof(name)) == 0;
        }
    }
    (void)pthread_mutex_unlock(&refused_lock);
    return is_refused ? fail(STATUS_INVALID, "this PIN was refused, and is not tried again: mend the PIN") : STATUS_OK;
}

void key_pin_refuse(Arena *arena, Text place, Text pin) {
    (void)pthread_mutex_lock(&refused_lock);
    const Sha256 name = key_pin_name(arena, place, pin);
    refused[refused_count++ % KEY_REFUSED] = name;
    (void)pthread_mutex_unlock(&refused_lock);
}

Status key_password(Text file, const char *environment_name, Arena *arena, Text *ret_password) {
    return key_secret_read(arena, &(KeyAccess){.environment = environment_name, .file = file}, TEXT("password"),
                           ret_password);
}

Status key_password_make(Text file, Arena *arena, Text *ret_password) {
    key_guard_process();
    unsigned char random[KEY_PASSWORD_BYTES];
    random_bytes(random, sizeof(random));
    const Text password = base64url_encode(arena, (Text){(const char *)random, sizeof(random)});
    key_cleanse_later(arena, password);
    OPENSSL_cleanse(random, sizeof(random));
    TRY(key_write_file(arena, file, password));
    *ret_password = password;
    return STATUS_OK;
}
