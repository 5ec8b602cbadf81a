/** A small site for tests of http and of the scenario runner: two chambers, three people, pages of every kind. */
#ifndef TRADEPOST_TESTING_FAKE_SITE_H
#define TRADEPOST_TESTING_FAKE_SITE_H

#include "http/server.h"

/**
 * What tests look at and turn. Hosts: 127.0.0.1, localhost and one.example are chamber 1 (languages en, mk),
 * two.example is chamber 2. People by session cookie: "session-of-ann" (applicant), "session-of-olga" (officer); by API
 * token: "token-of-ann".
 */
typedef struct FakeSite {
    _Atomic int retries;      /**< how often POST /retry loses its race before it succeeds */
    _Atomic int handler_runs; /**< of POST handlers */
    _Atomic int prepared;     /**< how often `prepare` ran */
    _Atomic int seen;         /**< calls of session_seen */
} FakeSite;

extern FakeSite fake_site;

/** Makes the table that the pages use, and fills in all of `ret_options` but the port. */
MUST_USE Status fake_site_begin(Database *database, ServerOptions *ret_options);
/** How many notes the table holds. */
int64_t fake_site_notes(Database *database);

#endif
