/** The scenarios' world with its server, for tests in C: what scenarios cannot say, as time, networks and sameness. */
#ifndef TRADEPOST_TESTING_SITE_H
#define TRADEPOST_TESTING_SITE_H

#include "testing/http_client.h"
#include "testing/world.h"

typedef struct Site {
    Arena *arena;
    Database *database;
    Server *server;
    void *inside;
    const World *world;
    HttpClient client;     /**< one browser; site_browser makes others */
    ServerOptions options; /**< its routes among them */
} Site;

/** Makes the world in a fresh database and serves it until the arena closes. The server's own address has a port that
 * the chamber's lacks, and the client's address is what X-Forwarded-For says. */
Site *site_open(Database *database, Arena *arena);
/** A test over the site on both engines, as NAME_sqlite and NAME_postgresql, with room for many answers:
 * SITE_TEST(name) { site_get(&site->client, "/"); } */
#define SITE_TEST(name_)                                                                                               \
    static void name_##_on(Site *site);                                                                                \
    TEST(name_##_sqlite) {                                                                                             \
        site_on_engine(TEST_SQLITE, name_##_on);                                                                       \
    }                                                                                                                  \
    TEST(name_##_postgresql) {                                                                                         \
        site_on_engine(TEST_POSTGRESQL, name_##_on);                                                                   \
    }                                                                                                                  \
    static void name_##_on(Site *site)
/** Runs the body over the site on a fresh database. */
void site_on_engine(TestEngine engine, void (*run)(Site *site));

/** Another browser. */
HttpClient site_browser(const Site *site);

/** Opens a page. */
HttpAnswer site_get(HttpClient *client, const char *path);
/** Opens `page` for its form token, then posts `fields` ("a=b&c=d", encoded) to `path`. `extra`: more header lines,
 * each with CRLF. */
HttpAnswer site_post(HttpClient *client, const char *page, const char *path, const char *fields, const char *extra);
#define SITE_PASSWORD "a+long+test+password"
/** Signs in at /sign-in. `password` is encoded as a form's value: SITE_PASSWORD is everybody's. */
HttpAnswer site_sign_in(HttpClient *client, const char *email, const char *password, const char *extra);

/** The browser of a person who signs in at `host` (NULL: the first chamber's); fails the test when she cannot. */
HttpClient site_person(const Site *site, const char *email, const char *host);
/** A form token for this browser's next form, from a page that has one for anybody. */
Text site_form_token(HttpClient *client);
/** POST of encoded fields behind a form token that is there already. */
HttpAnswer site_send(HttpClient *client, Text path, Text token, const char *fields);

/** Runs the jobs that are due. */
void site_work(const Site *site);
/** Runs statements in one transaction: for states that no page brings about quickly. */
void site_sql(const Site *site, Text sql);
/** One number that a query finds, in its column "number". */
PRINTF_LIKE(2, 3) int64_t site_number(const Site *site, const char *sql, ...);
/** One text that a query finds, in its column "text". */
PRINTF_LIKE(2, 3) Text site_text(const Site *site, const char *sql, ...);

/**
 * All that is kept, in words: a line "TABLE ROWS DIGEST" for each table, and one for the files.
 *
 * Two of them are equal when nothing has changed; sessions' and tokens' last use counts as a change.
 */
Text site_state(const Site *site);
/** The lines that differ, for the words of a failing test. */
Text site_difference(Arena *arena, Text before, Text after);
/** Keeps a copy of all rows beside them, to which site_restore brings the world back any number of times. Once. */
void site_keep(const Site *site);
/** Brings all rows back to what they were when they were kept; files stay. */
void site_restore(const Site *site);

/** The newest mail to an address, after the jobs that are due; fails the test when there is none. */
Text site_mail(const Site *site, const char *address);
/** The path of the link to the chamber's page `start` in a mail; fails the test when there is none. */
const char *site_link(const Site *site, Text mail, const char *start);

#endif
