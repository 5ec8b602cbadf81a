/** Time: UTC microseconds since 1970, from one clock that tests can set. */
#ifndef TRADEPOST_BASE_CLOCK_H
#define TRADEPOST_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct Arena;

/** A moment. {0} means "never" or "not yet". */
typedef struct Time {
    int64_t microseconds;
} Time;

#define TIME_SECOND INT64_C(1000000)
#define TIME_MINUTE (60 * TIME_SECOND)
#define TIME_HOUR   (60 * TIME_MINUTE)
#define TIME_DAY    (24 * TIME_HOUR)

/** Now, or the moment at which clock_set stopped the clock. */
Time clock_now(void);
/** Monotonic microseconds, for durations only. */
int64_t clock_monotonic(void);
/** Tests: stops the clock at `time`; {0} lets it run again. */
void clock_set(Time time);

/** The moment that many microseconds later (earlier when negative). */
Time time_add(Time time, int64_t microseconds);
/** True when `a` comes before `b`. */
bool time_before(Time a, Time b);
/** True unless it is {0}. */
bool time_is_set(Time time);
/** Calendar date in UTC. */
void time_date(Time time, int *ret_year, int *ret_month, int *ret_day);
Time time_of_date(int year, int month, int day);
/** "2026-11-23T18:30:00Z" (RFC 3339, whole seconds). */
Text time_rfc3339(struct Arena *arena, Time time);
/** "2026-11-23" (ISO 8601). */
Text time_iso_date(struct Arena *arena, Time time);
/** Reads "2026-11-23" and refuses days that do not exist. @return STATUS_INVALID */
MUST_USE Status time_read_iso_date(Text text, Time *ret_time);

#endif
