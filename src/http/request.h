/** A request as a handler sees it: who asks, for which chamber, with which typed values; and the answers that it may
 * give. */
#ifndef TRADEPOST_HTTP_REQUEST_H
#define TRADEPOST_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "database/database.h"
#include "html/form.h"
#include "html/frame.h"
#include "html/view.h"

struct Outside;

/** Roles as bits. A person holds them in one chamber; the firm's ones for one firm. */
typedef enum Role {
    ROLE_SIGNED_IN = 1 << 0,     /**< anybody with an account of this chamber */
    ROLE_APPLICANT = 1 << 1,     /**< may apply for an admitted member firm */
    ROLE_FIRM_OWNER = 1 << 2,    /**< runs a firm: invites, changes its data */
    ROLE_OFFICER = 1 << 3,       /**< reviews and certifies for the chamber */
    ROLE_ADMINISTRATOR = 1 << 4, /**< runs the chamber: staff, settings, keys, admission */
} Role;

/** Who acts. `account.value` is 0 for a stranger. */
typedef struct Actor {
    AccountId account;
    FirmId firm; /**< the firm that the person acts for; 0 for none */
    unsigned roles;
    Text name, email, firm_name;
    bool by_token; /**< an API token, not a browser */
    bool unseen;   /**< the last-seen time of session or token is old: after the answer http calls `session_seen` */
} Actor;

/** The tenant of the request, found by host name. */
typedef struct ChamberContext {
    ChamberId id;
    Text code, name, country, languages, logo, style;
} ChamberContext;

typedef struct Request {
    Arena *arena;
    Connection
        *connection; /**< read-only for GET, writing for POST; rolled back unless the handler returns STATUS_OK */
    struct Outside *outside;
    ChamberContext chamber;
    Actor actor;
    const Language *language;
    Time now;
    Text path, query, host;
    Text address;               /**< of the client, as text */
    Text public_url;            /**< "https://host[:port]" of this chamber, no slash at the end */
    bool demonstration;         /**< the installation shows itself: its mailbox is open to all */
    void *prepared;             /**< what the route's `prepare` found out */
    struct RequestState *state; /**< http's own */
} Request;

/** The valid, typed struct of the route's form. */
const void *request_form(const Request *request);
#define FORM_OF(Struct, request) ((const Struct *)request_form(request))
/** The form's values: checked ones for POST, what was typed and is wrong when a page is shown again; NULL when there
 * are none. */
const FormValues *request_values(const Request *request);
/** What a page with a form shows: the values typed before if this page is shown again, else those of `bound` (NULL:
 * empty). */
const FormValues *request_values_or(Request *request, const Form *form, const void *bound);

/** The body as it came, of a route that takes one. */
Text request_body(const Request *request);
/** An id in the path, by the route's name for it; the route matched, so it is well formed. */
int64_t request_path_id(const Request *request, const char *name);
#define PATH_ID(Id, request, name) ((Id){request_path_id((request), (name))})
/** A {name:text} segment of the path, or its {name:rest}, percent-decoded. */
Text request_path_text(const Request *request, const char *name);
/** The button that was pressed: the value of the field "action", or empty. */
Text request_action(const Request *request);
/** Whether `path` leads to this site only: one slash in front, no second one or backslash behind it, UTF-8, no control
 * characters. */
bool request_is_local_path(Text path);
/** Runs `body` in a short read transaction of its own: for `prepare`, which has no connection. Returns its status. */
MUST_USE Status request_read(Request *request, TransactionBody *body, void *context);
/** The database, for `prepare` that does more than one thing with it. */
Database *request_database(const Request *request);

/* Answers. Each returns the status that the handler then returns. */

/** Answers 200 with the view of the model, HTML or JSON as asked. */
MUST_USE Status show(Request *request, Shown shown);
/**
 * 303 to a path of this site (printf). JSON clients get {"location": ...} with it.
 *
 * A location that is no local path (see request_is_local_path) becomes "/", so that a `next` that a stranger sent may
 * be passed on.
 */
PRINTF_LIKE(2, 3) MUST_USE Status redirect(Request *request, const char *format, ...);
/** Shows `notice` on the next page that this browser opens. */
void notice(Request *request, Message notice);
/** Says no: the transaction is rolled back; the answer's status code follows from `status`, its text is `message`. */
MUST_USE Status refuse(Request *request, Status status, Message message);
/** As refuse, with `detail` in the hole {detail} of the message. */
MUST_USE Status refuse_with(Request *request, Status status, Message message, Text detail);
/** Says no by a page of its own, where the plain page of refusals would not help the person on; JSON clients get the
 * plain one. */
MUST_USE Status refuse_showing(Request *request, Status status, Shown shown);
/** Says no for now: 429 with Retry-After. */
MUST_USE Status refuse_for_now(Request *request, Message message, int64_t seconds);
/** Says no about one field: the page with the form is shown again with it, 422. */
MUST_USE Status refuse_field(Request *request, const char *field, Message message);
/** Answers 200 with bytes (a PDF, a picture). `download_name` empty: shown in the browser. Cached by nobody unless the
 * route says so. */
MUST_USE Status answer_bytes(Request *request, Text media_type, Text download_name, Text bytes);
/** Adds Set-Cookie; HttpOnly, SameSite=Lax, Secure and the __Host- prefix where the public address is https. Seconds 0
 * ends it. */
void answer_cookie(Request *request, const char *name, Text value, int64_t seconds);
/** Calls `act` once what the handler wrote is committed, and not at all when it is rolled back: for what this process
 * remembers of the rows. One for each request. */
void request_after_commit(Request *request, void (*act)(void));
/** Adds a header to the answer of a handler that does not refuse. `name` is a literal. */
void answer_header(Request *request, const char *name, Text value);
/** A header of the request as it was sent; empty when absent. */
Text request_header(const Request *request, const char *name);
/** A cookie of the request; empty when absent. */
Text request_cookie(const Request *request, const char *name);

#endif
