/** Background jobs: rows that commit with the act that asks for them, run by workers with leases, retries and back-off.
 */
#ifndef TRADEPOST_WORK_WORK_H
#define TRADEPOST_WORK_WORK_H

#include "base/clock.h"
#include "base/id.h"
#include "database/database.h"

struct Outside;

/** A job in the hands of its worker. */
typedef struct Job {
    Arena *arena;
    Database *database;
    struct Outside *outside;
    ChamberId chamber;
    int64_t subject; /**< what it is about: an id's value */
    Text payload;
    int64_t attempt; /**< 1 for the first */
} Job;

/** Runs one attempt. Every step must be idempotent: a crash between two of them leads to another attempt.
 * @return STATUS_OK when done; anything else plans the next try (fail(...) gives the words that the operator sees) */
typedef Status JobRun(Job *job);

typedef struct JobKind {
    const char *name; /**< "documents.seal" */
    JobRun *run;
    int64_t lease;        /**< microseconds after which another worker may take it over; 0: 60 s */
    int64_t attempts_max; /**< then it rests as failed until someone retries it; 0: for ever */
} JobKind;

/**
 * Asks for a job inside the caller's transaction. One job per chamber, kind and subject: asking again is a no-op while
 * it waits.
 *
 * @param due  {0}: at once
 */
MUST_USE Status work_add(Connection *connection, ChamberId chamber, const char *kind, int64_t subject, Text payload,
                         Time due);

typedef struct Workers Workers;
/** Starts `threads` workers over `kinds`. They wake by work_wake or at the next due time. */
MUST_USE Status work_start(Database *database, struct Outside *outside, const JobKind *const *kinds, size_t kind_count,
                           int threads, Workers **ret_workers);
void work_stop(Workers *workers); /**< waits for running attempts */
void work_wake(void);             /**< after a commit that added jobs; cheap; safe without workers */

/** Runs all jobs that are due until none is left, in this thread: for commands and tests. */
MUST_USE Status work_run_due(Database *database, struct Outside *outside, const JobKind *const *kinds,
                             size_t kind_count, int64_t *ret_run);

#endif
