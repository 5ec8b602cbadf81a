/** Tests of seal keys: a slow token holds up its own chamber alone, and a roll is seen at once. */
#include "capabilities/chambers/chambers_key.h"

#include <pthread.h>

#include "testing/pdf_fixture.h"
#include "testing/site.h"
#include "testing/token_fixture.h"
#include "trust/token_process.h"

/** What the transactions of a test need. */
typedef struct Keys {
    Arena *arena;
    const World *world;
    ChambersKeysRow token;
    Text active; /* the name that shall seal */
} Keys;

static Status insert_token(Connection *connection, void *context) {
    const Keys *keys = context;
    return chambers_insert_key(connection, &(ChambersInsertKey){.chamber = keys->world->chamber,
                                                                .name = keys->token.name,
                                                                .kind = TEXT("pkcs11"),
                                                                .file = keys->token.file,
                                                                .secret = keys->token.secret,
                                                                .chain = keys->token.chain,
                                                                .now = clock_now()});
}

static Status activate(Connection *connection, void *context) {
    const Keys *keys = context;
    int64_t count = 0;
    TRY(chambers_retire_keys(connection, keys->world->chamber, clock_now(), &count));
    TRY(chambers_activate_key(connection, keys->world->chamber, keys->active, &count));
    CHECK_INT(count, 1);
    return STATUS_OK;
}

/** One call of chambers_seal_key. */
typedef struct Opening {
    const World *world;
    ChamberId chamber;
    Key *key;
    Status status;
    int64_t took;
} Opening;

static void *open_seal_key(void *context) {
    Opening *opening = context;
    const int64_t begin = clock_monotonic();
    opening->status =
        chambers_seal_key(opening->world->database, opening->world->outside, opening->chamber, &opening->key);
    opening->took = clock_monotonic() - begin;
    return NULL;
}

/** A key on the token, certified by the installation's authority, noted beside the chamber's first key. */
static void make_token_key(Keys *keys, const FixtureToken *token) {
    Arena *arena = keys->arena;
    const Text uri = fixture_token_uri(arena, token, "seal");
    const KeyAccess access = {.file = token->pin_file, .bare = true};
    ChamberCertify certify = {
        .outside = keys->world->outside, .name = TEXT("Chamber"), .country = TEXT("MK"), .address = TEXT("http://a")};
    Key *key = NULL;
    Texts chain = {0};
    CHECK_OK(key_make_on_token(uri, &access, KEY_P256, arena));
    CHECK_OK(key_open(arena, uri, &access, &key));
    CHECK_OK(chambers_certify(&certify, arena, key, key_public_key(key), &chain));
    key_close(key);
    keys->token =
        (ChambersKeysRow){.name = TEXT("token"), .file = uri, .secret = token->pin_file, .chain = chain.items[0]};
    CHECK_OK(database_write(keys->world->database, insert_token, keys));
}

DATABASE_TEST(a_token_that_hangs_holds_up_its_own_chamber_alone) {
    Site *site = site_open(database, arena);
    const World *world = site->world;
    const FixtureToken token = fixture_token(arena);
    Keys keys = {.arena = arena, .world = world, .active = TEXT("token")};
    Opening first = {.world = world, .chamber = world->chamber}, slow = first, other = first;
    pthread_t thread;
    other.chamber = world->other_chamber;
    (void)open_seal_key(&first);
    CHECK_OK(first.status);
    make_token_key(&keys, &token);
    CHECK_OK(database_write(database, activate, &keys));
    token_limits.open = TIME_SECOND;
    fixture_token_trouble(&token, "hang C_Login");
    CHECK_INT(pthread_create(&thread, NULL, open_seal_key, &slow), 0);
    for (int i = 0; i < 5; i++) {
        (void)open_seal_key(&other);
        CHECK_OK(other.status);
        CHECK(other.took < TIME_SECOND / 2);
    }
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(slow.status, STATUS_UNAVAILABLE);
    CHECK(slow.took >= TIME_SECOND);
    /* Whoever comes next is told so at once. */
    (void)open_seal_key(&slow);
    CHECK_INT(slow.status, STATUS_UNAVAILABLE);
    CHECK(slow.took < TIME_SECOND / 2);
    /* Another key, and the first one again: a roll is seen at once, whatever went wrong before. */
    fixture_token_trouble(&token, "");
    keys.token.name = TEXT("again");
    keys.token.file = arena_format(arena, "%.*s&x-padding=pkcs1", TEXT_ARG(keys.token.file));
    keys.active = keys.token.name;
    CHECK_OK(database_write(database, insert_token, &keys));
    CHECK_OK(database_write(database, activate, &keys));
    (void)open_seal_key(&slow);
    CHECK_OK(slow.status);
    keys.active = TEXT("seal");
    CHECK_OK(database_write(database, activate, &keys));
    (void)open_seal_key(&slow);
    CHECK_OK(slow.status);
    CHECK(text_equal(key_chain(slow.key).items[0], key_chain(first.key).items[0]));
}

DATABASE_TEST(a_roll_is_seen_at_once_and_the_old_key_stays_open_for_a_while) {
    Site *site = site_open(database, arena);
    const World *world = site->world;
    const FixtureToken token = fixture_token(arena);
    Keys keys = {.arena = arena, .world = world, .active = TEXT("token")};
    Opening before = {.world = world, .chamber = world->chamber}, after = before;
    Text signature = {0};
    (void)open_seal_key(&before);
    CHECK_OK(before.status);
    make_token_key(&keys, &token);
    CHECK_OK(database_write(database, activate, &keys));
    (void)open_seal_key(&after);
    CHECK_OK(after.status);
    CHECK(after.key != before.key);
    CHECK(text_equal(key_chain(after.key).items[0], keys.token.chain));
    CHECK_OK(key_sign(after.key, KEY_SHA256, TEXT("x"), arena, &signature));
    CHECK_OK(key_sign(before.key, KEY_SHA256, TEXT("x"), arena, &signature));
}
