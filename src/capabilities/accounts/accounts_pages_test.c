/** Tests of the pages of accounts over the real server: what scenarios cannot say, as time, networks and sameness. */
#include <argon2.h>

#include "base/digest.h"
#include "capabilities/accounts/accounts_inside.h"
#include "testing/html_check.h"
#include "testing/http_client.h"
#include "testing/world.h"

#define ELSEWHERE "X-Forwarded-For: 198.51.100.7\r\n"

/** A world with its server. */
typedef struct Site {
    Arena *arena;
    Database *database;
    Server *server;
    void *inside;
    const World *world;
    HttpClient client;
} Site;

static void close_site(void *thing) {
    Site *site = thing;
    server_stop(site->server);
    world_setup.end(site->inside);
}

static Site *open_site(Database *database, Arena *arena) {
    Site *site = arena_new(arena, Site);
    ServerOptions options = {0};
    CHECK_OK(world_setup.begin(arena, database, test_directory(), &options, &site->inside));
    options.database = database;
    options.quiet = true;
    options.trusted_proxy = TEXT("127.0.0.1");
    options.public_url = TEXT("http://127.0.0.1:4711"); /* another one than the chamber's */
    CHECK_OK(server_start(&options, &site->server));
    site->arena = arena;
    site->database = database;
    site->world = world_of(site->inside);
    site->client = (HttpClient){.arena = arena, .port = server_port(site->server), .host = TEXT("127.0.0.1")};
    arena_defer(arena, close_site, site);
    return site;
}

/* Another browser. */
static HttpClient fresh(const Site *site) {
    return (HttpClient){.arena = site->arena, .port = site->client.port, .host = site->client.host};
}

static HttpAnswer get(HttpClient *client, const char *path) {
    return http_get(client, "GET", text_of(path), (Text){NULL, 0});
}

/* Opens `page` for its form token, then posts `fields` ("a=b&c=d") to `path`. */
static HttpAnswer post(HttpClient *client, const char *page, const char *path, const char *fields, const char *extra) {
    const HttpAnswer form = get(client, page);
    const Text token = http_form_token(form.body);
    return http_post(
        client, text_of(path), TEXT("application/x-www-form-urlencoded"),
        arena_format(client->arena, "_token=%.*s%s%s", TEXT_ARG(token), fields[0] != '\0' ? "&" : "", fields),
        text_of(extra));
}

static HttpAnswer sign_in(HttpClient *client, const char *email, const char *password, const char *extra) {
    const Text fields = arena_format(client->arena, "email=%s&password=%s&next=/account", email, password);
    return post(client, "/sign-in", "/sign-in", fields.data, extra);
}

static const char *const right = "a+long+test+password";

/* The newest mail to an address, after the jobs. */
static Text mail_to(const Site *site, const char *address) {
    Text body = {NULL, 0};
    CHECK_OK(world_setup.work(site->inside));
    CHECK_OK(world_setup.mail(site->inside, site->arena, text_of(address), &body));
    return body;
}

/* The path of the link in a mail. */
static const char *link_in(const Site *site, Text mail, const char *start) {
    size_t at = 0, end = 0;
    const Text home = arena_format(site->arena, "http://127.0.0.1%s", start);
    CHECK(text_find(mail, home, &at));
    Text link = text_slice(mail, at + 16, mail.size);
    CHECK(text_find(link, TEXT("\n"), &end));
    return arena_c_string(site->arena, text_trim(text_slice(link, 0, end)));
}

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
    const Site *site = open_site(database, arena);
    HttpClient one = fresh(site), two = fresh(site);
    HttpAnswer known = sign_in(&one, "owner@vino.example", "not+the+right+one", "");
    HttpAnswer unknown = sign_in(&two, "stran@vino.example", "not+the+right+one", "");
    CHECK_INT(known.code, 422);
    check_same(site, &known, &unknown);
    /* Seven mails are asked for and five sent; the answers stay the same. */
    for (int i = 0; i < 7; i++) {
        known = post(&one, "/sign-up", "/sign-up", "name=X&email=owner@vino.example&password=three+quiet+words", "");
        unknown = post(&two, "/sign-up", "/sign-up", "name=X&email=stran@vino.example&password=three+quiet+words", "");
        CHECK_INT(known.code, 303);
        check_same(site, &known, &unknown);
        known = post(&one, "/forgot", "/forgot", "email=owner@vino.example", "");
        unknown = post(&two, "/forgot", "/forgot", "email=stran@vino.example", "");
        CHECK_INT(known.code, 303);
        check_same(site, &known, &unknown);
    }
    SpooledMails mails = {NULL, 0};
    CHECK_OK(world_setup.work(site->inside));
    CHECK_OK(mail_spool_list(site->world->outside->mailer, arena, 100, &mails));
    CHECK_INT(mails.count, 20);
    /* Slowed down, too, are both. */
    for (int i = 0; i < 6; i++) {
        known = sign_in(&one, "owner@vino.example", "not+the+right+one", "");
        unknown = sign_in(&two, "stran@vino.example", "not+the+right+one", "");
        CHECK_INT(known.code, unknown.code);
    }
    CHECK_INT(known.code, 429);
}

