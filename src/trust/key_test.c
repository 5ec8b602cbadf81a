/** Tests of keys: made, kept, opened, used by many threads, judged by the openssl program. */
#include "trust/key.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/certificate.h"

#define KEY_BUDGET ((size_t)64 << 20)

static const KeyKind key_kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519};

/** Checks certificate and signature with the openssl program. */
static void key_judge(Arena *arena, const FixtureKeys *keys, KeyKind kind) {
    const char *directory = test_directory();
    Text signature = {0}, output = {0};
    CHECK_OK(key_sign(keys->seal, key_digest(keys->seal), TEXT("what is signed"), arena, &signature));
    CHECK(signature.size <= key_signature_size_max(keys->seal));
    fixture_write_file(arena_format(arena, "%s/certificate", directory).data, key_chain(keys->seal).items[0]);
    fixture_write_file(arena_format(arena, "%s/signature", directory).data, signature);
    fixture_write_file(arena_format(arena, "%s/bytes", directory).data, TEXT("what is signed"));
    int code = fixture_run(arena, &output,
                           "cd %s && openssl x509 -inform DER -in certificate -out certificate.pem && "
                           "openssl verify -x509_strict -CAfile %s certificate.pem",
                           directory, keys->root_pem);
    if (code != 0) {
        test_fail(__FILE__, __LINE__, "openssl verify: %.*s", TEXT_ARG(output));
    }
    const char *way = kind == KEY_ED25519 ? "-rawin"
                      : kind == KEY_P384  ? "-rawin -digest sha384"
                                          : "-rawin -digest sha256";
    const char *padding =
        kind == KEY_RSA_PSS_3072 ? "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" : "";
    code = fixture_run(arena, &output,
                       "cd %s && openssl x509 -in certificate.pem -noout -pubkey >public.pem && "
                       "openssl pkeyutl -verify -pubin -inkey public.pem -sigfile signature -in bytes %s %s",
                       directory, way, padding);
    if (code != 0) {
        test_fail(__FILE__, __LINE__, "openssl pkeyutl: %.*s", TEXT_ARG(output));
    }
}

TEST(makes_keys_of_every_kind) {
    Arena *arena = arena_open(KEY_BUDGET);
    for (size_t i = 0; i < sizeof(key_kinds) / sizeof(key_kinds[0]); i++) {
        const FixtureKeys keys = fixture_keys(arena, key_kinds[i]);
        CHECK_INT(key_kind(keys.seal), key_kinds[i]);
        CHECK_INT(key_chain(keys.seal).count, 2);
        CHECK(text_equal(key_chain(keys.seal).items[1], key_chain(keys.authority).items[0]));
        key_judge(arena, &keys, key_kinds[i]);
    }
    arena_close(arena);
}

TEST(certificates_say_what_they_are_for) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const char *path = arena_format(arena, "%s/c.der", test_directory()).data;
    Text output = {0};
    fixture_write_file(path, key_chain(keys.seal).items[0]);
    CHECK_INT(fixture_run(arena, &output, "openssl x509 -inform DER -in %s -noout -text", path), 0);
    CHECK(fixture_contains(output, "Digital Signature, Non Repudiation"));
    CHECK(fixture_contains(output, "CA:FALSE"));
    CHECK(fixture_contains(output, "O = Chamber of Commerce of Skopje"));
    fixture_write_file(path, key_chain(keys.authority).items[0]);
    CHECK_INT(fixture_run(arena, &output, "openssl x509 -inform DER -in %s -noout -text", path), 0);
    CHECK(fixture_contains(output, "Certificate Sign, CRL Sign"));
    CHECK(fixture_contains(output, "CA:TRUE, pathlen:1"));
    Time from, until;
    int year = 0, month = 0, day = 0, last_year = 0;
    key_validity(keys.seal, &from, &until);
    time_date(from, &year, &month, &day);
    time_date(until, &last_year, &month, &day);
    CHECK_INT(last_year - year, 5);
    CHECK(time_before(from, clock_now()));
    arena_close(arena);
}

