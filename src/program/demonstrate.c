/** tradepost demonstrate: a data directory with chambers, firms, people and documents in every state. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/asset.h"
#include "base/log.h"
#include "base/options.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents.h"
#include "capabilities/members/members.h"
#include "outside/jail.h"
#include "program/program.h"
#include "program/settings.h"

enum { CHAMBERS_MAXIMUM = 8, FIRMS_MAXIMUM = 32 };

typedef struct DemonstrationChamber {
    Text code;
    ChamberId id;
    AccountId officer;
    Text officer_name;
} DemonstrationChamber;

typedef struct DemonstrationFirm {
    Text registration_number;
    ChamberId chamber;
    FirmId id;
    AccountId owner;
    Text owner_name;
} DemonstrationFirm;

typedef struct Demonstration {
    CommandContext *context;
    const json_t *script;
    Text password;
    Time start;
    DemonstrationChamber chambers[CHAMBERS_MAXIMUM];
    size_t chamber_count;
    DemonstrationFirm firms[FIRMS_MAXIMUM];
    size_t firm_count;
} Demonstration;

static Text text(const json_t *object, const char *name) {
    const json_t *member = json_object_get(object, name);
    return json_is_string(member) ? (Text){json_string_value(member), json_string_length(member)} : (Text){NULL, 0};
}

static DemonstrationChamber *chamber_of(Demonstration *demonstration, Text code) {
    for (size_t i = 0; i < demonstration->chamber_count; i++) {
        if (text_equal(demonstration->chambers[i].code, code)) {
            return &demonstration->chambers[i];
        }
    }
    abort(); /* the script is part of the build */
}

/** One step with its piece of the script, as a transaction's context. */
typedef struct Step {
    Demonstration *demonstration;
    const json_t *of;
    ChamberId chamber;
    FirmId firm;
    AccountId account;
    unsigned roles;
} Step;

static Status make_chamber(Connection *connection, void *context) {
    Step *step = context;
    const CommandContext *command = step->demonstration->context;
    const Text base = command->settings->public_url, host = text(step->of, "host");
    size_t at = 0;
    Text url = base;
    if (text_find(base, TEXT("localhost"), &at)) {
        const Text rest = text_slice(base, at + sizeof "localhost" - 1, base.size);
        url = arena_format(command->arena, "%.*s%.*s%.*s", (int)at, base.data, TEXT_ARG(host), TEXT_ARG(rest));
    }
    const ChamberNew chamber = {.code = text(step->of, "code"),
                                .name = text(step->of, "name"),
                                .country = text(step->of, "country"),
                                .place = text(step->of, "place"),
                                .address = text(step->of, "address"),
                                .languages = text(step->of, "languages"),
                                .second_language = text(step->of, "second_language"),
                                .host = host,
                                .mail_address = text(step->of, "mail"),
                                .public_url = url,
                                .primary = text(step->of, "primary"),
                                .accent = text(step->of, "accent"),
                                .demonstration = true};
    return chambers_create(connection, command->arena, command->outside, &chamber, &step->chamber);
}

static Status grant(Connection *connection, void *context) {
    const Step *step = context;
    return accounts_grant(connection, step->demonstration->context->arena, step->chamber, step->account, step->firm,
                          step->roles, (AccountId){0});
}

static Status make_firm(Connection *connection, void *context) {
    Step *step = context;
    const json_t *of = step->of;
    const Firm firm = {.name = text(of, "name"),
                       .registration_number = text(of, "registration_number"),
                       .tax_number = text(of, "tax_number"),
                       .street = text(of, "street"),
                       .postcode = text(of, "postcode"),
                       .city = text(of, "city"),
                       .country = text(of, "country"),
                       .email = text(of, "email"),
                       .phone = text(of, "phone"),
                       .website = text(of, "website"),
                       .state = text(of, "state")};
    return members_create(connection, step->demonstration->context->arena, step->chamber, &firm, step->account,
                          &step->firm);
}

