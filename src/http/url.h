/** Addresses: percent-encoding, host names, and which of them are ours. */
#ifndef TRADEPOST_HTTP_URL_H
#define TRADEPOST_HTTP_URL_H

#include "base/arena.h"

#define URL_BYTES_MAX 8192

/**
 * Decodes percent-encoding once; `plus` makes '+' a blank, as forms do.
 *
 * @return STATUS_INVALID for a broken escape, bytes that are not UTF-8, or NUL
 */
MUST_USE Status url_decode(Arena *arena, Text text, bool plus, Text *ret_text);
/** Encodes all but letters, digits and - . _ ~, for a value in a query. */
Text url_encode(Arena *arena, Text text);
/** Encodes what may not stand in a header or URL (controls, blanks, quotes, non-ASCII) and leaves the rest, for a
 * Location. */
Text url_encode_location(Arena *arena, Text path);
/** Whether `path` leads to this site only. */
bool url_is_local_path(Text path);
/** The query without the parameter `name`. */
Text url_query_without(Arena *arena, Text query, Text name);
/** The raw value of a query's parameter; empty when absent. */
Text url_query_value(Text query, Text name);

/**
 * Takes a Host header apart: name in lower case, digits of the port (empty without).
 *
 * @return STATUS_INVALID when it is no host name, IPv4 or bracketed IPv6 address
 */
MUST_USE Status url_read_host(Arena *arena, Text header, Text *ret_name, Text *ret_port);

#endif
