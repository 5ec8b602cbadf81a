/** tradepost init and tradepost chambers. */
#include "capabilities/chambers/chambers_command.h"

#include <stdio.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/options.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_key_command.h"
#include "outside/mail.h"

enum { PASSWORD_BYTES = 12 };

/** One call of init. */
typedef struct Init {
    CommandContext *context;
    ChamberNew chamber;
    Text admin, admin_name;
    AccountPrepared *prepared;
    ChamberId id;
    AccountId account;
} Init;

static bool is_code(Text code) {
    for (size_t i = 0; i < code.size; i++) {
        const char letter = code.data[i];
        if (!((letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9'))) {
            return false;
        }
    }
    return code.size >= 2 && code.size <= 12;
}

/** A code from the name where none is given: its capital letters, or the country. */
static Text code_of(Arena *arena, Text name, Text country) {
    Buffer code = buffer_make(arena, 16);
    for (size_t i = 0; i < name.size && code.size < 8; i++) {
        if (name.data[i] >= 'A' && name.data[i] <= 'Z') {
            buffer_append_byte(&code, name.data[i]);
        }
    }
    return code.size >= 2 ? (Text){code.data, code.size} : country;
}

static Status check_options(Init *init) {
    ChamberNew *chamber = &init->chamber;
    Arena *arena = init->context->arena;
    if (!text_is_utf8(chamber->name) || text_length(chamber->name) > 200) {
        return fail(STATUS_INVALID, "--chamber must be a name of at most 200 characters.");
    }
    const Text country = format_country(arena, language_english(), chamber->country);
    if (chamber->country.size != 2 || text_equal(country, chamber->country)) {
        return fail(STATUS_INVALID, "--country must be the two letters of ISO 3166, as MK or PE.");
    }
    if (!mail_is_address(init->admin)) {
        return fail(STATUS_INVALID, "--admin must be an e-mail address, not \"%.*s\".", TEXT_ARG(init->admin));
    }
    if (chamber->code.size == 0) {
        chamber->code = code_of(arena, chamber->name, chamber->country);
    }
    if (!is_code(chamber->code)) {
        return fail(STATUS_INVALID, "--code must be 2 to 12 capital letters and digits, as MKCC.");
    }
    if (chamber->place.size == 0) {
        chamber->place = country;
    }
    if (chamber->mail_address.size == 0) {
        chamber->mail_address = init->admin;
    }
    return STATUS_OK;
}

/** The chamber's public address: what the settings of the data directory say; these are known once it is open. */
static void choose_address(Init *init) {
    const Settings *settings = init->context->settings;
    const Text host = init->chamber.host.size > 0 ? init->chamber.host : TEXT("127.0.0.1");
    if (init->chamber.host.size == 0 && settings->public_url.size > 0) {
        init->chamber.public_url = settings->public_url;
    } else if (text_starts_with(settings->public_url, TEXT("https:"))) {
        init->chamber.public_url = arena_format(init->context->arena, "https://%.*s", TEXT_ARG(host));
    } else {
        init->chamber.public_url =
            arena_format(init->context->arena, "http://%.*s:%lld", TEXT_ARG(host), (long long)settings->port);
    }
}

/** Chamber, administrator and her right: all of it or nothing. */
static Status make_all(Connection *connection, void *context) {
    Init *init = context;
    Arena *arena = init->context->arena;
    if (init->chamber.host.size == 0) {
        bool free_place = false;
        TRY(chambers_may_lack_host(connection, arena, &free_place));
        if (!free_place) {
            return fail(STATUS_INVALID, "There is a chamber without a host name already, which answers to every name "
                                        "that no other has. Give this one its own with --host NAME.");
        }
    }
    TRY(chambers_create(connection, arena, init->context->outside, &init->chamber, &init->id));
    TRY(accounts_create_prepared(connection, init->id, init->prepared, &init->account));
    return accounts_grant(connection, arena, init->id, init->account, (FirmId){0}, ROLE_ADMINISTRATOR | ROLE_OFFICER,
                          (AccountId){0});
}

static Status run_init(Init *init, Text *ret_password) {
    CommandContext *context = init->context;
    unsigned char random[PASSWORD_BYTES];
    Status status = context->open(context);
    if (status == STATUS_NOT_FOUND) {
        status = context->make(context);
    }
    TRY(status);
    choose_address(init);
    random_bytes(random, sizeof random);
    *ret_password = base64url_encode(context->arena, (Text){(const char *)random, sizeof random});
    const AccountNew account = {.email = init->admin,
                                .name = init->admin_name.size > 0 ? init->admin_name : init->admin,
                                .language = TEXT("en"),
                                .password = *ret_password,
                                .confirmed = true};
    TRY(accounts_prepare(context->outside, context->arena, &account, &init->prepared));
    status = database_write(context->database, make_all, init);
    if (status == STATUS_CONFLICT) {
        const Text host = init->chamber.host;
        return fail(status, "There is a chamber with the code %.*s%s%.*s already.", TEXT_ARG(init->chamber.code),
                    host.size > 0 ? " or the host " : "", TEXT_ARG(host));
    }
    return status;
}

static int init_command(CommandContext *context) {
    Init init = {.context = context, .chamber = {.languages = TEXT("en mk es zh-Hant")}};
    ChamberNew *chamber = &init.chamber;
    const Option options[] = {{"chamber", &chamber->name, NULL, true},
                              {"country", &chamber->country, NULL, true},
                              {"admin", &init.admin, NULL, true},
                              {"admin-name", &init.admin_name, NULL, false},
                              {"code", &chamber->code, NULL, false},
                              {"place", &chamber->place, NULL, false},
                              {"street", &chamber->address, NULL, false},
                              {"host", &chamber->host, NULL, false},
                              {"languages", &chamber->languages, NULL, false},
                              {"second-language", &chamber->second_language, NULL, false},
                              {"mail-from", &chamber->mail_address, NULL, false}};
    Status status =
        context->data.size > 0 ? STATUS_OK : fail(STATUS_INVALID, "--data is missing: the directory to make.");
    if (status == STATUS_OK) {
        status = options_read(context->argument_count, context->arguments, options, sizeof options / sizeof options[0],
                              NULL, 0, &(size_t){0});
    }
    if (status == STATUS_OK) {
        status = check_options(&init);
    }
    if (status != STATUS_OK) {
        return command_wrong_use("init");
    }
    Text password = {0};
    status = run_init(&init, &password);
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    printf("chamber %.*s\nsign in as %.*s\npassword %.*s\nnext: tradepost serve --data %.*s\n", TEXT_ARG(chamber->code),
           TEXT_ARG(init.admin), TEXT_ARG(password), TEXT_ARG(context->data));
    return 0;
}

typedef struct List {
    Arena *arena;
    Chambers chambers;
} List;

static Status read_list(Connection *connection, void *context) {
    List *list = context;
    return chambers_all(connection, list->arena, &list->chambers);
}

static int chambers_command(CommandContext *context) {
    List list = {.arena = context->arena};
    if (options_read(context->argument_count, context->arguments, NULL, 0, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("chambers");
    }
    const Status status = database_read(context->database, read_list, &list);
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    for (size_t i = 0; i < list.chambers.count; i++) {
        printf("%.*s\t%.*s\n", TEXT_ARG(list.chambers.items[i].code), TEXT_ARG(list.chambers.items[i].name));
    }
    return 0;
}

const Command chambers_commands[CHAMBERS_COMMANDS] = {
    {.name = "init",
     .summary = "make a data directory with a chamber, or add a chamber to one",
     .help = "use: tradepost init --data DIR --chamber NAME --country MK --admin EMAIL [options]\n"
             "\n"
             "Makes the data directory with its database, its seal authority, the chamber with its seal key, and the "
             "administrator's\n"
             "account, and prints that account's first password. In a directory that is there already it adds another "
             "chamber.\n"
             "\n"
             "  --code CODE             short code for numbers, as MKCC; else the capitals of the name\n"
             "  --place TEXT            where documents are certified; else the country\n"
             "  --street TEXT           the chamber's address on its letterhead\n"
             "  --host NAME             the host name that stands for this chamber; needed where there are several\n"
             "  --languages TAGS        languages of its pages; \"en mk es zh-Hant\" where none are given\n"
             "  --second-language TAG   second language of printed forms\n"
             "  --admin-name NAME       the administrator's name\n"
             "  --mail-from ADDRESS     sender of the chamber's mails; else the administrator's address\n"
             "\n"
             "Exit code: 0 made, 1 refused with the reason, 2 wrong use.\n",
     .without_database = true,
     .run = init_command},
    {.name = "chambers",
     .summary = "list the chambers of this installation",
     .help = "use: tradepost chambers --data DIR\n\nPrints a line for each chamber: code, name.\n",
     .run = chambers_command},
    {.name = "key",
     .summary = "make, list, import, certify and change the seal keys of a chamber",
     .help = chambers_key_help,
     .run = chambers_key_command},
};
