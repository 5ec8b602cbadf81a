/** Tests of sign-in against those who guess: sameness of answers, slowing down, hashes renewed, people disabled. */
#include <argon2.h>

#include "base/digest.h"
#include "capabilities/accounts/accounts_inside.h"
#include "testing/site.h"

#define ELSEWHERE "X-Forwarded-For: 198.51.100.7\r\n"

static bool contains(const HttpAnswer *answer, const char *part) {
    size_t at = 0;
    return text_find(answer->body, text_of(part), &at);
}
/* An answer without what must differ: its form token and the typed address. */
static Text comparable(const Site *site, const HttpAnswer *answer, const char *address) {
    Buffer buffer = buffer_make(site->arena, 1 << 20);
    Text rest = answer->body;
    const Text token = http_form_token(answer->body);
    while (rest.size > 0) {
        if (token.size > 0 && text_starts_with(rest, token)) {
            rest = text_slice(rest, token.size, rest.size);
        } else if (text_starts_with(rest, text_of(address))) {
            rest = text_slice(rest, strlen(address), rest.size);
        } else {
            buffer_append_byte(&buffer, rest.data[0]);
            rest = text_slice(rest, 1, rest.size);
        }
    }
    return (Text){buffer.data, buffer.size};
}

static void check_same(const Site *site, const HttpAnswer *known, const HttpAnswer *unknown) {
    CHECK_INT(known->code, unknown->code);
    CHECK(text_equal(http_header(known, "location"), http_header(unknown, "location")));
    const Text a = comparable(site, known, "owner@vino.example"), b = comparable(site, unknown, "stran@vino.example");
    CHECK(text_equal(a, b));
}

DATABASE_TEST(no_answer_tells_whether_an_address_is_known) {
    const Site *site = site_open(database, arena);
    HttpClient one = site_browser(site), two = site_browser(site);
    HttpAnswer known = site_sign_in(&one, "owner@vino.example", "not+the+right+one", "");
    HttpAnswer unknown = site_sign_in(&two, "stran@vino.example", "not+the+right+one", "");
    CHECK_INT(known.code, 422);
    check_same(site, &known, &unknown);
    /* Seven mails are asked for and five sent; the answers stay the same. */
    for (int i = 0; i < 7; i++) {
        known =
            site_post(&one, "/sign-up", "/sign-up", "name=X&email=owner@vino.example&password=three+quiet+words", "");
        unknown =
            site_post(&two, "/sign-up", "/sign-up", "name=X&email=stran@vino.example&password=three+quiet+words", "");
        CHECK_INT(known.code, 303);
        check_same(site, &known, &unknown);
        known = site_post(&one, "/forgot", "/forgot", "email=owner@vino.example", "");
        unknown = site_post(&two, "/forgot", "/forgot", "email=stran@vino.example", "");
        CHECK_INT(known.code, 303);
        check_same(site, &known, &unknown);
    }
    SpooledMails mails = {NULL, 0};
    CHECK_OK(world_setup.work(site->inside));
    CHECK_OK(mail_spool_list(site->world->outside->mailer, arena, 100, &mails));
    CHECK_INT(mails.count, 20);
    /* Slowed down, too, are both. */
    for (int i = 0; i < 6; i++) {
        known = site_sign_in(&one, "owner@vino.example", "not+the+right+one", "");
        unknown = site_sign_in(&two, "stran@vino.example", "not+the+right+one", "");
        CHECK_INT(known.code, unknown.code);
    }
    CHECK_INT(known.code, 429);
}

