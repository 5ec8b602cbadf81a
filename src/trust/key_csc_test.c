/** Tests of keys at a signing service, which is honest or not. */
#include <sys/stat.h>

#include "testing/csc_service.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/csc.h"

#define CSC_BUDGET ((size_t)64 << 20)

/** A service with a key of that kind, and what opens it. */
typedef struct CscWorld {
    Arena *arena;
    CscService service;
    FixtureKeys keys;
    TrustFetch fetch;
    KeyAccess access;
    Text description;
} CscWorld;

static void csc_begin(CscWorld *world, KeyKind kind) {
    world->arena = arena_open(CSC_BUDGET);
    world->keys = fixture_keys(world->arena, kind);
    csc_service_open(&world->service, world->keys.seal);
    world->fetch = csc_service_fetch(&world->service);
    world->access =
        (KeyAccess){.file = arena_format(world->arena, "%s/secrets", test_directory()), .fetch = &world->fetch};
    world->description = TEXT("csc:" CSC_SERVICE_ADDRESS "#seal-1");
    fixture_write_file(world->access.file.data, TEXT(CSC_SERVICE_SECRETS));
    CHECK_INT(chmod(world->access.file.data, 0600), 0);
}

static Key *csc_open(CscWorld *world) {
    Key *key = NULL;
    CHECK_OK(key_open(world->arena, world->description, &world->access, &key));
    return key;
}

static void csc_refused(CscWorld *world, Status expected, const char *words) {
    Key *key = NULL;
    CHECK_STATUS(key_open(world->arena, world->description, &world->access, &key), expected);
    const Text failure = test_failure();
    if (!fixture_contains(failure, words)) {
        test_fail(__FILE__, __LINE__, "\"%.*s\" does not say \"%s\"", TEXT_ARG(failure), words);
    }
}

TEST(services_of_both_versions_sign_with_every_kind_that_they_can) {
    static const KeyKind kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072};
    for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
        CscWorld world;
        csc_begin(&world, kinds[i / 2]);
        world.service.second = i % 2 == 1;
        Key *key = csc_open(&world);
        KeyHealth health = {.status = STATUS_FAILED};
        key_preflight(key, (Time){0}, world.arena, &health);
        CHECK_INT(health.status, STATUS_OK);
        CHECK(health.chain_complete);
        CHECK_INT(key_kind(key), kinds[i / 2]);
        CHECK(text_equal(key_chain(key).items[0], key_chain(world.keys.seal).items[0]));
        CHECK_INT(world.service.signatures, 1);
        CHECK_INT(world.service.tokens, 1);
        arena_close(world.arena);
    }
}

TEST(a_credential_without_pin_or_name_is_found) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    world.service.implicit = true;
    world.description = TEXT("csc:" CSC_SERVICE_ADDRESS "/");
    Text signature = {0};
    CHECK_OK(key_sign(csc_open(&world), KEY_SHA256, TEXT("x"), world.arena, &signature));
    arena_close(world.arena);
}

TEST(a_second_factor_goes_with_the_pin) {
    for (int version = 1; version <= 2; version++) {
        CscWorld world;
        csc_begin(&world, KEY_P256);
        world.service.second = version == 2;
        world.service.wants_otp = true;
        Text signature = {0};
        CHECK_STATUS(key_sign(csc_open(&world), KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
        CHECK(fixture_contains(test_failure(), "invalid_otp"));
        fixture_write_file(world.access.file.data, TEXT(CSC_SERVICE_SECRETS "otp=123456\n"));
        CHECK_OK(key_sign(csc_open(&world), KEY_SHA256, TEXT("x"), world.arena, &signature));
        arena_close(world.arena);
    }
}

TEST(an_rsa_key_signs_by_pss_where_the_service_offers_nothing_else) {
    CscWorld world;
    csc_begin(&world, KEY_RSA_3072);
    world.service.trouble = "pss";
    Text signature = {0};
    Key *key = csc_open(&world);
    CHECK_INT(key_kind(key), KEY_RSA_PSS_3072);
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature));
    arena_close(world.arena);
}

TEST(what_has_ended_is_asked_for_anew) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    Key *key = csc_open(&world);
    Text signature = {0};
    world.service.trouble = "expired-sad";
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature));
    CHECK_INT(world.service.authorizations, 2);
    world.service.trouble = "expired-token";
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature));
    CHECK(world.service.tokens >= 2);
    world.service.trouble = "bare";
    CHECK_OK(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature));
    arena_close(world.arena);
}

