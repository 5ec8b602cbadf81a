/** Taking, running and giving back of jobs; for work's own files. */
#ifndef TRADEPOST_WORK_RUN_H
#define TRADEPOST_WORK_RUN_H

#include "work/work.h"

/** What jobs run over. */
typedef struct WorkPlace {
    Database *database;
    struct Outside *outside;
    const JobKind *const *kinds;
    size_t kind_count;
} WorkPlace;

/** A job taken for one attempt; owns its arena. */
typedef struct Taken {
    Arena *arena;
    ChamberId chamber;
    const JobKind *kind; /**< NULL: of no kind that this program knows */
    Text kind_name;
    int64_t subject, asked, attempt, owner;
    Text payload;
    Time lease_end;
} Taken;

#define WORK_BATCH_LIMIT 16

/**
 * Takes up to `limit` (at most WORK_BATCH_LIMIT) due jobs, each for one attempt, in one transaction.
 *
 * @param ret_next  when to look again: the next due time, {INT64_MAX} when there is no job
 */
MUST_USE Status work_take(const WorkPlace *place, size_t limit, Taken *ret_taken, size_t *ret_count, Time *ret_next);

/** Runs one attempt and gives the job back: done, to be tried again, or failed. Closes its arena. Logs what failed. */
void work_attempt(const WorkPlace *place, Taken *taken);

/** How long to wait after the attempt of this number failed: doubles from 2 s to 1 h, give or take a quarter. */
int64_t work_back_off(int64_t attempt);

/** Has the workers look often for a moment: a job was added in a transaction that is about to commit. */
void work_expect(void);

#endif
