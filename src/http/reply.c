/** From what the handlers decided to an answer's bytes: views, redirects, files, refusals, and the headers that each of
 * them carries. */
#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "http/error_page.h"
#include "http/exchange.h"
#include "http/token.h"
#include "http/url.h"
#include "http_views.h"

#define COMPRESS_FROM 600

int reply_code(Status status) {
    switch (status) {
    case STATUS_OK:
        return 200;
    case STATUS_NOT_FOUND:
        return 404;
    case STATUS_SIGN_IN:
        return 401;
    case STATUS_FORBIDDEN:
        return 403;
    case STATUS_INVALID:
        return 422;
    case STATUS_CONFLICT:
        return 409;
    case STATUS_TOO_LARGE:
        return 413;
    case STATUS_TOO_MANY:
        return 429;
    case STATUS_UNSUPPORTED:
        return 415;
    case STATUS_UNAVAILABLE:
    case STATUS_RETRY:
        return 503;
    case STATUS_FULL:
        return 507;
    case STATUS_CORRUPT:
    case STATUS_FAILED:
    case STATUS_COUNT:
        break;
    }
    return 500;
}

typedef struct StatusWords {
    Message title, advice;
} StatusWords;

static StatusWords words_of(int code) {
    switch (code) {
    case 400:
        return (StatusWords){MESSAGE("The request was not understood"),
                             MESSAGE("Go back, check what you sent and try again.")};
    case 401:
        return (StatusWords){MESSAGE("Please sign in"), MESSAGE("This page is for people who are signed in.")};
    case 403:
        return (StatusWords){
            MESSAGE("You may not do this"),
            MESSAGE("Ask an administrator of your firm or chamber for the right, or sign in as somebody else.")};
    case 404:
        return (StatusWords){MESSAGE("Page not found"),
                             MESSAGE("Check the address. The page may have moved, or it is not for you.")};
    case 405:
        return (StatusWords){MESSAGE("That is not possible here"), MESSAGE("Go back and use the buttons on the page.")};
    case 406:
        return (StatusWords){MESSAGE("This page does not exist in that format"),
                             MESSAGE("Ask for text/html or application/json.")};
    case 409:
        return (StatusWords){MESSAGE("That is no longer possible"),
                             MESSAGE("Somebody may have been faster. Open the page again to see how things stand.")};
    case 413:
        return (StatusWords){MESSAGE("That is too large"), MESSAGE("Go back and send less, or smaller files.")};
    case 414:
        return (StatusWords){MESSAGE("The address is too long"), MESSAGE("Check the address.")};
    case 415:
        return (StatusWords){MESSAGE("This kind of content is not accepted here"),
                             MESSAGE("Send it in another format.")};
    case 422:
        return (StatusWords){MESSAGE("Something is not right yet"),
                             MESSAGE("Go back, correct what the message says and send it again.")};
    case 429:
        return (StatusWords){MESSAGE("Too many tries"), MESSAGE("Wait a little, then try again.")};
    case 503:
        return (StatusWords){MESSAGE("Not available just now"),
                             MESSAGE("Nothing was lost or done twice. Please try again in a minute.")};
    case 507:
        return (StatusWords){MESSAGE("There is no room left"),
                             MESSAGE("Nothing was changed. The storage of this site is full; tell the chamber.")};
    default:
        return (StatusWords){
            MESSAGE("Something went wrong on our side"),
            MESSAGE(
                "Nothing was changed. Please try again; if it fails again, tell the operator the reference below.")};
    }
}

/* The policy for pages of ours, for bytes shown in the browser, and for bytes to keep. */
#define POLICY_PAGE                                                                                                    \
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "                 \
    "form-action 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; frame-ancestors 'none'; "            \
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
#define POLICY_SHOWN                                                                                                   \
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; frame-ancestors 'self'; " \
    "base-uri 'none'; form-action 'none'"
#define POLICY_KEPT "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
#define POLICY_IMAGE                                                                                                   \
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; "     \
    "sandbox"

void reply_common_headers(const Exchanges *exchanges, Outgoing *outgoing, const char *policy) {
    outgoing_header(outgoing, "Content-Security-Policy", text_of(policy != NULL ? policy : POLICY_PAGE));
    outgoing_header(outgoing, "X-Content-Type-Options", TEXT("nosniff"));
    outgoing_header(outgoing, "Referrer-Policy", TEXT("same-origin"));
    outgoing_header(outgoing, "Cross-Origin-Opener-Policy", TEXT("same-origin"));
    outgoing_header(outgoing, "Cross-Origin-Resource-Policy", TEXT("same-origin"));
    outgoing_header(outgoing, "Permissions-Policy",
                    TEXT("camera=(self), geolocation=(), microphone=(), payment=(), usb=()"));
    if (exchanges->is_https) {
        outgoing_header(outgoing, "Strict-Transport-Security", TEXT("max-age=63072000; includeSubDomains"));
    }
}

