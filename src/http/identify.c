/** Before the handler: which chamber, who asks, in which language, with what right, and whether from a page of ours. */
#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "html/language.h"
#include "http/exchange.h"
#include "http/token.h"
#include "http/url.h"

#define TOKEN_BYTES_MAX 512

bool incoming_is_ambiguous(const Incoming *incoming) {
    size_t lengths = 0, encodings = 0, hosts = 0, types = 0;
    const Text encoding = incoming_header(incoming, "transfer-encoding", &encodings);
    incoming_header(incoming, "content-length", &lengths);
    incoming_header(incoming, "host", &hosts);
    incoming_header(incoming, "content-type", &types);
    return lengths + encodings > 1 || (encodings == 1 && !text_equal_ignoring_case(encoding, TEXT("chunked"))) ||
           hosts != 1 || types > 1;
}

static Status check_lengths(Request *request) {
    const Incoming *incoming = request->state->incoming;
    if (incoming_is_ambiguous(incoming)) {
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The request's headers contradict each other."),
                           (Text){NULL, 0});
    }
    if (incoming->body.size > 0 && !text_equal(incoming->method, TEXT("POST"))) {
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("Only a form carries a body."), (Text){NULL, 0});
    }
    if (incoming->path.size + incoming->query.size > URL_BYTES_MAX) {
        return refuse_code(request, 414, STATUS_TOO_LARGE, NO_MESSAGE, (Text){NULL, 0});
    }
    if (incoming->header_count > HEADERS_IN_MAX) {
        return refuse_code(request, 431, STATUS_TOO_LARGE, MESSAGE("The request has too many headers."),
                           (Text){NULL, 0});
    }
    return STATUS_OK;
}

Status check_head(Request *request) {
    RequestState *state = request->state;
    const Exchanges *exchanges = state->exchanges;
    Text port = {NULL, 0};
    TRY(check_lengths(request));
    const Text host = incoming_header(state->incoming, "host", NULL);
    if (url_read_host(request->arena, host, &request->host, &port) != STATUS_OK) {
        failure_take();
        return refuse_code(request, 400, STATUS_INVALID, MESSAGE("The request names no host."), (Text){NULL, 0});
    }
    state->host_header = port.size == 0 ? request->host : ARENA_JOIN(request->arena, request->host, TEXT(":"), port);
    request->public_url =
        ARENA_JOIN(request->arena, exchanges->public_scheme, TEXT("://"), request->host,
                   exchanges->public_port.size > 0 ? TEXT(":") : (Text){NULL, 0}, exchanges->public_port);
    return STATUS_OK;
}

static bool is_offered(Text languages, Text tag) {
    while (languages.size > 0) {
        if (text_equal(text_cut(&languages, ' '), tag)) {
            return true;
        }
    }
    return false;
}

static void choose_language(Request *request, Text offered) {
    const Text cookie = request_cookie(request, "language");
    const Text header = incoming_header(request->state->incoming, "accept-language", NULL);
    const Language *wanted = cookie.size > 0 && is_offered(offered, cookie) ? language_of_tag(cookie) : NULL;
    request->language = wanted != NULL ? wanted : language_negotiate(header, offered);
}

/** Who asks for no chamber of ours is told so in any language that we have. */
static Text every_language(Arena *arena) {
    Text tags = {NULL, 0};
    for (size_t i = 0; i < language_count(); i++) {
        tags = arena_format(arena, "%.*s %.*s", TEXT_ARG(tags), TEXT_ARG(language_tag(language_at(i))));
    }
    return text_trim(tags);
}

static Status find_actor_by_token(Request *request, Text authorization) {
    RequestState *state = request->state;
    const ServerHooks *hooks = &state->exchanges->options.hooks;
    const Text token = text_trim(text_slice(authorization, 7, authorization.size));
    const Sha256 digest = sha256(token);
    const Status status = hooks->actor_of_token == NULL || token.size == 0 || token.size > TOKEN_BYTES_MAX
                              ? STATUS_NOT_FOUND
                              : hooks->actor_of_token(request->connection, request->arena, request->chamber.id,
                                                      sha256_text(&digest), request->now, &request->actor);
    if (status == STATUS_NOT_FOUND) {
        failure_take();
        return refuse(request, STATUS_SIGN_IN, MESSAGE("The API token is not known or is no longer valid."));
    }
    TRY(status);
    request->actor.by_token = true;
    state->session_token = token;
    state->has_bearer = true;
    return STATUS_OK;
}

static Status find_actor(Request *request) {
    RequestState *state = request->state;
    const ServerHooks *hooks = &state->exchanges->options.hooks;
    const Text authorization = incoming_header(state->incoming, "authorization", NULL);
    request->actor = (Actor){0};
    if (text_equal_ignoring_case(text_slice(authorization, 0, 7), TEXT("bearer "))) {
        TRY(find_actor_by_token(request, authorization));
    } else {
        const Text token = request_cookie(request, "session");
        if (token.size == 0 || token.size > TOKEN_BYTES_MAX) {
            return STATUS_OK;
        }
        const Sha256 digest = sha256(token);
        const Status status = hooks->actor_of_session(request->connection, request->arena, request->chamber.id,
                                                      sha256_text(&digest), request->now, &request->actor);
        if (status == STATUS_NOT_FOUND) {
            failure_take();
            request->actor = (Actor){0};
            return STATUS_OK;
        }
        TRY(status);
        state->session_token = token;
        state->has_session = true;
    }
    request->actor.roles |= ROLE_SIGNED_IN;
    assert(request->actor.account.value != 0);
    return STATUS_OK;
}

