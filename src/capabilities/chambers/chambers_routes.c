/** The routes of chambers, and what the program may ask of them. */
#include "base/log.h"
#include "capabilities/capability.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_command.h"
#include "capabilities/chambers/chambers_inside.h"
#include "http/server.h"

const Permission CHAMBERS_ADMINISTER = {"chambers.administer", ROLE_ADMINISTRATOR};
const Permission CHAMBERS_AUDIT = {"chambers.audit", ROLE_ADMINISTRATOR};

static const Route routes[] = {
    {GET, "/", ANYONE, NULL, chambers_home_show, .cacheable = true},
    {GET, "/style-guide", ANYONE, NULL, chambers_style_guide_show, .cacheable = true},
};

static void hooks(ServerHooks *server) {
    server->chamber_of_host = chambers_of_host;
}

static Status check_chains(Connection *connection, void *context) {
    Check *check = context;
    Chambers all = {0};
    TRY(chambers_all(connection, check->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        int64_t events = 0;
        const Status status = chambers_audit_check(connection, check->arena, all.items[i].id, &events);
        if (status == STATUS_CORRUPT) {
            const Text words = failure_take();
            check->found(check, "chamber %.*s: %.*s", TEXT_ARG(all.items[i].code), TEXT_ARG(words));
        } else {
            TRY(status);
        }
    }
    return STATUS_OK;
}

static Status check(Check *check) {
    return database_read(check->database, check_chains, check);
}

const Capability chambers_capability = {
    .name = "chambers",
    .routes = {routes, sizeof routes / sizeof routes[0]},
    .commands = chambers_commands,
    .command_count = CHAMBERS_COMMANDS,
    .hooks = hooks,
    .check = check,
};
