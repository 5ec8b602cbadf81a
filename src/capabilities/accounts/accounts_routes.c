/** What accounts hands to the program: routes, hooks of the server, the cleaning job, its line of the navigation. */
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_work.h"
#include "capabilities/capability.h"
#include "capabilities/chambers/chambers.h"
#include "http/server.h"

const Permission ACCOUNTS_OWN = {"accounts.own", ROLE_SIGNED_IN};

static const Route routes[] = {
    {GET, "/sign-up", ANYONE, NULL, accounts_sign_up_show},
    {POST, "/sign-up", ANYONE, &accounts_sign_up_form, accounts_sign_up_submit, accounts_sign_up_show,
     .prepare = accounts_sign_up_prepare, .costly = true},
    {GET, "/sign-up/sent", ANYONE, NULL, accounts_sent_show},
    {GET, "/confirm/{token:text}", ANYONE, NULL, accounts_confirm_show},
    {POST, "/confirm/{token:text}", ANYONE, NULL, accounts_confirm_submit},
    {GET, "/sign-in", ANYONE, &accounts_next_form, accounts_sign_in_show, accounts_sign_in_show},
    {POST, "/sign-in", ANYONE, &accounts_sign_in_form, accounts_sign_in_submit, accounts_sign_in_show,
     .prepare = accounts_sign_in_prepare, .costly = true},
    {POST, "/sign-out", MAY(ACCOUNTS_OWN), NULL, accounts_sign_out_submit},
    {GET, "/forgot", ANYONE, NULL, accounts_forgot_show},
    {POST, "/forgot", ANYONE, &accounts_forgot_form, accounts_forgot_submit, accounts_forgot_show},
    {GET, "/forgot/sent", ANYONE, NULL, accounts_sent_show},
    {GET, "/reset/{token:text}", ANYONE, NULL, accounts_reset_show},
    {POST, "/reset/{token:text}", ANYONE, &accounts_reset_form, accounts_reset_submit, accounts_reset_show,
     .prepare = accounts_reset_prepare, .costly = true},
    {GET, "/account", MAY(ACCOUNTS_OWN), NULL, accounts_account_show},
    {POST, "/account/act", MAY(ACCOUNTS_OWN), &accounts_act_form, accounts_act_submit, accounts_account_show},
    {GET, "/account/details", MAY(ACCOUNTS_OWN), NULL, accounts_details_show},
    {POST, "/account/details", MAY(ACCOUNTS_OWN), NULL, accounts_details_submit, accounts_details_show,
     .form_for = accounts_details_form},
    {GET, "/account/password", MAY(ACCOUNTS_OWN), NULL, accounts_password_show},
    {POST, "/account/password", MAY(ACCOUNTS_OWN), &accounts_password_form, accounts_password_submit,
     accounts_password_show, .prepare = accounts_password_prepare, .costly = true},
    {POST, "/account/sessions/{session}/end", MAY(ACCOUNTS_OWN), NULL, accounts_session_end_submit},
    {POST, "/account/sessions/end-others", MAY(ACCOUNTS_OWN), NULL, accounts_others_end_submit},
    {GET, "/account/tokens", MAY(ACCOUNTS_OWN), NULL, accounts_tokens_show},
    {POST, "/account/tokens", MAY(ACCOUNTS_OWN), &accounts_token_form, accounts_token_submit, accounts_tokens_show},
    {POST, "/account/tokens/{token}/end", MAY(ACCOUNTS_OWN), NULL, accounts_token_end_submit},
    {GET, "/invitation/{token:text}", ANYONE, NULL, accounts_invitation_show},
    {POST, "/invitation/{token:text}", ANYONE, &accounts_joining_form, accounts_invitation_submit,
     accounts_invitation_show, .prepare = accounts_invitation_prepare, .costly = true},
    {POST, "/invitation/{token:text}/accept", MAY(ACCOUNTS_OWN), NULL, accounts_accept_submit},
};

static const NavigationLine navigation[] = {
    {.label = MESSAGE_INIT("Account"), .path = "/account", .permission = &ACCOUNTS_OWN, .order = 900},
};

static void hooks(ServerHooks *server) {
    server->actor_of_session = accounts_actor_of_session;
    server->actor_of_token = accounts_actor_of_token;
    server->session_seen = accounts_session_seen;
}

/* Each chamber's cleaning goes on by itself once it was asked for; asking again is free. */
static Status plan_all(Connection *connection, void *context) {
    Chambers all = {NULL, 0};
    TRY(chambers_all(connection, context, &all));
    for (size_t i = 0; i < all.count; i++) {
        TRY(accounts_plan_cleaning(connection, all.items[i].id));
    }
    return STATUS_OK;
}

static Status start(Database *database, Outside *outside) {
    (void)outside;
    Arena *arena = arena_open((size_t)64 << 20);
    const Status status = database_write(database, plan_all, arena);
    arena_close(arena);
    return status;
}

const Capability accounts_capability = {
    .name = "accounts",
    .routes = {routes, sizeof(routes) / sizeof(routes[0])},
    .jobs = accounts_jobs,
    .job_count = ACCOUNTS_JOBS,
    .navigation = navigation,
    .navigation_count = sizeof(navigation) / sizeof(navigation[0]),
    .start = start,
    .hooks = hooks,
};