DATABASE_TEST(guessing_is_slowed_down_there_and_only_there) {
    const Site *site = open_site(database, arena);
    HttpClient guesser = fresh(site), owner = fresh(site);
    clock_set(time_of_date(2026, 11, 23));
    for (int i = 0; i < 5; i++) {
        CHECK_INT(sign_in(&guesser, "owner@vino.example", "not+the+right+one", "").code, 422);
    }
    HttpAnswer answer = sign_in(&guesser, "owner@vino.example", right, "");
    CHECK_INT(answer.code, 429);
    CHECK_TEXT(http_header(&answer, "retry-after"), "30");
    CHECK_INT(sign_in(&guesser, "owner@pepper.example", right, "").code, 303); /* another account */
    CHECK_INT(sign_in(&owner, "owner@vino.example", right, ELSEWHERE).code, 303);
    clock_set(time_add(time_of_date(2026, 11, 23), 30 * TIME_SECOND));
    guesser = fresh(site);
    CHECK_INT(sign_in(&guesser, "owner@vino.example", right, "").code, 303);
    /* The right password wiped the count. */
    for (int i = 0; i < 5; i++) {
        guesser = fresh(site);
        CHECK_INT(sign_in(&guesser, "owner@vino.example", right, "").code, 303);
    }
}

DATABASE_TEST(the_old_password_is_not_guessed_from_a_stolen_session) {
    Site *site = open_site(database, arena);
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(post(&site->client, "/account/password", "/account/password",
                       "old=not+the+right+one&password=three+quiet+words", "")
                      .code,
                  422);
    }
    CHECK_INT(post(&site->client, "/account/password", "/account/password",
                   "old=a+long+test+password&password=three+quiet+words", "")
                  .code,
              429);
}

DATABASE_TEST(links_end_in_time) {
    Site *site = open_site(database, arena);
    const Time start = time_of_date(2026, 11, 23);
    clock_set(start);
    CHECK_INT(
        post(&site->client, "/sign-up", "/sign-up", "name=X&email=x@nova.example&password=three+quiet+words", "").code,
        303);
    const char *confirm = link_in(site, mail_to(site, "x@nova.example"), "/confirm/");
    CHECK_INT(post(&site->client, "/forgot", "/forgot", "email=owner@vino.example", "").code, 303);
    const char *reset = link_in(site, mail_to(site, "owner@vino.example"), "/reset/");
    HttpClient owner = fresh(site);
    CHECK_INT(sign_in(&owner, "owner@vino.example", right, "").code, 303);
    CHECK_INT(post(&owner, "/firm/invite", "/firm/invite", "email=y@nova.example&role=applicant", "").code, 303);
    const char *invitation = link_in(site, mail_to(site, "y@nova.example"), "/invitation/");
    const struct {
        const char *path;
        int64_t life;
    } links[] = {{reset, TIME_HOUR}, {confirm, 24 * TIME_HOUR}, {invitation, 7 * TIME_DAY}};
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        HttpClient stranger = fresh(site);
        clock_set(time_add(start, links[i].life - TIME_SECOND));
        CHECK_INT(get(&stranger, links[i].path).code, 200);
        clock_set(time_add(start, links[i].life));
        CHECK_INT(get(&stranger, links[i].path).code, 404);
        const char *fields = "name=X&password=three+quiet+words";
        const HttpAnswer answer = post(&stranger, "/forgot", links[i].path,
                                       i == 1   ? ""
                                       : i == 0 ? fields + 7
                                                : fields,
                                       "");
        CHECK_INT(answer.code, 404);
    }
}

