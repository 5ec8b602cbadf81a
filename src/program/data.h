/**
 * The data directory: tradepost.conf, database.sqlite (unless on PostgreSQL), blobs/, keys/, mail/, secret, lock.
 *
 * Commands share it; one server at a time serves it; nobody else is in it while it is made.
 */
#ifndef TRADEPOST_PROGRAM_DATA_H
#define TRADEPOST_PROGRAM_DATA_H

#include "program/settings.h"

typedef struct Data {
    Arena *arena;
    Text directory;
    Settings settings;
    Database *database;
    Outside *outside;
    int lock; /**< its descriptor */
} Data;

typedef enum DataUse { DATA_FOR_COMMAND, DATA_FOR_SERVER } DataUse;

/**
 * Opens and locks a data directory, its database brought up to this program's schema.
 *
 * @return STATUS_NOT_FOUND when there is none; STATUS_CONFLICT when another server has it, or its schema is of another
 * version; STATUS_INVALID for bad settings; STATUS_UNAVAILABLE without its database
 */
MUST_USE Status data_open(Text directory, const Settings *given, DataUse use, Data **ret_data);
/**
 * Makes a data directory, which must be absent or empty, with an empty database, and opens it.
 *
 * @return STATUS_CONFLICT when something is there already; STATUS_FULL
 */
MUST_USE Status data_make(Text directory, const Settings *given, Data **ret_data);
void data_close(Data *data); /**< NULL is allowed */
/** The path of a file in it. */
Text data_path(Arena *arena, Text directory, const char *name);
/** Whether a directory is absent or has nothing in it. @return STATUS_CONFLICT when it has, STATUS_FAILED when nobody
 * may look */
MUST_USE Status data_check_empty(const char *path);

#endif
