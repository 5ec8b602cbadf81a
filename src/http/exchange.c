/** The way of one request: head, route, chamber, actor, right, form, transaction, answer, log. */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "http/url.h"

#define FORWARDED_MAX 256

/* The client's address: the socket's, or what the trusted proxy in front says last. */
static Text client_address(const Exchanges *exchanges, const Incoming *incoming) {
    const Text proxy = exchanges->options.trusted_proxy;
    Text forwarded = incoming_header(incoming, "x-forwarded-for", NULL);
    Text last = {NULL, 0};
    if (proxy.size == 0 || !text_equal(proxy, incoming->peer)) {
        return incoming->peer;
    }
    while (forwarded.size > 0 && forwarded.size < FORWARDED_MAX) {
        last = text_trim(text_cut(&forwarded, ','));
    }
    return last.size > 0 && last.size < 46 ? last : incoming->peer;
}

static Request *begin(Exchanges *exchanges, Arena *arena, const Incoming *incoming, Outgoing *outgoing) {
    Request *request = arena_new(arena, Request);
    RequestState *state = arena_new(arena, RequestState);
    failure_take();
    state->exchanges = exchanges;
    state->incoming = incoming;
    state->outgoing = outgoing;
    state->started = clock_monotonic();
    state->is_head = text_equal(incoming->method, TEXT("HEAD"));
    state->accepted = negotiate_types(incoming_header(incoming, "accept", NULL));
    id_write(id_make(), state->id);
    request->arena = arena;
    request->outside = exchanges->options.outside;
    request->demonstration = exchanges->options.demonstration;
    request->language = language_english();
    request->now = clock_now();
    request->path = incoming->path;
    request->query = incoming->query;
    request->address = client_address(exchanges, incoming);
    request->state = state;
    /* An API client that says nothing about its wishes gets JSON; a browser always says. */
    Text type = incoming_header(incoming, "content-type", NULL);
    const bool speaks_json = text_equal_ignoring_case(text_trim(text_cut(&type, ';')), TEXT("application/json")) ||
                             incoming_header(incoming, "authorization", NULL).size > 0;
    state->prefers_json =
        state->accepted.json > state->accepted.html || (speaks_json && state->accepted.json >= state->accepted.html);
    return request;
}

/* Keeps the words of a failure, which belong to this thread, with the request. */
static void keep_failure(Request *request, Status status) {
    const Text words = failure_take();
    if (status != STATUS_OK && words.size > 0) {
        request->state->failure = arena_copy(request->arena, words);
    }
}

static Status find_route(Request *request) {
    RequestState *state = request->state;
    const Text name = state->incoming->method;
    const bool is_post = text_equal(name, TEXT("POST"));
    const bool is_get = state->is_head || text_equal(name, TEXT("GET"));
    const Status status = router_find(state->exchanges->router, request->arena, request->path, &state->match);
    if (status != STATUS_OK) {
        failure_take();
        return status == STATUS_INVALID
                   ? refuse_code(request, 400, STATUS_INVALID, MESSAGE("The address is broken."), (Text){NULL, 0})
                   : refuse(request, STATUS_NOT_FOUND, NO_MESSAGE);
    }
    const Route *get = state->match.routes[GET], *post = state->match.routes[POST];
    const Route *route = is_post ? post : is_get ? get : NULL;
    if (state->match.trailing_slash) {
        if (!is_get || get == NULL) {
            return refuse(request, STATUS_NOT_FOUND, NO_MESSAGE);
        }
        const Text path = text_slice(request->path, 0, request->path.size - 1);
        return redirect(request, "%.*s%s%.*s", TEXT_ARG(path), request->query.size > 0 ? "?" : "",
                        TEXT_ARG(request->query));
    }
    if (route == NULL) {
        outgoing_header(state->outgoing, "Allow",
                        get == NULL    ? TEXT("POST")
                        : post == NULL ? TEXT("GET, HEAD")
                                       : TEXT("GET, HEAD, POST"));
        return refuse_code(request, 405, STATUS_UNSUPPORTED, NO_MESSAGE, (Text){NULL, 0});
    }
    state->route = route;
    return STATUS_OK;
}

