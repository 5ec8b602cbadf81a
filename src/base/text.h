/** Sized bytes: every text and every blob. Never owned, never changed in place. */
#ifndef TRADEPOST_BASE_TEXT_H
#define TRADEPOST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** `size` bytes at `data`; no NUL is promised behind them. {NULL, 0} is the empty text. */
typedef struct Text {
    const char *data;
    size_t size;
} Text;

typedef struct Texts {
    Text *items;
    size_t count;
} Texts;

/** A Text of a string literal, usable in static initialisers. */
#define TEXT(literal) ((Text){("" literal), sizeof(literal) - 1})
#define TEXT_INIT(literal)                                                                                             \
    { ("" literal), sizeof(literal) - 1 }
/** The two arguments for `%.*s`. */
#define TEXT_ARG(text) (int)(text).size, ((text).size > 0 ? (text).data : "")

Text text_of(const char *c_string);                   /**< NULL gives the empty text */
bool text_equal(Text a, Text b);                      /**< the same bytes */
bool text_equal_ignoring_case(Text a, Text b);        /**< ASCII letters only */
bool text_equal_constant_time(Text a, Text b);        /**< for secrets: time depends on the sizes alone */
int text_compare(Text a, Text b);                     /**< by bytes, shorter first */
bool text_starts_with(Text text, Text start);         /**< the empty text starts every text */
bool text_ends_with(Text text, Text end);             /**< and ends it */
bool text_find(Text text, Text part, size_t *ret_at); /**< first place of `part`; untouched when absent */
Text text_trim(Text text);                            /**< without ASCII white space at both ends */
Text text_slice(Text text, size_t from, size_t to);   /**< clamps both ends */
/** At most the first `size` bytes of valid UTF-8, never cut within a character. */
Text text_head(Text text, size_t size);
/** Cuts at the first `separator`: returns what stands before it and moves `rest` behind it; all of it when absent. */
Text text_cut(Text *rest, char separator);

/** Valid UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF) without NUL. */
bool text_is_utf8(Text text);
/** Number of code points of valid UTF-8. */
size_t text_length(Text text);
/** Next code point of valid UTF-8 and moves `rest` behind it; 0 at the end. */
uint32_t text_next_code_point(Text *rest);

/** Decimal integer, optional sign, nothing else around it. @return STATUS_INVALID otherwise or out of range */
MUST_USE Status text_to_int(Text text, int64_t *ret_value);

#endif
