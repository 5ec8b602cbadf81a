/** Tests of the rules of accounts on both engines: people, roles, sessions, tokens, cleaning. */
#include "base/digest.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_work.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/members/members.h"
#include "testing/test_database.h"

static const ChamberId chamber = {11}, other_chamber = {12};

/** What the body of a transaction does in these tests. */
typedef struct Act {
    Arena *arena;
    Status (*run)(Connection *connection, const struct Act *act);
    ChamberId chamber;
    AccountId account;
    FirmId firm;
    unsigned roles;
    Text hash;
    Time now;
    Actor *actor;
    People *people;
} Act;

static Status run_act(Connection *connection, void *context) {
    const Act *act = context;
    return act->run(connection, act);
}

static Status write_act(Database *database, Arena *arena, Status (*run)(Connection *, const Act *), Act act) {
    act.arena = arena;
    act.run = run;
    act.chamber = act.chamber.value != 0 ? act.chamber : chamber;
    return database_write(database, run_act, &act);
}

static Status grant(Connection *connection, const Act *act) {
    return accounts_grant(connection, act->arena, act->chamber, act->account, act->firm, act->roles, (AccountId){1});
}

static Status revoke(Connection *connection, const Act *act) {
    return accounts_revoke(connection, act->arena, act->chamber, act->account, act->firm, act->roles, (AccountId){1});
}

static Status disable(Connection *connection, const Act *act) {
    return accounts_disable(connection, act->arena, act->chamber, act->account, (AccountId){1});
}

static Status enable(Connection *connection, const Act *act) {
    return accounts_enable(connection, act->arena, act->chamber, act->account, (AccountId){1});
}

/* Accounts without a password, as tests of rules need no hash. */
static Status insert_account(Connection *connection, const Act *act) {
    char email[40];
    snprintf(email, sizeof(email), "person%lld@test.example", (long long)act->account.value);
    const AccountsInsert insert = {.chamber = act->chamber,
                                   .account = act->account,
                                   .email = text_of(email),
                                   .email_key = text_of(email),
                                   .name = TEXT("Person"),
                                   .language = TEXT("en"),
                                   .now = act->now,
                                   .confirmed_at = act->now};
    return accounts_insert(connection, &insert);
}

static Status begin_session(Connection *connection, const Act *act) {
    const AccountsSessionInsert insert = {.chamber = act->chamber,
                                          .token_hash = act->hash,
                                          .session = {id_make()},
                                          .account = act->account,
                                          .firm = act->firm,
                                          .now = act->now,
                                          .expires_at = time_add(act->now, 30 * TIME_DAY)};
    return accounts_session_insert(connection, &insert);
}

static Status make_token(Connection *connection, const Act *act) {
    const AccountsTokenInsert insert = {.chamber = act->chamber,
                                        .token_hash = act->hash,
                                        .token = {id_make()},
                                        .account = act->account,
                                        .firm = act->firm,
                                        .name = TEXT("ERP"),
                                        .now = act->now,
                                        .expires_at = time_add(act->now, 30 * TIME_DAY)};
    return accounts_token_insert(connection, &insert);
}

static Status make_link(Connection *connection, const Act *act) {
    const AccountsLinkInsert insert = {.chamber = act->chamber,
                                       .token_hash = act->hash,
                                       .purpose = TEXT("reset"),
                                       .account = act->account,
                                       .now = act->now,
                                       .expires_at = time_add(act->now, TIME_HOUR)};
    return accounts_link_insert(connection, &insert);
}

static Status make_invitation(Connection *connection, const Act *act) {
    const AccountsInvitationWrite write = {.chamber = act->chamber,
                                           .invitation = {id_make()},
                                           .token_hash = act->hash,
                                           .email_key = act->hash,
                                           .now = act->now,
                                           .expires_at = time_add(act->now, 7 * TIME_DAY)};
    return accounts_invitation_write(connection, &write);
}

static Status see(Connection *connection, const Act *act) {
    return accounts_session_seen(connection, act->chamber, act->hash, act->now);
}

static Status find_actor(Connection *connection, const Act *act) {
    return accounts_actor_of_session(connection, act->arena, act->chamber, act->hash, act->now, act->actor);
}

static Status find_token(Connection *connection, const Act *act) {
    return accounts_actor_of_token(connection, act->arena, act->chamber, act->hash, act->now, act->actor);
}

