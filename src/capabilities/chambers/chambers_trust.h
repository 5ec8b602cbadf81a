/** What protects a chamber's documents: level by type, time-stamp authorities, anchors, and how servers are reached. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_TRUST_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_TRUST_H

#include "capabilities/chambers/chambers.h"

/** A name of a login's file: letters, digits, hyphens; the file is the operator's, DATA/logins/NAME: user and password,
 * a line each. */
bool chambers_is_login(Text name);

/** The header's value for such a login: "Basic ...". @return STATUS_UNAVAILABLE with the reason */
MUST_USE Status chambers_login(Arena *arena, const Outside *outside, Text name, Text *ret_authorization);

#endif
