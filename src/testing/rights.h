/** The files NAME.rights beside the routes: whose the things are that each route's path names, and how to try it. */
#ifndef TRADEPOST_TESTING_RIGHTS_H
#define TRADEPOST_TESTING_RIGHTS_H

#include "http/route.h"

/** Whose the thing is that the path of a route names. */
typedef enum Whose {
    WHOSE_NOTHING,          /**< "nothing": the path names nothing of anybody; who may says all */
    WHOSE_SECRET,           /**< "secret": of whoever knows the secret in the path; nobody here does */
    WHOSE_OWN_FIRM,         /**< "own-firm": the firm acted for, without its id; who has none finds nothing */
    WHOSE_OWN_ACCOUNT,      /**< "own-account": a session or token: its person alone */
    WHOSE_ACTS_FOR_FIRM,    /**< "acts-for-firm": a firm in the form that the actor wants to act for: its people */
    WHOSE_FIRM,             /**< "firm": a person or invitation of a firm: that firm's people alone */
    WHOSE_FIRM_DOCUMENT,    /**< "firm-document": a document, for its firm's people alone */
    WHOSE_SEEN_DOCUMENT,    /**< "seen-document": its firm's people; the chamber's staff once it was handed in */
    WHOSE_CHAMBER_DOCUMENT, /**< "chamber-document": the chamber's staff once it was handed in */
    WHOSE_CHAMBER,          /**< "chamber": a firm, a person, a job of the chamber: its staff */
    WHOSE_COUNT
} Whose;

/** One line: METHOD PATH WHOSE, then where needed `form FIELDS` (encoded, valid, for a POST), `try QUERY|QUERY` (for a
 * GET), `file FIELD` (takes a PDF), `people` (API tokens are refused). */
typedef struct Right {
    Method method;
    Text path;
    Whose whose;
    Text form, queries, file;
    bool people;
    const Route *route; /**< for those who match it with its route */
} Right;

typedef struct Rights {
    Right *items;
    size_t count;
} Rights;

/** Reads src/capabilities/NAME/NAME.rights of all capabilities; fails the test at a line that is none. */
Rights rights_read(Arena *arena);

#endif
