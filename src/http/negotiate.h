/** What the client can take: HTML or JSON, gzip or not; and its cookies. */
#ifndef TRADEPOST_HTTP_NEGOTIATE_H
#define TRADEPOST_HTTP_NEGOTIATE_H

#include "base/arena.h"

/** Qualities from 0 (never) to 1000, by RFC 9110 section 12.5.1. */
typedef struct Accepted {
    int html, json;
} Accepted;

/** Reads Accept; the most specific range counts for each type. An absent header accepts all. */
Accepted negotiate_types(Text accept);
/** Whether Accept-Encoding takes gzip. */
bool negotiate_gzip(Text accept_encoding);
/** The cookie `name` of a Cookie header; empty when absent. */
Text negotiate_cookie(Text cookies, Text name);

#endif