DATABASE_TEST(an_api_token_ends_in_time) {
    Site *site = open_site(database, arena);
    const Time start = time_of_date(2026, 11, 23);
    clock_set(start);
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    CHECK_INT(post(&site->client, "/account/tokens", "/account/tokens", "name=ERP&days=30", "").code, 303);
    const HttpAnswer page = get(&site->client, "/account/tokens");
    size_t at = 0, end = 0;
    CHECK(text_find(page.body, TEXT(">tp_"), &at));
    const Text rest = text_slice(page.body, at + 1, page.body.size);
    CHECK(text_find(rest, TEXT("<"), &end));
    HttpClient program = fresh(site);
    program.bearer = text_slice(rest, 0, end);
    program.accept = TEXT("application/json");
    clock_set(time_add(start, 30 * TIME_DAY - TIME_SECOND));
    CHECK_INT(get(&program, "/account").code, 200);
    clock_set(time_add(start, 30 * TIME_DAY));
    CHECK_INT(get(&program, "/account").code, 401);
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

static Status join_firm(Connection *connection, void *context) {
    const Look *look = context;
    return accounts_grant(connection, look->site->arena, look->site->world->chamber, look->account.account_id,
                          look->firm, ROLE_APPLICANT, (AccountId){0});
}

static Status leave_firm(Connection *connection, void *context) {
    const Look *look = context;
    return accounts_revoke(connection, look->site->arena, look->site->world->chamber, look->account.account_id,
                           look->firm, ROLE_APPLICANT, (AccountId){0});
}

static Status disable(Connection *connection, void *context) {
    const Look *look = context;
    return accounts_disable(connection, look->site->arena, look->site->world->chamber, look->account.account_id,
                            (AccountId){0});
}

DATABASE_TEST(each_sign_in_has_a_session_of_its_own) {
    Site *site = open_site(database, arena);
    Look look = {.site = site};
    CHECK_INT(
        sign_in(&site->client, "owner@vino.example", right, "User-Agent: Mozilla (Android) Chrome/1 \xff\xfe\r\n").code,
        303);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_INT(look.sessions.count, 1);
    CHECK_TEXT(look.sessions.items[0].agent, "Mozilla (Android) Chrome/1 ??");
    CHECK_TEXT(look.sessions.items[0].address, "127.0.0.1");
    const Text first = look.sessions.items[0].token_hash;
    for (size_t i = 0; i < site->client.cookie_count; i++) { /* stored is the hash, not the token */
        const Sha256 digest = sha256(site->client.cookies[i].value);
        CHECK(!text_equal(site->client.cookies[i].name, TEXT("session")) || text_equal(sha256_text(&digest), first));
    }
    /* The same browser signs in again without signing out: by a page that was open before. */
    const HttpAnswer page = get(&site->client, "/account");
    const Text token = http_form_token(page.body);
    const Text fields = arena_format(arena, "email=owner@vino.example&password=%s&_token=%.*s", right, TEXT_ARG(token));
    CHECK_INT(
        http_post(&site->client, TEXT("/sign-in"), TEXT("application/x-www-form-urlencoded"), fields, (Text){NULL, 0})
            .code,
        303);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_INT(look.sessions.count, 1);
    CHECK(!text_equal(look.sessions.items[0].token_hash, first));
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
    Site *site = open_site(database, arena);
    Look look = {.site = site};
    CHECK_OK(database_read(database, look_body, &look));
    const Text today = look.account.password_hash;
    look.hash = weak_hash(site);
    CHECK_OK(database_write(database, store_hash, &look));
    CHECK_INT(sign_in(&site->client, "owner@vino.example", "not+the+right+one", "").code, 422);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK(text_equal(look.account.password_hash, look.hash));
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK(text_starts_with(look.account.password_hash, TEXT("$argon2id$v=19$m=19456,t=2,p=1$")));
    CHECK(!text_equal(look.account.password_hash, today));
    HttpClient again = fresh(site);
    CHECK_INT(sign_in(&again, "owner@vino.example", right, "").code, 303);
}

static void check_firm(HttpClient *client, const char *name) {
    client->accept = TEXT("application/json");
    const HttpAnswer answer = get(client, "/account");
    client->accept = (Text){NULL, 0};
    const Text part = arena_format(client->arena, "\"firm_name\":\"%s\"", name);
    Buffer squeezed = buffer_make(client->arena, 1 << 16); /* whatever blanks the view writes between members */
    for (size_t i = 0; i < answer.body.size; i++) {
        const bool is_gap = answer.body.data[i] == ' ' && i > 0 && answer.body.data[i - 1] == ':';
        if (!is_gap) {
            buffer_append_byte(&squeezed, answer.body.data[i]);
        }
    }
    size_t at = 0;
    CHECK(text_find((Text){squeezed.data, squeezed.size}, part, &at));
}

DATABASE_TEST(who_has_two_firms_acts_for_the_one_chosen_last) {
    Site *site = open_site(database, arena);
    Look look = {.site = site, .firm = site->world->pepper};
    char pepper[ID_TEXT_SIZE + 1];
    id_write(site->world->pepper.value, pepper);
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    check_firm(&site->client, "Vardar Vino DOO");
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, join_firm, &look));
    HttpClient second = fresh(site);
    CHECK_INT(sign_in(&second, "owner@vino.example", right, "").code, 303);
    check_firm(&second, ""); /* she must choose */
    const Text act = arena_format(arena, "firm=%s", pepper);
    CHECK_INT(post(&second, "/account", "/account/act", act.data, "").code, 303);
    check_firm(&second, "Strumica Pepper");
    check_firm(&site->client, "Vardar Vino DOO"); /* each session for itself */
    HttpClient third = fresh(site);
    CHECK_INT(sign_in(&third, "owner@vino.example", right, "").code, 303);
    check_firm(&third, "Strumica Pepper");
    CHECK_OK(database_write(database, leave_firm, &look));
    check_firm(&third, "");
    HttpClient fourth = fresh(site);
    CHECK_INT(sign_in(&fourth, "owner@vino.example", right, "").code, 303);
    check_firm(&fourth, "Vardar Vino DOO");
    CHECK_INT(post(&fourth, "/account", "/account/act", act.data, "").code, 403);
}

