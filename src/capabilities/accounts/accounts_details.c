/** Name, language and password of a person's own account. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"

typedef struct DetailsForm {
    Text name, language;
} DetailsForm;
static const Field details_fields[] = {
    FORM_FIELD(DetailsForm, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Your name"), .required = true,
               .limit = 100, .missing = MESSAGE_INIT("Enter your name"), .autocomplete = "name"),
    FORM_FIELD(DetailsForm, language, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("Language"), .required = true,
               .hint = MESSAGE_INIT("For these pages and the e-mails that you get")),
};
static const Form details_form = FORM(DetailsForm, details_fields);
enum { DETAILS_FIELDS = sizeof(details_fields) / sizeof(details_fields[0]) };

/* The languages to choose from are those of the chamber. */
Status accounts_details_form(Request *request, const Form **ret_form) {
    Text rest = request->chamber.languages;
    FieldOption *options = arena_new_array(request->arena, FieldOption, rest.size + 1);
    Field *fields = arena_new_array(request->arena, Field, DETAILS_FIELDS);
    Form *form = arena_new(request->arena, Form);
    size_t count = 0;
    while (rest.size > 0) {
        const Text tag = text_cut(&rest, ' ');
        const Language *language = language_of_tag(tag);
        if (language != NULL) {
            options[count++] = (FieldOption){tag, {arena_c_string(request->arena, language_name(language))}};
        }
    }
    for (size_t i = 0; i < DETAILS_FIELDS; i++) {
        fields[i] = details_fields[i];
    }
    fields[1].options = options;
    fields[1].option_count = count;
    *form = details_form;
    form->fields = fields;
    *ret_form = form;
    return STATUS_OK;
}

Status accounts_details_show(Request *request) {
    AccountsFormPage *page = arena_new(request->arena, AccountsFormPage);
    const Form *form = NULL;
    AccountsRow row;
    TRY(accounts_by_id(request->connection, request->arena, request->chamber.id, request->actor.account, &row));
    TRY(accounts_details_form(request, &form));
    const DetailsForm details = {row.name, row.language};
    page->values = request_values_or(request, form, &details);
    return show(request, accounts_details_view(page));
}

Status accounts_details_submit(Request *request) {
    const DetailsForm *form = FORM_OF(DetailsForm, request);
    int64_t count = 0;
    TRY(accounts_refuse_token(request));
    TRY(accounts_write_person(request->connection, request->chamber.id, request->actor.account, form->name,
                              form->language, &count));
    answer_cookie(request, "language", form->language, 365 * 86400);
    notice(request, MESSAGE("Your details are saved."));
    return redirect(request, "/account");
}

typedef struct PasswordForm {
    Text old, password;
} PasswordForm;
static const Field password_fields[] = {
    FORM_FIELD(PasswordForm, old, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Your present password"),
               .required = true, .missing = MESSAGE_INIT("Enter your password"), .limit = PASSWORD_LONGEST,
               .autocomplete = "current-password"),
    FORM_FIELD(PasswordForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("New password"), .required = true,
               .hint = MESSAGE_INIT("At least 8 characters. Three words that nobody would guess make a good password"),
               .missing = MESSAGE_INIT("Choose a password"), .limit = PASSWORD_LONGEST, .autocomplete = "new-password"),
};
const Form accounts_password_form = FORM(PasswordForm, password_fields);

Status accounts_password_show(Request *request) {
    AccountsFormPage *page = arena_new(request->arena, AccountsFormPage);
    page->values = request_values_or(request, &accounts_password_form, NULL);
    return show(request, accounts_password_view(page));
}

/** The account whose password changes. */
typedef struct Change {
    Request *request;
    AccountsRow account;
    Text hash;
} Change;

static Status find_own(Connection *connection, void *context) {
    Change *change = context;
    const Request *request = change->request;
    return accounts_by_id(connection, request->arena, request->chamber.id, request->actor.account, &change->account);
}

Status accounts_password_prepare(Request *request) {
    const PasswordForm *form = FORM_OF(PasswordForm, request);
    Change *change = arena_new(request->arena, Change);
    PasswordVerdict verdict = {0};
    change->request = request;
    TRY(accounts_refuse_token(request));
    TRY(request_read(request, find_own, change));
    TRY(accounts_check_password(request, "password", form->password, change->account.email, change->account.name));
    TRY(accounts_count_try(request, change->account.email));
    TRY(accounts_verify(request, form->old, change->account.password_hash, &verdict));
    if (!verdict.right) {
        return refuse_field(request, "old", MESSAGE("This is not your password"));
    }
    accounts_forget_tries(request, change->account.email);
    TRY(accounts_hash(request, form->password, &change->hash));
    request->prepared = change;
    return STATUS_OK;
}

Status accounts_password_submit(Request *request) {
    const Change *change = request->prepared;
    const AccountsRow *account = &change->account;
    const AccountsMailTo to = {
        .email = account->email, .name = account->name, .language = account->language, .path = TEXT("/forgot")};
    int64_t count = 0;
    TRY(accounts_write_password(request->connection, request->chamber.id, account->account_id, change->hash,
                                request->now, &count));
    TRY(accounts_sessions_end_others(request->connection, request->chamber.id, account->account_id,
                                     accounts_session_hash(request), &count));
    TRY(accounts_audit(request->connection, request->arena, request->chamber.id, account->account_id,
                       "accounts.change_password", account->account_id.value, (Text){NULL, 0}));
    TRY(accounts_mail(request, MAIL_PASSWORD_CHANGED, &to));
    notice(request, MESSAGE("Your password is changed. All other devices are signed out."));
    return redirect(request, "/account");
}
