/** People and their roles: made, found, granted, revoked, disabled. */
#include <inttypes.h>
#include <stdlib.h>

#include "accounts_sql.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_password.h"
#include "capabilities/accounts/accounts_work.h"
#include "capabilities/chambers/chambers.h"

enum { PEOPLE_MOST = 1000 };

Text accounts_email_key(Arena *arena, Text email) {
    char *letters = arena_allocate(arena, email.size + 1);
    for (size_t i = 0; i < email.size; i++) {
        const char letter = email.data[i];
        letters[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
    }
    return (Text){letters, email.size};
}

Status accounts_audit(Connection *connection, Arena *arena, ChamberId chamber, AccountId by, const char *act,
                      int64_t subject, Text detail) {
    const AuditEvent event = {.chamber = chamber, .account = by, .act = act, .subject = subject, .detail = detail};
    return chambers_audit(connection, arena, &event);
}

struct AccountPrepared {
    const AccountNew *account;
    Arena *arena;
    AccountId id;
    Text email_key, password_hash;
};

Status accounts_prepare(const Outside *outside, Arena *arena, const AccountNew *account,
                        AccountPrepared **ret_prepared) {
    const PasswordContext words = {.email = account->email, .name = account->name};
    const Message refusal = accounts_password_refusal(arena, account->password, &words);
    if (!mail_is_address(account->email)) {
        return fail(STATUS_INVALID, "\"%.*s\" is no e-mail address", TEXT_ARG(account->email));
    }
    if (refusal.english != NULL) {
        return fail(STATUS_INVALID, "%s.", refusal.english);
    }
    AccountPrepared *prepared = arena_new(arena, AccountPrepared);
    *prepared = (AccountPrepared){
        .account = account, .arena = arena, .id = {id_make()}, .email_key = accounts_email_key(arena, account->email)};
    TRY(accounts_password_hash(arena, outside->secret, account->password, &prepared->password_hash));
    *ret_prepared = prepared;
    return STATUS_OK;
}

Status accounts_create_prepared(Connection *connection, ChamberId chamber, const AccountPrepared *prepared,
                                AccountId *ret_account) {
    const AccountNew *account = prepared->account;
    const Time now = clock_now();
    TRY(accounts_insert(connection, &(AccountsInsert){.chamber = chamber,
                                                      .account = prepared->id,
                                                      .email = account->email,
                                                      .email_key = prepared->email_key,
                                                      .name = account->name,
                                                      .language = account->language,
                                                      .password_hash = prepared->password_hash,
                                                      .now = now,
                                                      .confirmed_at = account->confirmed ? now : (Time){0}}));
    TRY(accounts_audit(connection, prepared->arena, chamber, (AccountId){0}, "accounts.create", prepared->id.value,
                       (Text){NULL, 0}));
    TRY(accounts_plan_cleaning(connection, chamber));
    *ret_account = prepared->id;
    return STATUS_OK;
}

typedef struct Creation {
    const AccountPrepared *prepared;
    AccountId made;
} Creation;

static Status create_body(Connection *connection, void *context) {
    Creation *creation = context;
    return accounts_create_prepared(connection, creation->prepared->account->chamber, creation->prepared,
                                    &creation->made);
}

Status accounts_create(Database *database, const Outside *outside, Arena *arena, const AccountNew *account,
                       AccountId *ret_account) {
    AccountPrepared *prepared = NULL;
    TRY(accounts_prepare(outside, arena, account, &prepared));
    Creation creation = {.prepared = prepared};
    TRY(database_write(database, create_body, &creation));
    *ret_account = creation.made;
    return STATUS_OK;
}

Status accounts_person(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, Person *ret_person) {
    AccountsRow row;
    unsigned roles = 0;
    TRY(accounts_by_id(connection, arena, chamber, account, &row));
    TRY(accounts_roles(connection, arena, chamber, account, (FirmId){0}, &roles));
    *ret_person = (Person){.account = row.account_id,
                           .name = row.name,
                           .email = row.email,
                           .language = row.language,
                           .roles = roles,
                           .disabled = time_is_set(row.disabled_at)};
    return STATUS_OK;
}

Status accounts_people(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, People *ret_people) {
    AccountsPeopleOfRows rows = {NULL, 0};
    TRY(accounts_people_of(connection, arena, chamber, firm, PEOPLE_MOST, &rows));
    Person *items = arena_new_array(arena, Person, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const AccountsPeopleOfRow *row = &rows.items[i];
        items[i] = (Person){.account = row->account_id,
                            .name = row->name,
                            .email = row->email,
                            .language = row->language,
                            .roles = row->roles,
                            .disabled = time_is_set(row->disabled_at)};
    }
    *ret_people = (People){items, rows.count};
    return STATUS_OK;
}

Status accounts_roles(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                      unsigned *ret_roles) {
    AccountsRoleOfRows rows = {NULL, 0};
    TRY(accounts_role_of(connection, arena, chamber, account, firm, &rows));
    *ret_roles = rows.count > 0 ? (unsigned)rows.items[0].roles : 0;
    return STATUS_OK;
}

Message accounts_role_name(unsigned roles) {
    return (roles & ROLE_ADMINISTRATOR) != 0 ? MESSAGE("Administrator")
           : (roles & ROLE_OFFICER) != 0     ? MESSAGE("Officer")
           : (roles & ROLE_FIRM_OWNER) != 0  ? MESSAGE("Owner")
           : (roles & ROLE_APPLICANT) != 0   ? MESSAGE("Applicant")
                                             : NO_MESSAGE;
}

/* For the audit chain: "officer administrator, firm 0m5x..." */
static Text describe(Arena *arena, FirmId firm, unsigned roles) {
    char letters[ID_TEXT_SIZE + 1];
    Buffer words = buffer_make(arena, 200);
    const struct {
        unsigned bit;
        const char *name;
    } names[] = {{ROLE_APPLICANT, "applicant"},
                 {ROLE_FIRM_OWNER, "owner"},
                 {ROLE_OFFICER, "officer"},
                 {ROLE_ADMINISTRATOR, "administrator"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((roles & names[i].bit) != 0) {
            buffer_format(&words, "%s%s", words.size > 0 ? " " : "", names[i].name);
        }
    }
    if (firm.value != 0) {
        id_write(firm.value, letters);
        buffer_format(&words, ", firm %s", letters);
    }
    return (Text){words.data, words.size};
}

Status accounts_grant(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                      unsigned roles, AccountId by) {
    AccountsRow row;
    unsigned before = 0;
    if (roles == 0 || (roles & ~(firm.value != 0 ? FIRM_ROLES : CHAMBER_ROLES)) != 0) {
        return fail(STATUS_INVALID, "these roles cannot be granted here");
    }
    TRY(accounts_by_id(connection, arena, chamber, account, &row));
    TRY(accounts_roles(connection, arena, chamber, account, firm, &before));
    if ((before | roles) == before) {
        return STATUS_OK;
    }
    TRY(accounts_role_write(
        connection,
        &(AccountsRoleWrite){
            .chamber = chamber, .account = account, .firm = firm, .roles = before | roles, .now = clock_now()}));
    return accounts_audit(connection, arena, chamber, by, "accounts.grant", account.value,
                          describe(arena, firm, roles));
}

/* The chamber keeps an administrator and the firm an owner, else nobody could ever mend it. */
static Status check_not_last(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                             unsigned roles) {
    const unsigned needed = firm.value != 0 ? ROLE_FIRM_OWNER : ROLE_ADMINISTRATOR;
    AccountsRoleOthersRow others = {0};
    if ((roles & needed) == 0) {
        return STATUS_OK;
    }
    TRY(accounts_role_others(connection, arena, chamber, firm, needed, account, &others));
    return others.people > 0 ? STATUS_OK
                             : fail(STATUS_CONFLICT, firm.value != 0 ? "a firm keeps at least one owner"
                                                                     : "a chamber keeps at least one administrator");
}

Status accounts_revoke(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                       unsigned roles, AccountId by) {
    unsigned before = 0;
    int64_t count = 0;
    TRY(accounts_roles(connection, arena, chamber, account, firm, &before));
    const unsigned taken = before & roles;
    if (taken == 0) {
        return STATUS_OK;
    }
    TRY(check_not_last(connection, arena, chamber, account, firm, taken));
    if (before == taken) {
        TRY(accounts_role_end(connection, chamber, account, firm, &count));
    } else {
        TRY(accounts_role_write(
            connection,
            &(AccountsRoleWrite){
                .chamber = chamber, .account = account, .firm = firm, .roles = before & ~taken, .now = clock_now()}));
    }
    return accounts_audit(connection, arena, chamber, by, "accounts.revoke", account.value,
                          describe(arena, firm, taken));
}

Status accounts_disable(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, AccountId by) {
    AccountsRow row;
    unsigned roles = 0;
    int64_t count = 0;
    TRY(accounts_by_id(connection, arena, chamber, account, &row));
    if (time_is_set(row.disabled_at)) {
        return STATUS_OK;
    }
    TRY(accounts_roles(connection, arena, chamber, account, (FirmId){0}, &roles));
    TRY(check_not_last(connection, arena, chamber, account, (FirmId){0}, roles));
    TRY(accounts_write_disabled(connection, chamber, account, clock_now(), &count));
    TRY(accounts_sessions_end_others(connection, chamber, account, (Text){NULL, 0}, &count));
    return accounts_audit(connection, arena, chamber, by, "accounts.disable", account.value, (Text){NULL, 0});
}

Status accounts_enable(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, AccountId by) {
    int64_t count = 0;
    TRY(accounts_write_disabled(connection, chamber, account, (Time){0}, &count));
    if (count == 0) {
        return STATUS_NOT_FOUND;
    }
    return accounts_audit(connection, arena, chamber, by, "accounts.enable", account.value, (Text){NULL, 0});
}
