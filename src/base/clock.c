/** The clock and the calendar (proleptic Gregorian, UTC). */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"

static _Atomic int64_t stopped_at;

static int64_t read_clock(clockid_t clock) {
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

Time clock_now(void) {
    const int64_t stopped = atomic_load_explicit(&stopped_at, memory_order_relaxed);
    return (Time){stopped != 0 ? stopped : read_clock(CLOCK_REALTIME)};
}

int64_t clock_monotonic(void) {
    return read_clock(CLOCK_MONOTONIC);
}

void clock_set(Time time) {
    atomic_store(&stopped_at, time.microseconds);
}

Time time_add(Time time, int64_t microseconds) {
    return (Time){time.microseconds + microseconds};
}

bool time_before(Time a, Time b) {
    return a.microseconds < b.microseconds;
}

bool time_is_set(Time time) {
    return time.microseconds != 0;
}

static int64_t days(Time time) {
    int64_t day = time.microseconds / TIME_DAY;
    if (time.microseconds % TIME_DAY < 0) {
        day--;
    }
    return day;
}

/* Days are counted from 1 March of year 0 in eras of 400 years, so that the leap day comes last. */
void time_date(Time time, int *ret_year, int *ret_month, int *ret_day) {
    const int64_t shifted = days(time) + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

Time time_of_date(int year, int month, int day) {
    const int64_t shifted_year = year - (month <= 2);
    const int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    const int64_t year_of_era = shifted_year - era * 400;
    const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (Time){(era * 146097 + day_of_era - 719468) * TIME_DAY};
}

Text time_iso_date(Arena *arena, Time time) {
    int year = 0, month = 0, day = 0;
    time_date(time, &year, &month, &day);
    return arena_format(arena, "%04d-%02d-%02d", year, month, day);
}

Text time_rfc3339(Arena *arena, Time time) {
    int year = 0, month = 0, day = 0;
    time_date(time, &year, &month, &day);
    const int64_t second = (time.microseconds - days(time) * TIME_DAY) / TIME_SECOND;
    return arena_format(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, (int)(second / 3600),
                        (int)(second / 60 % 60), (int)(second % 60));
}

static bool read_digits(Text text, size_t from, size_t count, int *ret_number) {
    int number = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

Status time_read_iso_date(Text text, Time *ret_time) {
    int year = 0, month = 0, day = 0;
    if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-' || !read_digits(text, 0, 4, &year) ||
        !read_digits(text, 5, 2, &month) || !read_digits(text, 8, 2, &day) || month < 1 || month > 12 || day < 1 ||
        year < 1) {
        return STATUS_INVALID;
    }
    const Time time = time_of_date(year, month, day);
    int same_year = 0, same_month = 0, same_day = 0;
    time_date(time, &same_year, &same_month, &same_day);
    if (same_month != month || same_day != day) {
        return STATUS_INVALID;
    }
    *ret_time = time;
    return STATUS_OK;
}
