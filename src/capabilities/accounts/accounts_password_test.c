/** Tests of passwords: which are refused, how they are hashed, who is slowed down. */
#include <argon2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/digest.h"
#include "capabilities/accounts/accounts_password.h"
#include "capabilities/accounts/accounts_throttle.h"
#include "testing/test.h"

static const Text secret = TEXT_INIT("0123456789abcdef0123456789abcdef");

static bool is_refused(Arena *arena, const char *password) {
    const PasswordContext context = {.email = TEXT("Ana.Stojanova@vino.example"),
                                     .name = TEXT("Ана Стојанова"),
                                     .chamber = TEXT("Economic Chamber")};
    return accounts_password_refusal(arena, text_of(password), &context).english != NULL;
}

TEST(short_common_and_obvious_passwords_are_refused) {
    Arena *arena = arena_open(1 << 20);
    char longest[PASSWORD_LONGEST * 2 + 3];
    memset(longest, 0, sizeof(longest));
    for (size_t i = 0; i < PASSWORD_LONGEST; i++) {
        memcpy(longest + 2 * i, i % 2 == 0 ? "ж" : "ш", 2); /* characters are counted, not bytes */
    }
    CHECK(!is_refused(arena, longest));
    longest[sizeof(longest) - 3] = 'x';
    CHECK(is_refused(arena, longest));
    CHECK(is_refused(arena, "seven77"));
    CHECK(is_refused(arena, "седум77"));
    CHECK(!is_refused(arena, "осум осум"));
    CHECK(!is_refused(arena, "eight 88"));
    const char *const common[] = {"password", "PassWord1",  "12345678",      "qwertyuiop", "zimbabwe1",
                                  "iloveyou", "Contraseña", "makedonija123", "zzzzzzzzz",  "ѓѓѓѓѓѓѓѓ"};
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        CHECK(is_refused(arena, common[i]));
    }
    CHECK(is_refused(arena, "ana.stojanova@VINO.example"));
    CHECK(is_refused(arena, "Ana.Stojanova"));
    CHECK(is_refused(arena, "АНА СТОЈАНОВА"));
    CHECK(is_refused(arena, "economic chamber"));
    CHECK(!is_refused(arena, "economic chamber of wine"));
    arena_close(arena);
}

TEST(a_password_is_right_alone_with_its_hash_and_secret) {
    Arena *arena = arena_open(1 << 20);
    Text hash = {NULL, 0}, again = {NULL, 0};
    PasswordVerdict verdict = {0};
    CHECK_OK(accounts_password_hash(arena, secret, TEXT("three quiet words"), &hash));
    CHECK_OK(accounts_password_hash(arena, secret, TEXT("three quiet words"), &again));
    CHECK(!text_equal(hash, again)); /* its salt is fresh */
    CHECK(text_starts_with(hash, TEXT("$argon2id$v=19$m=19456,t=2,p=1$")));
    CHECK_OK(accounts_password_verify(arena, secret, TEXT("three quiet words"), hash, &verdict));
    CHECK(verdict.right && !verdict.outdated);
    CHECK_OK(accounts_password_verify(arena, secret, TEXT("three quiet words "), hash, &verdict));
    CHECK(!verdict.right);
    CHECK_OK(accounts_password_verify(arena, TEXT("another secret of an installation"), TEXT("three quiet words"), hash,
                                      &verdict));
    CHECK(!verdict.right);
    CHECK_OK(accounts_password_verify(arena, secret, TEXT(""), (Text){NULL, 0}, &verdict));
    CHECK(!verdict.right && !verdict.outdated);
    arena_close(arena);
}

/* A hash as the reference library makes it: the format is ours, the function is not. */
static Text reference_hash(Arena *arena, Text password, uint32_t memory_kib, uint32_t passes) {
    const Sha256 pepper = hmac_sha256(secret, TEXT("accounts password"));
    const Sha256 keyed = hmac_sha256(sha256_text(&pepper), password);
    char hash[32];
    CHECK_INT(argon2id_hash_raw(passes, memory_kib, 1, keyed.bytes, sizeof(keyed.bytes), "0123456789abcdef", 16, hash,
                                sizeof(hash)),
              ARGON2_OK);
    return arena_format(arena, "$argon2id$v=19$m=%u,t=%u,p=1$%.*s$%.*s", memory_kib, passes,
                        TEXT_ARG(base64url_encode(arena, TEXT("0123456789abcdef"))),
                        TEXT_ARG(base64url_encode(arena, (Text){hash, sizeof(hash)})));
}

TEST(older_parameters_are_taken_and_told) {
    Arena *arena = arena_open(1 << 20);
    PasswordVerdict verdict = {0};
    const Text weak = reference_hash(arena, TEXT("three quiet words"), 64, 1);
    CHECK_OK(accounts_password_verify(arena, secret, TEXT("three quiet words"), weak, &verdict));
    CHECK(verdict.right && verdict.outdated);
    CHECK_OK(accounts_password_verify(arena, secret, TEXT("four quiet words"), weak, &verdict));
    CHECK(!verdict.right && !verdict.outdated);
    const Text today = reference_hash(arena, TEXT("three quiet words"), 19 * 1024, 2);
    CHECK_OK(accounts_password_verify(arena, secret, TEXT("three quiet words"), today, &verdict));
    CHECK(verdict.right && !verdict.outdated);
    arena_close(arena);
}

TEST(a_stored_text_that_is_no_hash_is_told) {
    Arena *arena = arena_open(1 << 20);
    PasswordVerdict verdict = {0};
    static const char *const broken[] = {
        "x",
        "$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=16$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=99999999,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=-1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$%%%%MDEyMzQ1Njc4OWFiY2RlZg",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        CHECK_STATUS(accounts_password_verify(arena, secret, TEXT("three quiet words"), text_of(broken[i]), &verdict),
                     STATUS_CORRUPT);
    }
    arena_close(arena);
}

