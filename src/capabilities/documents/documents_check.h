/** The search for damage in what documents keeps. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_CHECK_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_CHECK_H

#include "capabilities/capability.h"

/** Reports each sealed file and attachment that a row names and the store does not have. See Capability.check. */
MUST_USE Status documents_check(Check *check);

#endif