/* ETag and public caching for what everybody gets alike; nothing is kept of anything else. Shared caches may keep such
 * a page for a minute; a browser asks each time, so that nobody sees the verdict of a minute ago. */
static void write_caching(Request *request, const Sha256 *digest, bool gzipped) {
    RequestState *state = request->state;
    Outgoing *outgoing = state->outgoing;
    const bool is_public = state->route != NULL && state->route->cacheable && outgoing->code == 200 &&
                           request->actor.account.value == 0 && state->answer.cookie_count == 0 &&
                           state->frame.notice.size == 0;
    if (state->route != NULL && state->route->lasting && outgoing->code == 200 && state->answer.cookie_count == 0) {
        outgoing_header(outgoing, "Vary", TEXT("Accept-Encoding"));
        outgoing_header(outgoing, "Cache-Control", TEXT("public, max-age=31536000, immutable"));
        return;
    }
    outgoing_header(outgoing, "Vary", TEXT("Accept, Accept-Encoding, Accept-Language, Cookie"));
    if (!is_public) {
        outgoing_header(outgoing, "Cache-Control", TEXT("no-store"));
        return;
    }
    const Text etag =
        arena_format(request->arena, "\"%.32s%s\"", sha256_hex(request->arena, digest).data, gzipped ? "-gz" : "");
    outgoing_header(outgoing, "Cache-Control", TEXT("public, max-age=0, s-maxage=60"));
    outgoing_header(outgoing, "ETag", etag);
    Text candidates = incoming_header(state->incoming, "if-none-match", NULL);
    while (candidates.size > 0) {
        Text candidate = text_trim(text_cut(&candidates, ','));
        candidate = text_starts_with(candidate, TEXT("W/")) ? text_slice(candidate, 2, candidate.size) : candidate;
        if (text_equal(candidate, etag) || text_equal(candidate, TEXT("*"))) {
            outgoing->code = 304;
            outgoing->body = (Text){NULL, 0};
        }
    }
}

static bool is_compressible(Text media_type) {
    return text_starts_with(media_type, TEXT("text/")) || text_starts_with(media_type, TEXT("application/json")) ||
           text_starts_with(media_type, TEXT("image/svg")) || text_starts_with(media_type, TEXT("application/xml"));
}

/* Everything behind the decision: type, compression, caching, cookies, security headers. */
static void write_body(Request *request, int code, Text media_type, const char *policy, Text body) {
    RequestState *state = request->state;
    Outgoing *outgoing = state->outgoing;
    const bool cacheable = state->route != NULL && state->route->cacheable && code == 200;
    const bool compress = body.size > COMPRESS_FROM && is_compressible(media_type) &&
                          negotiate_gzip(incoming_header(state->incoming, "accept-encoding", NULL));
    CompressCache *cache = cacheable && request->actor.account.value == 0 ? state->exchanges->compressed : NULL;
    const Sha256 digest = cacheable ? sha256(body) : (Sha256){0};
    outgoing->code = code;
    outgoing->body = body;
    if (body.size > 0) {
        outgoing_header(outgoing, "Content-Type", media_type);
    }
    const bool gzipped = compress && compress_gzip(cache, &digest, request->arena, body, &outgoing->body) == STATUS_OK;
    if (gzipped) {
        outgoing_header(outgoing, "Content-Encoding", TEXT("gzip"));
    }
    write_caching(request, &digest, gzipped);
    reply_common_headers(state->exchanges, outgoing, policy);
    for (size_t i = 0; i < state->answer.cookie_count; i++) {
        outgoing_header(outgoing, "Set-Cookie", state->answer.cookies[i].value);
    }
    for (size_t i = 0; i < state->answer.header_count; i++) {
        outgoing_header(outgoing, state->answer.headers[i].name.data, state->answer.headers[i].value);
    }
    if (state->answer.ends_session) {
        outgoing_header(outgoing, "Clear-Site-Data", TEXT("\"cache\", \"storage\""));
    }
}

