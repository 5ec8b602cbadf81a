/** Jobs: asked for once, run until done, never twice at once, and seen by the operator. */
#include "work/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "database/migrations.h"
#include "testing/test_database.h"
#include "work/run.h"
#include "work_sql.h"

static const ChamberId chamber = {7}, other_chamber = {8};

/** A call of work_add as a transaction. */
typedef struct Ask {
    ChamberId chamber;
    const char *kind;
    int64_t subject;
    Text payload;
    Time due;
} Ask;

static Status ask_body(Connection *connection, void *context) {
    const Ask *ask = context;
    return work_add(connection, ask->chamber, ask->kind, ask->subject, ask->payload, ask->due);
}

static void ask(Database *database, const char *kind, int64_t subject) {
    CHECK_OK(database_write(database, ask_body, &(Ask){chamber, kind, subject, TEXT("load"), {0}}));
}

/** The list of a chamber, read in a transaction. */
typedef struct Listing {
    Arena *arena;
    ChamberId chamber;
    WorkItems items;
} Listing;

static Status list_body(Connection *connection, void *context) {
    Listing *listing = context;
    return work_list(connection, listing->arena, listing->chamber, 1000, &listing->items);
}

static WorkItems list(Database *database, Arena *arena) {
    Listing listing = {arena, chamber, {NULL, 0}};
    CHECK_OK(database_read(database, list_body, &listing));
    return listing.items;
}

static int64_t run_due(Database *database, const JobKind *const *kinds, size_t count) {
    int64_t run = -1;
    log_set_level(LOG_ERROR);
    CHECK_OK(work_run_due(database, NULL, kinds, count, &run));
    return run;
}

/* What the jobs of these tests did. */
static _Atomic int runs;
static Job last;
static int failures_left;

static Status count_run(Job *job) {
    last = *job;
    CHECK_TEXT(job->payload, "load");
    runs++;
    return STATUS_OK;
}

static Status fail_some(Job *job) {
    last = *job;
    runs++;
    return failures_left-- > 0 ? fail(STATUS_UNAVAILABLE, "the stamp office is closed") : STATUS_OK;
}

static const JobKind counting = {.name = "test.count", .run = count_run};
static const JobKind failing = {.name = "test.fail", .run = fail_some, .attempts_max = 3};
static const JobKind *const kinds[] = {&counting, &failing};

DATABASE_TEST(statements_run) {
    test_statements(database, arena, work_statements, work_statement_count);
}

