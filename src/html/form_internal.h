/** What the files that make, check and draw forms share. */
#ifndef TRADEPOST_HTML_FORM_INTERNAL_H
#define TRADEPOST_HTML_FORM_INTERNAL_H

#include "html/form.h"

/** The field's limit, or its kind's default. */
size_t form_limit(const Field *field);
/** How many rows a group starts with and must keep. */
size_t form_minimum_rows(const Field *field);
/** The description of a field by name; asserts that the form has it. */
const Field *form_field(const Form *form, const char *name);
/** "Line 3" for row 2 of a group. */
Text form_row_label(Arena *arena, const Language *language, const Field *group, size_t at);

/**
 * Brings a text into the one shape in which it is stored: valid UTF-8 in Unicode's normal form C, LF at line ends,
 * blanks for tabs, none at both ends (unless `untrimmed`), no control characters.
 *
 * @return STATUS_INVALID with `ret_error` saying what is wrong; then `ret_text` is still valid UTF-8, to be shown again
 */
MUST_USE Status form_clean_text(Arena *arena, Text text, bool several_lines, bool untrimmed, Text *ret_text,
                                Message *ret_error);
/** A mailbox of RFC 5321 without quoted local part; the domain comes back in lower-case ASCII. @return STATUS_INVALID
 */
MUST_USE Status form_read_email(Arena *arena, Text text, Text *ret_email);
/** "012,50" as "12.5". @return STATUS_INVALID for what is no number, STATUS_TOO_LARGE for too many digits,
 * STATUS_CONFLICT where a comma may part thousands or a fraction */
MUST_USE Status form_read_decimal(Arena *arena, Text text, Text *ret_decimal);
/** The HS code without dots and blanks. @return STATUS_INVALID */
MUST_USE Status form_read_hs_code(Arena *arena, Text text, Text *ret_code);

#endif
