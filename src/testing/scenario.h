/** Runs scenarios: visits to the site, written down. */
/* clang-format off */
/**
 * Pages asked for one after the other, as text files `NAME.http` beside the code, run against the real
 * server on both engines.
 *
 *     # a comment
 *     as officer@demo.example          the following requests are this person's; signs in with the fixture's password
 *                                      at the first use and keeps the cookies. `as nobody` is a stranger's fresh browser
 *     host other.example               the Host header of the following requests; `host` alone: the first one again
 *     language mk                      their Accept-Language; `language` alone: none
 *     accept application/json          their Accept; `accept` alone: a browser's
 *     token {api}                      an API token for the following requests; `token` alone: none
 *
 *     GET /documents?state=issued      a request; HEAD and others alike
 *     POST /documents/{id}/approve     a form: its lines follow, indented
 *       field = value                  a value; \n in it is a line end
 *       file < tests/invoice.pdf       an upload of a file of the tree
 *       json {"title": "Wine"}         instead of fields: a JSON body
 *                                      the hidden token is that of the last page; `_token = x` gives another
 *
 *     expect 200                       the status; without it 200 is expected of GET, 303 of POST
 *     contains "text"                  in the page as written or as read (tags away, references decoded)
 *     lacks "text"
 *     header Location = /documents     a header's value
 *     header Location matches ^/doc    an extended regular expression
 *     header Set-Cookie absent
 *     json .lines[0].title = "Wine"    a member of a JSON answer, compared as JSON
 *     shape {"id": "x", "lines": []}   a JSON answer has exactly these members, with values of these kinds; null: of any
 *     capture id from Location ^/documents/([0-9a-z]+)$      the first group becomes {id} in all lines below
 *     capture code from body "([A-Z0-9]+)"
 *     capture link from mail officer@demo.example (https?://[^ ]+)    the newest mail to the address, by the set-up's
 *                                      `mail`
 *     follow                           GET of the last answer's Location
 *     work                             runs the jobs that are due
 *     engine postgresql                only there; `engine` alone: on both again
 *
 * Every HTML page of an answer is checked to be well formed. Where TRADEPOST_PAGES names a directory, each page is kept
 * there as a file for outside judges. A scenario prints a TAP line for each request; the first failure ends it on that
 * engine.
 */
/* clang-format on */
#ifndef TRADEPOST_TESTING_SCENARIO_H
#define TRADEPOST_TESTING_SCENARIO_H

#include "http/server.h"
#include "testing/test_database.h"

/** What a scenario stands on: given by those who have the capabilities. */
typedef struct ScenarioSetup {
    /**
     * Makes the world of one run on a migrated, empty database: fills in the fixture and says what to serve.
     *
     * @param directory  empty, for files; removed by the runner
     * @param ret_options  database and quiet are set by the runner
     */
    Status (*begin)(Arena *arena, Database *database, const char *directory, ServerOptions *ret_options,
                    void **ret_world);
    void (*end)(void *world);    /**< NULL: nothing to end */
    Status (*work)(void *world); /**< runs the jobs that are due; NULL: none */
    /** The newest mail to an address. @return STATUS_NOT_FOUND */
    Status (*mail)(void *world, Arena *arena, Text address, Text *ret_body);
    const char *sign_in_path; /**< NULL: "/sign-in", with the fields email and password */
    const char *password;     /**< of everybody in the fixture */
    bool silent;              /**< prints nothing: for the runner's own test */
} ScenarioSetup;

/** Runs the files on SQLite and, where TRADEPOST_TEST_POSTGRESQL is set, on PostgreSQL; prints TAP.
 * @return the exit code: 0 when all passed */
int scenario_run(const ScenarioSetup *setup, int file_count, char **files);

/** Runs one text, as if it stood in a file of that name, on one engine; prints a TAP line per request.
 * @param count  how many lines were printed before; counted on
 * @return how many lines failed */
int scenario_run_text(const ScenarioSetup *setup, const char *name, Text text, TestEngine engine, int *count);

#endif
