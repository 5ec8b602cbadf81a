/** The checks of translations. */
#ifndef TRADEPOST_TOOLS_MESSAGES_CHECK_H
#define TRADEPOST_TOOLS_MESSAGES_CHECK_H

#include "messages.h"

/** Prints two TAP results about a catalogue. `uses` are sorted; `pages` lists the public files, one a line. False when
 * one failed. */
bool check_catalogue(Arena *arena, const Uses *uses, Catalogue *catalogue, bool public_only, Text pages,
                     size_t *number);
/** Prints one TAP result: every line of the list names something. */
bool check_public_pages(const Uses *uses, Text pages, size_t *number);

#endif
