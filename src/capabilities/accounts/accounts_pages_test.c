/** Tests of the pages of accounts over the real server: ends of links, sessions, firms, invitations, mails. */
#include "base/digest.h"
#include "capabilities/accounts/accounts_inside.h"
#include "testing/site.h"

DATABASE_TEST(links_end_in_time) {
    Site *site = site_open(database, arena);
    const Time start = time_of_date(2026, 11, 23);
    clock_set(start);
    CHECK_INT(
        site_post(&site->client, "/sign-up", "/sign-up", "name=X&email=x@nova.example&password=three+quiet+words", "")
            .code,
        303);
    const char *confirm = site_link(site, site_mail(site, "x@nova.example"), "/confirm/");
    CHECK_INT(site_post(&site->client, "/forgot", "/forgot", "email=owner@vino.example", "").code, 303);
    const char *reset = site_link(site, site_mail(site, "owner@vino.example"), "/reset/");
    HttpClient owner = site_browser(site);
    CHECK_INT(site_sign_in(&owner, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    CHECK_INT(site_post(&owner, "/firm/invite", "/firm/invite", "email=y@nova.example&role=applicant", "").code, 303);
    const char *invitation = site_link(site, site_mail(site, "y@nova.example"), "/invitation/");
    const struct {
        const char *path;
        int64_t life;
    } links[] = {{reset, TIME_HOUR}, {confirm, 24 * TIME_HOUR}, {invitation, 7 * TIME_DAY}};
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        HttpClient stranger = site_browser(site);
        clock_set(time_add(start, links[i].life - TIME_SECOND));
        CHECK_INT(site_get(&stranger, links[i].path).code, 200);
        clock_set(time_add(start, links[i].life));
        CHECK_INT(site_get(&stranger, links[i].path).code, 404);
        const char *fields = "name=X&password=three+quiet+words";
        const HttpAnswer answer = site_post(&stranger, "/forgot", links[i].path,
                                            i == 1   ? ""
                                            : i == 0 ? fields + 7
                                                     : fields,
                                            "");
        CHECK_INT(answer.code, 404);
    }
}

DATABASE_TEST(an_api_token_ends_in_time) {
    Site *site = site_open(database, arena);
    const Time start = time_of_date(2026, 11, 23);
    clock_set(start);
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    CHECK_INT(site_post(&site->client, "/account/tokens", "/account/tokens", "name=ERP&days=30", "").code, 303);
    const HttpAnswer page = site_get(&site->client, "/account/tokens");
    size_t at = 0, end = 0;
    CHECK(text_find(page.body, TEXT(">tp_"), &at));
    const Text rest = text_slice(page.body, at + 1, page.body.size);
    CHECK(text_find(rest, TEXT("<"), &end));
    HttpClient program = site_browser(site);
    program.bearer = text_slice(rest, 0, end);
    program.accept = TEXT("application/json");
    clock_set(time_add(start, 30 * TIME_DAY - TIME_SECOND));
    CHECK_INT(site_get(&program, "/account").code, 200);
    clock_set(time_add(start, 30 * TIME_DAY));
    CHECK_INT(site_get(&program, "/account").code, 401);
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

DATABASE_TEST(each_sign_in_has_a_session_of_its_own) {
    Site *site = site_open(database, arena);
    Look look = {.site = site};
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD,
                           "User-Agent: Mozilla (Android) Chrome/1 \xff\xfe\r\n")
                  .code,
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
    const HttpAnswer page = site_get(&site->client, "/account");
    const Text token = http_form_token(page.body);
    const Text fields =
        arena_format(arena, "email=owner@vino.example&password=%s&_token=%.*s", SITE_PASSWORD, TEXT_ARG(token));
    CHECK_INT(
        http_post(&site->client, TEXT("/sign-in"), TEXT("application/x-www-form-urlencoded"), fields, (Text){NULL, 0})
            .code,
        303);
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_INT(look.sessions.count, 1);
    CHECK(!text_equal(look.sessions.items[0].token_hash, first));
}

DATABASE_TEST(sign_out_ends_the_session_itself) {
    Site *site = site_open(database, arena);
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    HttpClient thief = site->client;
    CHECK_INT(site_get(&thief, "/account").code, 200);
    const HttpAnswer answer = site_post(&site->client, "/account", "/sign-out", "", "");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "clear-site-data"), "\"cache\", \"storage\"");
    CHECK_INT(site_get(&thief, "/account").code, 303);
}

static void check_firm(HttpClient *client, const char *name) {
    client->accept = TEXT("application/json");
    const HttpAnswer answer = site_get(client, "/account");
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
    Site *site = site_open(database, arena);
    Look look = {.site = site, .firm = site->world->pepper};
    char pepper[ID_TEXT_SIZE + 1];
    id_write(site->world->pepper.value, pepper);
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    check_firm(&site->client, "Vardar Vino DOO");
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, join_firm, &look));
    HttpClient second = site_browser(site);
    CHECK_INT(site_sign_in(&second, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    check_firm(&second, ""); /* she must choose */
    const Text act = arena_format(arena, "firm=%s", pepper);
    CHECK_INT(site_post(&second, "/account", "/account/act", act.data, "").code, 303);
    check_firm(&second, "Strumica Pepper");
    check_firm(&site->client, "Vardar Vino DOO"); /* each session for itself */
    HttpClient third = site_browser(site);
    CHECK_INT(site_sign_in(&third, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    check_firm(&third, "Strumica Pepper");
    CHECK_OK(database_write(database, leave_firm, &look));
    check_firm(&third, "");
    HttpClient fourth = site_browser(site);
    CHECK_INT(site_sign_in(&fourth, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    check_firm(&fourth, "Vardar Vino DOO");
    CHECK_INT(site_post(&fourth, "/account", "/account/act", act.data, "").code, 403);
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
    Site *site = site_open(database, arena);
    Look look = {.site = site};
    HttpClient stranger = site_browser(site), nobody = site_browser(site);
    CHECK_INT(site_sign_in(&site->client, "owner@vino.example", SITE_PASSWORD, "").code, 303);
    CHECK_INT(site_post(&site->client, "/firm/invite", "/firm/invite", "email=back@door.example&role=owner", "").code,
              303);
    const char *link = site_link(site, site_mail(site, "back@door.example"), "/invitation/");
    CHECK_OK(database_read(database, look_body, &look));
    CHECK_OK(database_write(database, drop_owner, &look));
    CHECK_INT(site_post(&stranger, link, link, "name=Back&password=three+quiet+words", "").code, 404);
    CHECK_INT(site_sign_in(&stranger, "back@door.example", "three+quiet+words", "").code, 422); /* nothing was made */
    CHECK_INT(site_sign_in(&nobody, "nobody@test.example", SITE_PASSWORD, "").code, 303);
    const Text accept = arena_format(arena, "%s/accept", link);
    CHECK_INT(site_post(&nobody, link, accept.data, "", "").code, 404);
    check_firm(&nobody, "");
}

DATABASE_TEST(a_mail_leads_to_the_chambers_own_address_and_says_nothing_typed) {
    Site *site = site_open(database, arena);
    size_t at = 0;
    HttpClient client = site_browser(site);
    CHECK_INT(site_post(&client, "/sign-up", "/sign-up",
                        "name=Buy+at+evil.example&email=x@nova.example&password=three+quiet+words", "")
                  .code,
              303);
    const Text mail = site_mail(site, "x@nova.example");
    CHECK(text_find(mail, TEXT("http://127.0.0.1/confirm/"), &at));
    CHECK(!text_find(mail, TEXT("evil.example"), &at)); /* what a stranger typed is not sent to strangers */
}
