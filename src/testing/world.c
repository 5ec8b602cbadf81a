/** Makes the scenarios' world by the same calls as init and the demonstration. */
#include "testing/world.h"

#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_key.h"
#include "capabilities/members/members.h"
#include "outside/jail.h"
#include "program/parts.h"
#include "work/work.h"

typedef struct Inside {
    World world;
    Parts parts;
} Inside;

typedef struct Making {
    World *world;
    const ChamberNew *chamber;
    const Firm *firm;
    ChamberId in;
    FirmId made;
    AccountId account;
    unsigned roles;
} Making;

static Status make_chamber(Connection *connection, void *context) {
    Making *making = context;
    return chambers_create(connection, making->world->arena, making->world->outside, making->chamber, &making->in);
}

static Status make_firm(Connection *connection, void *context) {
    Making *making = context;
    return members_create(connection, making->world->arena, making->in, making->firm, making->account, &making->made);
}

static Status grant(Connection *connection, void *context) {
    const Making *making = context;
    return accounts_grant(connection, making->world->arena, making->in, making->account, making->made, making->roles,
                          (AccountId){0});
}

static Status add_person(World *world, ChamberId chamber, FirmId firm, const char *email, const char *name,
                         unsigned roles) {
    Making making = {.world = world, .in = chamber, .made = firm, .roles = roles};
    const AccountNew account = {.chamber = chamber,
                                .email = text_of(email),
                                .name = text_of(name),
                                .language = TEXT("en"),
                                .password = TEXT(WORLD_PASSWORD),
                                .confirmed = true};
    TRY(accounts_create(world->database, world->outside, world->arena, &account, &making.account));
    return roles == 0 ? STATUS_OK : database_write(world->database, grant, &making);
}

static Status add_chamber(World *world, const char *code, const char *name, const char *country, const char *host,
                          ChamberId *ret_chamber) {
    const ChamberNew chamber = {.code = text_of(code),
                                .name = text_of(name),
                                .country = text_of(country),
                                .place = TEXT("Skopje"),
                                .address = TEXT("Ulica 1"),
                                .languages = TEXT("en mk es zh-Hant"),
                                .second_language = TEXT("mk"),
                                .host = text_of(host),
                                .mail_address = TEXT("chamber@test.example"),
                                .public_url = arena_format(world->arena, "http://%s", host)};
    Making making = {.world = world, .chamber = &chamber};
    TRY(database_write(world->database, make_chamber, &making));
    *ret_chamber = making.in;
    return STATUS_OK;
}

static Status add_firm(World *world, ChamberId chamber, const char *number, const char *name, const char *state,
                       FirmId *ret_firm) {
    const Firm firm = {.name = text_of(name),
                       .registration_number = text_of(number),
                       .tax_number = text_of(number),
                       .street = TEXT("Ulica 2"),
                       .postcode = TEXT("1000"),
                       .city = TEXT("Skopje"),
                       .country = TEXT("MK"),
                       .email = TEXT("firm@test.example"),
                       .state = text_of(state)};
    Making making = {.world = world, .in = chamber, .firm = &firm};
    TRY(database_write(world->database, make_firm, &making));
    *ret_firm = making.made;
    return STATUS_OK;
}

