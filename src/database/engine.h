/** What an engine does for the layer's front: transactions, one statement, scripts. Private to this folder. */
#ifndef TRADEPOST_DATABASE_ENGINE_H
#define TRADEPOST_DATABASE_ENGINE_H

#include "database/statement.h"

/** Pools and queues give up after this: a page that waited longer helps nobody. */
#define CONNECTION_WAIT_SECONDS 30
/** A body that holds its transaction longer than this is stopped; everlasting readers would let the log grow. */
#define TRANSACTION_SECONDS 60
#define READERS_MAX         16

/** One row that a running statement offers. */
typedef struct RowSource {
    const Statement *statement;
    /** The value of a column, borrowed. */
    Status (*cell)(const struct RowSource *source, size_t column, Value *ret_value);
    void *handle;
    int row;
} RowSource;

/** Who takes the rows of a running statement. Any status but STATUS_OK ends it and is its status. */
typedef struct RowTaker {
    Status (*take)(struct RowTaker *taker, const RowSource *source);
    bool once;   /**< wants no more than one row */
    bool nested; /**< runs other statements meanwhile, and any number of rows may come */
} RowTaker;

typedef struct Engine {
    void (*close)(Database *database);
    Status (*begin)(Database *database, bool writing, Connection **ret_connection);
    /** Both give the connection back, whatever they return. */
    Status (*commit)(Connection *connection);
    void (*roll_back)(Connection *connection);
    /** Runs a statement; `taker` is NULL for those without rows; `ret_count` may be NULL. */
    Status (*run)(Connection *connection, const Statement *statement, const Value *values, RowTaker *taker,
                  int64_t *ret_count);
    /** Runs several statements without parameters. */
    Status (*script)(Connection *connection, Text sql);
    /** Keeps other processes from migrating until the transaction ends. */
    Status (*lock_for_migration)(Connection *connection);
    Status (*backup)(Database *database, const char *path);
    Status (*check)(Database *database);
} Engine;

struct Database {
    const Engine *engine;
    bool postgresql;
    unsigned char key[DATABASE_KEY_SIZE]; /**< for keyed hashes over rows */
};

struct Connection {
    Database *database;
    bool writing;
    Status lost; /**< the failure after which nothing of this transaction can be kept */
};

/** Opens the engine behind database_open. @return STATUS_UNAVAILABLE when it cannot be reached or is no database of
 * ours */
MUST_USE Status sqlite_open(Text path, Database **ret_database);
MUST_USE Status postgresql_open(Text address, Database **ret_database);

/** Writes the columns of a row into its struct; texts go into `arena`, or stay borrowed without one. */
MUST_USE Status row_read(const RowSource *source, Arena *arena, void *row);
/** Waits before try number `attempt` (from 1): longer each time, with jitter, a quarter of a second at most. */
void retry_pause(int attempt);

#endif
