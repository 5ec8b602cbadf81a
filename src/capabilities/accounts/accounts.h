/** Accounts: people, their sign-in, sessions, API tokens, and their roles in the chamber and in firms. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_H

#include "http/route.h"
#include "ids.h"
#include "outside/outside.h"

/** Everybody who is signed in: own sessions, tokens, password. */
extern const Permission ACCOUNTS_OWN;

/* What http/server.h asks through its hooks. `token_sha256` are the 32 bytes of the SHA-256 of the token as sent. */

/** Who a session cookie's token stands for, by one query. `ret_actor->unseen` says that its last use was noted so long
 * ago that it is worth a write.
 * @return STATUS_NOT_FOUND when it is unknown, ended, expired or its account disabled */
MUST_USE Status accounts_actor_of_session(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256,
                                          Time now, Actor *ret_actor);
/** Who an API token stands for. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_actor_of_token(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256,
                                        Time now, Actor *ret_actor);
/** Notes that a session or API token is in use. */
MUST_USE Status accounts_session_seen(Connection *connection, ChamberId chamber, Text token_sha256, Time now);

typedef struct AccountNew {
    ChamberId chamber;
    Text email, name, language;
    Text password;  /**< in clear; hashed here */
    bool confirmed; /**< else the person must first choose a new password by mail */
} AccountNew;
/** Makes an account, in a transaction of its own, after hashing for some tens of milliseconds: for init and
 * demonstration; pages use sign-up. @return STATUS_CONFLICT when the address is taken, STATUS_INVALID for a weak
 * password or a bad address */
MUST_USE Status accounts_create(Database *database, const Outside *outside, Arena *arena, const AccountNew *account,
                                AccountId *ret_account);

/** An account whose password is hashed, ready to be made together with other things. Lives in its arena. */
typedef struct AccountPrepared AccountPrepared;
/** The slow part of accounts_create; `account` must live as long, its chamber need not be known yet.
 * @return STATUS_INVALID for a weak password or a bad address */
MUST_USE Status accounts_prepare(const Outside *outside, Arena *arena, const AccountNew *account,
                                 AccountPrepared **ret_prepared);
/** The quick part, inside the caller's writing transaction. @return STATUS_CONFLICT when the address is taken */
MUST_USE Status accounts_create_prepared(Connection *connection, ChamberId chamber, const AccountPrepared *prepared,
                                         AccountId *ret_account);

/**
 * Adds roles (bits) of a person in a firm (0: the chamber), inside the caller's transaction, with its audit event.
 *
 * The chamber knows officers and administrators, a firm applicants and owners.
 *
 * @return STATUS_INVALID for a role of the other kind; STATUS_NOT_FOUND without such an account
 */
MUST_USE Status accounts_grant(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                               unsigned roles, AccountId by);
/** Takes them away; what the person did not have does not matter.
 * @return STATUS_CONFLICT when the chamber would be left without administrator, or the firm without owner */
MUST_USE Status accounts_revoke(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                                unsigned roles, AccountId by);
/** Keeps a person out of everything and ends her sessions. @return STATUS_NOT_FOUND; STATUS_CONFLICT for the last
 * administrator */
MUST_USE Status accounts_disable(Connection *connection, Arena *arena, ChamberId chamber, AccountId account,
                                 AccountId by);
/** Lets a disabled person sign in again. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_enable(Connection *connection, Arena *arena, ChamberId chamber, AccountId account,
                                AccountId by);

typedef struct Person {
    AccountId account;
    Text name, email, language;
    int64_t roles;
    bool disabled;
} Person;
typedef struct People {
    Person *items;
    size_t count;
} People;
/** People with a role in the firm (0: the chamber's staff), by name; at most 1000. */
MUST_USE Status accounts_people(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm,
                                People *ret_people);
/** One person, with the roles in the chamber. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_person(Connection *connection, Arena *arena, ChamberId chamber, AccountId account,
                                Person *ret_person);
/** The roles of a person in a firm (0: the chamber); 0 for none. */
MUST_USE Status accounts_roles(Connection *connection, Arena *arena, ChamberId chamber, AccountId account, FirmId firm,
                               unsigned *ret_roles);
/** What a role is called: the highest of the bits, as "Owner". */
Message accounts_role_name(unsigned roles);

/** Invites an address to a firm (0: the chamber) with roles: writes the mail to the outbox. A second invitation of the
 * same address takes the place of the first. The caller has checked the right.
 * @return STATUS_INVALID for roles of the other kind; STATUS_CONFLICT when the person has these roles already */
MUST_USE Status accounts_invite(Request *request, Text email, FirmId firm, unsigned roles);

typedef struct Invitation {
    InvitationId id;
    Text email, inviter;
    int64_t roles;
    Time created_at, expires_at;
} Invitation;
typedef struct Invitations {
    Invitation *items;
    size_t count;
} Invitations;
/** The invitations to a firm (0: the chamber) that wait for an answer, newest first; at most 200. */
MUST_USE Status accounts_invitations(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, Time now,
                                     Invitations *ret_invitations);
/** Takes an invitation back, with its audit event. @return STATUS_NOT_FOUND when it is none of this firm's or was
 * answered */
MUST_USE Status accounts_invitation_revoke(Request *request, FirmId firm, InvitationId invitation);

/** Makes the session act for a firm that the person has a role in; called when a firm is founded.
 * @return STATUS_FORBIDDEN without a role there; STATUS_CONFLICT for an API token, which acts for its own firm */
MUST_USE Status accounts_act_for(Request *request, FirmId firm);

#endif