TEST(key_files_are_private_and_never_overwritten) {
    Arena *arena = arena_open(KEY_BUDGET);
    const Text path = arena_format(arena, "%s/key.p12", test_directory());
    struct stat facts;
    Key *key = NULL;
    CHECK_OK(fixture_make_key(arena, path, TEXT("one"), KEY_P256, NULL, CERTIFICATE_SEAL));
    CHECK_INT(stat(path.data, &facts), 0);
    CHECK_INT(facts.st_mode & 0777, 0600);
    CHECK_STATUS(fixture_make_key(arena, path, TEXT("two"), KEY_P256, NULL, CERTIFICATE_SEAL), STATUS_CONFLICT);
    CHECK_STATUS(key_open_pkcs12(path, TEXT("two"), arena, &key), STATUS_INVALID);
    CHECK_OK(key_open_pkcs12(path, TEXT("one"), arena, &key));
    CHECK_INT(key_chain(key).count, 1);
    CHECK_STATUS(key_open_pkcs12(TEXT("/nowhere/key.p12"), TEXT("one"), arena, &key), STATUS_NOT_FOUND);
    fixture_write_file(path.data, TEXT("not a key"));
    CHECK_STATUS(key_open_pkcs12(path, TEXT("one"), arena, &key), STATUS_INVALID);
    arena_close(arena);
}

TEST(names_are_cut_and_checked) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    CertificateParts parts;
    CertificateFacts facts;
    Text certificate = {0};
    CHECK_OK(certificate_parts(key_chain(keys.seal).items[0], &parts));
    CertificateRequest request = {.organisation =
                                      TEXT("Стопанска комора на туристичко-угостителските дејности и трговијата на "
                                           "Северна Македонија"),
                                  .name = TEXT("Seal"),
                                  .country = TEXT("MK"),
                                  .public_key = parts.public_key,
                                  .from = clock_now(),
                                  .until = time_add(clock_now(), TIME_DAY)};
    CHECK_OK(certificate_make(arena, &request, keys.authority, &certificate));
    CHECK_OK(certificate_facts(arena, certificate, &facts));
    CHECK(fixture_contains(facts.subject, "Стопанска комора на туристичко-угостителските дејности"));
    CHECK(!fixture_contains(facts.subject, "Македонија"));
    CHECK_TEXT(certificate_cut(TEXT("дејност"), 3), "деј");
    const CertificateRequest good = request;
    request.country = TEXT("mk");
    CHECK_STATUS(certificate_make(arena, &request, keys.authority, &certificate), STATUS_INVALID);
    request = good;
    request.organisation = TEXT("\xff");
    CHECK_STATUS(certificate_make(arena, &request, keys.authority, &certificate), STATUS_INVALID);
    request = good;
    request.until = request.from;
    CHECK_STATUS(certificate_make(arena, &request, keys.authority, &certificate), STATUS_INVALID);
    arena_close(arena);
}

TEST(a_closed_key_signs_nothing) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    Text signature = {0};
    key_close(keys.seal);
    key_close(keys.seal);
    key_close(NULL);
    CHECK_STATUS(key_sign(keys.seal, KEY_SHA256, TEXT("x"), arena, &signature), STATUS_CONFLICT);
    arena_close(arena);
}

TEST(passwords_come_from_private_files_or_the_environment) {
    Arena *arena = arena_open(KEY_BUDGET);
    const Text path = arena_format(arena, "%s/password", test_directory());
    Text made = {0}, read = {0};
    CHECK_STATUS(key_password(path, NULL, arena, &read), STATUS_NOT_FOUND);
    CHECK_OK(key_password_make(path, arena, &made));
    CHECK(made.size >= 40);
    CHECK_OK(key_password(path, "TRADEPOST_TEST_PASSWORD", arena, &read));
    CHECK(text_equal(made, read));
    CHECK_STATUS(key_password_make(path, arena, &made), STATUS_CONFLICT);
    CHECK_INT(chmod(path.data, 0640), 0);
    CHECK_STATUS(key_password(path, NULL, arena, &read), STATUS_FORBIDDEN);
    CHECK_INT(setenv("TRADEPOST_TEST_PASSWORD", "from outside", 1), 0);
    CHECK_OK(key_password(path, "TRADEPOST_TEST_PASSWORD", arena, &read));
    CHECK_TEXT(read, "from outside");
    arena_close(arena);
}

