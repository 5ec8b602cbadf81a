/** Tests of keys on tokens: SoftHSM, well and badly behaved, judged by openssl and pkcs11-tool. */
#include <pthread.h>
#include <unistd.h>

#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "testing/token_fixture.h"
#include "trust/certificate.h"
#include "trust/key_inside.h"
#include "trust/token_process.h"

#define TOKEN_BUDGET ((size_t)64 << 20)

static const KeyKind token_kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519};
static const char *const token_kind_names[] = {"p256", "p384", "rsa", "pss", "ed25519"};

/** Makes a key and opens it, without a certificate. */
static Key *token_key(Arena *arena, const FixtureToken *token, KeyKind kind, const char *name) {
    const Text uri = fixture_token_uri(arena, token, name);
    const KeyAccess access = {.file = token->pin_file, .bare = true};
    Key *key = NULL;
    CHECK_OK(key_make_on_token(uri, &access, kind, arena));
    CHECK_OK(key_open(arena, uri, &access, &key));
    CHECK_INT(key_kind(key), kind);
    return key;
}

static void token_judge(Arena *arena, Key *key) {
    const char *directory = test_directory();
    Text signature = {0}, output = {0};
    CHECK_OK(key_sign(key, key_digest(key), TEXT("what is signed"), arena, &signature));
    CHECK(signature.size <= key_signature_size_max(key));
    fixture_write_file(arena_format(arena, "%s/public", directory).data, key->public_key);
    fixture_write_file(arena_format(arena, "%s/signature", directory).data, signature);
    fixture_write_file(arena_format(arena, "%s/bytes", directory).data, TEXT("what is signed"));
    const char *way = key_kind(key) == KEY_ED25519 ? ""
                      : key_kind(key) == KEY_P384  ? "-digest sha384"
                                                   : "-digest sha256";
    const char *padding =
        key_kind(key) == KEY_RSA_PSS_3072 ? "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" : "";
    const int code = fixture_run(arena, &output,
                                 "cd %s && openssl pkeyutl -verify -pubin -keyform DER -inkey public -sigfile "
                                 "signature -rawin -in bytes %s %s",
                                 directory, way, padding);
    if (code != 0) {
        test_fail(__FILE__, __LINE__, "openssl pkeyutl: %.*s", TEXT_ARG(output));
    }
}

TEST(keys_of_every_kind_are_made_on_a_token_and_sign) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    for (size_t i = 0; i < sizeof(token_kinds) / sizeof(token_kinds[0]); i++) {
        token_judge(arena, token_key(arena, &token, token_kinds[i], token_kind_names[i]));
    }
    arena_close(arena);
}

TEST(keys_on_a_token_cannot_leave_it) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    (void)token_key(arena, &token, KEY_P256, "seal");
    Text output = {0};
    if (!fixture_has_program("pkcs11-tool")) {
        test_skip("pkcs11-tool (package opensc) is not installed");
    }
    CHECK_INT(fixture_run(arena, &output,
                          "pkcs11-tool --module %s --login --pin " FIXTURE_PIN " --list-objects --type privkey",
                          getenv("TRADEPOST_TEST_MODULE")),
              0);
    CHECK(fixture_contains(output, "label:      seal"));
    CHECK(fixture_contains(output, "sensitive, always sensitive, never extractable, local"));
    CHECK(fixture_contains(output, "Usage:      sign\n"));
    arena_close(arena);
}

enum { TOKEN_THREADS = 8, TOKEN_ROUNDS = 40 };

static void *token_sign_often(void *context) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    for (int i = 0; i < TOKEN_ROUNDS; i++) {
        Text signature = {0};
        CHECK_OK(key_sign(context, KEY_SHA256, TEXT("x"), arena, &signature));
    }
    arena_close(arena);
    return NULL;
}

