/** A person's own account: data, firms to act for, password, sessions. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_pages.h"

enum { FIRMS_MOST = 200, SESSIONS_MOST = 100, TOKENS_MOST = 100 };

const Form accounts_nothing_form = {.name = "Nothing"};

typedef struct ActForm {
    Text firm;
} ActForm;
static const Field act_fields[] = {
    FORM_FIELD(ActForm, firm, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Firm"), .required = true,
               .limit = ID_TEXT_SIZE),
};
const Form accounts_act_form = FORM(ActForm, act_fields);

static Status fill_firms(Request *request, AccountsAccountPage *page) {
    AccountsFirmsOfRows rows = {NULL, 0};
    char letters[ID_TEXT_SIZE + 1];
    TRY(accounts_firms_of(request->connection, request->arena, request->chamber.id, request->actor.account, FIRMS_MOST,
                          &rows));
    page->firms.items = arena_new_array(request->arena, AccountsFirmLine, rows.count);
    page->firms.count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const AccountsFirmsOfRow *row = &rows.items[i];
        id_write(row->firm_id.value, letters);
        const ActForm act = {arena_copy(request->arena, (Text){letters, ID_TEXT_SIZE})};
        page->firms.items[i] =
            (AccountsFirmLine){.id = row->firm_id,
                               .name = row->name,
                               .role = accounts_role_name((unsigned)row->roles),
                               .state = text_equal(row->state, TEXT("admitted"))    ? NO_MESSAGE
                                        : text_equal(row->state, TEXT("applied"))   ? MESSAGE("Waiting for admission")
                                        : text_equal(row->state, TEXT("suspended")) ? MESSAGE("Suspended")
                                                                                    : MESSAGE("Not admitted"),
                               .current = row->firm_id.value == request->actor.firm.value,
                               .values = form_of_struct(request->arena, &accounts_act_form, &act)};
    }
    return STATUS_OK;
}

typedef struct Product {
    const char *mark, *name;
} Product;

/* The first mark that the browser's own words contain: most claim to be several of them, the truest stands first. */
static Text product_of(const Product *products, size_t count, Text agent) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (text_find(agent, text_of(products[i].mark), &at)) {
            return text_of(products[i].name);
        }
    }
    return (Text){NULL, 0};
}

static void name_device(Text agent, AccountsSessionLine *line) {
    static const Product browsers[] = {
        {"Edg", "Edge"},        {"OPR/", "Opera"},     {"SamsungBrowser", "Samsung Internet"},
        {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},  {"CriOS", "Chrome"},
        {"Chrome", "Chrome"},   {"Safari/", "Safari"}, {"curl/", "curl"}};
    static const Product systems[] = {{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"},
                                      {"iPad", "iPad"},       {"Mac OS X", "macOS"},  {"CrOS", "ChromeOS"},
                                      {"Linux", "Linux"}};
    line->browser = product_of(browsers, sizeof(browsers) / sizeof(browsers[0]), agent);
    line->system = product_of(systems, sizeof(systems) / sizeof(systems[0]), agent);
}

static Status fill_sessions(Request *request, AccountsAccountPage *page) {
    AccountsSessionsOfRows rows = {NULL, 0};
    const Text own = accounts_session_hash(request);
    TRY(accounts_sessions_of(request->connection, request->arena, request->chamber.id, request->actor.account,
                             request->now, SESSIONS_MOST, &rows));
    page->sessions.items = arena_new_array(request->arena, AccountsSessionLine, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const AccountsSessionsOfRow *row = &rows.items[i];
        AccountsSessionLine *line = &page->sessions.items[page->sessions.count];
        if (accounts_session_is_idle(request->actor.roles, row->seen_at, request->now)) {
            continue;
        }
        page->sessions.count++;
        *line = (AccountsSessionLine){.id = row->session_id,
                                      .address = row->address,
                                      .begun = row->created_at,
                                      .seen = row->seen_at,
                                      .current = text_equal(row->token_hash, own)};
        name_device(row->agent, line);
        page->has_other_sessions = page->has_other_sessions || !line->current;
    }
    return STATUS_OK;
}

static void fill_roles(Request *request, AccountsAccountPage *page) {
    static const struct {
        unsigned bit;
        Text name;
    } names[] = {{ROLE_APPLICANT, TEXT_INIT("applicant")},
                 {ROLE_FIRM_OWNER, TEXT_INIT("owner")},
                 {ROLE_OFFICER, TEXT_INIT("officer")},
                 {ROLE_ADMINISTRATOR, TEXT_INIT("administrator")}};
    page->roles.items = arena_new_array(request->arena, Text, sizeof(names) / sizeof(names[0]));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((request->actor.roles & names[i].bit) != 0) {
            page->roles.items[page->roles.count++] = names[i].name;
        }
    }
    page->staff_role = accounts_role_name(request->actor.roles & CHAMBER_ROLES);
}

