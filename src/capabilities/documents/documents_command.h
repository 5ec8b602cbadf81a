/** The commands `issue` and `verify`. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_COMMAND_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_COMMAND_H

#include "capabilities/capability.h"

#define DOCUMENTS_COMMANDS 3
extern const Command documents_commands[DOCUMENTS_COMMANDS];

/** tradepost issue: see its help. */
int documents_issue_command(CommandContext *context);
/** tradepost verify: see its help. */
int documents_verify_command(CommandContext *context);

/**
 * The chamber that a command works for: that of `code`, or the only one.
 *
 * @return STATUS_INVALID without a code where there are several, STATUS_NOT_FOUND, each with words
 */
MUST_USE Status documents_command_chamber(CommandContext *context, Text code, ChamberContext *ret_chamber);

#endif
