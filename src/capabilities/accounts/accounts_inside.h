/** What the files of accounts share: handlers, forms, sessions, links, mails. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_INSIDE_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_INSIDE_H

#include "accounts_sql.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/accounts/accounts_pages.h"
#include "capabilities/accounts/accounts_password.h"

/** Roles that the chamber gives, and those that a firm gives. */
#define CHAMBER_ROLES ((unsigned)ROLE_OFFICER | (unsigned)ROLE_ADMINISTRATOR)
#define FIRM_ROLES    ((unsigned)ROLE_APPLICANT | (unsigned)ROLE_FIRM_OWNER)

extern const Form accounts_sign_up_form, accounts_sign_in_form, accounts_forgot_form, accounts_reset_form,
    accounts_password_form, accounts_token_form, accounts_act_form, accounts_joining_form, accounts_nothing_form,
    accounts_next_form;

Handler accounts_sign_up_show, accounts_sign_up_prepare, accounts_sign_up_submit, accounts_sent_show,
    accounts_confirm_show, accounts_confirm_submit;
Handler accounts_sign_in_show, accounts_sign_in_prepare, accounts_sign_in_submit, accounts_sign_out_submit;
Handler accounts_forgot_show, accounts_forgot_submit, accounts_reset_show, accounts_reset_prepare,
    accounts_reset_submit;
Handler accounts_account_show, accounts_details_show, accounts_details_submit, accounts_act_submit,
    accounts_password_show, accounts_password_prepare, accounts_password_submit, accounts_session_end_submit,
    accounts_others_end_submit;
FormChooser accounts_details_form;
Handler accounts_tokens_show, accounts_token_submit, accounts_token_end_submit;
Handler accounts_invitation_show, accounts_invitation_prepare, accounts_invitation_submit, accounts_accept_submit;

/** The address in lower case: what tells accounts apart. */
Text accounts_email_key(Arena *arena, Text email);
/** Appends to the chamber's audit chain; `act` as "accounts.grant". */
MUST_USE Status accounts_audit(Connection *connection, Arena *arena, ChamberId chamber, AccountId by, const char *act,
                               int64_t subject, Text detail);

/** 256 random bits as 43 letters: a session, an API token, a link in a mail. */
Text accounts_secret_make(Arena *arena);
/** The 32 bytes under which a secret is stored. */
Text accounts_secret_hash(Arena *arena, Text secret);
/** The hash of this request's session; empty when there is none. */
Text accounts_session_hash(const Request *request);
/** Whether a session was unused for so long that it is over: half a day for the chamber's staff, two weeks for others.
 */
bool accounts_session_is_idle(unsigned roles, Time seen, Time now);
/** Begins a session for this browser, acting for the firm acted for last or the only one; ends the one it had. The
 * answer carries the cookies. */
MUST_USE Status accounts_session_begin(Request *request, AccountId account);
/** Refuses what an API token must not do: changing the account that it stands for. @return STATUS_FORBIDDEN */
MUST_USE Status accounts_refuse_token(Request *request);
/** Refuses a password on the form's field `field`; STATUS_OK for one that may be taken. @return STATUS_INVALID */
MUST_USE Status accounts_check_password(Request *request, const char *field, Text password, Text email, Text name);
/** Hashes in `prepare`, with words for the person when too many wait. @return STATUS_UNAVAILABLE */
MUST_USE Status accounts_hash(Request *request, Text password, Text *ret_hash);
/** Compares in `prepare`, likewise; an empty `stored` takes the same time and is never right. */
MUST_USE Status accounts_verify(Request *request, Text password, Text stored, PasswordVerdict *ret_verdict);
/** Counts a try with the account's password; says no for now where there were too many from that network.
 * @return STATUS_TOO_MANY */
MUST_USE Status accounts_count_try(Request *request, Text email);
/** The password was right: the tries are forgotten. */
void accounts_forget_tries(const Request *request, Text email);

/** What a link in a mail is for. */
typedef enum LinkPurpose { LINK_SIGN_UP, LINK_RESET } LinkPurpose;

/** What a link will be used for, and by whom. */
typedef struct LinkNew {
    LinkPurpose purpose;
    AccountId account; /**< of a new password */
    Text email;
    Text name, password_hash; /**< of a sign-up */
} LinkNew;
/** Notes a link and gives its secret. @return STATUS_TOO_MANY when the address got too many of them in the last hour:
 * nothing was noted and no mail should go out */
MUST_USE Status accounts_link_make(Request *request, const LinkNew *link, Text *ret_secret);
/** What the link of a secret stands for. @return STATUS_NOT_FOUND when it was used or is too old */
MUST_USE Status accounts_link_find(Connection *connection, Arena *arena, ChamberId chamber, Text secret,
                                   LinkPurpose purpose, Time now, AccountsLink *ret_link);
/** Uses up this and all other links of the purpose that went to the address. */
MUST_USE Status accounts_link_end(Request *request, const AccountsLink *link, LinkPurpose purpose);
/** Says by a page that a link has ended: it was used, taken back or is too old. @return STATUS_NOT_FOUND */
MUST_USE Status accounts_refuse_link(Request *request, AccountsEnded kind);

typedef enum AccountsMail {
    MAIL_SIGN_UP,          /**< confirm the address */
    MAIL_SIGN_UP_KNOWN,    /**< there is an account already */
    MAIL_RESET,            /**< choose a new password */
    MAIL_RESET_UNKNOWN,    /**< there is no account */
    MAIL_PASSWORD_CHANGED, /**< so that a stranger's change is noticed */
    MAIL_INVITATION_FIRM,
    MAIL_INVITATION_CHAMBER,
} AccountsMail;
/** Who gets a mail, and what fills its words. */
typedef struct AccountsMailTo {
    Text email, name, language;
    Text path; /**< behind the chamber's address, where the mail leads to */
    Text firm, role;
} AccountsMailTo;
/** Asks for a mail inside the request's transaction, in the person's language. */
MUST_USE Status accounts_mail(Request *request, AccountsMail mail, const AccountsMailTo *to);

#endif