DATABASE_TEST(guessing_is_slowed_down_there_and_only_there) {
    const Site *site = site_open(database, arena);
    HttpClient guesser = site_browser(site), owner = site_browser(site);
    clock_set(time_of_date(2026, 11, 23));
    for (int i = 0; i < 5; i++) {
        CHECK_INT(site_sign_in(&guesser, "owner@vino.example", "not+the+right+one", "").code, 422);
    }
    HttpAnswer answer = site_sign_in(&guesser, "owner@vino.example", SITE_PASSWORD, "");
    CHECK_INT(answer.code, 429);
    CHECK_TEXT(http_header(&answer, "retry-after"), "30");
    CHECK_INT(site_sign_in(&guesser, "owner@pepper.example", SITE_PASSWORD, "").code, 303); /* another account */
    CHECK_INT(site_sign_in(&owner, "owner@vino.example", SITE_PASSWORD, ELSEWHERE).code, 303);
    clock_set(time_add(time_of_date(2026, 11, 23), 30 * TIME_SECOND));
    guesser = site_browser(site);
    CHECK_INT(site_sign_in(&guesser, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    /* The right password wiped the count. */
    for (int i = 0; i < 5; i++) {
        guesser = site_browser(site);
        CHECK_INT(site_sign_in(&guesser, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    }
}

DATABASE_TEST(the_old_password_is_not_guessed_from_a_stolen_session) {
    Site *site = site_open(database, arena);
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(site_post(&site->client, "/account/password", "/account/password",
                            "old=not+the+right+one&password=three+quiet+words", "")
                      .code,
                  422);
    }
    CHECK_INT(site_post(&site->client, "/account/password", "/account/password",
                        "old=a+long+test+password&password=three+quiet+words", "")
                  .code,
              429);
}

/** What a body of these tests reads and writes. */
typedef struct Look {
    const Site *site;
    AccountsRow account;
    Text hash;
    AccountsSessionsOfRows sessions;
    FirmId firm;
} Look;

static Status look_body(Connection *connection, void *context) {
    Look *look = context;
    const Site *site = look->site;
    TRY(accounts_by_email(connection, site->arena, site->world->chamber, TEXT("owner@vino.example"), &look->account));
    return accounts_sessions_of(connection, site->arena, site->world->chamber, look->account.account_id, clock_now(),
                                100, &look->sessions);
}

static Status store_hash(Connection *connection, void *context) {
    const Look *look = context;
    int64_t count = 0;
    return accounts_write_rehash(connection, look->site->world->chamber, look->account.account_id,
                                 look->account.password_hash, look->hash, &count);
}

static Status disable(Connection *connection, void *context) {
    const Look *look = context;
    return accounts_disable(connection, look->site->arena, look->site->world->chamber, look->account.account_id,
                            (AccountId){0});
}

/* As it was stored when 64 KiB and one pass were enough. */
static Text weak_hash(const Site *site) {
    char hash[32];
    const Sha256 pepper = hmac_sha256(site->world->outside->secret, TEXT("accounts password"));
    const Sha256 keyed = hmac_sha256(sha256_text(&pepper), TEXT(WORLD_PASSWORD));
    CHECK_INT(argon2id_hash_raw(1, 64, 1, keyed.bytes, sizeof(keyed.bytes), "0123456789abcdef", 16, hash, sizeof(hash)),
              ARGON2_OK);
    return arena_format(site->arena, "$argon2id$v=19$m=64,t=1,p=1$%.*s$%.*s",
                        TEXT_ARG(base64url_encode(site->arena, TEXT("0123456789abcdef"))),
                        TEXT_ARG(base64url_encode(site->arena, (Text){hash, sizeof(hash)})));
}

DATABASE_TEST(an_old_hash_is_renewed_at_sign_in) {
    Site *site = site_open(database, arena);
    Look look = {.site = site};
    CHECK_OK(database_read(database, look_body, &look));
    const Text today = look.account.password_hash;
    look.hash = weak_hash(site);
    CHECK_OK(database_write(database, store_hash, &look));
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", "not+the+right+one", "").code, 422);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK(text_equal(look.account.password_hash, look.hash));
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK(text_starts_with(look.account.password_hash, TEXT("$argon2id$v=19$m=19456,t=2,p=1$")));
    CHECK(!text_equal(look.account.password_hash, today));
    HttpClient again = site_browser(site);
    CHECK_INT(site_sign_in(&again, "owner@vino.example", SITE_PASSWORD, "").code, 303);
}

DATABASE_TEST(a_disabled_person_is_out_and_stays_out) {
    Site *site = site_open(database, arena);
    Look look = {.site = site};
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    CHECK_INT(site_get(&site->client, "/account").code, 200);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, disable, &look));
    CHECK_INT(site_get(&site->client, "/account").code, 303);
    HttpClient again = site_browser(site);
    CHECK_INT(site_sign_in(&again, "owner@vino.example", SITE_PASSWORD, "").code, 403);
    HttpAnswer wrong = site_sign_in(&again, "owner@vino.example", "not+the+right+one", "");
    CHECK_INT(wrong.code, 422); /* only who knows the password learns it */
    CHECK(!contains(&wrong, "disabled"));
}
