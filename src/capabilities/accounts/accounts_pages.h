/** The models of the pages of accounts: what their templates show. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_PAGES_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_PAGES_H

#include "base/clock.h"
#include "html/form.h"
#include "ids.h"

/** Which kind of link has ended. */
typedef enum AccountsEnded { ENDED_SIGN_UP, ENDED_RESET, ENDED_INVITATION } AccountsEnded;
typedef struct AccountsEndedPage {
    AccountsEnded kind;
} AccountsEndedPage;

/** A page that is one form. */
typedef struct AccountsFormPage {
    const FormValues *values;
} AccountsFormPage;

/** "We have sent you a mail." */
typedef struct AccountsSentPage {
    bool for_password;
} AccountsSentPage;

typedef struct AccountsConfirmPage {
    Text token, name, email;
    const FormValues *nothing;
} AccountsConfirmPage;

/** A form behind a link in a mail. */
typedef struct AccountsTokenFormPage {
    Text token, email;
    const FormValues *values;
} AccountsTokenFormPage;

typedef struct AccountsFirmLine {
    FirmId id;
    Text name;
    Message role, state; /**< state: NO_MESSAGE for an admitted firm */
    bool current;
    const FormValues *values;
} AccountsFirmLine;

typedef struct AccountsSessionLine {
    SessionId id;
    Text browser, system; /**< product names; empty when not recognised */
    Text address;
    Time begun, seen;
    bool current;
} AccountsSessionLine;

/** GET /account: who am I. */
typedef struct AccountsAccountPage {
    AccountId account;
    Text name, email, language, language_name;
    FirmId firm;
    Text firm_name;
    struct {
        Text *items;
        size_t count;
    } roles; /**< names for programs: "officer" */
    Message staff_role;
    struct {
        AccountsFirmLine *items;
        size_t count;
    } firms;
    struct {
        AccountsSessionLine *items;
        size_t count;
    } sessions;
    bool has_other_sessions;
    bool by_token;
    int64_t token_count;
    const FormValues *nothing;
} AccountsAccountPage;

typedef struct AccountsTokenLine {
    ApiTokenId id;
    Text name, firm_name;
    Time created, used, expires;
} AccountsTokenLine;

typedef struct AccountsTokensPage {
    Text token; /**< just made, shown this once; empty otherwise */
    Text firm_name;
    struct {
        AccountsTokenLine *items;
        size_t count;
    } tokens;
    const FormValues *values, *nothing;
} AccountsTokensPage;

typedef struct AccountsInvitationPage {
    Text token, email, inviter, firm_name, chamber_name;
    Message role;
    Text sign_in;      /**< where to sign in and come back from */
    Text person_name;  /**< of who is signed in */
    Text person_email; /**< likewise */
    bool has_account;  /**< the invited address has one */
    const FormValues *values, *nothing;
} AccountsInvitationPage;

#endif
