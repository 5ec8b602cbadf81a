/** Routes: one line says everything about a page: method, path, who may, form, handler. */
#ifndef TRADEPOST_HTTP_ROUTE_H
#define TRADEPOST_HTTP_ROUTE_H

#include "http/request.h"

typedef enum Method { GET, POST } Method;

/** A right: the roles that have it. Its name stands in logs and in the permission matrix. */
typedef struct Permission {
    const char *name;
    unsigned roles;
} Permission;

/** Who may. Has its own type, so that a route line without it does not compile. */
typedef struct Who {
    enum WhoKind { WHO_NOBODY, WHO_ANYONE, WHO_MAY } kind;
    const Permission *permission;
} Who;
#define ANYONE                                                                                                         \
    { WHO_ANYONE, NULL }
#define MAY(permission_)                                                                                               \
    { WHO_MAY, &(permission_) }

typedef Status Handler(Request *request);
/** Chooses the form by what the path names (a document type's form is data). Runs in a read transaction before the
 * handler's. */
typedef Status FormChooser(Request *request, const Form **ret_form);

typedef struct Route {
    Method method;
    /** "/documents/{document}/edit": {name} takes an id, {name:text} any one segment of at most 200 bytes,
     * {name:rest} all that follows, slashes too, of at most 1000 bytes. */
    const char *path;
    Who who;
    const Form *form; /**< POST: body; GET: query. NULL: no values are taken, and a body is refused */
    Handler *handler;
    Handler *page; /**< POST with a form: shows the page again with errors (422) or with a row more or fewer (200) */
    FormChooser *form_for; /**< instead of `form` */
    size_t body_limit;     /**< bytes; 0: 256 kB */
    bool cacheable;        /**< GET for ANYONE: ETag and Cache-Control public */
    bool lasting;          /**< GET for ANYONE: the address changes with the bytes, so all may keep them for a year */
    /** POST: runs with the valid form, before the transaction opens and without a connection: what takes long, as
     * hashing a password. Leaves what it found in request->prepared. Returns STATUS_OK, or refuses as a handler does.
     */
    Handler *prepare;
    /** POST for ANYONE: the body's media type. The body is taken as it is (request_body), without a form token, since
     * such a page acts for nobody; it reads only, and strangers' rates do not count. For machines, as those that ask
     * for time stamps. */
    const char *takes;
    /** POST for ANYONE: changes nothing and tells everybody the same, so it runs in a reading transaction and asks for
     * no cookie and form token: another site's page that sends it learns and does nothing, and programs can send it. */
    bool reads_only;
    bool costly; /**< runs in the small lane for slow work, so that a flood of it cannot hold up other pages */
} Route;

typedef struct Routes {
    const Route *items;
    size_t count;
} Routes;

#endif
