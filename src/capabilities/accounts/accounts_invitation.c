/** Invitations: a mail brings a person into a firm or the chamber's staff, with or without an account of before. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"
#include "capabilities/accounts/accounts_work.h"

enum { INVITATIONS_MOST = 200 };
static const int64_t invitation_life = 7 * TIME_DAY;

typedef struct JoiningForm {
    Text name, password;
} JoiningForm;
static const Field joining_fields[] = {
    FORM_FIELD(JoiningForm, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Your name"), .required = true,
               .limit = 100, .missing = MESSAGE_INIT("Enter your name"), .autocomplete = "name"),
    FORM_FIELD(JoiningForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password"), .required = true,
               .hint = MESSAGE_INIT("At least 8 characters. Three words that nobody would guess make a good password"),
               .missing = MESSAGE_INIT("Choose a password"), .limit = PASSWORD_LONGEST, .autocomplete = "new-password"),
};
const Form accounts_joining_form = FORM(JoiningForm, joining_fields);

static Status write_invitation(Request *request, Text email, FirmId firm, unsigned roles, InvitationId *ret_id,
                               Text *ret_secret) {
    const InvitationId id = {id_make()};
    const Text secret = accounts_secret_make(request->arena);
    const AccountsInvitationWrite write = {.chamber = request->chamber.id,
                                           .invitation = id,
                                           .token_hash = accounts_secret_hash(request->arena, secret),
                                           .email = email,
                                           .email_key = accounts_email_key(request->arena, email),
                                           .firm = firm,
                                           .roles = roles,
                                           .account = request->actor.account,
                                           .now = request->now,
                                           .expires_at = time_add(request->now, invitation_life)};
    TRY(accounts_invitation_write(request->connection, &write));
    *ret_id = id;
    *ret_secret = secret;
    return STATUS_OK;
}

/* The language of somebody known is hers; that of others is, for want of better, the inviter's. */
static Status check_invited(Request *request, Text email, FirmId firm, unsigned roles, Text *ret_language) {
    AccountsRow row;
    unsigned before = 0;
    const Status found = accounts_by_email(request->connection, request->arena, request->chamber.id,
                                           accounts_email_key(request->arena, email), &row);
    if (found == STATUS_NOT_FOUND) {
        failure_take();
        *ret_language = language_tag(request->language);
        return STATUS_OK;
    }
    TRY(found);
    TRY(accounts_roles(request->connection, request->arena, request->chamber.id, row.account_id, firm, &before));
    *ret_language = row.language;
    return (before & roles) == roles ? fail(STATUS_CONFLICT, "the person has these roles already") : STATUS_OK;
}

Status accounts_invite(Request *request, Text email, FirmId firm, unsigned roles) {
    InvitationId id = {0};
    Text secret = {NULL, 0}, language = {NULL, 0};
    AccountsInvitation invitation;
    if (roles == 0 || (roles & ~(firm.value != 0 ? FIRM_ROLES : CHAMBER_ROLES)) != 0) {
        return fail(STATUS_INVALID, "these roles cannot be granted here");
    }
    TRY(check_invited(request, email, firm, roles, &language));
    TRY(write_invitation(request, email, firm, roles, &id, &secret));
    TRY(accounts_invitation_by_token(request->connection, request->arena, request->chamber.id,
                                     accounts_secret_hash(request->arena, secret), request->now, &invitation));
    const Language *spoken = language_of_tag(language);
    const AccountsMailTo to = {
        .email = email,
        .language = language,
        .path = arena_format(request->arena, "/invitation/%.*s", TEXT_ARG(secret)),
        .firm = invitation.firm_name,
        .role = message_text(spoken != NULL ? spoken : language_english(), accounts_role_name(roles))};
    TRY(accounts_mail(request, firm.value != 0 ? MAIL_INVITATION_FIRM : MAIL_INVITATION_CHAMBER, &to));
    return accounts_audit(request->connection, request->arena, request->chamber.id, request->actor.account,
                          "accounts.invite", id.value, email);
}