Status identify(Request *request) {
    RequestState *state = request->state;
    state->chamber_known = false;
    const Status status = state->exchanges->options.hooks.chamber_of_host(request->connection, request->arena,
                                                                          request->host, &request->chamber);
    if (status == STATUS_NOT_FOUND) {
        failure_take();
        choose_language(request, every_language(request->arena));
        return refuse(request, STATUS_NOT_FOUND, MESSAGE("No chamber is served under this address."));
    }
    TRY(status);
    state->chamber_known = true;
    choose_language(request, request->chamber.languages);
    return find_actor(request);
}

Status admit(Request *request) {
    const Who who = request->state->route->who;
    if (who.kind == WHO_ANYONE) {
        return STATUS_OK;
    }
    if (request->actor.account.value == 0) {
        return refuse(request, STATUS_SIGN_IN, NO_MESSAGE);
    }
    if ((request->actor.roles & who.permission->roles) == 0) {
        return refuse(request, STATUS_FORBIDDEN, NO_MESSAGE);
    }
    return STATUS_OK;
}

static bool is_same_origin(const Request *request, Text origin) {
    const RequestState *state = request->state;
    const Text own = arena_format(request->arena, "%.*s://%.*s", TEXT_ARG(state->exchanges->public_scheme),
                                  TEXT_ARG(state->host_header));
    return text_equal_ignoring_case(origin, own);
}

static Status refuse_forged(Request *request) {
    return refuse(request, STATUS_FORBIDDEN,
                  MESSAGE("This form was not sent by a page of this site, or the page was open for too long. Open the "
                          "page again and send it once more."));
}

Status check_origin(Request *request) {
    RequestState *state = request->state;
    const Incoming *incoming = state->incoming;
    const Text secret = state->exchanges->options.secret;
    Text type = incoming_header(incoming, "content-type", NULL);
    const Text site = incoming_header(incoming, "sec-fetch-site", NULL),
               origin = incoming_header(incoming, "origin", NULL);
    if (state->has_bearer || state->route->reads_only) {
        return STATUS_OK;
    }
    if ((site.size > 0 && !text_equal(site, TEXT("same-origin")) && !text_equal(site, TEXT("none"))) ||
        (origin.size > 0 && !is_same_origin(request, origin))) {
        return refuse_forged(request);
    }
    const bool is_json = text_equal_ignoring_case(text_trim(text_cut(&type, ';')), TEXT("application/json"));
    /* A stranger's JSON carries no authority, and no other site's page can send it without asking first. */
    if (is_json && !state->has_session) {
        return STATUS_OK;
    }
    const Text token =
        is_json ? incoming_header(incoming, "x-form-token", NULL) : pairs_value(&state->pairs, TEXT("_token"));
    const Text holder = state->has_session ? state->session_token : request_cookie(request, "form");
    const bool is_good = token_is_good(request->arena, secret, state->has_session ? "session" : "form", holder, token);
    failure_take();
    return is_good ? STATUS_OK : refuse_forged(request);
}

/* The token for this answer's forms. Cacheable pages are the same for all strangers, so they carry none. */
static Text make_form_token(Request *request) {
    RequestState *state = request->state;
    const Text secret = state->exchanges->options.secret;
    if (state->has_session) {
        return token_make(request->arena, secret, "session", state->session_token);
    }
    if (state->route != NULL && state->route->cacheable) {
        return (Text){NULL, 0};
    }
    state->form_secret = request_cookie(request, "form");
    if (state->form_secret.size == 0 || state->form_secret.size > 64) {
        unsigned char bytes[16];
        random_bytes(bytes, sizeof(bytes));
        state->form_secret = base64url_encode(request->arena, (Text){(const char *)bytes, sizeof(bytes)});
        state->form_secret_new = true;
    }
    return token_make(request->arena, secret, "form", state->form_secret);
}

/* Where this page is, for links that come back to it. */
static Text own_path(const Request *request) {
    if (!url_is_local_path(request->path)) {
        return TEXT("/");
    }
    return request->query.size == 0 ? request->path
                                    : ARENA_JOIN(request->arena, request->path, TEXT("?"), request->query);
}

Status frame_fill(Request *request) {
    RequestState *state = request->state;
    const Exchanges *exchanges = state->exchanges;
    state->form_token = make_form_token(request);
    state->frame = (Frame){
        .language = request->language,
        .languages = request->chamber.languages,
        .chamber_name = request->chamber.name,
        .chamber_logo = request->chamber.logo,
        .chamber_style = request->chamber.style,
        .person_name = request->actor.name,
        .firm_name = request->actor.firm_name,
        .csrf_token = state->form_token,
        .path = own_path(request),
        .demonstration = exchanges->options.demonstration,
    };
    if (exchanges->options.hooks.fill_frame == NULL || !state->chamber_known) {
        return STATUS_OK;
    }
    return exchanges->options.hooks.fill_frame(request, &state->frame);
}
