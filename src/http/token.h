/** Keyed marks: the token in forms against forged requests, and the notice that travels in a cookie. */
#ifndef TRADEPOST_HTTP_TOKEN_H
#define TRADEPOST_HTTP_TOKEN_H

#include "base/arena.h"

/**
 * The token for forms of a session (or of a stranger's `form` cookie): a keyed hash, masked afresh each time so that
 * compressing a page beside chosen input tells nothing about it.
 *
 * @param purpose  "session" or "form": a token of one never serves as the other
 */
Text token_make(Arena *arena, Text secret, const char *purpose, Text holder);
/** Whether `token` was made for the same secret, purpose and holder. */
bool token_is_good(Arena *arena, Text secret, const char *purpose, Text holder, Text token);
/** `message` with its keyed hash, as a cookie's value. */
Text token_sign_message(Arena *arena, Text secret, Text message);
/** The message of such a value. @return STATUS_INVALID when it is not one of ours */
MUST_USE Status token_read_message(Arena *arena, Text secret, Text value, Text *ret_message);

#endif
