/** Condition variables that wait by the monotonic clock. Private to this folder. */
#ifndef TRADEPOST_DATABASE_CONDITION_H
#define TRADEPOST_DATABASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Opens a condition whose deadlines are those of clock_monotonic. */
void condition_open(pthread_cond_t *condition);
/** Waits until a signal or until `deadline` (clock_monotonic). @return false when the time is over */
bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline);

#endif
