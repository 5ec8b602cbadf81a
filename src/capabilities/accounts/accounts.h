/** Accounts: people, their sign-in, sessions, API tokens, and their roles in the chamber and in firms. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_H

#include "http/route.h"

/** Everybody who is signed in: own sessions, tokens, password. */
extern const Permission ACCOUNTS_OWN;

/** Who a session cookie's token stands for; moves the session's idle limit when it is old enough to be worth a write
 * (later, by a job).
 * @return STATUS_NOT_FOUND when it is unknown, ended or expired */
MUST_USE Status accounts_actor_of_session(Connection *connection, Arena *arena, ChamberId chamber, Text token, Time now,
                                          Actor *ret_actor);
/** Who an API token stands for. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_actor_of_api_token(Connection *connection, Arena *arena, ChamberId chamber, Text token,
                                            Time now, Actor *ret_actor);

typedef struct AccountNew {
    ChamberId chamber;
    Text email, name, language;
    Text password; /**< in clear; hashed here. Takes about 0.2 s: never inside a request's transaction */
    bool confirmed;
} AccountNew;
/** Makes an account: for init and demonstration; pages use sign-up. @return STATUS_CONFLICT when the address is taken,
 * STATUS_INVALID for a weak password */
MUST_USE Status accounts_create(Database *database, Arena *arena, const AccountNew *account, AccountId *ret_account);

/** Adds roles (bits) of a person in a firm (0: the chamber), inside the caller's transaction, with its audit event. */
MUST_USE Status accounts_grant(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                               unsigned roles, AccountId by);
/** Takes them away. */
MUST_USE Status accounts_revoke(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                                unsigned roles, AccountId by);

typedef struct Person {
    AccountId account;
    Text name, email, language;
    int64_t roles;
} Person;
typedef struct People {
    Person *items;
    size_t count;
} People;
/** People with a role in the firm (0: the chamber's staff), by name. */
MUST_USE Status accounts_people(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm,
                                People *ret_people);
/** One person. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_person(Connection *connection, Arena *arena, ChamberId chamber, AccountId account,
                                Person *ret_person);

/** Invites an address to a firm (0: the chamber) with roles: writes the mail to the outbox. `public_url` as in Request.
 */
MUST_USE Status accounts_invite(Request *request, Text email, FirmId firm, unsigned roles);

/** Makes the session act for a firm that the person has a role in; called when a firm is founded. */
MUST_USE Status accounts_act_for(Request *request, FirmId firm);

#endif
