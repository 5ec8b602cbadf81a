/** The PostgreSQL engine. */
#include "base/log.h"
#include "database/engine.h"

Status postgresql_open(Text address, Database **ret_database) {
    (void)ret_database;
    return fail(STATUS_UNAVAILABLE, "%.*s", TEXT_ARG(address));
}
