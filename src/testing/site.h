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
    HttpClient client; /**< one browser; site_browser makes others */
} Site;

/** Makes the world in a fresh database and serves it until the arena closes. The server's own address has a port that
 * the chamber's lacks, and the client's address is what X-Forwarded-For says. */
Site *site_open(Database *database, Arena *arena);
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

/** The newest mail to an address, after the jobs that are due; fails the test when there is none. */
Text site_mail(const Site *site, const char *address);
/** The path of the link to the chamber's page `start` in a mail; fails the test when there is none. */
const char *site_link(const Site *site, Text mail, const char *start);

#endif
