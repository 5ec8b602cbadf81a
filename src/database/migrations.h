/** All schema steps of this build, in order; sqlgen makes the table from the numbered .sql files of all rooms. */
#ifndef TRADEPOST_DATABASE_MIGRATIONS_H
#define TRADEPOST_DATABASE_MIGRATIONS_H

#include "database/database.h"

extern const Migration migrations[];
extern const size_t migration_count;

#endif
