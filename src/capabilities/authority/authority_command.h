/** Of the authority's own rooms: its command and what that shares with the pages. */
#ifndef TRADEPOST_CAPABILITIES_AUTHORITY_AUTHORITY_COMMAND_H
#define TRADEPOST_CAPABILITIES_AUTHORITY_AUTHORITY_COMMAND_H

#include "capabilities/capability.h"

/** tradepost authority. */
int authority_command(CommandContext *context);
extern const char authority_help[];
/** The pages of the authority's services. */
extern const Routes authority_routes;

#endif