/* Reads the notice that the last act left, and ends its cookie. */
static void take_notice(Request *request) {
    RequestState *state = request->state;
    const Text cookie = request_cookie(request, "notice");
    Text english = {NULL, 0};
    for (size_t i = 0; i < state->answer.cookie_count; i++) {
        if (text_equal(state->answer.cookies[i].name, cookie_name(request, "notice"))) {
            return; /* this very answer leaves one for the next page */
        }
    }
    if (cookie.size == 0) {
        return;
    }
    if (token_read_message(request->arena, state->exchanges->options.secret, cookie, &english) == STATUS_OK) {
        state->frame.notice = message_text(request->language, (Message){arena_c_string(request->arena, english)});
    }
    answer_cookie(request, "notice", (Text){NULL, 0}, 0);
}

static Text render(Request *request, ViewRender *render_view, const void *model, bool is_html, Status *ret_status) {
    RequestState *state = request->state;
    Text body = {NULL, 0};
    if (is_html) {
        take_notice(request);
    }
    Writer writer = writer_make(request->arena, &state->frame, request->now);
    writer.language = request->language;
    render_view(&writer, model);
    *ret_status = buffer_take(&writer.buffer, &body);
    /* Only a page that carries the token gives the stranger the cookie that it belongs to. */
    if (is_html && state->form_secret_new && text_find(body, state->form_token, &(size_t){0})) {
        answer_cookie(request, "form", state->form_secret, 43200);
    }
    return body;
}

static void write_view(Request *request, int code, Shown shown, bool is_json) {
    Status status = STATUS_OK;
    const Text body = render(request, is_json ? shown.view->json : shown.view->html, shown.model, !is_json, &status);
    if (status != STATUS_OK) {
        LOG(LOG_ERROR, "page too large", {"view", text_of(shown.view->name)});
        write_body(request, 500, TEXT("text/plain; charset=utf-8"), NULL,
                   TEXT("This page is too large to be shown.\n"));
        return;
    }
    write_body(request, code, is_json ? TEXT("application/json; charset=utf-8") : TEXT("text/html; charset=utf-8"),
               NULL, body);
}

static void write_refusal(Request *request, Status status) {
    RequestState *state = request->state;
    const bool is_own = state->answer.kind == ANSWER_REFUSAL || state->answer.kind == ANSWER_FIELD;
    const int code = is_own && state->answer.code != 0 ? state->answer.code : reply_code(status);
    const StatusWords words = words_of(code);
    ErrorPage *page = arena_new(request->arena, ErrorPage);
    *page = (ErrorPage){.title = words.title,
                        .advice = words.advice,
                        .reference = {state->id, ID_TEXT_SIZE},
                        .status = text_of(status_name(status)),
                        .sign_in = code == 401};
    if (is_own && state->answer.message.english != NULL) {
        page->text =
            MESSAGE_FORMAT(request->arena, request->language, state->answer.message, {"detail", state->answer.detail});
    }
    if (state->prefers_json && code == 401) {
        outgoing_header(state->outgoing, "WWW-Authenticate", TEXT("Bearer"));
    }
    if (is_own && state->answer.wait_seconds > 0) {
        outgoing_header(state->outgoing, "Retry-After",
                        arena_format(request->arena, "%lld", (long long)state->answer.wait_seconds));
    }
    if (code == 503) {
        outgoing_header(state->outgoing, "Retry-After", TEXT("5"));
    }
    const bool has_page = is_own && state->answer.shown.view != NULL && !state->prefers_json;
    write_view(request, code, has_page ? state->answer.shown : http_error_view(page), state->prefers_json);
}

static void write_redirect(Request *request, Text location) {
    RequestState *state = request->state;
    outgoing_header(state->outgoing, "Location", location);
    if (!state->prefers_json) {
        write_body(request, 303, (Text){NULL, 0}, NULL, (Text){NULL, 0});
        return;
    }
    Writer writer = writer_make(request->arena, NULL, request->now);
    Text body = {NULL, 0};
    write_literal(&writer, "{\"location\":", 12);
    write_json(&writer, location);
    write_literal(&writer, "}", 1);
    const Status status = buffer_take(&writer.buffer, &body);
    write_body(request, 303, TEXT("application/json; charset=utf-8"), NULL,
               status == STATUS_OK ? body : (Text){NULL, 0});
}

