/** A small site for tests of http and of the scenario runner: two chambers, three people, pages of every kind. */
#ifndef TRADEPOST_TESTING_FAKE_SITE_H
#define TRADEPOST_TESTING_FAKE_SITE_H

#include "http/server.h"
#include "testing/http_client.h"
#include "testing/test.h"

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

/** Bytes of /files/big. */
#define FAKE_SITE_BIG ((size_t)24 << 20)

/** Makes the table that the pages use, and fills in all of `ret_options` but the port. */
MUST_USE Status fake_site_begin(Database *database, ServerOptions *ret_options);
/** How many notes the table holds. */
int64_t fake_site_notes(Database *database);

/** The site, served on an SQLite file of the running test, and a stranger's browser that asks it. */
typedef struct FakeWorld {
    Arena *arena;
    Database *database;
    Server *server;
    HttpClient client;
} FakeWorld;

/** Starts it; `change` (may be NULL) may alter the options before. */
FakeWorld fake_world_start(void (*change)(ServerOptions *options));
/** Ends it. */
void fake_world_stop(FakeWorld *world);
/** GET by the world's browser. */
HttpAnswer fake_get(FakeWorld *world, const char *path);
/** POST of an urlencoded body, with the token of the page `page` put in front (NULL: as it is). */
HttpAnswer fake_post(FakeWorld *world, const char *page, const char *path, const char *body);
/** Makes the browser one of a signed-in person: "ann", "olga". */
void fake_sign_in(FakeWorld *world, const char *name);
/** Whether the body has the text. */
bool fake_has(const HttpAnswer *answer, const char *text);
/** Raw bytes to the server, as printf. */
PRINTF_LIKE(2, 3) HttpAnswer fake_raw(FakeWorld *world, const char *format, ...);

#endif
