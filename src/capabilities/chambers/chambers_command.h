/** The commands `init`, `chambers` and `key`. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_COMMAND_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_COMMAND_H

#include "capabilities/capability.h"

#define CHAMBERS_COMMANDS 3
extern const Command chambers_commands[CHAMBERS_COMMANDS];

#endif