static Status list_people(Connection *connection, const Act *act) {
    return accounts_people(connection, act->arena, act->chamber, act->firm, act->people);
}

typedef struct FirmMaking {
    Arena *arena;
    const Firm *firm;
    FirmId id;
} FirmMaking;

static Status make_firm_body(Connection *connection, void *context) {
    FirmMaking *making = context;
    return members_create(connection, making->arena, chamber, making->firm, (AccountId){1}, &making->id);
}

static FirmId make_firm(Database *database, Arena *arena, const char *number, const char *state) {
    const Firm firm = {.name = text_of(number),
                       .registration_number = text_of(number),
                       .tax_number = text_of(number),
                       .country = TEXT("MK"),
                       .state = text_of(state)};
    FirmMaking making = {.arena = arena, .firm = &firm};
    CHECK_OK(database_write(database, make_firm_body, &making));
    return making.id;
}

static AccountId make_account(Database *database, Arena *arena, int64_t number) {
    const AccountId account = {number};
    CHECK_OK(write_act(database, arena, insert_account, (Act){.account = account, .now = clock_now()}));
    return account;
}

DATABASE_TEST(every_statement_of_accounts_runs) {
    test_statements(database, arena, accounts_statements, accounts_statement_count);
}

DATABASE_TEST(an_address_has_one_account_whatever_its_case) {
    const Outside outside = {.secret = TEXT("0123456789abcdef0123456789abcdef")};
    AccountNew account = {.chamber = chamber,
                          .email = TEXT("Ana@vino.example"),
                          .name = TEXT("Ana"),
                          .language = TEXT("mk"),
                          .password = TEXT("three quiet words"),
                          .confirmed = true};
    AccountId first = {0}, second = {0};
    CHECK_OK(accounts_create(database, &outside, arena, &account, &first));
    account.email = TEXT("ANA@vino.example");
    CHECK_STATUS(accounts_create(database, &outside, arena, &account, &second), STATUS_CONFLICT);
    account.chamber = other_chamber;
    CHECK_OK(accounts_create(database, &outside, arena, &account, &second));
    CHECK(first.value != second.value);
    account.email = TEXT("eva@vino.example");
    account.password = TEXT("password1");
    CHECK_STATUS(accounts_create(database, &outside, arena, &account, &second), STATUS_INVALID);
    account.email = TEXT("no address");
    account.password = TEXT("three quiet words");
    CHECK_STATUS(accounts_create(database, &outside, arena, &account, &second), STATUS_INVALID);
}

DATABASE_TEST(chamber_and_firm_give_their_own_roles) {
    const AccountId account = make_account(database, arena, 21);
    const FirmId firm = make_firm(database, arena, "1001", "admitted");
    CHECK_STATUS(write_act(database, arena, grant, (Act){.account = account, .firm = firm, .roles = ROLE_OFFICER}),
                 STATUS_INVALID);
    CHECK_STATUS(write_act(database, arena, grant, (Act){.account = account, .roles = ROLE_FIRM_OWNER}),
                 STATUS_INVALID);
    CHECK_STATUS(write_act(database, arena, grant, (Act){.account = account, .roles = ROLE_SIGNED_IN}), STATUS_INVALID);
    CHECK_STATUS(write_act(database, arena, grant, (Act){.account = account, .roles = 0}), STATUS_INVALID);
    CHECK_STATUS(write_act(database, arena, grant, (Act){.account = {99}, .roles = ROLE_OFFICER}), STATUS_NOT_FOUND);
    CHECK_STATUS(
        write_act(database, arena, grant, (Act){.chamber = other_chamber, .account = account, .roles = ROLE_OFFICER}),
        STATUS_NOT_FOUND);
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .roles = ROLE_OFFICER}));
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .roles = ROLE_ADMINISTRATOR}));
    People people = {NULL, 0};
    CHECK_OK(write_act(database, arena, list_people, (Act){.people = &people}));
    CHECK_INT(people.count, 1);
    CHECK_INT(people.items[0].roles, ROLE_OFFICER | ROLE_ADMINISTRATOR);
    CHECK_OK(write_act(database, arena, list_people, (Act){.people = &people, .firm = firm}));
    CHECK_INT(people.count, 0);
}