TEST(a_service_that_lies_or_fails_is_not_believed) {
    static const char *const troubles[] = {"wrong-signature", "error", "no-json", "huge"};
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        CscWorld world;
        csc_begin(&world, KEY_P256);
        Key *key = csc_open(&world);
        Text signature = {0};
        world.service.trouble = troubles[i];
        CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
        CHECK(signature.size == 0);
        arena_close(world.arena);
    }
}

TEST(a_certificate_of_another_key_is_noticed) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    const FixtureKeys others = fixture_keys(world.arena, KEY_P256);
    world.service.other = others.seal;
    world.service.trouble = "wrong-certificate";
    Key *key = csc_open(&world);
    Text signature = {0};
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
    CHECK(fixture_contains(test_failure(), "not that of this key"));
    arena_close(world.arena);
}

TEST(a_service_that_fails_is_left_alone_for_a_while) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    Key *key = csc_open(&world);
    Text signature = {0};
    world.service.trouble = "error";
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
    world.service.trouble = "";
    const int before = world.service.authorizations;
    CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
    CHECK_INT(world.service.authorizations, before);
    arena_close(world.arena);
}

TEST(a_refused_pin_is_tried_once) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    fixture_write_file(world.access.file.data, TEXT("client_id=chamber\nclient_secret=s3cr3t &+%\npin=1\n"));
    Text signature = {0};
    for (int i = 0; i < 3; i++) {
        Key *key = csc_open(&world);
        CHECK_STATUS(key_sign(key, KEY_SHA256, TEXT("x"), world.arena, &signature), STATUS_UNAVAILABLE);
    }
    CHECK(fixture_contains(test_failure(), "not tried again"));
    CHECK_INT(world.service.refused_pins, 1);
    fixture_write_file(world.access.file.data, TEXT(CSC_SERVICE_SECRETS));
    CHECK_OK(key_sign(csc_open(&world), KEY_SHA256, TEXT("x"), world.arena, &signature));
    arena_close(world.arena);
}

TEST(services_that_cannot_seal_are_refused_at_once) {
    CscWorld world;
    csc_begin(&world, KEY_P256);
    world.service.trouble = "disabled";
    csc_refused(&world, STATUS_UNSUPPORTED, "not enabled");
    world.service.trouble = "person";
    csc_refused(&world, STATUS_UNSUPPORTED, "asks a person");
    world.service.trouble = "no-certificate";
    csc_refused(&world, STATUS_UNAVAILABLE, "no certificate");
    world.service.trouble = "no-json";
    csc_refused(&world, STATUS_UNAVAILABLE, "no JSON");
    world.service.trouble = "";
    world.description = TEXT("csc:" CSC_SERVICE_ADDRESS "#nobody");
    csc_refused(&world, STATUS_UNAVAILABLE, "invalid_request: credentialID");
    world.description = TEXT("csc:http://csc.example/csc/v1");
    csc_refused(&world, STATUS_INVALID, "csc:https://");
    world.description = TEXT("csc:https://other.example/csc/v1");
    csc_refused(&world, STATUS_FORBIDDEN, "");
    world.description = TEXT("csc:" CSC_SERVICE_ADDRESS);
    fixture_write_file(world.access.file.data, TEXT("client_id=chamber\nclient_secret=wrong\npin=1"));
    csc_refused(&world, STATUS_UNAVAILABLE, "invalid_client");
    fixture_write_file(world.access.file.data, TEXT("pin=1"));
    csc_refused(&world, STATUS_INVALID, "neither client_id=");
    fixture_write_file(world.access.file.data, TEXT("colour=blue"));
    csc_refused(&world, STATUS_INVALID, "none of client_id=");
    world.access.fetch = NULL;
    csc_refused(&world, STATUS_UNSUPPORTED, "can be reached");
    arena_close(world.arena);
}

TEST(an_ed25519_key_at_a_service_is_refused) {
    CscWorld world;
    csc_begin(&world, KEY_ED25519);
    csc_refused(&world, STATUS_UNSUPPORTED, "Ed25519");
    arena_close(world.arena);
}