TEST(keys_on_a_token_ask_for_certificates_and_take_them) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const KeyAccess access = {.file = token.pin_file};
    for (size_t i = 0; i < sizeof(token_kinds) / sizeof(token_kinds[0]); i++) {
        const KeySubject subject = {.organisation = TEXT("Chamber"), .name = TEXT("Seal"), .country = TEXT("MK")};
        const Text uri = fixture_token_uri(arena, &token, token_kind_names[i]);
        Key *key = token_key(arena, &token, token_kinds[i], token_kind_names[i]), *certified = NULL;
        Text request = {0}, output = {0};
        CHECK_OK(key_request(key, &subject, arena, &request));
        const char *file = arena_format(arena, "%s/request.pem", test_directory()).data;
        fixture_write_file(file, request);
        CHECK_INT(fixture_run(arena, &output, "openssl req -verify -in %s -noout", file), 0);
        CHECK(fixture_contains(output, "verify OK"));
        CertificateRequest wanted = {.use = CERTIFICATE_SEAL};
        Text certificate = {0};
        CHECK_OK(certificate_read_request(arena, request, &wanted));
        wanted.from = clock_now();
        wanted.until = time_add(wanted.from, TIME_DAY);
        wanted.issuer = key_chain(keys.authority).items[0];
        CHECK_OK(certificate_make(arena, &wanted, keys.authority, &certificate));
        CHECK_STATUS(key_store_on_token(uri, &access, key, wanted.issuer, arena), STATUS_INVALID);
        CHECK_OK(key_store_on_token(uri, &access, key, certificate, arena));
        CHECK_OK(key_open(arena, uri, &access, &certified));
        CHECK(text_equal(key_chain(certified).items[0], certificate));
        KeyHealth health = {.status = STATUS_FAILED};
        key_preflight(certified, (Time){0}, arena, &health);
        CHECK_INT(health.status, STATUS_OK);
        CHECK(!health.chain_complete);
        /* The chain may come from elsewhere, in any order. */
        Text both[] = {key_chain(keys.authority).items[0], certificate};
        CHECK_OK(key_open(arena, uri, &(KeyAccess){.file = token.pin_file, .chain = {both, 2}}, &certified));
        key_preflight(certified, (Time){0}, arena, &health);
        CHECK(health.status == STATUS_OK && health.chain_complete);
    }
    arena_close(arena);
}

TEST(many_threads_share_a_token) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal");
    pthread_t threads[TOKEN_THREADS];
    for (int i = 0; i < TOKEN_THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, token_sign_often, key), 0);
    }
    for (int i = 0; i < TOKEN_THREADS; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    arena_close(arena);
}

TEST(a_token_that_was_away_is_found_again) {
    /* Session handle, session closed, login, device error, device removed, key handle, general error. */
    static const char *const codes[] = {"0xb3", "0xb0", "0x101", "0x30", "0x32", "0x60", "0x5"};
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal");
    Text signature = {0};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        fixture_token_trouble(&token, arena_format(arena, "once C_Sign %s", codes[i]).data);
        CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature));
        CHECK(access(token.trouble, F_OK) != 0);
    }
    token_limits.away = TIME_SECOND / 10;
    fixture_token_trouble(&token, "fail C_Sign 0x32");
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    CHECK(fixture_contains(test_failure(), "CKR_DEVICE_REMOVED"));
    fixture_token_trouble(&token, "");
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    CHECK_INT(usleep(150000), 0);
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature));
    arena_close(arena);
}

TEST(a_module_that_crashes_takes_nobody_along) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal");
    Text signature = {0};
    token_limits.away = 1;
    fixture_token_trouble(&token, "crash C_Sign");
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    fixture_token_trouble(&token, "");
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature));
    arena_close(arena);
}

