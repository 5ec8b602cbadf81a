/** A PostgreSQL database as one file, by PostgreSQL's own tools. */
#ifndef TRADEPOST_PROGRAM_DUMP_H
#define TRADEPOST_PROGRAM_DUMP_H

#include "base/arena.h"

/**
 * Has pg_dump write the database at `address` into a new file: one state, while it is in use.
 *
 * @return STATUS_UNSUPPORTED when pg_dump is not installed; STATUS_UNAVAILABLE with its words when it fails
 */
MUST_USE Status dump_write(Arena *arena, Text address, const char *path);
/**
 * Has pg_restore fill the database at `address`, which must be empty, from such a file: all of it or nothing.
 *
 * @return as dump_write
 */
MUST_USE Status dump_read(Arena *arena, Text address, const char *path);

#endif
