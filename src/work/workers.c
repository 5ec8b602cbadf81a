/** Threads that run jobs: one of the idle ones looks for due jobs, as many as there are idle threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "work/run.h"

enum { THREADS_LIMIT = 64 };

/* Other processes may add jobs without waking us; and a look costs microseconds. */
static const int64_t look_again = 2 * TIME_SECOND;

/* What was added in this process appears with its transaction's commit, which is a matter of moments. */
static const int64_t expect_for = TIME_SECOND, look_soon = TIME_SECOND / 200;
static _Atomic int64_t expected_until;

struct Workers {
    Arena *arena;
    WorkPlace place;
    pthread_t threads[THREADS_LIMIT];
    int thread_count, idle;
    bool looking, stopping;
    Taken queue[WORK_BATCH_LIMIT];
    size_t queued;
};

/* One lock for all: it is held for moments only. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t wakes;

static void lock(void) {
    if (pthread_mutex_lock(&gate) != 0) {
        abort();
    }
}

static void unlock(void) {
    if (pthread_mutex_unlock(&gate) != 0) {
        abort();
    }
}

void work_wake(void) {
    lock();
    wakes++;
    (void)pthread_cond_broadcast(&changed);
    unlock();
}

void work_expect(void) {
    atomic_store(&expected_until, clock_monotonic() + expect_for);
    work_wake();
}

static void wait_for(int64_t microseconds) {
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    const int64_t nanoseconds = end.tv_nsec + microseconds % TIME_SECOND * 1000;
    end.tv_sec += (time_t)(microseconds / TIME_SECOND + nanoseconds / 1000000000);
    end.tv_nsec = (long)(nanoseconds % 1000000000);
    (void)pthread_cond_clockwait(&changed, &gate, CLOCK_MONOTONIC, &end);
}

static int64_t until(Time next) {
    const int64_t longest = clock_monotonic() < atomic_load(&expected_until) ? look_soon : look_again;
    const int64_t rest = next.microseconds - clock_now().microseconds;
    return next.microseconds == INT64_MAX || rest > longest ? longest : rest < 0 ? 0 : rest;
}

/* Looks for jobs without the lock, puts them into the queue, and waits when there are none. Called and returns with the
 * lock held. */
static void look(Workers *workers) {
    const uint64_t seen = wakes;
    const size_t wanted = (size_t)workers->idle + 1;
    Time next = {INT64_MAX};
    size_t count = 0;
    workers->looking = true;
    unlock();
    const Status status = work_take(&workers->place, wanted, workers->queue, &count, &next);
    if (status != STATUS_OK) {
        LOG(LOG_ERROR, "jobs-not-found", {"status", text_of(status_name(status))}, {"reason", failure_take()});
    }
    lock();
    workers->queued = count;
    if (count == 0 && !workers->stopping && wakes == seen) {
        wait_for(status == STATUS_OK ? until(next) : look_again);
    }
    workers->looking = false;
    (void)pthread_cond_broadcast(&changed);
}

static void *work(void *context) {
    Workers *workers = context;
    lock();
    while (!workers->stopping || workers->queued > 0) {
        if (workers->queued > 0) {
            Taken taken = workers->queue[0];
            workers->queued--;
            memmove(workers->queue, workers->queue + 1, workers->queued * sizeof workers->queue[0]);
            unlock();
            work_attempt(&workers->place, &taken);
            lock();
        } else if (!workers->looking) {
            look(workers);
        } else {
            workers->idle++;
            (void)pthread_cond_wait(&changed, &gate);
            workers->idle--;
        }
    }
    unlock();
    return NULL;
}

Status work_start(Database *database, struct Outside *outside, const JobKind *const *kinds, size_t kind_count,
                  int threads, Workers **ret_workers) {
    Arena *arena = arena_open(64 * 1024);
    Workers *workers = arena_new(arena, Workers);
    workers->arena = arena;
    workers->place = (WorkPlace){database, outside, kinds, kind_count};
    const int wanted = threads < 1 ? 1 : threads > THREADS_LIMIT ? THREADS_LIMIT : threads;
    while (workers->thread_count < wanted) {
        if (pthread_create(&workers->threads[workers->thread_count], NULL, work, workers) != 0) {
            work_stop(workers);
            return fail(STATUS_UNAVAILABLE, "no thread for the jobs");
        }
        workers->thread_count++;
    }
    *ret_workers = workers;
    return STATUS_OK;
}

void work_stop(Workers *workers) {
    if (workers == NULL) {
        return;
    }
    lock();
    workers->stopping = true;
    (void)pthread_cond_broadcast(&changed);
    unlock();
    for (int i = 0; i < workers->thread_count; i++) {
        (void)pthread_join(workers->threads[i], NULL);
    }
    arena_close(workers->arena);
}
