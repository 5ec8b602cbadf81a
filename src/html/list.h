/** What lists share: search words folded for comparison, keys to sort by, and the same list as CSV. */
#ifndef TRADEPOST_HTML_LIST_H
#define TRADEPOST_HTML_LIST_H

#include "base/buffer.h"

/** The text with upper and lower case alike (full Unicode case folding), for columns that are searched. */
Text search_folded(Arena *arena, Text text);
/** A key whose bytes sort as people sort the text: root collation of CLDR, case and accents last. */
Text sort_key(Arena *arena, Text text);
/** The LIKE pattern (escape \) that finds `words` anywhere in a folded column; empty for no words. */
Text search_pattern(Arena *arena, Text words);

/**
 * Appends one line of CSV (RFC 4180) with CRLF: quoted where it must be.
 *
 * A cell that a spreadsheet would take for a formula (it begins with = + - @, tab or carriage return) gets an
 * apostrophe in front, unless it is a plain number.
 */
void csv_line(Buffer *buffer, const Text *cells, size_t count);
#define CSV_LINE(buffer, ...)                                                                                          \
    csv_line((buffer), (const Text[]){__VA_ARGS__}, sizeof((const Text[]){__VA_ARGS__}) / sizeof(Text))
/** The mark in front of a CSV file that tells spreadsheets that it is UTF-8. */
void csv_begin(Buffer *buffer);
/** What csv_line and csv_begin write. */
#define CSV_MEDIA_TYPE TEXT("text/csv; charset=utf-8")

#endif