DATABASE_TEST(the_last_administrator_and_the_last_owner_stay) {
    const AccountId ana = make_account(database, arena, 21), eva = make_account(database, arena, 22);
    const FirmId firm = make_firm(database, arena, "1001", "admitted");
    const unsigned staff = (unsigned)ROLE_ADMINISTRATOR | (unsigned)ROLE_OFFICER;
    CHECK_OK(write_act(database, arena, grant, (Act){.account = ana, .roles = staff}));
    CHECK_OK(write_act(database, arena, grant, (Act){.account = ana, .firm = firm, .roles = ROLE_FIRM_OWNER}));
    CHECK_STATUS(write_act(database, arena, revoke, (Act){.account = ana, .roles = staff}), STATUS_CONFLICT);
    CHECK_STATUS(write_act(database, arena, disable, (Act){.account = ana}), STATUS_CONFLICT);
    CHECK_STATUS(write_act(database, arena, revoke, (Act){.account = ana, .firm = firm, .roles = ROLE_FIRM_OWNER}),
                 STATUS_CONFLICT);
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = ana, .roles = ROLE_OFFICER}));

    CHECK_OK(write_act(database, arena, grant, (Act){.account = eva, .roles = ROLE_ADMINISTRATOR}));
    CHECK_OK(write_act(database, arena, grant, (Act){.account = eva, .firm = firm, .roles = ROLE_FIRM_OWNER}));
    CHECK_OK(write_act(database, arena, disable, (Act){.account = eva}));
    /* Somebody who cannot sign in does not count. */
    CHECK_STATUS(write_act(database, arena, revoke, (Act){.account = ana, .roles = ROLE_ADMINISTRATOR}),
                 STATUS_CONFLICT);
    CHECK_OK(write_act(database, arena, enable, (Act){.account = eva}));
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = ana, .roles = ROLE_ADMINISTRATOR}));
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = ana, .firm = firm, .roles = ROLE_FIRM_OWNER}));
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = ana, .firm = firm, .roles = ROLE_FIRM_OWNER}));
    CHECK_STATUS(write_act(database, arena, enable, (Act){.account = {99}}), STATUS_NOT_FOUND);
}

DATABASE_TEST(a_session_has_the_roles_of_its_chamber_and_firm) {
    const AccountId account = make_account(database, arena, 21);
    const FirmId admitted = make_firm(database, arena, "1001", "admitted");
    const FirmId applied = make_firm(database, arena, "1002", "applied");
    const FirmId foreign = make_firm(database, arena, "1003", "admitted");
    const unsigned both = (unsigned)ROLE_FIRM_OWNER | (unsigned)ROLE_APPLICANT;
    const Time now = clock_now();
    Actor actor = {0};
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .firm = admitted, .roles = both}));
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .firm = applied, .roles = both}));
    const struct {
        const char *hash;
        FirmId firm;
        unsigned roles;
        const char *firm_name;
    } cases[] = {{"a", admitted, (unsigned)ROLE_SIGNED_IN | both, "1001"},
                 {"b", applied, (unsigned)ROLE_SIGNED_IN | (unsigned)ROLE_FIRM_OWNER, "1002"},
                 {"c", foreign, ROLE_SIGNED_IN, ""},
                 {"d", {0}, ROLE_SIGNED_IN, ""}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Act act = {
            .account = account, .hash = text_of(cases[i].hash), .firm = cases[i].firm, .now = now, .actor = &actor};
        CHECK_OK(write_act(database, arena, begin_session, act));
        CHECK_OK(write_act(database, arena, find_actor, act));
        CHECK_INT(actor.roles, cases[i].roles);
        CHECK_TEXT(actor.firm_name, cases[i].firm_name);
        CHECK_INT(actor.firm.value, cases[i].firm_name[0] != '\0' ? cases[i].firm.value : 0);
        CHECK(!actor.by_token && !actor.unseen);
    }
    const Act elsewhere = {.chamber = other_chamber, .hash = TEXT("a"), .now = now, .actor = &actor};
    CHECK_STATUS(write_act(database, arena, find_actor, elsewhere), STATUS_NOT_FOUND);
    const Act unknown = {.hash = TEXT("z"), .now = now, .actor = &actor};
    CHECK_STATUS(write_act(database, arena, find_actor, unknown), STATUS_NOT_FOUND);
    /* The role goes, the session stays and acts for nobody. */
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .roles = ROLE_OFFICER}));
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = account, .firm = admitted, .roles = ROLE_APPLICANT}));
    CHECK_OK(write_act(database, arena, find_actor, (Act){.hash = TEXT("a"), .now = now, .actor = &actor}));
    CHECK_INT(actor.roles, ROLE_SIGNED_IN | ROLE_OFFICER | ROLE_FIRM_OWNER);
}

