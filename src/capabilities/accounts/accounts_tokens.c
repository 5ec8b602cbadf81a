/** API tokens: made for the firm acted for, shown once, stored hashed. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"

enum { TOKENS_MOST = 20 };
static const int64_t shown_seconds = 120;

typedef struct TokenForm {
    Text name, days;
} TokenForm;
static const FieldOption lives[] = {
    {TEXT_INIT("30"), MESSAGE_INIT("30 days")},
    {TEXT_INIT("90"), MESSAGE_INIT("90 days")},
    {TEXT_INIT("365"), MESSAGE_INIT("One year")},
};
static const Field token_fields[] = {
    FORM_FIELD(TokenForm, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Name"), .required = true, .limit = 60,
               .hint = MESSAGE_INIT("The program that will use it, such as “Our warehouse system”"),
               .missing = MESSAGE_INIT("Give the token a name")),
    FORM_FIELD(TokenForm, days, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("Valid for"), .required = true,
               .options = lives, .option_count = sizeof(lives) / sizeof(lives[0]),
               .missing = MESSAGE_INIT("Choose how long the token is valid")),
};
const Form accounts_token_form = FORM(TokenForm, token_fields);

/* The new token comes in a cookie that lives two minutes: the page that shows it may be reloaded without making
 * another one, and the server itself keeps nothing but the hash. */
static Text take_shown(Request *request) {
    const Text token = request_cookie(request, "token");
    if (token.size > 0) {
        answer_cookie(request, "token", (Text){NULL, 0}, 0);
    }
    return token;
}

Status accounts_tokens_show(Request *request) {
    AccountsTokensPage *page = arena_new(request->arena, AccountsTokensPage);
    AccountsTokensOfRows rows = {NULL, 0};
    TRY(accounts_refuse_token(request));
    TRY(accounts_tokens_of(request->connection, request->arena, request->chamber.id, request->actor.account,
                           request->now, TOKENS_MOST, &rows));
    *page = (AccountsTokensPage){.token = take_shown(request),
                                 .firm_name = request->actor.firm_name,
                                 .values = request_values_or(request, &accounts_token_form, NULL),
                                 .nothing = form_empty(request->arena, &accounts_nothing_form)};
    page->tokens.items = arena_new_array(request->arena, AccountsTokenLine, rows.count);
    page->tokens.count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const AccountsTokensOfRow *row = &rows.items[i];
        page->tokens.items[i] = (AccountsTokenLine){.id = row->api_token_id,
                                                    .name = row->name,
                                                    .firm_name = row->firm_name,
                                                    .created = row->created_at,
                                                    .used = row->used_at,
                                                    .expires = row->expires_at};
    }
    return show(request, accounts_tokens_view(page));
}

Status accounts_token_submit(Request *request) {
    const TokenForm *form = FORM_OF(TokenForm, request);
    const Text secret = accounts_secret_make(request->arena);
    const Text token = arena_format(request->arena, "tp_%.*s", TEXT_ARG(secret));
    const ApiTokenId id = {id_make()};
    AccountsTokensOfRows rows = {NULL, 0};
    int64_t days = 0;
    TRY(accounts_refuse_token(request));
    TRY(text_to_int(form->days, &days));
    TRY(accounts_tokens_of(request->connection, request->arena, request->chamber.id, request->actor.account,
                           request->now, TOKENS_MOST, &rows));
    if (rows.count >= TOKENS_MOST) {
        return refuse_field(request, "name", MESSAGE("You have 20 tokens already. End one that you do not need"));
    }
    const AccountsTokenInsert insert = {.chamber = request->chamber.id,
                                        .token_hash = accounts_secret_hash(request->arena, token),
                                        .token = id,
                                        .account = request->actor.account,
                                        .firm = request->actor.firm,
                                        .name = form->name,
                                        .now = request->now,
                                        .expires_at = time_add(request->now, days * TIME_DAY)};
    TRY(accounts_token_insert(request->connection, &insert));
    TRY(accounts_audit(request->connection, request->arena, request->chamber.id, request->actor.account,
                       "accounts.make_token", id.value, form->name));
    answer_cookie(request, "token", token, shown_seconds);
    return redirect(request, "/account/tokens");
}

Status accounts_token_end_submit(Request *request) {
    const ApiTokenId id = PATH_ID(ApiTokenId, request, "token");
    int64_t count = 0;
    TRY(accounts_refuse_token(request));
    TRY(accounts_token_end_own(request->connection, request->chamber.id, request->actor.account, id, &count));
    if (count == 0) {
        return STATUS_NOT_FOUND;
    }
    TRY(accounts_audit(request->connection, request->arena, request->chamber.id, request->actor.account,
                       "accounts.end_token", id.value, (Text){NULL, 0}));
    notice(request, MESSAGE("The token is ended."));
    return redirect(request, "/account/tokens");
}