static Status fill(World *world) {
    const FirmId none = {0};
    TRY(add_chamber(world, "TST", "Test Chamber", "MK", "127.0.0.1", &world->chamber));
    TRY(add_chamber(world, "OTH", "Other Chamber", "PE", "other.example", &world->other_chamber));
    TRY(add_firm(world, world->chamber, "1001", "Vardar Vino DOO", "admitted", &world->vino));
    TRY(add_firm(world, world->chamber, "1002", "Strumica Pepper", "admitted", &world->pepper));
    TRY(add_firm(world, world->chamber, "1003", "Ohrid Honey", "applied", &world->honey));
    TRY(add_firm(world, world->other_chamber, "1001", "Lima Alpaca", "admitted", &world->alpaca));
    const struct {
        ChamberId chamber;
        FirmId firm;
        const char *email, *name;
        unsigned roles;
    } people[] = {
        {world->chamber, none, "admin@test.example", "Vesna Trajkova", ROLE_ADMINISTRATOR},
        {world->chamber, none, "officer@test.example", "Elena Petrovska", ROLE_OFFICER},
        {world->chamber, none, "officer2@test.example", "Marko Iliev", ROLE_OFFICER},
        {world->chamber, none, "nobody@test.example", "Nobody Yet", 0},
        {world->chamber, world->vino, "owner@vino.example", "Ana Stojanova", ROLE_FIRM_OWNER | ROLE_APPLICANT},
        {world->chamber, world->vino, "applicant@vino.example", "Goran Stojanov", ROLE_APPLICANT},
        {world->chamber, world->pepper, "owner@pepper.example", "Biljana Koleva", ROLE_FIRM_OWNER | ROLE_APPLICANT},
        {world->chamber, world->honey, "owner@honey.example", "Lile Markoska", ROLE_FIRM_OWNER | ROLE_APPLICANT},
        {world->other_chamber, none, "admin@other.example", "Rosa Quispe", ROLE_ADMINISTRATOR},
        {world->other_chamber, none, "officer@other.example", "Luis Mendoza", ROLE_OFFICER},
        {world->other_chamber, world->alpaca, "owner@alpaca.example", "Carmen Huamán",
         ROLE_FIRM_OWNER | ROLE_APPLICANT},
    };
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        TRY(add_person(world, people[i].chamber, people[i].firm, people[i].email, people[i].name, people[i].roles));
    }
    return STATUS_OK;
}

static Status begin(Arena *arena, Database *database, const char *directory, ServerOptions *ret_options,
                    void **ret_world) {
    Inside *inside = arena_new(arena, Inside);
    inside->world.arena = arena;
    inside->world.database = database;
    chambers_forget(); /* of the world before, in the same process */
    inside->parts = parts_gather(arena);
    TRY(jail_start());
    TRY(outside_prepare(text_of(directory)));
    TRY(outside_open(text_of(directory), (Text){NULL, 0}, (Text){NULL, 0}, &inside->world.outside));
    TRY(parts_start(database, inside->world.outside));
    TRY(fill(&inside->world));
    *ret_options = (ServerOptions){.public_url = TEXT("http://127.0.0.1"),
                                   .secret = inside->world.outside->secret,
                                   .outside = inside->world.outside,
                                   .routes = (const Routes *const *)inside->parts.routes,
                                   .routes_count = inside->parts.route_count,
                                   .hooks = inside->parts.hooks,
                                   .limits = {.stranger_posts = 10000, .stranger_posts_minute = 10000}};
    *ret_world = inside;
    return STATUS_OK;
}

static void end(void *world) {
    Inside *inside = world;
    outside_close(inside->world.outside);
    jail_stop();
}

static Status work(void *world) {
    const Inside *inside = world;
    int64_t run = 1;
    while (run > 0) {
        TRY(work_run_due(inside->world.database, inside->world.outside, (const JobKind *const *)inside->parts.job_kinds,
                         inside->parts.job_kind_count, &run));
    }
    return STATUS_OK;
}

static Status mail(void *world, Arena *arena, Text address, Text *ret_body) {
    const Inside *inside = world;
    SpooledMails mails = {0};
    TRY(mail_spool_list(inside->world.outside->mailer, arena, 100, &mails));
    for (size_t i = 0; i < mails.count; i++) {
        size_t at = 0;
        if (text_find(mails.items[i].to, address, &at)) {
            *ret_body = mails.items[i].body;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

const World *world_of(const void *world) {
    return &((const Inside *)world)->world;
}

const ScenarioSetup world_setup = {.begin = begin, .end = end, .work = work, .mail = mail, .password = WORLD_PASSWORD};