DATABASE_TEST(a_disabled_person_is_out_and_stays_out) {
    Site *site = open_site(database, arena);
    Look look = {.site = site};
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    CHECK_INT(get(&site->client, "/account").code, 200);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, disable, &look));
    CHECK_INT(get(&site->client, "/account").code, 303);
    HttpClient again = fresh(site);
    CHECK_INT(sign_in(&again, "owner@vino.example", right, "").code, 403);
    HttpAnswer wrong = sign_in(&again, "owner@vino.example", "not+the+right+one", "");
    CHECK_INT(wrong.code, 422); /* only who knows the password learns it */
    CHECK(!contains(&wrong, "disabled"));
}

static Status drop_owner(Connection *connection, void *context) {
    const Look *look = context;
    const AccountId by = {0};
    AccountsRow other;
    TRY(accounts_by_email(connection, look->site->arena, look->site->world->chamber, TEXT("applicant@vino.example"),
                          &other));
    TRY(accounts_grant(connection, look->site->arena, look->site->world->chamber, other.account_id,
                       look->site->world->vino, ROLE_FIRM_OWNER, by));
    return accounts_revoke(connection, look->site->arena, look->site->world->chamber, look->account.account_id,
                           look->site->world->vino, FIRM_ROLES, by);
}

DATABASE_TEST(the_invitation_of_somebody_who_lost_the_right_is_worth_nothing) {
    Site *site = open_site(database, arena);
    Look look = {.site = site};
    HttpClient stranger = fresh(site), nobody = fresh(site);
    CHECK_INT(sign_in(&site->client, "owner@vino.example", right, "").code, 303);
    CHECK_INT(post(&site->client, "/firm/invite", "/firm/invite", "email=back@door.example&role=owner", "").code, 303);
    const char *link = link_in(site, mail_to(site, "back@door.example"), "/invitation/");
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, drop_owner, &look));
    CHECK_INT(post(&stranger, link, link, "name=Back&password=three+quiet+words", "").code, 404);
    CHECK_INT(sign_in(&stranger, "back@door.example", "three+quiet+words", "").code, 422); /* nothing was made */
    CHECK_INT(sign_in(&nobody, "nobody@test.example", right, "").code, 303);
    const Text accept = arena_format(arena, "%s/accept", link);
    CHECK_INT(post(&nobody, link, accept.data, "", "").code, 404);
    check_firm(&nobody, "");
}

DATABASE_TEST(a_mail_leads_to_the_chambers_own_address_and_says_nothing_typed) {
    Site *site = open_site(database, arena);
    size_t at = 0;
    HttpClient client = fresh(site);
    CHECK_INT(post(&client, "/sign-up", "/sign-up",
                   "name=Buy+at+evil.example&email=x@nova.example&password=three+quiet+words", "")
                  .code,
              303);
    const Text mail = mail_to(site, "x@nova.example");
    CHECK(text_find(mail, TEXT("http://127.0.0.1/confirm/"), &at));
    CHECK(!text_find(mail, TEXT("evil.example"), &at)); /* what a stranger typed is not sent to strangers */
}