TEST(keys_open_by_their_description) {
    Arena *arena = arena_open(KEY_BUDGET);
    const char *directory = test_directory();
    const Text path = arena_format(arena, "%s/key.p12", directory), file = arena_format(arena, "%s/word", directory);
    const Text description = arena_format(arena, "pkcs12:%.*s", TEXT_ARG(path));
    Text password = {0};
    Key *key = NULL, *other = NULL;
    CHECK_OK(key_password_make(file, arena, &password));
    CHECK_OK(fixture_make_key(arena, path, password, KEY_P256, NULL, CERTIFICATE_SEAL));
    CHECK_OK(key_open(arena, description, &(KeyAccess){.file = file}, &key));
    CHECK_OK(key_open(arena, path, &(KeyAccess){.file = file}, &other));
    CHECK(text_equal(key_chain(key).items[0], key_chain(other).items[0]));
    CHECK_STATUS(key_open(arena, description, NULL, &key), STATUS_INVALID);
    CHECK_STATUS(key_open(arena, description, &(KeyAccess){.file = TEXT("/nowhere")}, &key), STATUS_NOT_FOUND);
    /* A chain that is given must be this key's. */
    const FixtureKeys others = fixture_keys(arena, KEY_P256);
    CHECK_OK(key_open(arena, description, &(KeyAccess){.file = file, .chain = key_chain(key)}, &key));
    CHECK_STATUS(key_open(arena, description, &(KeyAccess){.file = file, .chain = key_chain(others.seal)}, &key),
                 STATUS_INVALID);
    arena_close(arena);
}

static const KeySubject key_subject = {.organisation = TEXT_INIT("Стопанска комора"),
                                       .name = TEXT_INIT("Стопанска комора - печат"),
                                       .country = TEXT_INIT("MK"),
                                       .identifier = TEXT_INIT("NTRMK-4030000000000")};

TEST(keys_ask_for_their_certificate) {
    Arena *arena = arena_open(KEY_BUDGET);
    const char *directory = test_directory();
    const Text path = arena_format(arena, "%s/bare.p12", directory);
    for (size_t i = 0; i < sizeof(key_kinds) / sizeof(key_kinds[0]); i++) {
        Key *key = NULL;
        Text request = {0}, output = {0};
        (void)unlink(path.data);
        CHECK_OK(key_make_bare(path, TEXT("w"), key_kinds[i], arena));
        CHECK_INT(setenv("TRADEPOST_TEST_WORD", "w", 1), 0);
        CHECK_STATUS(key_open(arena, path, &(KeyAccess){.environment = "TRADEPOST_TEST_WORD"}, &key), STATUS_INVALID);
        CHECK_OK(key_open(arena, path, &(KeyAccess){.environment = "TRADEPOST_TEST_WORD", .bare = true}, &key));
        CHECK_OK(key_request(key, &key_subject, arena, &request));
        const char *file = arena_format(arena, "%s/request.pem", directory).data;
        fixture_write_file(file, request);
        const int code = fixture_run(arena, &output, "openssl req -verify -in %s -noout -text -nameopt utf8", file);
        if (code != 0 || !fixture_contains(output, "verify OK") || !fixture_contains(output, "NTRMK-4030000000000") ||
            !fixture_contains(output, "O=Стопанска комора") || !fixture_contains(output, "Non Repudiation")) {
            test_fail(__FILE__, __LINE__, "openssl req: %.*s", TEXT_ARG(output));
        }
        CertificateRequest read = {.use = CERTIFICATE_SEAL};
        CHECK_OK(certificate_read_request(arena, request, &read));
        CHECK_TEXT(read.organisation, "Стопанска комора");
    }
    arena_close(arena);
}