Status accounts_account_show(Request *request) {
    AccountsAccountPage *page = arena_new(request->arena, AccountsAccountPage);
    AccountsRow row;
    AccountsTokensOfRows tokens = {NULL, 0};
    TRY(accounts_by_id(request->connection, request->arena, request->chamber.id, request->actor.account, &row));
    const Language *language = language_of_tag(row.language);
    *page = (AccountsAccountPage){
        .account = row.account_id,
        .name = row.name,
        .email = row.email,
        .language = row.language,
        .language_name = language_name(language != NULL ? language : language_english()),
        .firm = request->actor.firm,
        .firm_name = request->actor.firm_name,
        .by_token = request->actor.by_token,
        .nothing = form_empty(request->arena, &accounts_nothing_form),
    };
    fill_roles(request, page);
    TRY(fill_firms(request, page));
    if (!page->by_token) {
        TRY(fill_sessions(request, page));
        TRY(accounts_tokens_of(request->connection, request->arena, request->chamber.id, request->actor.account,
                               request->now, TOKENS_MOST, &tokens));
        page->token_count = (int64_t)tokens.count;
    }
    return show(request, accounts_account_view(page));
}

Status accounts_act_for(Request *request, FirmId firm) {
    unsigned roles = 0;
    int64_t count = 0;
    if (request->actor.by_token) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("An API token acts for the firm that it was made for."));
    }
    TRY(accounts_roles(request->connection, request->arena, request->chamber.id, request->actor.account, firm, &roles));
    if (firm.value != 0 && (roles & FIRM_ROLES) == 0) {
        return refuse(request, STATUS_FORBIDDEN, MESSAGE("You have no role in this firm."));
    }
    TRY(accounts_session_act_for(request->connection, request->chamber.id, accounts_session_hash(request), firm,
                                 &count));
    return accounts_write_firm(request->connection, request->chamber.id, request->actor.account, firm, &count);
}

Status accounts_act_submit(Request *request) {
    FirmId firm = {0};
    if (id_read(FORM_OF(ActForm, request)->firm, &firm.value) != STATUS_OK) {
        failure_take();
        return refuse(request, STATUS_INVALID, MESSAGE("There is no such firm."));
    }
    TRY(accounts_act_for(request, firm));
    notice(request, MESSAGE("You now act for another firm."));
    return redirect(request, "/account");
}

Status accounts_session_end_submit(Request *request) {
    int64_t count = 0;
    TRY(accounts_refuse_token(request));
    TRY(accounts_session_end_own(request->connection, request->chamber.id, request->actor.account,
                                 PATH_ID(SessionId, request, "session"), &count));
    if (count == 0) {
        return STATUS_NOT_FOUND;
    }
    notice(request, MESSAGE("The device is signed out."));
    return redirect(request, "/account");
}

Status accounts_others_end_submit(Request *request) {
    int64_t count = 0;
    TRY(accounts_refuse_token(request));
    TRY(accounts_sessions_end_others(request->connection, request->chamber.id, request->actor.account,
                                     accounts_session_hash(request), &count));
    notice(request, MESSAGE("All other devices are signed out."));
    return redirect(request, "/account");
}
