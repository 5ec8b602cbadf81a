/** The command `key`. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_COMMAND_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_COMMAND_H

#include "capabilities/capability.h"

extern const char chambers_key_help[];
/** tradepost key: see its help. */
int chambers_key_command(CommandContext *context);

#endif
