/** A header with the wrong guard and functions that say nothing. */
#ifndef THINGS_H
#define THINGS_H

#include "base/status.h"

int things_count(void);

/** @return STATUS_GONE when it is gone */
Status things_find(void);

MUST_USE Status things_open(void); /**< opens */
PRINTF_LIKE(1, 2) void things_print(const char *format, ...);

/* No docstring: one star. */
static inline int things_twice(int value) {
    return 2 * value;
}

typedef int Counter(void);
extern const int things[];
struct Thing;

#endif