static Status make_account(const Demonstration *demonstration, ChamberId chamber, const json_t *of,
                           AccountId *ret_account) {
    const CommandContext *context = demonstration->context;
    const AccountNew account = {.chamber = chamber,
                                .email = text(of, "email"),
                                .name = text(of, "name"),
                                .language = TEXT("en"),
                                .password = demonstration->password,
                                .confirmed = true};
    return accounts_create(context->database, context->outside, context->arena, &account, ret_account);
}

static void print_person(const json_t *of, const char *role) {
    if (of != NULL) {
        printf("  %-32.*s %.*s, %s\n", TEXT_ARG(text(of, "email")), TEXT_ARG(text(of, "name")), role);
    }
}

/** The ready-made sign-ins, at every start. */
static void print_people(const json_t *script) {
    size_t at = 0;
    const json_t *of = NULL;
    printf("Sign in as one of these people; the password of each is %.*s\n", TEXT_ARG(text(script, "password")));
    json_array_foreach(json_object_get(script, "staff"), at, of) {
        print_person(of, json_string_value(json_object_get(of, "role")));
    }
    json_array_foreach(json_object_get(script, "firms"), at, of) {
        print_person(json_object_get(of, "owner"), json_string_value(json_object_get(of, "name")));
        print_person(json_object_get(of, "applicant"), json_string_value(json_object_get(of, "name")));
    }
}

static Status make_chambers(Demonstration *demonstration) {
    size_t at = 0;
    const json_t *of = NULL;
    json_array_foreach(json_object_get(demonstration->script, "chambers"), at, of) {
        Step step = {.demonstration = demonstration, .of = of};
        TRY(database_write(demonstration->context->database, make_chamber, &step));
        demonstration->chambers[demonstration->chamber_count++] =
            (DemonstrationChamber){.code = text(of, "code"), .id = step.chamber};
    }
    json_array_foreach(json_object_get(demonstration->script, "staff"), at, of) {
        DemonstrationChamber *chamber = chamber_of(demonstration, text(of, "chamber"));
        const bool administrator = text_equal(text(of, "role"), TEXT("administrator"));
        Step step = {.demonstration = demonstration,
                     .chamber = chamber->id,
                     .roles = administrator ? ROLE_ADMINISTRATOR : ROLE_OFFICER};
        TRY(make_account(demonstration, chamber->id, of, &step.account));
        TRY(database_write(demonstration->context->database, grant, &step));
        if (!administrator && chamber->officer.value == 0) {
            chamber->officer = step.account;
            chamber->officer_name = text(of, "name");
        }
    }
    return STATUS_OK;
}

static Status make_firms(Demonstration *demonstration) {
    size_t at = 0;
    const json_t *of = NULL;
    json_array_foreach(json_object_get(demonstration->script, "firms"), at, of) {
        Step step = {
            .demonstration = demonstration, .of = of, .chamber = chamber_of(demonstration, text(of, "chamber"))->id};
        const json_t *owner = json_object_get(of, "owner"), *applicant = json_object_get(of, "applicant");
        TRY(make_account(demonstration, step.chamber, owner, &step.account));
        TRY(database_write(demonstration->context->database, make_firm, &step));
        step.roles = ROLE_FIRM_OWNER | ROLE_APPLICANT;
        TRY(database_write(demonstration->context->database, grant, &step));
        demonstration->firms[demonstration->firm_count++] =
            (DemonstrationFirm){.registration_number = text(of, "registration_number"),
                                .chamber = step.chamber,
                                .id = step.firm,
                                .owner = step.account,
                                .owner_name = text(owner, "name")};
        if (applicant != NULL) {
            step.roles = ROLE_APPLICANT;
            TRY(make_account(demonstration, step.chamber, applicant, &step.account));
            TRY(database_write(demonstration->context->database, grant, &step));
        }
    }
    return STATUS_OK;
}