TEST(certificates_are_put_into_key_files) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const char *directory = test_directory();
    const Text path = arena_format(arena, "%s/bare.p12", directory), copy = arena_format(arena, "%s/c.p12", directory);
    const Text file = arena_format(arena, "%s/w", directory);
    Key *key = NULL;
    Text password = {0};
    CHECK_OK(key_password_make(file, arena, &password));
    CHECK_OK(key_make_bare(path, password, KEY_P384, arena));
    CHECK_OK(key_open(arena, path, &(KeyAccess){.file = file, .bare = true}, &key));
    CertificateRequest request = {.organisation = TEXT("Chamber"),
                                  .name = TEXT("Chamber seal"),
                                  .country = TEXT("MK"),
                                  .issuer = key_chain(keys.authority).items[0],
                                  .from = clock_now(),
                                  .until = time_add(clock_now(), 30 * TIME_DAY)};
    Text certificates[2] = {{0}};
    request.public_key = key_public_key(key);
    CHECK_OK(certificate_make(arena, &request, keys.authority, &certificates[0]));
    certificates[1] = key_chain(keys.authority).items[0];
    CHECK_STATUS(key_certify_pkcs12(path, password, key_chain(keys.seal), arena), STATUS_INVALID);
    CHECK_OK(key_certify_pkcs12(path, password, (Texts){certificates, 2}, arena));
    CHECK_OK(key_open(arena, path, &(KeyAccess){.file = file}, &key));
    CHECK_INT(key_chain(key).count, 2);
    CHECK_OK(key_copy_pkcs12(path, password, copy, TEXT("another"), arena));
    CHECK_STATUS(key_copy_pkcs12(path, password, copy, TEXT("another"), arena), STATUS_CONFLICT);
    CHECK_OK(key_open_pkcs12(copy, TEXT("another"), arena, &key));
    KeyHealth health = {.status = STATUS_FAILED};
    key_preflight(key, (Time){0}, arena, &health);
    CHECK_INT(health.status, STATUS_OK);
    CHECK(health.chain_complete && health.remaining > 29 * TIME_DAY && health.remaining < 31 * TIME_DAY);
    key_preflight(key, time_add(clock_now(), 31 * TIME_DAY), arena, &health);
    CHECK_INT(health.status, STATUS_INVALID);
    CHECK_TEXT(health.words, "the key's certificate has ended");
    CHECK(health.remaining < 0);
    key_close(key);
    key_preflight(key, (Time){0}, arena, &health);
    CHECK_INT(health.status, STATUS_CONFLICT);
    arena_close(arena);
}

TEST(certificates_are_read_in_any_wrapping) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Texts chain = key_chain(keys.seal);
    Texts read = {0};
    CHECK_OK(key_read_certificates(arena, fixture_read_file(arena, keys.root_pem), &read));
    CHECK_INT(read.count, 1);
    CHECK(text_equal(read.items[0], chain.items[1]));
    CHECK_STATUS(key_read_certificates(arena, (Text){0}, &read), STATUS_INVALID);
    char *both = arena_allocate(arena, chain.items[0].size + chain.items[1].size);
    memcpy(both, chain.items[0].data, chain.items[0].size);
    memcpy(both + chain.items[0].size, chain.items[1].data, chain.items[1].size);
    CHECK_OK(key_read_certificates(arena, (Text){both, chain.items[0].size + chain.items[1].size}, &read));
    CHECK_INT(read.count, 2);
    CHECK_STATUS(key_read_certificates(arena, (Text){both, chain.items[0].size + 5}, &read), STATUS_INVALID);
    CHECK_STATUS(key_read_certificates(arena, TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n"), &read), STATUS_INVALID);
    arena_close(arena);
}

enum { KEY_THREADS = 8, KEY_ROUNDS = 200 };

static void *key_sign_often(void *context) {
    Arena *arena = arena_open(KEY_BUDGET);
    for (int i = 0; i < KEY_ROUNDS; i++) {
        Text signature = {0};
        CHECK_OK(key_sign(context, KEY_SHA256, TEXT("x"), arena, &signature));
        CHECK(signature.size > 60);
    }
    arena_close(arena);
    return NULL;
}

TEST(many_threads_share_a_key) {
    Arena *arena = arena_open(KEY_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    pthread_t threads[KEY_THREADS];
    for (int i = 0; i < KEY_THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, key_sign_often, keys.seal), 0);
    }
    for (int i = 0; i < KEY_THREADS; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    arena_close(arena);
}
