/** Argon2id over a keyed hash, bounded: no more at once than the machine has cores, and few that wait. */
#include "capabilities/accounts/accounts_password.h"

#include <argon2.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"

enum {
    MEMORY_KIB = 19 * 1024,
    PASSES = 2,
    LANES = 1,
    SALT_SIZE = 16,
    HASH_SIZE = 32,
    WAITING_MOST = 64,
    MEMORY_KIB_MOST = 1024 * 1024,
    PASSES_MOST = 64,
    LANES_MOST = 16
};

/* Those that hash, of all threads. A hash keeps a core busy for tens of milliseconds and fills 19 MiB; more at once
 * than there are cores would only make each of them late. */
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slots_free = PTHREAD_COND_INITIALIZER;
static long slots_taken, slots_waiting;

static Status take_slot(void) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const long most = cores > 0 ? cores : 1;
    bool full = false;
    (void)pthread_mutex_lock(&slots_lock);
    if (slots_taken >= most && slots_waiting >= WAITING_MOST) {
        full = true;
    } else {
        slots_waiting++;
        while (slots_taken >= most) {
            (void)pthread_cond_wait(&slots_free, &slots_lock);
        }
        slots_waiting--;
        slots_taken++;
    }
    (void)pthread_mutex_unlock(&slots_lock);
    return full ? fail(STATUS_UNAVAILABLE, "too many passwords wait to be hashed") : STATUS_OK;
}

static void give_slot(void) {
    (void)pthread_mutex_lock(&slots_lock);
    slots_taken--;
    (void)pthread_cond_signal(&slots_free);
    (void)pthread_mutex_unlock(&slots_lock);
}

/* Straight from the system and back to it: the allocator would keep 19 MiB for each thread that ever hashed. */
static int map_memory(uint8_t **memory, size_t size) {
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) {
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    }
    *memory = place;
    return ARGON2_OK;
}

static void unmap_memory(uint8_t *memory, size_t size) {
    (void)munmap(memory, size);
}

typedef struct Parameters {
    uint32_t memory_kib, passes, lanes;
    Text salt, hash;
} Parameters;

static Status derive(Text secret, Text password, const Parameters *parameters, uint8_t *hash, size_t hash_size) {
    /* The purpose keeps this key apart from the other uses of the installation's secret. */
    const Sha256 pepper = hmac_sha256(secret, TEXT("accounts password"));
    Sha256 keyed = hmac_sha256(sha256_text(&pepper), password);
    uint8_t salt[64] = {0};
    memcpy(salt, parameters->salt.data, parameters->salt.size);
    argon2_context context = {.out = hash,
                              .outlen = (uint32_t)hash_size,
                              .pwd = keyed.bytes,
                              .pwdlen = sizeof(keyed.bytes),
                              .salt = salt,
                              .saltlen = (uint32_t)parameters->salt.size,
                              .t_cost = parameters->passes,
                              .m_cost = parameters->memory_kib,
                              .lanes = parameters->lanes,
                              .threads = 1,
                              .version = ARGON2_VERSION_13,
                              .allocate_cbk = map_memory,
                              .free_cbk = unmap_memory,
                              .flags = ARGON2_FLAG_CLEAR_PASSWORD};
    TRY(take_slot());
    const int result = argon2id_ctx(&context);
    give_slot();
    return result == ARGON2_OK ? STATUS_OK : fail(STATUS_UNAVAILABLE, "argon2: %s", argon2_error_message(result));
}

Status accounts_password_hash(Arena *arena, Text secret, Text password, Text *ret_hash) {
    char salt[SALT_SIZE], hash[HASH_SIZE];
    random_bytes(salt, sizeof(salt));
    const Parameters parameters = {MEMORY_KIB, PASSES, LANES, {salt, sizeof(salt)}, {NULL, 0}};
    TRY(derive(secret, password, &parameters, (uint8_t *)hash, sizeof(hash)));
    *ret_hash = arena_format(arena, "$argon2id$v=19$m=%d,t=%d,p=%d$%.*s$%.*s", MEMORY_KIB, PASSES, LANES,
                             TEXT_ARG(base64url_encode(arena, parameters.salt)),
                             TEXT_ARG(base64url_encode(arena, (Text){hash, sizeof(hash)})));
    return STATUS_OK;
}

/* "m=19456": the number behind a name, within bounds. */
static bool read_number(Text part, const char *name, int64_t most, uint32_t *ret_number) {
    int64_t number = 0;
    if (!text_starts_with(part, text_of(name)) ||
        text_to_int(text_slice(part, strlen(name), part.size), &number) != STATUS_OK || number < 1 || number > most) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

static bool read_parameters(Arena *arena, Text stored, Parameters *ret_parameters) {
    Text rest = stored;
    const Text start = text_cut(&rest, '$'), kind = text_cut(&rest, '$'), version = text_cut(&rest, '$');
    Text costs = text_cut(&rest, '$');
    const Text salt = text_cut(&rest, '$');
    Parameters parameters = {0};
    const Text memory = text_cut(&costs, ','), passes = text_cut(&costs, ',');
    if (start.size != 0 || !text_equal(kind, TEXT("argon2id")) || !text_equal(version, TEXT("v=19")) ||
        !read_number(memory, "m=", MEMORY_KIB_MOST, &parameters.memory_kib) ||
        !read_number(passes, "t=", PASSES_MOST, &parameters.passes) ||
        !read_number(costs, "p=", LANES_MOST, &parameters.lanes) ||
        base64_decode(arena, salt, &parameters.salt) != STATUS_OK ||
        base64_decode(arena, rest, &parameters.hash) != STATUS_OK || parameters.salt.size < 8 ||
        parameters.salt.size > 64 || parameters.hash.size < 16 || parameters.hash.size > 64) {
        return false;
    }
    *ret_parameters = parameters;
    return true;
}

Status accounts_password_verify(Arena *arena, Text secret, Text password, Text stored, PasswordVerdict *ret_verdict) {
    static const char nothing[HASH_SIZE];
    Parameters parameters = {MEMORY_KIB, PASSES, LANES, {nothing, SALT_SIZE}, {nothing, HASH_SIZE}};
    uint8_t hash[64];
    if (stored.size > 0 && !read_parameters(arena, stored, &parameters)) {
        return fail(STATUS_CORRUPT, "a stored password hash cannot be read");
    }
    TRY(derive(secret, password, &parameters, hash, parameters.hash.size));
    const bool same = text_equal_constant_time((Text){(const char *)hash, parameters.hash.size}, parameters.hash);
    ret_verdict->right = same && stored.size > 0;
    ret_verdict->outdated = ret_verdict->right && (parameters.memory_kib != MEMORY_KIB || parameters.passes != PASSES ||
                                                   parameters.lanes != LANES || parameters.hash.size != HASH_SIZE);
    return STATUS_OK;
}
