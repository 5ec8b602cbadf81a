/** What the files of accounts share: e-mail keys, sessions, links, mails. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_INSIDE_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_INSIDE_H

#include "capabilities/accounts/accounts.h"

/** Roles that the chamber gives, and those that a firm gives. */
#define CHAMBER_ROLES ((unsigned)ROLE_OFFICER | (unsigned)ROLE_ADMINISTRATOR)
#define FIRM_ROLES    ((unsigned)ROLE_APPLICANT | (unsigned)ROLE_FIRM_OWNER)

/** The address in lower case: what tells accounts apart. */
Text accounts_email_key(Arena *arena, Text email);
/** Appends to the chamber's audit chain; `act` as "accounts.grant". */
MUST_USE Status accounts_audit(Connection *connection, Arena *arena, ChamberId chamber, AccountId by, const char *act,
                               int64_t subject, Text detail);

#endif
