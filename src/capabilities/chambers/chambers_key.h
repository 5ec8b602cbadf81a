/** Seal keys of the chambers, within this capability. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_H

#include "capabilities/chambers/chambers.h"

/** Makes a chamber's seal key and notes it: keys/CODE.p12, certified by the installation's own authority
 * (outside_authority), which is made with the first chamber. */
MUST_USE Status chambers_make_key(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                                  const ChamberNew *options);

/** Forgets what is remembered of chambers' names and colours, after a change. */
void chambers_forget(void);

#endif