TEST(a_token_that_hangs_delays_its_own_key_once) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal"), *other = token_key(arena, &token, KEY_P256, "other");
    Text signature = {0};
    token_limits.sign = TIME_SECOND / 2;
    token_limits.hung = TIME_SECOND;
    fixture_token_trouble(&token, "hang C_Sign");
    int64_t start = clock_monotonic();
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    CHECK(fixture_contains(test_failure(), "did not answer within"));
    CHECK(clock_monotonic() - start < TIME_SECOND);
    fixture_token_trouble(&token, "");
    /* While the pause lasts it says no at once, and other keys go on. */
    start = clock_monotonic();
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    CHECK(clock_monotonic() - start < TIME_SECOND / 10);
    CHECK_OK(key_sign(other, KEY_SHA256, TEXT("x"), arena, &signature));
    CHECK_INT(usleep(1000000), 0);
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature));
    arena_close(arena);
}

TEST(a_token_that_lies_is_not_believed) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal");
    Text signature = {0};
    fixture_token_trouble(&token, "lie C_Sign");
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_UNAVAILABLE);
    CHECK(fixture_contains(test_failure(), "not that of this key"));
    arena_close(arena);
}

static size_t token_logins(Arena *arena, const FixtureToken *token) {
    return fixture_read_file(arena, arena_format(arena, "%s.logins", token->trouble).data).size;
}

TEST(a_refused_pin_is_not_tried_again) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    (void)token_key(arena, &token, KEY_P256, "seal");
    const Text uri = fixture_token_uri(arena, &token, "seal");
    Key *key = NULL;
    const size_t before = token_logins(arena, &token);
    fixture_write_file(token.pin_file.data, TEXT("1234"));
    const KeyAccess access = {.file = token.pin_file, .bare = true};
    CHECK_STATUS(key_open(arena, uri, &access, &key), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "CKR_PIN_INCORRECT"));
    CHECK_STATUS(key_open(arena, uri, &access, &key), STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "not tried again"));
    CHECK_INT(token_logins(arena, &token), before + 1);
    fixture_write_file(token.pin_file.data, TEXT(FIXTURE_PIN));
    CHECK_OK(key_open(arena, uri, &access, &key));
    /* The last try before a token locks itself is a person's. */
    fixture_token_trouble(&token, "final C_GetTokenInfo");
    const size_t last = token_logins(arena, &token);
    CHECK_STATUS(key_open(arena, uri, &access, &key), STATUS_INVALID);
    CHECK_INT(token_logins(arena, &token), last);
    arena_close(arena);
}

TEST(descriptions_of_tokens_are_checked) {
    static const char *const wrong[] = {"pkcs11:token=a;object=b",
                                        "pkcs11:token=a?module-path=relative.so",
                                        "pkcs11:token=%zz?module-path=/m.so",
                                        "pkcs11:token=a?module-path=/m.so&pin-value=1234",
                                        "pkcs11:token=a?module-path=/m.so&pin-source=/etc/pin",
                                        "pkcs11:token=a?module-path=/no/such/module.so"};
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    const KeyAccess access = {.file = token.pin_file, .bare = true};
    Key *key = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CHECK_STATUS(key_open(arena, text_of(wrong[i]), &access, &key), STATUS_INVALID);
    }
    CHECK_STATUS(key_open(arena, fixture_token_uri(arena, &token, "nobody"), &access, &key), STATUS_NOT_FOUND);
    (void)token_key(arena, &token, KEY_P256, "seal");
    CHECK_STATUS(key_open(arena, fixture_token_uri(arena, &token, "seal"), &(KeyAccess){.file = token.pin_file}, &key),
                 STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "no certificate"));
    CHECK_STATUS(key_make_on_token(fixture_token_uri(arena, &token, "seal"), &access, KEY_P256, arena),
                 STATUS_CONFLICT);
    arena_close(arena);
}

TEST(a_closed_key_on_a_token_signs_nothing) {
    Arena *arena = arena_open(TOKEN_BUDGET);
    const FixtureToken token = fixture_token(arena);
    Key *key = token_key(arena, &token, KEY_P256, "seal");
    Text signature = {0};
    key_close(key);
    key_close(key);
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_CONFLICT);
    arena_close(arena);
}