static Status make_document(Demonstration *demonstration, const json_t *of) {
    const CommandContext *context = demonstration->context;
    const DemonstrationFirm *firm = NULL;
    const DemonstrationChamber *chamber = NULL;
    for (size_t i = 0; i < demonstration->firm_count; i++) {
        if (text_equal(demonstration->firms[i].registration_number, text(of, "firm"))) {
            firm = &demonstration->firms[i];
        }
    }
    for (size_t i = 0; firm != NULL && i < demonstration->chamber_count; i++) {
        if (demonstration->chambers[i].id.value == firm->chamber.value) {
            chamber = &demonstration->chambers[i];
        }
    }
    if (chamber == NULL) {
        abort(); /* the script is part of the build */
    }
    const json_t *object = json_object_get(of, "values");
    const size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *values = arena_new_array(context->arena, char, size + 1);
    (void)json_dumpb(object, values, size, JSON_COMPACT);
    const int64_t hours = json_integer_value(json_object_get(of, "hours_ago"));
    const DocumentExample example = {.type = text(of, "type"),
                                     .values = {values, size},
                                     .state = text(of, "state"),
                                     .reason = text(of, "reason"),
                                     .remark_field = text(of, "remark_field"),
                                     .firm = firm->id,
                                     .applicant = firm->owner,
                                     .applicant_name = firm->owner_name,
                                     .officer = chamber->officer,
                                     .officer_name = chamber->officer_name,
                                     .submitted = time_add(demonstration->start, -(hours + 1) * TIME_HOUR)};
    return documents_make_example(context->database, context->outside, context->arena, firm->chamber, &example);
}

static Status make_documents(Demonstration *demonstration) {
    size_t at = 0;
    const json_t *of = NULL;
    Status status = STATUS_OK;
    json_array_foreach(json_object_get(demonstration->script, "applications"), at, of) {
        status = make_document(demonstration, of);
        if (status != STATUS_OK) {
            break;
        }
    }
    clock_set((Time){0});
    return status;
}

static Status make_all(Demonstration *demonstration) {
    TRY(demonstration->context->make(demonstration->context));
    TRY(make_chambers(demonstration));
    TRY(make_firms(demonstration));
    return make_documents(demonstration);
}

static Status make_or_find(CommandContext *context, const json_t *script) {
    const Status found = context->open(context);
    if (found != STATUS_NOT_FOUND) {
        return found;
    }
    (void)failure_take();
    context->settings->demonstration = true;
    if (context->settings->public_url.size == 0) {
        const int64_t port = context->settings->port > 0 ? context->settings->port : SETTINGS_PORT;
        context->settings->public_url = arena_format(context->arena, "http://localhost:%lld", (long long)port);
    }
    Demonstration demonstration = {
        .context = context, .script = script, .password = text(script, "password"), .start = clock_now()};
    return make_all(&demonstration);
}

static int run(CommandContext *context) {
    size_t none = 0;
    if (context->data.size == 0 ||
        options_read(context->argument_count, context->arguments, NULL, 0, NULL, 0, &none) != STATUS_OK) {
        return command_wrong_use("demonstrate");
    }
    const Status walls = jail_start(); /* files of firms are read in it, those of the demonstration too */
    if (walls != STATUS_OK) {
        return command_refuse(walls);
    }
    for (size_t i = 0; i < asset_count; i++) {
        if (text_equal(text_of(assets[i].name), TEXT("demonstration.json"))) {
            json_t *script = json_loadb(assets[i].bytes.data, assets[i].bytes.size, 0, NULL);
            const Status status = make_or_find(context, script);
            if (status == STATUS_OK) {
                print_people(script);
            }
            json_decref(script);
            return status == STATUS_OK ? 0 : command_refuse(status);
        }
    }
    abort(); /* the script is part of the build */
}

const Command demonstrate_command = {
    .name = "demonstrate",
    .summary = "make a data directory with a demonstration",
    .help = "use: tradepost demonstrate --data DIR [--port N] [--public-url URL]\n"
            "\n"
            "Makes two chambers, their staff, member firms, and documents in every state, and prints who can sign in.\n"
            "A directory that is there already stays as it is. Mail goes into DIR/mail, which the demonstration shows "
            "as a mailbox.\n"
            "\n"
            "Exit code: 0 made or there already, 1 refused with the reason, 2 wrong use.\n",
    .without_database = true,
    .run = run,
};
