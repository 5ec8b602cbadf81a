/** What accounts hands to the program: routes, hooks of the server, the cleaning job, its line of the navigation. */
#include "capabilities/accounts/accounts.h"
#include "capabilities/accounts/accounts_work.h"
#include "capabilities/capability.h"
#include "http/server.h"

const Permission ACCOUNTS_OWN = {"accounts.own", ROLE_SIGNED_IN};

static void hooks(ServerHooks *server) {
    server->actor_of_session = accounts_actor_of_session;
    server->actor_of_token = accounts_actor_of_token;
    server->session_seen = accounts_session_seen;
}

const Capability accounts_capability = {
    .name = "accounts",
    .jobs = accounts_jobs,
    .job_count = ACCOUNTS_JOBS,
    .hooks = hooks,
};
