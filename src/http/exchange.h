/** One exchange, from a request's bytes to an answer's bytes, apart from sockets and threads. Only src/http includes
 * this. */
#ifndef TRADEPOST_HTTP_EXCHANGE_H
#define TRADEPOST_HTTP_EXCHANGE_H

#include "base/buffer.h"
#include "http/compress.h"
#include "http/negotiate.h"
#include "http/pairs.h"
#include "http/rate.h"
#include "http/router.h"
#include "http/server.h"

#define BODY_LIMIT_DEFAULT ((size_t)256 << 10)
#define ARENA_BUDGET       ((size_t)192 << 20)
#define HEADERS_OUT_MAX    40
#define HEADERS_IN_MAX     100

typedef struct HttpHeader {
    Text name, value;
} HttpHeader;

/** A request as it came, whole. Its texts live as long as the arena of the exchange. */
typedef struct Incoming {
    Text method;
    Text path;  /**< raw, percent-encoded, without the query */
    Text query; /**< raw */
    HttpHeader *headers;
    size_t header_count;
    Text peer; /**< numeric address of the other end */
    Text body;
    bool body_too_large; /**< it passed the limit and was dropped */
} Incoming;

typedef struct Outgoing {
    int code;
    HttpHeader headers[HEADERS_OUT_MAX];
    size_t header_count;
    Text body;
} Outgoing;

/** What all exchanges share; made once by server_start. */
typedef struct Exchanges {
    ServerOptions options;
    Router *router;
    Rates *rates;
    CompressCache *compressed;
    bool is_https;
    Text public_scheme, public_port; /**< of options.public_url; the port empty when it is the scheme's own */
} Exchanges;

/** What a handler decided. */
typedef enum AnswerKind {
    ANSWER_NONE,
    ANSWER_VIEW,
    ANSWER_REDIRECT,
    ANSWER_BYTES,
    ANSWER_REFUSAL,
    ANSWER_FIELD
} AnswerKind;

typedef struct Answer {
    AnswerKind kind;
    Shown shown;
    Text location;
    Text media_type, download_name, bytes;
    int code; /**< of a refusal that is http's own; 0: by `status`. 303: the refusal sends to the sign-in page */
    Status status;
    Message message;
    Text detail; /**< fills {detail} in the message */
    const char *field;
    HttpHeader cookies[8];
    size_t cookie_count;
    HttpHeader headers[4];
    size_t header_count;
    int64_t wait_seconds; /**< of a refusal for now; 0: nothing is said */
    bool ends_session;    /**< the session's cookie ends: the browser is to forget what it kept */
} Answer;

/** http's own part of a request. */
typedef struct RequestState {
    Exchanges *exchanges;
    const Incoming *incoming;
    Outgoing *outgoing;
    RouteMatch match;
    const Route *route; /**< NULL until one is found */
    bool is_head;
    Accepted accepted;
    bool prefers_json;
    char id[ID_TEXT_SIZE + 1];    /**< names the request in the log and on error pages */
    Text host_header;             /**< as sent, in lower case */
    Text session_token;           /**< cookie or bearer token as sent; empty for strangers */
    bool has_bearer, has_session; /**< which of them named the actor */
    bool chamber_known;
    Text form_secret; /**< the stranger's `form` cookie, or the one that this answer sets */
    bool form_secret_new;
    Text form_token; /**< as it stands in this answer's forms */
    const Form *form;
    FormPairs pairs;
    FormValues *values;
    void *bound;
    bool again; /**< the page of a form is shown again with `values` */
    Text action, add, remove;
    Answer answer;
    void (*after_commit)(void); /**< NULL: nothing */
    Frame frame;
    Text failure; /**< words of what failed, for the log */
    int64_t started;
} RequestState;

/** Leads one request from routing to the answer's bytes, and writes its log line. */
void exchange_run(Exchanges *exchanges, Arena *arena, const Incoming *incoming, Outgoing *ret_outgoing);
/** How many bytes of body the route takes from this sender, before any is read; asks for the session where the route
 * takes much. */
size_t exchange_body_limit(Exchanges *exchanges, Arena *arena, const Incoming *incoming);
/** Whether the request goes to the lane for slow work. */
bool exchange_is_costly(const Exchanges *exchanges, Arena *arena, const Incoming *incoming);

/** The header of the request; empty when absent. `ret_count` (may be NULL) says how often it came. */
Text incoming_header(const Incoming *incoming, const char *name, size_t *ret_count);
/** Whether the body is of this media type. */
bool incoming_is_of(const Incoming *incoming, const char *media_type);
/** Whether the head can be read in two ways: two lengths, two hosts, a transfer encoding that is not chunked. */
bool incoming_is_ambiguous(const Incoming *incoming);
/** Adds a header to the answer. */
void outgoing_header(Outgoing *outgoing, const char *name, Text value);

/* request.c */
/** Forgets what an earlier try of the handler decided. */
void answer_clear(Request *request);
/** A refusal by http itself with a code of its own. */
MUST_USE Status refuse_code(Request *request, int code, Status status, Message message, Text detail);
/** The name that a cookie has on the wire: with __Host- where the public address is https. */
Text cookie_name(const Request *request, const char *name);

/* reply.c */
/** Renders what the handlers decided into state->outgoing. `status` is what the pipeline came to. */
void reply_write(Request *request, Status status);
/** The HTTP code of a status. */
int reply_code(Status status);
/** The headers that every answer carries. `policy` NULL: that of our own pages. */
void reply_common_headers(const Exchanges *exchanges, Outgoing *outgoing, const char *policy);

/* read_form.c */
/** Reads the body (or, for GET, the query) into state->pairs; form tokens, buttons and actions with it. */
MUST_USE Status read_pairs(Request *request);
/** Fills state->values from what was sent, by `form`. */
MUST_USE Status read_values(Request *request, const Form *form);
/** Adds or removes the row that a button named. Returns whether it was such a button. */
bool read_row_button(Request *request);
/** Refuses names that no field has, for a POST whose route takes no form. */
MUST_USE Status read_nothing(Request *request);
/** Marks a field, in a row too ("lines[2].hs_code"), as wrong. */
void mark_field(Request *request, const char *field, Message message);

/* identify.c */
/** Finds chamber, language and actor. Runs in a read transaction. */
MUST_USE Status identify(Request *request);
/** Whether the actor may use the route. @return STATUS_SIGN_IN or STATUS_FORBIDDEN */
MUST_USE Status admit(Request *request);
/** Checks method line, lengths and Host; sets host and public address. */
MUST_USE Status check_head(Request *request);
/** Checks that a POST was sent by a page of ours. @return STATUS_FORBIDDEN */
MUST_USE Status check_origin(Request *request);
/** Fills the frame around the page: chamber, person, form token, navigation. */
MUST_USE Status frame_fill(Request *request);

/* asset.c */
/** Answers /assets/..., /favicon.ico and /robots.txt. Returns whether the path is one of them. */
bool asset_answer(Exchanges *exchanges, const Incoming *incoming, Outgoing *ret_outgoing);

#endif
