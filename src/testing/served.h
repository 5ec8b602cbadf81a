/** The scenarios' world behind a real server, for tests in C: people's browsers, and whether anything has changed. */
#ifndef TRADEPOST_TESTING_SERVED_H
#define TRADEPOST_TESTING_SERVED_H

#include "testing/http_client.h"
#include "testing/world.h"

/** The world while it is served. */
typedef struct Served {
    Arena *arena;
    Database *database;
    const World *world;
    ServerOptions options; /**< its routes among them */
    Server *server;
    int port;
    Text directory; /**< of its files; the blobs are in it */
    void *inside;   /**< world_setup's own */
} Served;

/** Raises the world on a fresh database of the engine, serves it, runs the body, ends both. */
void served_on_engine(TestEngine engine, void (*run)(Served *served));

/** A test over the served world on both engines: SERVED_TEST(name) { ... served ... }. */
#define SERVED_TEST(name_)                                                                                             \
    static void name_##_served(Served *served);                                                                        \
    TEST(name_##_sqlite) {                                                                                             \
        served_on_engine(TEST_SQLITE, name_##_served);                                                                 \
    }                                                                                                                  \
    TEST(name_##_postgresql) {                                                                                         \
        served_on_engine(TEST_POSTGRESQL, name_##_served);                                                             \
    }                                                                                                                  \
    static void name_##_served(Served *served)

/** A browser of nobody. */
HttpClient served_stranger(const Served *served);
/** The browser of a person who signs in at `host` (NULL: the first chamber's); fails the test when she cannot. */
HttpClient served_sign_in(const Served *served, const char *email, const char *host);
/** A form token for this browser's next form, from a page that has one for anybody. */
Text served_form_token(HttpClient *client);
/** POST of an urlencoded body, to which the form token is added. */
HttpAnswer served_post(HttpClient *client, Text path, Text token, const char *fields);
/** Runs statements in one transaction: for states that no page brings about quickly. */
void served_sql(const Served *served, Text sql);
/** One number that a query finds, in its column "number". */
PRINTF_LIKE(2, 3) int64_t served_number(const Served *served, const char *sql, ...);
/** One text that a query finds, in its column "text". */
PRINTF_LIKE(2, 3) Text served_text(const Served *served, const char *sql, ...);
/** Runs the jobs that are due. */
void served_work(const Served *served);

/**
 * All that is kept, in words: a line "TABLE ROWS DIGEST" for each table, and one for the files.
 *
 * Two of them are equal when nothing has changed; sessions' and tokens' last use counts as a change.
 */
Text served_state(const Served *served);
/** The lines that differ, for the words of a failing test. */
Text served_difference(Arena *arena, Text before, Text after);
/** Keeps a copy of all rows beside them, to which served_restore brings the world back any number of times. Once. */
void served_keep(const Served *served);
/** Brings all rows back to what they were when they were kept; files stay. */
void served_restore(const Served *served);

#endif
