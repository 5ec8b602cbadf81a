/** The program: its commands, and how one is run. */
#ifndef TRADEPOST_PROGRAM_PROGRAM_H
#define TRADEPOST_PROGRAM_PROGRAM_H

#include "capabilities/capability.h"

/** Runs the command that the arguments name (the program's own name first). @return the exit code: 0 done or valid, 1
 * refused or not valid, 2 wrong use */
int program_run(int argument_count, char **arguments);

/** The program's own commands. They run without database, and open what they need. */
extern const Command serve_command, backup_command, restore_command, check_command, demonstrate_command, pdfa_command,
    seal_command, renew_command;

#endif
