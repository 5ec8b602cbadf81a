/** Which addresses the operator allowed. */
#ifndef TRADEPOST_OUTSIDE_FETCH_ADDRESS_H
#define TRADEPOST_OUTSIDE_FETCH_ADDRESS_H

#include <curl/curl.h>
#include <sys/socket.h>

#include "base/buffer.h"

typedef struct FetchAddress {
    Text scheme, host; /**< lower case; an IPv6 address in its brackets */
    Text port;         /**< digits, also where it is the scheme's own */
} FetchAddress;

typedef struct FetchAddresses {
    const FetchAddress *items;
    size_t count;
} FetchAddresses;

/** Reads the operator's list. @return STATUS_INVALID naming what is no address */
MUST_USE Status fetch_read_addresses(Arena *arena, Text list, FetchAddresses *ret_addresses);
/** Reads a question's address as libcurl will use it; the caller frees `ret_url`. @return STATUS_FORBIDDEN when the
 * list does not have its scheme, host and port, or it is none */
MUST_USE Status fetch_check_url(Arena *arena, const FetchAddresses *allowed, Text url, CURLU **ret_url);
/** Whether a connection may go there: to public addresses, and to others that the list has as numbers. */
bool fetch_may_connect(const FetchAddresses *allowed, const struct sockaddr *address);

#endif