static pthread_barrier_t gate;
static atomic_int done, refused;

static void *hash_one(void *nothing) {
    Arena *arena = arena_open(1 << 20);
    Text hash = {NULL, 0};
    (void)pthread_barrier_wait(&gate);
    const Status status = accounts_password_hash(arena, secret, TEXT("three quiet words"), &hash);
    atomic_fetch_add(status == STATUS_OK ? &done : &refused, 1);
    CHECK(status == STATUS_OK || status == STATUS_UNAVAILABLE);
    arena_close(arena);
    return nothing;
}

TEST(a_flood_of_hashes_is_refused_and_ends) {
    enum { MOST = 200 };
    pthread_t threads[MOST];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int count = (int)cores + 64 + 16;
    CHECK(count <= MOST);
    /* Whether all come at once is up to the system, so it may take a few rounds. */
    for (int round = 0; round < 5 && atomic_load(&refused) == 0; round++) {
        CHECK_INT(pthread_barrier_init(&gate, NULL, (unsigned)count), 0);
        for (int i = 0; i < count; i++) {
            CHECK_INT(pthread_create(&threads[i], NULL, hash_one, NULL), 0);
        }
        for (int i = 0; i < count; i++) {
            CHECK_INT(pthread_join(threads[i], NULL), 0);
        }
        pthread_barrier_destroy(&gate);
    }
    CHECK(atomic_load(&refused) > 0);
    CHECK(atomic_load(&done) >= 64);
    Arena *arena = arena_open(1 << 20);
    Text hash = {NULL, 0};
    CHECK_OK(accounts_password_hash(arena, secret, TEXT("three quiet words"), &hash)); /* all places are free again */
    arena_close(arena);
}

static ThrottleKey key_of(const char *email, const char *address) {
    return accounts_throttle_key(secret, (ChamberId){7}, text_of(email), text_of(address));
}

static bool same(ThrottleKey a, ThrottleKey b) {
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

TEST(tries_count_by_account_and_network) {
    const ThrottleKey key = key_of("ana@vino.example", "192.0.2.1");
    CHECK(same(key, key_of("ana@vino.example", "192.0.2.1")));
    CHECK(same(key, key_of("ana@vino.example", "::ffff:192.0.2.1")));
    CHECK(!same(key, key_of("ana@vino.example", "192.0.2.2")));
    CHECK(!same(key, key_of("eva@vino.example", "192.0.2.1")));
    CHECK(!same(key, accounts_throttle_key(secret, (ChamberId){8}, TEXT("ana@vino.example"), TEXT("192.0.2.1"))));
    CHECK(same(key_of("ana@vino.example", "2001:db8:1:2::1"), key_of("ana@vino.example", "2001:db8:1:2:ffff::9")));
    CHECK(!same(key_of("ana@vino.example", "2001:db8:1:2::1"), key_of("ana@vino.example", "2001:db8:1:3::1")));
}

TEST(after_five_tries_each_next_one_waits) {
    const ThrottleKey key = key_of("ana@vino.example", "192.0.2.1");
    const Time start = time_of_date(2026, 11, 23);
    int64_t wait = 0;
    for (int i = 0; i < 5; i++) {
        CHECK(accounts_throttle_take(key, start, &wait));
    }
    CHECK(!accounts_throttle_take(key, start, &wait));
    CHECK_INT(wait, 30);
    CHECK(accounts_throttle_take(key_of("ana@vino.example", "192.0.2.2"), start, &wait)); /* her other place */
    CHECK(!accounts_throttle_take(key, time_add(start, 29 * TIME_SECOND), &wait));
    CHECK_INT(wait, 1);
    CHECK(accounts_throttle_take(key, time_add(start, 30 * TIME_SECOND), &wait)); /* a refused one cost nothing */
    CHECK(!accounts_throttle_take(key, time_add(start, 31 * TIME_SECOND), &wait));
    CHECK_INT(wait, 59);
    accounts_throttle_forget(key);
    CHECK(accounts_throttle_take(key, time_add(start, 31 * TIME_SECOND), &wait));
}

TEST(tries_are_forgotten_after_a_quarter_of_an_hour) {
    const ThrottleKey key = key_of("ana@vino.example", "192.0.2.1");
    const Time start = time_of_date(2026, 11, 23);
    int64_t wait = 0;
    for (int i = 0; i < 5; i++) {
        CHECK(accounts_throttle_take(key, start, &wait));
    }
    const Time later = time_add(start, 15 * TIME_MINUTE);
    for (int i = 0; i < 5; i++) {
        CHECK(accounts_throttle_take(key, later, &wait));
    }
    CHECK(!accounts_throttle_take(key, later, &wait));
    CHECK(accounts_throttle_take(key, start, &wait)); /* a clock that was set back keeps nobody out */
}

TEST(a_flood_of_other_names_does_not_free_a_slowed_one) {
    const ThrottleKey key = key_of("ana@vino.example", "192.0.2.1");
    const Time now = time_of_date(2026, 11, 23);
    char email[32];
    int64_t wait = 0;
    for (int i = 0; i < 6; i++) {
        (void)accounts_throttle_take(key, now, &wait);
    }
    for (int i = 0; i < 100000; i++) {
        snprintf(email, sizeof(email), "x%d@vino.example", i);
        CHECK(accounts_throttle_take(key_of(email, "192.0.2.1"), now, &wait));
    }
    CHECK(!accounts_throttle_take(key, now, &wait));
}
