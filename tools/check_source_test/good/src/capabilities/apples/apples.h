/** Apples as other capabilities see them. */
#ifndef TRADEPOST_CAPABILITIES_APPLES_APPLES_H
#define TRADEPOST_CAPABILITIES_APPLES_APPLES_H

#include "base/status.h"
#include "capabilities/pears/pears.h"

/** A kind of apple; its name is borrowed. */
typedef struct Apple {
    const char *name; /**< not strcpy(), which stands in a comment only */
    int (*weigh)(const struct Apple *apple);
} Apple;

/**
 * Finds an apple by name.
 *
 * @return STATUS_NOT_FOUND without one
 */
MUST_USE Status apples_find(const char *name, const Apple **ret_apple);
int apples_count(void); /**< all of them */

/** Two of a group: the first and the last by name. */
const Apple *apples_first(void);
const Apple *apples_last(void);

#endif
