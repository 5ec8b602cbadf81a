/** Sign-up: an account comes into being when the owner of the address opens the link in her mail. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"
#include "capabilities/accounts/accounts_work.h"

typedef struct SignUpForm {
    Text name, email, password;
} SignUpForm;
static const Field sign_up_fields[] = {
    FORM_FIELD(SignUpForm, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Your name"), .required = true, .limit = 100,
               .missing = MESSAGE_INIT("Enter your name"), .autocomplete = "name"),
    FORM_FIELD(SignUpForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail address"), .required = true,
               .hint = MESSAGE_INIT("We send you a link to confirm it"),
               .missing = MESSAGE_INIT("Enter your e-mail address"), .autocomplete = "email"),
    FORM_FIELD(SignUpForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password"), .required = true,
               .hint = MESSAGE_INIT("At least 8 characters. Three words that nobody would guess make a good password"),
               .missing = MESSAGE_INIT("Choose a password"), .limit = PASSWORD_LONGEST, .autocomplete = "new-password"),
};
const Form accounts_sign_up_form = FORM(SignUpForm, sign_up_fields);

Status accounts_sign_up_show(Request *request) {
    AccountsFormPage *page = arena_new(request->arena, AccountsFormPage);
    if (request->actor.account.value != 0) {
        return redirect(request, "/account");
    }
    page->values = request_values_or(request, &accounts_sign_up_form, NULL);
    return show(request, accounts_sign_up_view(page));
}

/* The password is hashed whether or not the address is known, so that time tells nothing. */
Status accounts_sign_up_prepare(Request *request) {
    const SignUpForm *form = FORM_OF(SignUpForm, request);
    Text *hash = arena_new(request->arena, Text);
    TRY(accounts_check_password(request, "password", form->password, form->email, form->name));
    TRY(accounts_hash(request, form->password, hash));
    request->prepared = hash;
    return STATUS_OK;
}

Status accounts_sign_up_submit(Request *request) {
    const SignUpForm *form = FORM_OF(SignUpForm, request);
    const Text *hash = request->prepared;
    const LinkNew link = {.purpose = LINK_SIGN_UP, .email = form->email, .name = form->name, .password_hash = *hash};
    AccountsRow known;
    Text secret = {NULL, 0};
    const Status made = accounts_link_make(request, &link, &secret);
    if (made == STATUS_TOO_MANY) {
        return redirect(request, "/sign-up/sent");
    }
    TRY(made);
    const Status found = accounts_by_email(request->connection, request->arena, request->chamber.id,
                                           accounts_email_key(request->arena, form->email), &known);
    if (found == STATUS_OK) {
        const AccountsMailTo to = {
            .email = known.email, .name = known.name, .language = known.language, .path = TEXT("/sign-in")};
        TRY(accounts_mail(request, MAIL_SIGN_UP_KNOWN, &to));
    } else if (found == STATUS_NOT_FOUND) {
        failure_take();
        const AccountsMailTo to = {.email = form->email,
                                   .language = language_tag(request->language),
                                   .path = arena_format(request->arena, "/confirm/%.*s", TEXT_ARG(secret))};
        TRY(accounts_mail(request, MAIL_SIGN_UP, &to));
    } else {
        return found;
    }
    LOG(LOG_INFO, "sign-up", {"chamber", request->chamber.code}, {"address", request->address});
    return redirect(request, "/sign-up/sent");
}

Status accounts_sent_show(Request *request) {
    AccountsSentPage *page = arena_new(request->arena, AccountsSentPage);
    page->for_password = text_equal(request->path, TEXT("/forgot/sent"));
    return show(request, accounts_sent_view(page));
}

static Status find_link(Request *request, AccountsLink *ret_link) {
    const Status status = accounts_link_find(request->connection, request->arena, request->chamber.id,
                                             request_path_text(request, "token"), LINK_SIGN_UP, request->now, ret_link);
    return status == STATUS_NOT_FOUND ? accounts_refuse_link(request, ENDED_SIGN_UP) : status;
}

Status accounts_confirm_show(Request *request) {
    AccountsConfirmPage *page = arena_new(request->arena, AccountsConfirmPage);
    AccountsLink link;
    TRY(find_link(request, &link));
    *page = (AccountsConfirmPage){.token = request_path_text(request, "token"),
                                  .name = link.name,
                                  .email = link.email,
                                  .nothing = form_empty(request->arena, &accounts_nothing_form)};
    return show(request, accounts_confirm_view(page));
}

Status accounts_confirm_submit(Request *request) {
    const AccountId account = {id_make()};
    AccountsLink link;
    TRY(find_link(request, &link));
    const AccountsInsert insert = {.chamber = request->chamber.id,
                                   .account = account,
                                   .email = link.email,
                                   .email_key = link.email_key,
                                   .name = link.name,
                                   .language = link.language,
                                   .password_hash = link.password_hash,
                                   .now = request->now,
                                   .confirmed_at = request->now};
    AccountsRow known;
    const Status found =
        accounts_by_email(request->connection, request->arena, request->chamber.id, link.email_key, &known);
    if (found == STATUS_OK) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("There is an account with this address already. Sign in."));
    }
    if (found != STATUS_NOT_FOUND) {
        return found;
    }
    failure_take();
    TRY(accounts_insert(request->connection, &insert));
    TRY(accounts_link_end(request, &link, LINK_SIGN_UP));
    TRY(accounts_audit(request->connection, request->arena, request->chamber.id, account, "accounts.sign_up",
                       account.value, (Text){NULL, 0}));
    TRY(accounts_plan_cleaning(request->connection, request->chamber.id));
    TRY(accounts_session_begin(request, account));
    notice(request, MESSAGE("Your address is confirmed and you are signed in."));
    return redirect(request, "/");
}
