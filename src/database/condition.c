/** Condition variables that wait by the monotonic clock. */
#include "database/condition.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

void condition_open(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline) {
    const struct timespec until = {.tv_sec = deadline / TIME_SECOND, .tv_nsec = deadline % TIME_SECOND * 1000};
    return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT;
}
