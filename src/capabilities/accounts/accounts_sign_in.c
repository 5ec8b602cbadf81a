/** Sign-in and sign-out. A wrong address and a wrong password get one answer, in one time. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"

typedef struct SignInForm {
    Text email, password, next;
} SignInForm;
static const Field sign_in_fields[] = {
    FORM_FIELD(SignInForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail address"), .required = true,
               .missing = MESSAGE_INIT("Enter your e-mail address"), .autocomplete = "username"),
    FORM_FIELD(SignInForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password"), .required = true,
               .missing = MESSAGE_INIT("Enter your password"), .limit = PASSWORD_LONGEST,
               .autocomplete = "current-password"),
    FORM_FIELD(SignInForm, next, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Where you go from here"), .limit = 2000),
};
const Form accounts_sign_in_form = FORM(SignInForm, sign_in_fields);

typedef struct NextForm {
    Text next;
} NextForm;
static const Field next_fields[] = {
    FORM_FIELD(NextForm, next, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Where you go from here"), .limit = 2000),
};
const Form accounts_next_form = FORM(NextForm, next_fields);

/* redirect leads everything that is no path of this site to the first page. */
static Status go_on(Request *request, Text next) {
    return redirect(request, "%.*s", TEXT_ARG(next));
}

/* Also the page that a wrong POST shows again; then the form of the request is that of the POST. */
Status accounts_sign_in_show(Request *request) {
    AccountsFormPage *page = arena_new(request->arena, AccountsFormPage);
    SignInForm shown = {0};
    const FormValues *values = request_values(request);
    if (values != NULL && values->form == &accounts_next_form) {
        shown.next = FORM_OF(NextForm, request)->next;
        if (request->actor.account.value != 0) {
            return go_on(request, shown.next);
        }
    }
    page->values = request_values_or(request, &accounts_sign_in_form, &shown);
    return show(request, accounts_sign_in_view(page));
}

/** What `prepare` finds out about a try. */
typedef struct Try {
    Request *request;
    Text email_key;
    bool known;
    AccountsRow account;
    Text newer_hash; /* of the same password; empty when the stored one is up to date */
} Try;

static Status find_account(Connection *connection, void *context) {
    Try *try = context;
    const Status status =
        accounts_by_email(connection, try->request->arena, try->request->chamber.id, try->email_key, &try->account);
    try->known = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static Status refuse_try(const Try *try, const char *reason) {
    char account[ID_TEXT_SIZE + 1];
    id_write(try->known ? try->account.account_id.value : 0, account);
    LOG(LOG_WARNING, "sign-in refused", {"chamber", try->request->chamber.code}, {"reason", text_of(reason)},
        {"account", text_of(account)}, {"address", try->request->address});
    return refuse_field(try->request, "password", MESSAGE("The e-mail address or the password is not right"));
}

Status accounts_sign_in_prepare(Request *request) {
    const SignInForm *form = FORM_OF(SignInForm, request);
    Try *try = arena_new(request->arena, Try);
    PasswordVerdict verdict = {0};
    *try = (Try){.request = request, .email_key = accounts_email_key(request->arena, form->email)};
    TRY(accounts_count_try(request, form->email));
    TRY(request_read(request, find_account, try));
    failure_take();
    const Text stored = try->known ? try->account.password_hash : (Text){NULL, 0};
    TRY(accounts_verify(request, form->password, stored, &verdict));
    if (!verdict.right) {
        return refuse_try(try, try->known ? "wrong password" : "unknown address");
    }
    accounts_forget_tries(request, form->email);
    if (!time_is_set(try->account.confirmed_at)) {
        return refuse_try(try, "address not confirmed");
    }
    if (time_is_set(try->account.disabled_at)) {
        return refuse(request, STATUS_FORBIDDEN, MESSAGE("This account is disabled. Ask the chamber why."));
    }
    if (verdict.outdated) {
        TRY(accounts_hash(request, form->password, &try->newer_hash));
    }
    request->prepared = try;
    return STATUS_OK;
}

Status accounts_sign_in_submit(Request *request) {
    const SignInForm *form = FORM_OF(SignInForm, request);
    const Try *try = request->prepared;
    AccountsRow now;
    int64_t count = 0;
    TRY(accounts_by_id(request->connection, request->arena, request->chamber.id, try->account.account_id, &now));
    if (!text_equal(now.password_hash, try->account.password_hash) || time_is_set(now.disabled_at)) {
        return refuse_try(try, "changed meanwhile");
    }
    if (try->newer_hash.size > 0) {
        TRY(accounts_write_rehash(request->connection, request->chamber.id, now.account_id, now.password_hash,
                                  try->newer_hash, &count));
    }
    TRY(accounts_session_begin(request, now.account_id));
    return go_on(request, form->next);
}

Status accounts_sign_out_submit(Request *request) {
    int64_t count = 0;
    const Text hash = accounts_session_hash(request);
    TRY(accounts_refuse_token(request));
    TRY(accounts_session_end(request->connection, request->chamber.id, hash, &count));
    answer_cookie(request, "session", (Text){NULL, 0}, 0);
    /* Not "cookies": that would end those of the site's other chambers and of its neighbours under one domain too. */
    answer_header(request, "Clear-Site-Data", TEXT("\"cache\", \"storage\""));
    notice(request, MESSAGE("You are signed out."));
    return redirect(request, "/");
}
