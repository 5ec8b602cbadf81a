/** Units of measure: the common ones of UNECE Recommendation 20, with their symbols and names. */
#ifndef TRADEPOST_HTML_UNIT_H
#define TRADEPOST_HTML_UNIT_H

#include "html/message.h"

/** One unit. */
typedef struct Unit {
    const char *code;   /**< common code, "KGM" */
    const char *symbol; /**< "kg" */
    Message name;
    const char *aliases; /**< what people type for it, lower case, with a blank around each; NULL for none */
} Unit;

/** The unit of a code; NULL when it is none of the common ones (it may still be a code of the recommendation). */
const Unit *unit_of_code(Text code);
/**
 * The code for what somebody typed: a code, a symbol, a name or a usual short form; a code that is not in our table
 * passes as it is.
 *
 * @return STATUS_INVALID when it can be no unit
 */
MUST_USE Status unit_read(Arena *arena, Text text, Text *ret_code);
/** Every unit of the table. */
const Unit *unit_at(size_t index);
size_t unit_count(void);
/** The symbol of a code where it has one that people read ("kg"), else the code. */
Text unit_symbol(Text code);

#endif
