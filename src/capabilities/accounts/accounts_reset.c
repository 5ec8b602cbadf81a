/** A forgotten password: a link by mail, good for an hour, that lets its owner choose another one. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"

typedef struct ForgotForm {
    Text email;
} ForgotForm;
static const Field forgot_fields[] = {
    FORM_FIELD(ForgotForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail address"), .required = true,
               .missing = MESSAGE_INIT("Enter your e-mail address"), .autocomplete = "username"),
};
const Form accounts_forgot_form = FORM(ForgotForm, forgot_fields);

typedef struct ResetForm {
    Text password;
} ResetForm;
static const Field reset_fields[] = {
    FORM_FIELD(ResetForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("New password"), .required = true,
               .hint = MESSAGE_INIT("At least 8 characters. Three words that nobody would guess make a good password"),
               .missing = MESSAGE_INIT("Choose a password"), .limit = PASSWORD_LONGEST, .autocomplete = "new-password"),
};
const Form accounts_reset_form = FORM(ResetForm, reset_fields);

Status accounts_forgot_show(Request *request) {
    AccountsFormPage *page = arena_new(request->arena, AccountsFormPage);
    page->values = request_values_or(request, &accounts_forgot_form, NULL);
    return show(request, accounts_forgot_view(page));
}

/* An unknown address gets a link row and a mail too: the answer and its time are the same, and the person learns that
 * she signed up with another address. */
Status accounts_forgot_submit(Request *request) {
    const ForgotForm *form = FORM_OF(ForgotForm, request);
    LinkNew link = {.purpose = LINK_RESET, .email = form->email};
    AccountsRow account = {0};
    Text secret = {NULL, 0};
    const Status found = accounts_by_email(request->connection, request->arena, request->chamber.id,
                                           accounts_email_key(request->arena, form->email), &account);
    if (found != STATUS_NOT_FOUND) {
        TRY(found);
    }
    failure_take();
    link.account = account.account_id;
    const Status made = accounts_link_make(request, &link, &secret);
    if (made == STATUS_TOO_MANY) {
        return redirect(request, "/forgot/sent");
    }
    TRY(made);
    if (found == STATUS_OK) {
        const AccountsMailTo to = {.email = account.email,
                                   .name = account.name,
                                   .language = account.language,
                                   .path = arena_format(request->arena, "/reset/%.*s", TEXT_ARG(secret))};
        TRY(accounts_mail(request, MAIL_RESET, &to));
    } else {
        const AccountsMailTo to = {
            .email = form->email, .language = language_tag(request->language), .path = TEXT("/sign-up")};
        TRY(accounts_mail(request, MAIL_RESET_UNKNOWN, &to));
    }
    return redirect(request, "/forgot/sent");
}

/** The link of the path and its account. */
typedef struct Reset {
    Request *request;
    AccountsLink link;
    AccountsRow account;
    Text hash;
} Reset;

static Status find_reset(Connection *connection, void *context) {
    Reset *reset = context;
    Request *request = reset->request;
    TRY(accounts_link_find(connection, request->arena, request->chamber.id, request_path_text(request, "token"),
                           LINK_RESET, request->now, &reset->link));
    return accounts_by_id(connection, request->arena, request->chamber.id, reset->link.account_id, &reset->account);
}

Status accounts_reset_show(Request *request) {
    AccountsTokenFormPage *page = arena_new(request->arena, AccountsTokenFormPage);
    Reset reset = {.request = request};
    const Status found = find_reset(request->connection, &reset);
    if (found == STATUS_NOT_FOUND) {
        return accounts_refuse_link(request, ENDED_RESET);
    }
    TRY(found);
    *page = (AccountsTokenFormPage){.token = request_path_text(request, "token"),
                                    .email = reset.account.email,
                                    .values = request_values_or(request, &accounts_reset_form, NULL)};
    return show(request, accounts_reset_view(page));
}

Status accounts_reset_prepare(Request *request) {
    const ResetForm *form = FORM_OF(ResetForm, request);
    Reset *reset = arena_new(request->arena, Reset);
    reset->request = request;
    const Status found = request_read(request, find_reset, reset);
    if (found == STATUS_NOT_FOUND) {
        return accounts_refuse_link(request, ENDED_RESET);
    }
    TRY(found);
    TRY(accounts_check_password(request, "password", form->password, reset->account.email, reset->account.name));
    TRY(accounts_hash(request, form->password, &reset->hash));
    request->prepared = reset;
    return STATUS_OK;
}

Status accounts_reset_submit(Request *request) {
    const Reset *prepared = request->prepared;
    Reset reset = {.request = request};
    int64_t count = 0;
    const Status found = find_reset(request->connection, &reset);
    if (found == STATUS_NOT_FOUND) {
        return accounts_refuse_link(request, ENDED_RESET);
    }
    TRY(found);
    const AccountsRow *account = &reset.account;
    const AccountsMailTo to = {
        .email = account->email, .name = account->name, .language = account->language, .path = TEXT("/forgot")};
    TRY(accounts_write_password(request->connection, request->chamber.id, account->account_id, prepared->hash,
                                request->now, &count));
    TRY(accounts_link_end(request, &reset.link, LINK_RESET));
    TRY(accounts_sessions_end_others(request->connection, request->chamber.id, account->account_id, (Text){NULL, 0},
                                     &count));
    TRY(accounts_audit(request->connection, request->arena, request->chamber.id, account->account_id,
                       "accounts.reset_password", account->account_id.value, (Text){NULL, 0}));
    TRY(accounts_mail(request, MAIL_PASSWORD_CHANGED, &to));
    accounts_forget_tries(request, account->email);
    notice(request, MESSAGE("Your password is changed. Sign in with it now."));
    return redirect(request, "/sign-in");
}