Status accounts_invitations(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, Time now,
                            Invitations *ret_invitations) {
    AccountsInvitationsOfRows rows = {NULL, 0};
    TRY(accounts_invitations_of(connection, arena, chamber, firm, now, INVITATIONS_MOST, &rows));
    Invitation *items = arena_new_array(arena, Invitation, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const AccountsInvitationsOfRow *row = &rows.items[i];
        items[i] = (Invitation){.id = row->invitation_id,
                                .email = row->email,
                                .inviter = row->inviter_name,
                                .roles = row->roles,
                                .created_at = row->created_at,
                                .expires_at = row->expires_at};
    }
    *ret_invitations = (Invitations){items, rows.count};
    return STATUS_OK;
}

Status accounts_invitation_revoke(Request *request, FirmId firm, InvitationId invitation) {
    int64_t count = 0;
    TRY(accounts_invitation_end(request->connection, request->chamber.id, firm, invitation, &count));
    if (count == 0) {
        return STATUS_NOT_FOUND;
    }
    return accounts_audit(request->connection, request->arena, request->chamber.id, request->actor.account,
                          "accounts.revoke_invitation", invitation.value, (Text){NULL, 0});
}

/** The invitation of the path, and whether its address has an account. */
typedef struct Invited {
    Request *request;
    AccountsInvitation invitation;
    AccountsRow account;
    bool has_account;
    Text hash;
} Invited;

static Status find_invited(Connection *connection, void *context) {
    Invited *invited = context;
    Request *request = invited->request;
    const Text hash = accounts_secret_hash(request->arena, request_path_text(request, "token"));
    TRY(accounts_invitation_by_token(connection, request->arena, request->chamber.id, hash, request->now,
                                     &invited->invitation));
    const Status found = accounts_by_email(connection, request->arena, request->chamber.id,
                                           invited->invitation.email_key, &invited->account);
    invited->has_account = found == STATUS_OK;
    return found == STATUS_NOT_FOUND ? STATUS_OK : found;
}

static Status refuse_invitation(Request *request, Status found) {
    return found == STATUS_NOT_FOUND ? accounts_refuse_link(request, ENDED_INVITATION) : found;
}

Status accounts_invitation_show(Request *request) {
    AccountsInvitationPage *page = arena_new(request->arena, AccountsInvitationPage);
    Invited invited = {.request = request};
    const Status found = find_invited(request->connection, &invited);
    if (found != STATUS_OK) {
        return refuse_invitation(request, found);
    }
    const Text token = request_path_text(request, "token");
    *page = (AccountsInvitationPage){
        .token = token,
        .email = invited.invitation.email,
        .inviter = invited.invitation.inviter_name,
        .firm_name = invited.invitation.firm_name,
        .chamber_name = request->chamber.name,
        .role = accounts_role_name((unsigned)invited.invitation.roles),
        .sign_in = arena_format(request->arena, "/invitation/%.*s", TEXT_ARG(token)),
        .person_name = request->actor.name,
        .person_email = request->actor.email,
        .has_account = invited.has_account,
        .values = request_values_or(request, &accounts_joining_form, NULL),
        .nothing = form_empty(request->arena, &accounts_nothing_form),
    };
    return show(request, accounts_invitation_view(page));
}

static Status refuse_known(Request *request) {
    return refuse(request, STATUS_CONFLICT,
                  MESSAGE("There is an account with this address already. Sign in to accept the invitation."));
}

Status accounts_invitation_prepare(Request *request) {
    const JoiningForm *form = FORM_OF(JoiningForm, request);
    Invited *invited = arena_new(request->arena, Invited);
    invited->request = request;
    const Status found = request_read(request, find_invited, invited);
    if (found != STATUS_OK) {
        return refuse_invitation(request, found);
    }
    failure_take();
    if (invited->has_account) {
        return refuse_known(request);
    }
    TRY(accounts_check_password(request, "password", form->password, invited->invitation.email, form->name));
    TRY(accounts_hash(request, form->password, &invited->hash));
    request->prepared = invited;
    return STATUS_OK;
}

