/** Links in mails: good for a while, used once, stored hashed. */
#include "accounts_views.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"

/* So many mails of one kind an address gets in an hour; more would be a nuisance sent by somebody else. */
enum { LINKS_IN_AN_HOUR = 5 };

typedef struct Purpose {
    Text name;
    int64_t life;
} Purpose;
static const Purpose purposes[] = {
    [LINK_SIGN_UP] = {TEXT_INIT("sign-up"), 24 * TIME_HOUR}, [LINK_RESET] = {TEXT_INIT("reset"), TIME_HOUR}};

Status accounts_link_make(Request *request, const LinkNew *link, Text *ret_secret) {
    const Purpose *purpose = &purposes[link->purpose];
    const Text email_key = accounts_email_key(request->arena, link->email);
    const Text secret = accounts_secret_make(request->arena);
    AccountsLinksSinceRow sent = {0};
    TRY(accounts_links_since(request->connection, request->arena, request->chamber.id, email_key, purpose->name,
                             time_add(request->now, -TIME_HOUR), &sent));
    if (sent.links >= LINKS_IN_AN_HOUR) {
        return STATUS_TOO_MANY;
    }
    const AccountsLinkInsert insert = {.chamber = request->chamber.id,
                                       .token_hash = accounts_secret_hash(request->arena, secret),
                                       .purpose = purpose->name,
                                       .account = link->account,
                                       .email = link->email,
                                       .email_key = email_key,
                                       .name = link->name,
                                       .language = language_tag(request->language),
                                       .password_hash = link->password_hash,
                                       .now = request->now,
                                       .expires_at = time_add(request->now, purpose->life)};
    TRY(accounts_link_insert(request->connection, &insert));
    *ret_secret = secret;
    return STATUS_OK;
}

Status accounts_link_find(Connection *connection, Arena *arena, ChamberId chamber, Text secret, LinkPurpose purpose,
                          Time now, AccountsLink *ret_link) {
    const Text hash = accounts_secret_hash(arena, secret);
    return accounts_link_by_token(connection, arena, chamber, hash, purposes[purpose].name, now, ret_link);
}

Status accounts_link_end(Request *request, const AccountsLink *link, LinkPurpose purpose) {
    int64_t count = 0;
    return accounts_links_end(request->connection, request->chamber.id, link->email_key, purposes[purpose].name,
                              &count);
}

Status accounts_refuse_link(Request *request, AccountsEnded kind) {
    AccountsEndedPage *page = arena_new(request->arena, AccountsEndedPage);
    page->kind = kind;
    failure_take();
    return refuse_showing(request, STATUS_NOT_FOUND, accounts_ended_view(page));
}
