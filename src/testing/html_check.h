/** Whether a page is well formed: tags nest, attributes are quoted, ids are unique, labels and anchors have their
 * target. */
#ifndef TRADEPOST_TESTING_HTML_CHECK_H
#define TRADEPOST_TESTING_HTML_CHECK_H

#include "base/arena.h"

/** @return STATUS_INVALID with what is wrong, and where, as the failure's words */
MUST_USE Status html_check(Arena *arena, Text page);
/** What a reader sees: the page without tags, its references decoded, white space collapsed. */
Text html_visible_text(Arena *arena, Text page);

#endif