/* Whoever lost the right to invite meanwhile must not come back, or bring others, by an old invitation. */
static Status check_inviter(Request *request, const AccountsInvitation *invitation) {
    Person inviter = {0};
    unsigned of_firm = 0;
    const Status found =
        accounts_person(request->connection, request->arena, request->chamber.id, invitation->invited_by, &inviter);
    if (found != STATUS_OK) {
        return found;
    }
    TRY(accounts_roles(request->connection, request->arena, request->chamber.id, inviter.account, invitation->firm_id,
                       &of_firm));
    const bool may = invitation->firm_id.value == 0
                         ? (inviter.roles & ROLE_ADMINISTRATOR) != 0
                         : (inviter.roles & CHAMBER_ROLES) != 0 || (of_firm & ROLE_FIRM_OWNER) != 0;
    return may && !inviter.disabled ? STATUS_OK : STATUS_NOT_FOUND;
}

/* Grants what the invitation promises and ends it. */
static Status accept(Request *request, const AccountsInvitation *invitation, AccountId account) {
    int64_t count = 0;
    const Status allowed = check_inviter(request, invitation);
    if (allowed != STATUS_OK) {
        return refuse_invitation(request, allowed);
    }
    TRY(accounts_invitation_end(request->connection, request->chamber.id, invitation->firm_id,
                                invitation->invitation_id, &count));
    TRY(accounts_grant(request->connection, request->arena, request->chamber.id, account, invitation->firm_id,
                       (unsigned)invitation->roles, invitation->invited_by));
    if (invitation->firm_id.value != 0) {
        TRY(accounts_write_firm(request->connection, request->chamber.id, account, invitation->firm_id, &count));
    }
    return accounts_audit(request->connection, request->arena, request->chamber.id, account, "accounts.accept",
                          invitation->invitation_id.value, (Text){NULL, 0});
}

/* Whoever opened the link reads the mails of its address, so the new account's address is confirmed. */
Status accounts_invitation_submit(Request *request) {
    const JoiningForm *form = FORM_OF(JoiningForm, request);
    const Invited *prepared = request->prepared;
    const AccountId account = {id_make()};
    Invited invited = {.request = request};
    const Status found = find_invited(request->connection, &invited);
    if (found != STATUS_OK) {
        return refuse_invitation(request, found);
    }
    failure_take();
    if (invited.has_account) {
        return refuse_known(request);
    }
    const AccountsInsert insert = {.chamber = request->chamber.id,
                                   .account = account,
                                   .email = invited.invitation.email,
                                   .email_key = invited.invitation.email_key,
                                   .name = form->name,
                                   .language = language_tag(request->language),
                                   .password_hash = prepared->hash,
                                   .now = request->now,
                                   .confirmed_at = request->now};
    TRY(accounts_insert(request->connection, &insert));
    TRY(accept(request, &invited.invitation, account));
    TRY(accounts_plan_cleaning(request->connection, request->chamber.id));
    TRY(accounts_session_begin(request, account));
    notice(request, MESSAGE("You have accepted the invitation."));
    return redirect(request, "/");
}

Status accounts_accept_submit(Request *request) {
    Invited invited = {.request = request};
    int64_t count = 0;
    TRY(accounts_refuse_token(request));
    const Status found = find_invited(request->connection, &invited);
    if (found != STATUS_OK) {
        return refuse_invitation(request, found);
    }
    failure_take();
    TRY(accept(request, &invited.invitation, request->actor.account));
    if (invited.invitation.firm_id.value != 0) {
        TRY(accounts_session_act_for(request->connection, request->chamber.id, accounts_session_hash(request),
                                     invited.invitation.firm_id, &count));
    }
    notice(request, MESSAGE("You have accepted the invitation."));
    return redirect(request, "/");
}
