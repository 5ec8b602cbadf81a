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
    int64_t attempt;      /**< 1 for the first */
    struct JobHold *hold; /**< work's own */
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

/**
 * Ends the job inside the caller's writing transaction, so that its last act and its end commit together (and cost one
 * commit less).
 *
 * The last act then happens once even when an attempt outlives its lease. The job's function returns STATUS_OK after
 * that commit.
 *
 * @return STATUS_CONFLICT when another worker has taken the job over: the transaction must be rolled back
 */
MUST_USE Status work_done(Connection *connection, Job *job);

/** Plans the next try for `due`, should this attempt fail, in the place of the usual back-off. */
void work_next_try(Job *job, Time due);

/** A job as the operator and the pages see it. */
typedef enum WorkState {
    WORK_WAITING, /**< until `due_at` */
    WORK_RUNNING, /**< its lease ends at `due_at` */
    WORK_FAILED   /**< rests until somebody retries it */
} WorkState;
typedef struct WorkItem {
    Text kind;
    int64_t subject;
    WorkState state;
    int64_t attempts; /**< begun so far */
    Time added_at, due_at, failed_at;
    Text last_error; /**< words of the last attempt that failed */
} WorkItem;
typedef struct WorkItems {
    WorkItem *items;
    size_t count;
} WorkItems;
/** Jobs of a chamber that are not done: failed ones first, then the oldest; at most `limit`. */
MUST_USE Status work_list(Connection *connection, Arena *arena, ChamberId chamber, int64_t limit, WorkItems *ret_items);
/** One of them. @return STATUS_NOT_FOUND when it is done or was never asked for */
MUST_USE Status work_find(Connection *connection, Arena *arena, ChamberId chamber, const char *kind, int64_t subject,
                          WorkItem *ret_item);
/** Makes a job due that failed or waits for its next try. @return STATUS_NOT_FOUND; STATUS_CONFLICT while it runs */
MUST_USE Status work_retry(Connection *connection, ChamberId chamber, Text kind, int64_t subject);

typedef struct Workers Workers;
/** Starts `threads` workers over `kinds`. They wake by work_wake or at the next due time. */
MUST_USE Status work_start(Database *database, struct Outside *outside, const JobKind *const *kinds, size_t kind_count,
                           int threads, Workers **ret_workers);
void work_stop(Workers *workers); /**< waits for running attempts */
void work_wake(void); /**< after a commit that added jobs, to save the workers' few milliseconds of looking; safe
                         without workers */

/** Runs all jobs that are due until none is left, in this thread: for commands and tests. A job that fails is due again
 * later. `ret_run` counts attempts. */
MUST_USE Status work_run_due(Database *database, struct Outside *outside, const JobKind *const *kinds,
                             size_t kind_count, int64_t *ret_run);

#endif