static bool form_has(const Form *form, const char *name) {
    for (size_t i = 0; form != NULL && i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ?language=mk on any page: keeps the choice and comes back without it. Returns whether the request was that. */
static bool switch_language(Request *request) {
    const RequestState *state = request->state;
    const Text tag = url_query_value(request->query, TEXT("language"));
    Text languages = request->chamber.languages;
    if (tag.size == 0 || state->route->method != GET || form_has(state->route->form, "language")) {
        return false;
    }
    while (languages.size > 0) {
        if (text_equal(text_cut(&languages, ' '), tag) && language_of_tag(tag) != NULL) {
            const Text query = url_query_without(request->arena, request->query, TEXT("language"));
            answer_clear(request);
            answer_cookie(request, "language", tag, 365 * 86400);
            return redirect(request, "%.*s%s%.*s", TEXT_ARG(request->path), query.size > 0 ? "?" : "",
                            TEXT_ARG(query)) == STATUS_OK;
        }
    }
    return false;
}

static Status choose_form(Request *request, const Form **ret_form) {
    const Route *route = request->state->route;
    const Form *form = route->form;
    if (route->form_for != NULL) {
        TRY(route->form_for(request, &form));
    }
    *ret_form = form;
    return STATUS_OK;
}

/* Binds and checks what was read. A row button shows the page again instead. */
static Status check_values(Request *request) {
    RequestState *state = request->state;
    if (state->route->method == POST && read_row_button(request)) {
        state->again = true;
        return STATUS_OK;
    }
    state->bound = arena_allocate(request->arena, state->form->size > 0 ? state->form->size : 1);
    form_check(request->arena, state->values, state->bound);
    state->again = state->values->invalid;
    return STATUS_OK;
}

/* Calls a handler; an answer to be shown gets its frame in the same transaction. */
static Status call_handler(Request *request, Connection *connection, Handler *handler) {
    RequestState *state = request->state;
    answer_clear(request);
    request->connection = connection;
    Status status = handler(request);
    if (status == STATUS_OK && state->answer.kind == ANSWER_NONE) {
        status = fail(STATUS_FAILED, "the handler of %s gave no answer", state->route->path);
    }
    if (status == STATUS_OK && state->answer.kind == ANSWER_VIEW) {
        status = frame_fill(request);
    }
    keep_failure(request, status);
    request->connection = NULL;
    return status;
}

static Status identify_body(Connection *connection, void *context) {
    Request *request = context;
    request->connection = connection;
    Status status = identify(request);
    if (status == STATUS_OK && request->state->route != NULL) {
        status = admit(request);
    }
    if (status == STATUS_OK && request->state->route != NULL && request->state->route->method == POST) {
        status = choose_form(request, &request->state->form);
    }
    keep_failure(request, status);
    request->connection = NULL;
    return status;
}

static Status page_body(Connection *connection, void *context) {
    Request *request = context;
    return call_handler(request, connection, request->state->route->page);
}

static Status handler_body(Connection *connection, void *context) {
    Request *request = context;
    return call_handler(request, connection, request->state->route->handler);
}

/* GET: everything in one read transaction, so that the page shows one state. */
static Status get_body(Connection *connection, void *context) {
    Request *request = context;
    RequestState *state = request->state;
    answer_clear(request);
    TRY(identify_body(connection, context));
    if (switch_language(request)) {
        return STATUS_OK;
    }
    request->connection = connection;
    TRY(choose_form(request, &state->form));
    if (state->form != NULL) {
        TRY(read_pairs(request));
        TRY(read_values(request, state->form));
        TRY(check_values(request));
    }
    if (state->again) {
        if (state->route->page == NULL) {
            const FormProblems problems = form_problems(request->arena, request->language, state->values);
            return refuse_code(request, 400, STATUS_INVALID,
                               MESSAGE("The address holds a value that this page does not accept. {detail}"),
                               problems.count > 0 ? problems.items[0].words : (Text){NULL, 0});
        }
        return page_body(connection, context);
    }
    return handler_body(connection, context);
}

static Status show_again(Request *request) {
    request->state->again = true;
    if (request->state->prefers_json && request->state->values->invalid) {
        return STATUS_INVALID;
    }
    return database_read(request->state->exchanges->options.database, page_body, request);
}

static Status take_body(Request *request) {
    RequestState *state = request->state;
    unsigned wait = 0;
    if (request->actor.account.value == 0 &&
        !rates_take(state->exchanges->rates, request->address, clock_monotonic(), &wait)) {
        outgoing_header(state->outgoing, "Retry-After", arena_format(request->arena, "%u", wait));
        return refuse(request, STATUS_TOO_MANY, NO_MESSAGE);
    }
    if (state->incoming->body_too_large) {
        return refuse(request, STATUS_TOO_LARGE, MESSAGE("What you sent is larger than this page accepts."));
    }
    TRY(read_pairs(request));
    TRY(check_origin(request));
    if (state->form == NULL) {
        return read_nothing(request);
    }
    TRY(read_values(request, state->form));
    return check_values(request);
}

static Status run_get(Request *request) {
    const RequestState *state = request->state;
    Database *database = state->exchanges->options.database;
    return database_read(database, get_body, request);
}

/* A body that is no form: nobody acts, so there is nothing to forge, and nothing is written. */
static Status run_taken(Request *request) {
    RequestState *state = request->state;
    if (state->incoming->body_too_large) {
        return refuse(request, STATUS_TOO_LARGE, MESSAGE("What you sent is larger than this page accepts."));
    }
    if (!incoming_is_of(state->incoming, state->route->takes)) {
        return refuse(request, STATUS_UNSUPPORTED, NO_MESSAGE);
    }
    answer_clear(request);
    return database_read(state->exchanges->options.database, handler_body, request);
}

static Status run_post(Request *request) {
    RequestState *state = request->state;
    Database *database = state->exchanges->options.database;
    TRY(database_read(database, identify_body, request));
    if (state->route->takes != NULL) {
        return run_taken(request);
    }
    TRY(take_body(request));
    if (state->again) {
        return show_again(request);
    }
    answer_clear(request);
    Status status = state->route->prepare != NULL ? state->route->prepare(request) : STATUS_OK;
    keep_failure(request, status);
    if (status == STATUS_OK) {
        status = state->route->reads_only ? database_read(database, handler_body, request)
                                          : database_write(database, handler_body, request);
        keep_failure(request, status);
    }
    if (status == STATUS_OK && state->after_commit != NULL) {
        state->after_commit();
    }
    if (status != STATUS_OK && state->answer.kind == ANSWER_FIELD && state->values != NULL) {
        mark_field(request, state->answer.field, state->answer.message);
        return show_again(request);
    }
    return status;
}

static Status frame_body(Connection *connection, void *context) {
    Request *request = context;
    request->connection = connection;
    if (!request->state->chamber_known) {
        const Answer answer = request->state->answer;
        const Status status = request->host.size > 0 ? identify(request) : STATUS_NOT_FOUND;
        request->state->answer = answer;
        TRY(status);
    }
    return frame_fill(request);
}

/* A refusal is shown inside the chamber's frame too; where even that cannot be had, without navigation. */
static void frame_for_refusal(Request *request) {
    RequestState *state = request->state;
    if (database_read(state->exchanges->options.database, frame_body, request) != STATUS_OK) {
        const bool known = state->chamber_known;
        failure_take();
        state->chamber_known = false; /* leaves the hook out */
        request->connection = NULL;
        if (frame_fill(request) != STATUS_OK) {
            failure_take();
        }
        state->chamber_known = known;
    }
    request->connection = NULL;
}

/* A stranger's browser is led to the sign-in page, which leads back. */
static void lead_to_sign_in(Request *request) {
    RequestState *state = request->state;
    const bool comes_back = state->match.routes[GET] != NULL;
    const Text target =
        request->query.size > 0 && state->route->method == GET
            ? arena_format(request->arena, "%.*s?%.*s", TEXT_ARG(request->path), TEXT_ARG(request->query))
            : request->path;
    const Text next = url_encode(request->arena, target);
    answer_clear(request);
    state->answer.kind = ANSWER_REDIRECT;
    state->answer.code = 303;
    state->answer.location = comes_back && url_is_local_path(target)
                                 ? arena_format(request->arena, "/sign-in?next=%.*s", TEXT_ARG(next))
                                 : TEXT("/sign-in");
}

static Status run(Request *request) {
    RequestState *state = request->state;
    TRY(check_head(request));
    TRY(find_route(request));
    if (state->answer.kind == ANSWER_REDIRECT) {
        return STATUS_OK;
    }
    return state->route->method == POST ? run_post(request) : run_get(request);
}

static Status seen_body(Connection *connection, void *context) {
    const Request *request = context;
    const Sha256 digest = sha256(request->state->session_token);
    return request->state->exchanges->options.hooks.session_seen(connection, request->chamber.id, sha256_text(&digest),
                                                                 request->now);
}

static void note_session(Request *request) {
    const RequestState *state = request->state;
    const ServerOptions *options = &state->exchanges->options;
    if ((state->has_session || state->has_bearer) && request->actor.unseen && options->hooks.session_seen != NULL &&
        database_write(options->database, seen_body, request) != STATUS_OK) {
        failure_take(); /* the next request tries again */
    }
}

static void write_log(const Request *request, Status status) {
    const RequestState *state = request->state;
    const Route *route = state->route;
    const int code = state->outgoing->code;
    if (state->exchanges->options.quiet && code < 500) {
        return;
    }
    const Text took = arena_number(request->arena, clock_monotonic() - state->started);
    LOG(code >= 500 ? LOG_ERROR : LOG_INFO, "request", {"request", text_of(state->id)},
        {"method", state->incoming->method}, {"route", route != NULL ? text_of(route->path) : TEXT("")},
        {"code", arena_number(request->arena, code)}, {"status", text_of(status_name(status))}, {"microseconds", took},
        {"chamber", request->chamber.code}, {"failure", code >= 500 ? state->failure : (Text){NULL, 0}});
}

void exchange_run(Exchanges *exchanges, Arena *arena, const Incoming *incoming, Outgoing *ret_outgoing) {
    *ret_outgoing = (Outgoing){0};
    if (asset_answer(exchanges, incoming, ret_outgoing)) {
        return;
    }
    Request *request = begin(exchanges, arena, incoming, ret_outgoing);
    RequestState *state = request->state;
    Status status = run(request);
    if (status == STATUS_SIGN_IN && !state->prefers_json && state->route != NULL && !state->has_bearer) {
        lead_to_sign_in(request);
    }
    const bool refused =
        status != STATUS_OK && (state->answer.kind == ANSWER_REFUSAL || state->answer.kind == ANSWER_FIELD);
    if (status != STATUS_OK && !refused && state->answer.code != 303) {
        answer_clear(request);
    }
    if (status != STATUS_OK && !state->prefers_json && state->answer.code != 303) {
        frame_for_refusal(request);
    }
    reply_write(request, status);
    outgoing_header(ret_outgoing, "X-Request-Id", arena_copy(arena, text_of(state->id)));
    note_session(request);
    write_log(request, status);
}

size_t exchange_body_limit(Exchanges *exchanges, Arena *arena, const Incoming *incoming) {
    Outgoing ignored = {0};
    Request *request = begin(exchanges, arena, incoming, &ignored);
    RequestState *state = request->state;
    if (check_head(request) != STATUS_OK || find_route(request) != STATUS_OK || state->route == NULL) {
        return BODY_LIMIT_DEFAULT;
    }
    const size_t limit = state->route->body_limit > 0 ? state->route->body_limit : BODY_LIMIT_DEFAULT;
    if (limit <= BODY_LIMIT_DEFAULT || state->route->who.kind == WHO_ANYONE) {
        return limit;
    }
    const Status status = database_read(exchanges->options.database, identify_body, request);
    return status == STATUS_OK ? limit : BODY_LIMIT_DEFAULT;
}

bool exchange_is_costly(const Exchanges *exchanges, Arena *arena, const Incoming *incoming) {
    RouteMatch match = {0};
    if (router_find(exchanges->router, arena, incoming->path, &match) != STATUS_OK) {
        failure_take();
        return false;
    }
    const Route *route = match.routes[text_equal(incoming->method, TEXT("POST")) ? POST : GET];
    return route != NULL && route->costly;
}