DATABASE_TEST(job_runs_once) {
    ask(database, "test.count", 5);
    CHECK_INT(run_due(database, kinds, 2), 1);
    CHECK_INT(runs, 1);
    CHECK_INT(last.subject, 5);
    CHECK_INT(last.chamber.value, 7);
    CHECK_INT(last.attempt, 1);
    CHECK_INT(run_due(database, kinds, 2), 0);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(job_asked_twice_while_it_waits_is_one) {
    ask(database, "test.count", 5);
    CHECK_OK(database_write(database, ask_body, &(Ask){chamber, "test.count", 5, TEXT("other"), {0}}));
    CHECK_OK(database_write(database, ask_body, &(Ask){other_chamber, "test.count", 5, TEXT("load"), {0}}));
    ask(database, "test.count", 6);
    CHECK_INT(list(database, arena).count, 2);
    CHECK_INT(run_due(database, kinds, 2), 3);
}

DATABASE_TEST(job_waits_until_it_is_due) {
    const Time now = clock_now();
    clock_set(now);
    CHECK_OK(
        database_write(database, ask_body, &(Ask){chamber, "test.count", 5, TEXT("load"), time_add(now, TIME_HOUR)}));
    CHECK_INT(run_due(database, kinds, 2), 0);
    clock_set(time_add(now, TIME_HOUR - 1));
    CHECK_INT(run_due(database, kinds, 2), 0);
    clock_set(time_add(now, TIME_HOUR));
    CHECK_INT(run_due(database, kinds, 2), 1);
    CHECK_INT(list(database, arena).count, 0);
}

static Status ask_and_fail(Connection *connection, void *context) {
    TRY(ask_body(connection, context));
    return fail(STATUS_CONFLICT, "the act was refused after all");
}

DATABASE_TEST(job_of_an_act_that_failed_is_not_there) {
    CHECK_STATUS(database_write(database, ask_and_fail, &(Ask){chamber, "test.count", 5, TEXT("load"), {0}}),
                 STATUS_CONFLICT);
    CHECK_INT(run_due(database, kinds, 2), 0);
    CHECK_INT(list(database, arena).count, 0);
}

static Status ask_again(Job *job) {
    if (runs++ == 0) {
        CHECK_OK(database_write(job->database, ask_body, &(Ask){chamber, "test.again", 5, TEXT("second"), {0}}));
    } else {
        CHECK_TEXT(job->payload, "second");
        CHECK_INT(job->attempt, 1);
    }
    return STATUS_OK;
}

DATABASE_TEST(job_asked_for_while_it_runs_runs_again) {
    static const JobKind again = {.name = "test.again", .run = ask_again};
    static const JobKind *const only[] = {&again};
    ask(database, "test.again", 5);
    CHECK_INT(run_due(database, only, 1), 2);
    CHECK_INT(runs, 2);
    CHECK_INT(list(database, arena).count, 0);
}

TEST(job_back_off_grows_and_ends) {
    int64_t expected = 2 * TIME_SECOND;
    for (int64_t attempt = 1; attempt < 70; attempt++) {
        int64_t least = INT64_MAX, most = 0;
        for (int i = 0; i < 200; i++) {
            const int64_t wait = work_back_off(attempt);
            least = wait < least ? wait : least;
            most = wait > most ? wait : most;
        }
        CHECK(least >= expected * 3 / 4 && most <= expected * 5 / 4 && most - least > expected / 4);
        expected = expected * 2 > TIME_HOUR ? TIME_HOUR : expected * 2;
    }
}

DATABASE_TEST(job_that_fails_is_tried_again_later) {
    const Time now = clock_now();
    clock_set(now);
    failures_left = 1;
    ask(database, "test.fail", 5);
    CHECK_INT(run_due(database, kinds, 2), 1);
    const WorkItems items = list(database, arena);
    CHECK_INT(items.count, 1);
    CHECK_INT(items.items[0].state, WORK_WAITING);
    CHECK_INT(items.items[0].attempts, 1);
    CHECK_TEXT(items.items[0].kind, "test.fail");
    CHECK_TEXT(items.items[0].last_error, "the stamp office is closed");
    CHECK(items.items[0].due_at.microseconds > time_add(now, TIME_SECOND).microseconds);
    CHECK(items.items[0].due_at.microseconds < time_add(now, 3 * TIME_SECOND).microseconds);
    CHECK_INT(run_due(database, kinds, 2), 0);
    clock_set(items.items[0].due_at);
    CHECK_INT(run_due(database, kinds, 2), 1);
    CHECK_INT(last.attempt, 2);
    CHECK_INT(list(database, arena).count, 0);
}

/** A call of work_retry as a transaction. */
static Status retry_body(Connection *connection, void *context) {
    return work_retry(connection, chamber, TEXT("test.fail"), *(int64_t *)context);
}

DATABASE_TEST(job_that_failed_for_good_rests_until_somebody_retries_it) {
    Time now = clock_now();
    int64_t subject = 5, absent = 6;
    failures_left = 3;
    ask(database, "test.count", 1);
    ask(database, "test.fail", 5);
    for (int i = 0; i < 10; i++) {
        clock_set(now);
        (void)run_due(database, kinds, 2);
        now = time_add(now, 2 * TIME_HOUR);
    }
    CHECK_INT(runs, 4);
    const WorkItems items = list(database, arena);
    CHECK_INT(items.count, 1);
    CHECK_INT(items.items[0].state, WORK_FAILED);
    CHECK_INT(items.items[0].attempts, 3);
    CHECK(time_is_set(items.items[0].failed_at));
    CHECK_STATUS(database_write(database, retry_body, &absent), STATUS_NOT_FOUND);
    CHECK_OK(database_write(database, retry_body, &subject));
    CHECK_INT(run_due(database, kinds, 2), 1);
    CHECK_INT(last.attempt, 1);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(job_asked_for_after_it_failed_starts_afresh) {
    Time now = clock_now();
    failures_left = 3;
    clock_set(now);
    ask(database, "test.fail", 5);
    for (int i = 0; i < 3; i++) {
        clock_set(now);
        CHECK_INT(run_due(database, kinds, 2), 1);
        now = time_add(now, 2 * TIME_HOUR);
    }
    CHECK_INT(run_due(database, kinds, 2), 0);
    ask(database, "test.fail", 5);
    CHECK_INT(run_due(database, kinds, 2), 1);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(job_of_an_unknown_kind_waits_and_says_so) {
    ask(database, "test.stranger", 5);
    CHECK_INT(run_due(database, kinds, 2), 1);
    const WorkItems items = list(database, arena);
    CHECK_INT(items.count, 1);
    CHECK_TEXT(items.items[0].last_error, "this program knows no jobs of the kind test.stranger");
}

static Status fail_with_noise(Job *job) {
    (void)job;
    char noise[499];
    memset(noise, 'x', sizeof noise);
    return fail(STATUS_INVALID, "%.*sж", (int)sizeof noise, noise);
}

static Status fail_with_bytes(Job *job) {
    (void)job;
    return fail(STATUS_INVALID, "\xFF\xFE bytes");
}

DATABASE_TEST(job_words_are_always_clean_text) {
    static const JobKind noisy = {.name = "test.noise", .run = fail_with_noise};
    static const JobKind bytes = {.name = "test.bytes", .run = fail_with_bytes};
    static const JobKind *const both[] = {&noisy, &bytes};
    ask(database, "test.noise", 1);
    ask(database, "test.bytes", 2);
    CHECK_INT(run_due(database, both, 2), 2);
    const WorkItems items = list(database, arena);
    CHECK_INT(items.count, 2);
    CHECK(text_is_utf8(items.items[0].last_error) && items.items[0].last_error.size == 499);
    CHECK_TEXT(items.items[1].last_error, "invalid");
}

/* Leases. */

DATABASE_TEST(job_lease_ends_and_another_takes_it_over) {
    const WorkPlace place = {database, NULL, kinds, 2};
    const Time now = clock_now();
    Taken first[4], second[4];
    size_t count = 0;
    Time next = {0};
    int64_t subject = 5;
    clock_set(now);
    ask(database, "test.fail", 5);
    CHECK_OK(work_take(&place, 4, first, &count, &next));
    CHECK_INT(count, 1);
    CHECK_INT(list(database, arena).items[0].state, WORK_RUNNING);
    CHECK_STATUS(database_write(database, retry_body, &subject), STATUS_CONFLICT);
    CHECK_OK(work_take(&place, 4, second, &count, &next));
    CHECK_INT(count, 0);
    CHECK_INT(next.microseconds, time_add(now, 60 * TIME_SECOND).microseconds);
    clock_set(time_add(now, 60 * TIME_SECOND));
    CHECK_OK(work_take(&place, 4, second, &count, &next));
    CHECK_INT(count, 1);
    CHECK_INT(second[0].attempt, 2);
    work_attempt(&place, &first[0]); /* came too late: is not run */
    CHECK_INT(runs, 0);
    CHECK_INT(list(database, arena).count, 1);
    work_attempt(&place, &second[0]);
    CHECK_INT(runs, 1);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(job_that_kills_the_program_does_not_do_so_for_ever) {
    const WorkPlace place = {database, NULL, kinds, 2};
    Time now = clock_now(), next = {0};
    Taken taken[4];
    size_t count = 0;
    clock_set(now);
    ask(database, "test.fail", 5);
    for (int i = 0; i < 3; i++) {
        clock_set(now);
        CHECK_OK(work_take(&place, 4, taken, &count, &next));
        CHECK_INT(count, 1);
        arena_close(taken[0].arena); /* as after a crash: nobody gives it back */
        now = time_add(now, TIME_HOUR);
    }
    clock_set(now);
    CHECK_OK(work_take(&place, 4, taken, &count, &next));
    CHECK_INT(count, 0);
    const WorkItems items = list(database, arena);
    CHECK_INT(items.items[0].state, WORK_FAILED);
    CHECK_TEXT(items.items[0].last_error, "the program ended during the last attempt");
}

static Status done_body(Connection *connection, void *context) {
    return work_done(connection, context);
}

/* The first attempt sleeps past its lease, meanwhile the second does the work. */
static Status oversleep(Job *job) {
    if (job->attempt == 1) {
        clock_set(time_add(clock_now(), TIME_HOUR));
        static const JobKind self = {.name = "test.oversleep", .run = oversleep};
        static const JobKind *const only[] = {&self};
        CHECK_INT(run_due(job->database, only, 1), 1);
        CHECK_STATUS(database_write(job->database, done_body, job), STATUS_CONFLICT);
        return STATUS_CONFLICT;
    }
    CHECK_OK(database_write(job->database, done_body, job));
    runs++;
    return STATUS_OK;
}

DATABASE_TEST(job_outliving_its_lease_cannot_commit) {
    static const JobKind sleeper = {.name = "test.oversleep", .run = oversleep};
    static const JobKind *const only[] = {&sleeper};
    clock_set(clock_now());
    ask(database, "test.oversleep", 5);
    CHECK_INT(run_due(database, only, 1), 1);
    CHECK_INT(runs, 1);
    CHECK_INT(list(database, arena).count, 0);
}

/* The first attempt sleeps past its lease and another is at work when it wakes. */
static Status wake_too_late(Job *job) {
    static const JobKind self = {.name = "test.late", .run = wake_too_late};
    static const JobKind *const only[] = {&self};
    const WorkPlace place = {job->database, NULL, only, 1};
    Taken other[1];
    size_t count = 0;
    Time next = {0};
    if (job->attempt == 1) {
        clock_set(time_add(clock_now(), TIME_HOUR));
        CHECK_OK(work_take(&place, 1, other, &count, &next));
        CHECK_INT(count, 1);
        CHECK_STATUS(database_write(job->database, done_body, job), STATUS_CONFLICT);
        work_attempt(&place, &other[0]);
    }
    runs++;
    return STATUS_OK;
}

DATABASE_TEST(job_in_the_hands_of_another_cannot_be_ended) {
    static const JobKind late = {.name = "test.late", .run = wake_too_late};
    static const JobKind *const only[] = {&late};
    clock_set(clock_now());
    ask(database, "test.late", 5);
    CHECK_INT(run_due(database, only, 1), 1);
    CHECK_INT(runs, 2);
    CHECK_INT(list(database, arena).count, 0);
}

/* Workers. */

enum { CROWD = 120 };
static _Atomic int at_work[CROWD], finished[CROWD], clashes;

static Status work_alone(Job *job) {
    const struct timespec moment = {0, 1000000};
    if (at_work[job->subject]++ != 0) {
        clashes++;
    }
    (void)nanosleep(&moment, NULL);
    at_work[job->subject]--;
    finished[job->subject]++;
    return STATUS_OK;
}

static const JobKind alone = {.name = "test.alone", .run = work_alone};
static const JobKind *const alone_kinds[] = {&alone};

static int count_finished(void) {
    int count = 0;
    for (int i = 0; i < CROWD; i++) {
        count += finished[i];
    }
    return count;
}

static void wait_for_finished(int wanted) {
    for (int tries = 0; tries < 2000 && count_finished() < wanted; tries++) {
        (void)usleep(5000);
    }
}

static void check_crowd(TestEngine engine) {
    Arena *arena = arena_open(64 << 20);
    const Text address = test_database_address(engine, arena);
    Database *databases[2];
    Workers *workers[2];
    for (int i = 0; i < 2; i++) {
        CHECK_OK(database_open(address, &databases[i]));
    }
    CHECK_OK(database_migrate(databases[0], migrations, migration_count));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(work_start(databases[i], NULL, alone_kinds, 1, 4, &workers[i]));
    }
    for (int i = 0; i < CROWD; i++) {
        ask(databases[i % 2], "test.alone", i);
    }
    wait_for_finished(CROWD);
    for (int i = 0; i < 2; i++) {
        work_stop(workers[i]);
    }
    CHECK_INT(list(databases[0], arena).count, 0);
    for (int i = 0; i < 2; i++) {
        database_close(databases[i]);
    }
    CHECK_INT(clashes, 0);
    for (int i = 0; i < CROWD; i++) {
        CHECK_INT(finished[i], 1);
    }
    arena_close(arena);
}

TEST(two_crowds_of_workers_never_share_a_job_sqlite) {
    check_crowd(TEST_SQLITE);
}

TEST(two_crowds_of_workers_never_share_a_job_postgresql) {
    check_crowd(TEST_POSTGRESQL);
}

DATABASE_TEST(workers_start_soon_and_stop_cleanly) {
    Workers *workers = NULL;
    CHECK_OK(work_start(database, NULL, alone_kinds, 1, 3, &workers));
    (void)usleep(100000); /* they have found nothing and wait */
    const int64_t before = clock_monotonic();
    ask(database, "test.alone", 1);
    wait_for_finished(1);
    CHECK_INT(count_finished(), 1);
    CHECK(clock_monotonic() - before < TIME_SECOND);
    work_stop(workers);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(workers_wake_for_a_due_time) {
    Workers *workers = NULL;
    CHECK_OK(work_start(database, NULL, alone_kinds, 1, 2, &workers));
    const Time due = time_add(clock_now(), TIME_SECOND + TIME_SECOND / 4);
    CHECK_OK(database_write(database, ask_body, &(Ask){chamber, "test.alone", 1, TEXT("load"), due}));
    wait_for_finished(1);
    CHECK_INT(count_finished(), 1);
    CHECK(!time_before(clock_now(), due) && clock_now().microseconds < time_add(due, TIME_SECOND).microseconds);
    work_stop(workers);
    CHECK_INT(list(database, arena).count, 0);
}

DATABASE_TEST(workers_stop_after_what_runs) {
    Workers *workers = NULL;
    CHECK_OK(work_start(database, NULL, alone_kinds, 1, 2, &workers));
    for (int i = 0; i < 20; i++) {
        ask(database, "test.alone", i);
    }
    wait_for_finished(1);
    work_stop(workers);
    const int done = count_finished();
    for (int i = 0; i < CROWD; i++) {
        CHECK_INT(at_work[i], 0);
    }
    CHECK_INT(list(database, arena).count, (size_t)(20 - done));
}

/* Kills. The jobs' work is a row in the outbox, so that a job done twice breaks its key. */

static Status record_body(Connection *connection, void *context) {
    Job *job = context;
    TRY(work_mail_insert(connection, &(WorkMailInsert){.chamber = job->chamber, .mail = {job->subject}}));
    return work_done(connection, job);
}

static Status record(Job *job) {
    return database_write(job->database, record_body, job);
}

static const JobKind recording = {.name = "test.record", .run = record, .lease = TIME_SECOND / 4};
static const JobKind *const recording_kinds[] = {&recording};

static Status count_body(Connection *connection, void *context) {
    Listing *listing = context;
    WorkMailsNewestRows rows = {NULL, 0};
    TRY(work_mails_newest(connection, listing->arena, chamber, 1000, &rows));
    listing->items.count = rows.count;
    return STATUS_OK;
}

static void check_kills(TestEngine engine) {
    enum { ROUNDS = 12, JOBS = 200 };
    Arena *arena = arena_open(64 << 20);
    const Text address = test_database_address(engine, arena);
    uint64_t random = test_seed();
    Database *database = NULL;
    CHECK_OK(database_open(address, &database));
    CHECK_OK(database_migrate(database, migrations, migration_count));
    for (int i = 0; i < JOBS; i++) {
        ask(database, "test.record", i + 1);
    }
    database_close(database);
    for (int round = 0; round < ROUNDS; round++) {
        const pid_t child = fork();
        if (child == 0) {
            Workers *workers = NULL;
            if (database_open(address, &database) != STATUS_OK ||
                work_start(database, NULL, recording_kinds, 1, 2, &workers) != STATUS_OK) {
                _exit(1);
            }
            (void)pause();
        }
        (void)usleep(10000 + (useconds_t)(test_random(&random) % 40000));
        int end = 0;
        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &end, 0) == child && WIFSIGNALED(end));
    }
    Listing listing = {arena, chamber, {NULL, 0}};
    CHECK_OK(database_open(address, &database));
    clock_set(time_add(clock_now(), TIME_HOUR));
    (void)run_due(database, recording_kinds, 1);
    CHECK_INT(list(database, arena).count, 0);
    CHECK_OK(database_read(database, count_body, &listing));
    CHECK_INT(listing.items.count, JOBS);
    database_close(database);
    arena_close(arena);
}

TEST(killed_workers_leave_each_job_done_once_sqlite) {
    check_kills(TEST_SQLITE);
}

TEST(killed_workers_leave_each_job_done_once_postgresql) {
    check_kills(TEST_POSTGRESQL);
}
