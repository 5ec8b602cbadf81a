/** One attempt of a job, from the taking to the giving back. */
#include "work/run.h"

#include "base/digest.h"
#include "base/log.h"
#include "work_sql.h"

enum { ARENA_BUDGET = 256 * 1024 * 1024, WORDS_LIMIT = 500 };

static const int64_t lease_default = 60 * TIME_SECOND;
static const int64_t back_off_first = 2 * TIME_SECOND, back_off_last = TIME_HOUR;
static const Time never = {INT64_MAX};

/** What the runner keeps of a job in the hands of its function. */
struct JobHold {
    const Taken *taken;
    bool done;     /* by work_done, in a transaction of the function */
    Time next_try; /* by work_next_try; {0}: the usual back-off */
};

int64_t work_back_off(int64_t attempt) {
    int64_t wait = back_off_first;
    for (int64_t i = 1; i < attempt && wait < back_off_last; i++) {
        wait *= 2;
    }
    if (wait > back_off_last) {
        wait = back_off_last;
    }
    uint32_t random = 0;
    random_bytes(&random, sizeof random);
    return wait * 3 / 4 +
           (int64_t)(random % (uint64_t)(wait / 2 + 1)); /* so that what failed together does not return together */
}

static const JobKind *kind_of(const WorkPlace *place, Text name) {
    for (size_t i = 0; i < place->kind_count; i++) {
        if (text_equal(text_of(place->kinds[i]->name), name)) {
            return place->kinds[i];
        }
    }
    return NULL;
}

static int64_t lease_of(const JobKind *kind) {
    return kind != NULL && kind->lease > 0 ? kind->lease : lease_default;
}

/** The search for due jobs. */
typedef struct Search {
    Arena *arena;
    Time now;
    size_t limit;
    WorkJobs due;
    Time next;
} Search;

static Status search_body(Connection *connection, void *context) {
    Search *search = context;
    WorkJobNextRow next = {never};
    TRY(work_jobs_due(connection, search->arena, search->now, (int64_t)search->limit, &search->due));
    const Status status = work_job_next(connection, search->arena, &next);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    search->next = next.due_at;
    return STATUS_OK;
}

/** The taking of what was found. */
typedef struct Taking {
    const WorkPlace *place;
    const Search *search;
    Taken *taken;
    size_t count;
} Taking;

/* An attempt that never came to its end (the program was killed) counts too: a job that kills the program must not do
 * so for ever. */
MUST_USE static Status give_up(Connection *connection, const WorkJob *row, Time now) {
    int64_t count = 0;
    return work_job_postpone(connection,
                             &(WorkJobPostpone){.chamber = row->chamber_id,
                                                .kind = row->kind,
                                                .subject = row->subject,
                                                .owner = row->owner,
                                                .due = never,
                                                .failed = now,
                                                .last_error = TEXT("the program ended during the last attempt")},
                             &count);
}

MUST_USE static Status take_one(Connection *connection, Taking *taking, const WorkJob *row) {
    const JobKind *kind = kind_of(taking->place, row->kind);
    if (kind != NULL && kind->attempts_max > 0 && row->attempt >= kind->attempts_max) {
        return give_up(connection, row, taking->search->now);
    }
    const WorkJobTake take = {.chamber = row->chamber_id,
                              .kind = row->kind,
                              .subject = row->subject,
                              .seen_owner = row->owner,
                              .seen_due = row->due_at,
                              .owner = id_make(),
                              .lease_end = time_add(taking->search->now, lease_of(kind))};
    int64_t count = 0;
    TRY(work_job_take(connection, &take, &count));
    if (count == 1) {
        taking->taken[taking->count++] = (Taken){.chamber = row->chamber_id,
                                                 .kind = kind,
                                                 .kind_name = row->kind,
                                                 .subject = row->subject,
                                                 .asked = row->asked,
                                                 .attempt = row->attempt + 1,
                                                 .owner = take.owner,
                                                 .payload = row->payload,
                                                 .lease_end = take.lease_end};
    }
    return STATUS_OK;
}

static Status take_body(Connection *connection, void *context) {
    Taking *taking = context;
    taking->count = 0;
    for (size_t i = 0; i < taking->search->due.count; i++) {
        TRY(take_one(connection, taking, &taking->search->due.items[i]));
    }
    return STATUS_OK;
}

/* Each goes its own way from here, so each gets memory of its own. */
static void move_in(Taken *taken) {
    taken->arena = arena_open(ARENA_BUDGET);
    taken->kind_name = arena_copy(taken->arena, taken->kind_name);
    taken->payload = arena_copy(taken->arena, taken->payload);
}

MUST_USE static Status take_with(Arena *arena, const WorkPlace *place, size_t limit, Taken *ret_taken,
                                 size_t *ret_count, Time *ret_next) {
    Search search = {.arena = arena, .now = clock_now(), .limit = limit < WORK_BATCH_LIMIT ? limit : WORK_BATCH_LIMIT};
    TRY(database_read(place->database, search_body, &search));
    Taking taking = {place, &search, ret_taken, 0};
    if (search.due.count > 0) {
        TRY(database_write(place->database, take_body, &taking));
    }
    for (size_t i = 0; i < taking.count; i++) {
        move_in(&ret_taken[i]);
    }
    *ret_count = taking.count;
    *ret_next = search.next;
    return STATUS_OK;
}