static void write_shown(Request *request, int code, Shown shown) {
    const RequestState *state = request->state;
    const View *view = shown.view;
    const bool html = view->html != NULL && state->accepted.html > 0,
               json = view->json != NULL && state->accepted.json > 0;
    if (!html && !json) {
        const Status status = refuse_code(request, 406, STATUS_UNSUPPORTED, NO_MESSAGE, (Text){NULL, 0});
        write_refusal(request, status);
        return;
    }
    write_view(request, code, shown, json && (!html || state->prefers_json));
}

typedef struct MediaPolicy {
    const char *type, *policy;
} MediaPolicy;

/* What may be shown in the browser; everything else is a download. */
static const char *shown_policy(Text media_type) {
    static const MediaPolicy shown[] = {
        {"application/pdf", POLICY_SHOWN}, {"image/png", POLICY_IMAGE},       {"image/jpeg", POLICY_IMAGE},
        {"image/webp", POLICY_IMAGE},      {"image/svg+xml", POLICY_IMAGE},   {"text/css", POLICY_KEPT},
        {"text/plain", POLICY_KEPT},       {"application/json", POLICY_KEPT},
    };
    const Text type = text_trim(text_cut(&media_type, ';'));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (text_equal_ignoring_case(type, text_of(shown[i].type))) {
            return shown[i].policy;
        }
    }
    return NULL;
}

/* Content-Disposition by RFC 6266: an ASCII name for old clients, the true one in UTF-8. */
static Text disposition(Arena *arena, Text name) {
    const Text encoded = url_encode(arena, name);
    Buffer ascii = buffer_make(arena, 256);
    for (size_t i = 0; i < name.size && ascii.size < 200; i++) {
        const char letter = name.data[i];
        const bool plain = letter >= ' ' && letter < 0x7f && strchr("\"\\/%;", letter) == NULL;
        const bool inside = (letter & 0xC0) == 0x80; /* a code point becomes one underscore */
        if (!inside) {
            buffer_append_byte(&ascii, plain ? letter : '_');
        }
    }
    return arena_format(arena, "attachment; filename=\"%.*s\"; filename*=UTF-8''%.*s", (int)ascii.size, ascii.data,
                        TEXT_ARG(encoded));
}

static bool is_header_value(Text value) {
    for (size_t i = 0; i < value.size; i++) {
        if ((unsigned char)value.data[i] < ' ' || (unsigned char)value.data[i] >= 0x7f) {
            return false;
        }
    }
    return value.size > 0;
}

static void write_bytes(Request *request) {
    const Answer *answer = &request->state->answer;
    const Text type = is_header_value(answer->media_type) ? answer->media_type : TEXT("application/octet-stream");
    const char *policy = answer->download_name.size == 0 ? shown_policy(type) : NULL;
    if (policy == NULL) {
        const Text name = answer->download_name.size > 0 ? answer->download_name : TEXT("download");
        outgoing_header(request->state->outgoing, "Content-Disposition", disposition(request->arena, name));
        policy = POLICY_KEPT;
    }
    write_body(request, 200, type, policy, answer->bytes);
}

static void write_field_errors(Request *request) {
    const FormProblems problems = form_problems(request->arena, request->language, request->state->values);
    ErrorFields *fields = arena_new(request->arena, ErrorFields);
    fields->errors.items = arena_new_array(request->arena, ErrorField, problems.count + 1);
    fields->errors.count = problems.count;
    for (size_t i = 0; i < problems.count; i++) {
        fields->errors.items[i] = (ErrorField){problems.items[i].name, problems.items[i].words};
    }
    write_view(request, 422, http_error_fields_view(fields), true);
}

void reply_write(Request *request, Status status) {
    RequestState *state = request->state;
    const Answer *answer = &state->answer;
    const bool is_invalid = state->again && state->values != NULL && state->values->invalid;
    if (is_invalid && state->prefers_json) {
        write_field_errors(request);
    } else if (status != STATUS_OK && answer->kind == ANSWER_REDIRECT && answer->code == 303) {
        write_redirect(request, answer->location); /* to the sign-in page */
    } else if (status != STATUS_OK || answer->kind == ANSWER_NONE || answer->kind == ANSWER_REFUSAL ||
               answer->kind == ANSWER_FIELD) {
        write_refusal(request, status == STATUS_OK ? STATUS_FAILED : status);
    } else if (answer->kind == ANSWER_VIEW) {
        write_shown(request, is_invalid ? 422 : 200, answer->shown);
    } else if (answer->kind == ANSWER_REDIRECT) {
        write_redirect(request, answer->location);
    } else {
        write_bytes(request);
    }
}