DATABASE_TEST(a_session_ends_by_idleness_by_age_and_with_its_account) {
    const AccountId ana = make_account(database, arena, 21), eva = make_account(database, arena, 22);
    const Time start = clock_now();
    Actor actor = {0};
    CHECK_OK(write_act(database, arena, grant, (Act){.account = eva, .roles = ROLE_OFFICER}));
    CHECK_OK(write_act(database, arena, begin_session, (Act){.account = ana, .hash = TEXT("ana"), .now = start}));
    CHECK_OK(write_act(database, arena, begin_session, (Act){.account = eva, .hash = TEXT("eva"), .now = start}));
    const struct {
        const char *hash;
        int64_t later;
        Status status;
        bool unseen;
    } cases[] = {
        {"ana", 5 * TIME_MINUTE, STATUS_OK, false},   {"ana", 5 * TIME_MINUTE + 1, STATUS_OK, true},
        {"ana", 14 * TIME_DAY - 1, STATUS_OK, true},  {"ana", 14 * TIME_DAY, STATUS_NOT_FOUND, false},
        {"eva", 12 * TIME_HOUR - 1, STATUS_OK, true}, {"eva", 12 * TIME_HOUR, STATUS_NOT_FOUND, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Act act = {.hash = text_of(cases[i].hash), .now = time_add(start, cases[i].later), .actor = &actor};
        CHECK_STATUS(write_act(database, arena, find_actor, act), cases[i].status);
        CHECK(cases[i].status != STATUS_OK || actor.unseen == cases[i].unseen);
    }
    /* In use each day it lasts 30 days and no longer. */
    for (int day = 1; day < 30; day++) {
        const Act act = {.hash = TEXT("ana"), .now = time_add(start, day * TIME_DAY), .actor = &actor};
        CHECK_OK(write_act(database, arena, find_actor, act));
        CHECK_OK(write_act(database, arena, see, act));
    }
    const Act last = {.hash = TEXT("ana"), .now = time_add(start, 30 * TIME_DAY), .actor = &actor};
    CHECK_STATUS(write_act(database, arena, find_actor, last), STATUS_NOT_FOUND);

    CHECK_OK(write_act(database, arena, disable, (Act){.account = eva}));
    CHECK_STATUS(write_act(database, arena, find_actor, (Act){.hash = TEXT("eva"), .now = start, .actor = &actor}),
                 STATUS_NOT_FOUND);
    CHECK_OK(write_act(database, arena, enable, (Act){.account = eva}));
    CHECK_STATUS(write_act(database, arena, find_actor, (Act){.hash = TEXT("eva"), .now = start, .actor = &actor}),
                 STATUS_NOT_FOUND);
}

DATABASE_TEST(an_api_token_stands_for_person_and_firm) {
    const AccountId account = make_account(database, arena, 21);
    const FirmId firm = make_firm(database, arena, "1001", "admitted");
    const Time now = clock_now();
    Actor actor = {0};
    CHECK_OK(write_act(database, arena, grant, (Act){.account = account, .firm = firm, .roles = ROLE_APPLICANT}));
    CHECK_OK(write_act(database, arena, make_token,
                       (Act){.account = account, .firm = firm, .hash = TEXT("token"), .now = now}));
    const Act use = {.hash = TEXT("token"), .now = now, .actor = &actor};
    CHECK_OK(write_act(database, arena, find_token, use));
    CHECK(actor.by_token && actor.unseen);
    CHECK_INT(actor.roles, ROLE_SIGNED_IN | ROLE_APPLICANT);
    CHECK_INT(actor.firm.value, firm.value);
    CHECK_STATUS(write_act(database, arena, find_actor, use), STATUS_NOT_FOUND); /* it is no session */
    CHECK_OK(write_act(database, arena, see, use));
    CHECK_OK(write_act(database, arena, find_token, use));
    CHECK(!actor.unseen);
    const Act late = {.hash = TEXT("token"), .now = time_add(now, 30 * TIME_DAY), .actor = &actor};
    CHECK_STATUS(write_act(database, arena, find_token, late), STATUS_NOT_FOUND);
    CHECK_OK(write_act(database, arena, disable, (Act){.account = account}));
    CHECK_STATUS(write_act(database, arena, find_token, use), STATUS_NOT_FOUND);
}

static Status plan(Connection *connection, const Act *act) {
    return accounts_plan_cleaning(connection, act->chamber);
}

static Status count_left(Connection *connection, const Act *act) {
    AccountsSessionsOfRows sessions = {NULL, 0};
    AccountsTokensOfRows tokens = {NULL, 0};
    AccountsInvitationsOfRows invitations = {NULL, 0};
    AccountsLinksSinceRow links = {0};
    TRY(accounts_sessions_of(connection, act->arena, act->chamber, act->account, (Time){0}, 10, &sessions));
    TRY(accounts_tokens_of(connection, act->arena, act->chamber, act->account, (Time){0}, 10, &tokens));
    TRY(accounts_invitations_of(connection, act->arena, act->chamber, (FirmId){0}, (Time){0}, 10, &invitations));
    TRY(accounts_links_since(connection, act->arena, act->chamber, (Text){NULL, 0}, TEXT("reset"), (Time){0}, &links));
    act->people->count = sessions.count + 10 * tokens.count + 100 * invitations.count + 1000 * (size_t)links.links;
    return STATUS_OK;
}

DATABASE_TEST(what_is_over_is_deleted_each_day) {
    const AccountId account = make_account(database, arena, 21);
    const Time start = time_of_date(2026, 11, 23);
    const JobKind *kinds[] = {&accounts_jobs[0]};
    People left = {NULL, 0};
    int64_t run = 0;
    for (int i = 0; i < 2; i++) {
        const Act act = {.account = account,
                         .hash = i == 0 ? TEXT("old") : TEXT("new"),
                         .now = time_add(start, i == 0 ? -40 * TIME_DAY : 0)};
        CHECK_OK(write_act(database, arena, begin_session, act));
        CHECK_OK(write_act(database, arena, make_token, act));
        CHECK_OK(write_act(database, arena, make_invitation, act));
        CHECK_OK(write_act(database, arena, make_link, act));
    }
    clock_set(start);
    CHECK_OK(write_act(database, arena, plan, (Act){.account = account}));
    CHECK_OK(write_act(database, arena, plan, (Act){.account = account}));
    CHECK_OK(write_act(database, arena, count_left, (Act){.account = account, .people = &left}));
    CHECK_INT(left.count, 2222);
    CHECK_OK(work_run_due(database, NULL, kinds, 1, &run));
    CHECK_INT(run, 1);
    CHECK_OK(write_act(database, arena, count_left, (Act){.account = account, .people = &left}));
    CHECK_INT(left.count, 1111);
    CHECK_OK(work_run_due(database, NULL, kinds, 1, &run));
    CHECK_INT(run, 0);
    clock_set(time_add(start, TIME_DAY));
    CHECK_OK(work_run_due(database, NULL, kinds, 1, &run));
    CHECK_INT(run, 1);
    CHECK_OK(write_act(database, arena, count_left, (Act){.account = account, .people = &left}));
    CHECK_INT(left.count, 111); /* the link lived an hour */
}

static Status check_audit(Connection *connection, const Act *act) {
    int64_t events = 0;
    TRY(chambers_audit_check(connection, act->arena, act->chamber, &events));
    act->people->count = (size_t)events;
    return STATUS_OK;
}

DATABASE_TEST(each_change_of_a_right_is_in_the_audit_chain) {
    const AccountId ana = make_account(database, arena, 21), eva = make_account(database, arena, 22);
    People events = {NULL, 0};
    CHECK_OK(write_act(database, arena, grant, (Act){.account = ana, .roles = ROLE_ADMINISTRATOR}));
    CHECK_OK(write_act(database, arena, grant, (Act){.account = ana, .roles = ROLE_ADMINISTRATOR})); /* no change */
    CHECK_OK(write_act(database, arena, grant, (Act){.account = eva, .roles = ROLE_OFFICER}));
    CHECK_OK(write_act(database, arena, revoke, (Act){.account = eva, .roles = ROLE_OFFICER}));
    CHECK_OK(write_act(database, arena, disable, (Act){.account = eva}));
    CHECK_OK(write_act(database, arena, enable, (Act){.account = eva}));
    CHECK_STATUS(write_act(database, arena, revoke, (Act){.account = ana, .roles = ROLE_ADMINISTRATOR}),
                 STATUS_CONFLICT);
    CHECK_OK(write_act(database, arena, check_audit, (Act){.people = &events}));
    CHECK_INT(events.count, 5);
}