Status work_take(const WorkPlace *place, size_t limit, Taken *ret_taken, size_t *ret_count, Time *ret_next) {
    Arena *arena = arena_open(ARENA_BUDGET);
    const Status status = take_with(arena, place, limit, ret_taken, ret_count, ret_next);
    arena_close(arena);
    return status;
}

/* One that was asked for anew meanwhile is given back as new. */
MUST_USE static Status end_job(Connection *connection, const Taken *taken) {
    int64_t count = 0;
    TRY(work_job_done(connection,
                      &(WorkJobDone){.chamber = taken->chamber,
                                     .kind = taken->kind_name,
                                     .subject = taken->subject,
                                     .owner = taken->owner,
                                     .asked = taken->asked},
                      &count));
    if (count == 0) {
        TRY(work_job_again(connection,
                           &(WorkJobAgain){.chamber = taken->chamber,
                                           .kind = taken->kind_name,
                                           .subject = taken->subject,
                                           .owner = taken->owner,
                                           .due = clock_now()},
                           &count));
    }
    return count == 1 ? STATUS_OK : fail(STATUS_CONFLICT, "another worker has taken this job over");
}

Status work_done(Connection *connection, Job *job) {
    if (job->hold == NULL) {
        return STATUS_OK; /* called without a runner: nobody holds it */
    }
    TRY(end_job(connection, job->hold->taken));
    job->hold->done = true;
    return STATUS_OK;
}

void work_next_try(Job *job, Time due) {
    if (job->hold != NULL) {
        job->hold->next_try = due;
    }
}

static Status end_body(Connection *connection, void *context) {
    return end_job(connection, context);
}

/** The giving back after an attempt that failed. */
typedef struct Return {
    const Taken *taken;
    Time due, failed;
    Text words;
} Return;

static Status return_body(Connection *connection, void *context) {
    const Return *back = context;
    int64_t count = 0;
    return work_job_postpone(connection,
                             &(WorkJobPostpone){.chamber = back->taken->chamber,
                                                .kind = back->taken->kind_name,
                                                .subject = back->taken->subject,
                                                .owner = back->taken->owner,
                                                .due = back->due,
                                                .failed = back->failed,
                                                .last_error = back->words},
                             &count);
}

/* The words may hold what a stranger sent: they are stored only as clean text, and cut between characters. */
static Text clean_words(Arena *arena, Status status) {
    Text words = text_slice(failure_take(), 0, WORDS_LIMIT);
    for (int cut = 0; cut < 4 && words.size > 0 && !text_is_utf8(words); cut++) {
        words.size--;
    }
    return arena_copy(arena, words.size > 0 && text_is_utf8(words) ? words : text_of(status_name(status)));
}

static void log_failure(const Taken *taken, Status status, Text words) {
    char subject[ID_TEXT_SIZE + 1];
    id_write(taken->subject, subject);
    const Text attempt = arena_format(taken->arena, "%lld", (long long)taken->attempt);
    LOG(LOG_WARNING, "job-failed", {"kind", taken->kind_name}, {"subject", text_of(subject)}, {"attempt", attempt},
        {"status", text_of(status_name(status))}, {"reason", words});
}

MUST_USE static Status give_back(const WorkPlace *place, const Taken *taken, Time next_try, Status status) {
    const JobKind *kind = taken->kind;
    const Time now = clock_now();
    const bool last = kind != NULL && kind->attempts_max > 0 && taken->attempt >= kind->attempts_max;
    Return back = {.taken = taken, .words = clean_words(taken->arena, status)};
    back.due = last ? never : time_is_set(next_try) ? next_try : time_add(now, work_back_off(taken->attempt));
    back.failed = last ? now : (Time){0};
    log_failure(taken, status, back.words);
    return database_write(place->database, return_body, &back);
}

void work_attempt(const WorkPlace *place, Taken *taken) {
    struct JobHold hold = {.taken = taken};
    Job job = {.arena = taken->arena,
               .database = place->database,
               .outside = place->outside,
               .chamber = taken->chamber,
               .subject = taken->subject,
               .payload = taken->payload,
               .attempt = taken->attempt,
               .hold = &hold};
    Status status = STATUS_OK;
    if (taken->kind == NULL) {
        status = fail(STATUS_UNSUPPORTED, "this program knows no jobs of the kind %.*s", TEXT_ARG(taken->kind_name));
    } else if (time_before(clock_now(),
                           taken->lease_end)) { /* else it waited too long behind others and is not ours any more */
        status = taken->kind->run(&job);
        if (status == STATUS_OK && !hold.done) {
            status = database_write(place->database, end_body, taken);
        }
    }
    if (status != STATUS_OK && give_back(place, taken, hold.next_try, status) != STATUS_OK) {
        log_failure(taken, STATUS_UNAVAILABLE, failure_take()); /* the end of its lease gives it back */
    }
    arena_close(taken->arena);
}

Status work_run_due(Database *database, struct Outside *outside, const JobKind *const *kinds, size_t kind_count,
                    int64_t *ret_run) {
    const WorkPlace place = {database, outside, kinds, kind_count};
    Taken taken[WORK_BATCH_LIMIT];
    int64_t run = 0;
    size_t count = 0;
    Time next = never;
    do {
        TRY(work_take(&place, WORK_BATCH_LIMIT / 2, taken, &count, &next));
        for (size_t i = 0; i < count; i++) {
            work_attempt(&place, &taken[i]);
        }
        run += (int64_t)count;
    } while (count > 0);
    *ret_run = run;
    return STATUS_OK;
}
