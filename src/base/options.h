/** Options of a command line: "--name VALUE", "--name=VALUE", "--flag". */
#ifndef TRADEPOST_BASE_OPTIONS_H
#define TRADEPOST_BASE_OPTIONS_H

#include "base/text.h"

/** An option that a command knows. It may be given once. */
typedef struct Option {
    const char *name; /**< without its dashes */
    Text *value;      /**< where its value goes; NULL: a flag without value */
    bool *given;      /**< set to true when it was given; NULL: nobody asks */
    bool required;
} Option;

/**
 * Reads a command's arguments: known options, and operands (what is no option, and all behind "--").
 *
 * @param operands  has room for `operand_limit`; more are refused
 * @return STATUS_INVALID with words for the user: unknown, repeated or missing option, missing value, operand too many
 */
MUST_USE Status options_read(int argument_count, char *const *arguments, const Option *options, size_t option_count,
                             Text *operands, size_t operand_limit, size_t *ret_operand_count);

/** Reads the known options out of the arguments and leaves the others in place, in order, for another reader.
 * @return STATUS_INVALID as options_read */
MUST_USE Status options_take(int *argument_count, char **arguments, const Option *options, size_t option_count);

/* What a command says when it can't go on. */

/** Prints the words of the last failure to standard error; the status's name where there are none. @return 1 */
int command_refuse(Status status);
/** Prints the words of the last failure to standard error, and where the command's help is. @return 2 */
int command_wrong_use(const char *command);
/** The same with words of its own. @return 2 */
int command_wrong_use_because(const char *command, const char *words);

#endif
