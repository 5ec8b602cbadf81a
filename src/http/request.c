/** What a handler asks of its request, and the answers that it may give. */
#include "http/request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "http/exchange.h"
#include "http/token.h"
#include "http/url.h"

#define NOTICE_SECONDS 300

const void *request_form(const Request *request) {
    assert(request->state->bound != NULL);
    return request->state->bound;
}

const FormValues *request_values(const Request *request) {
    return request->state->values;
}

const FormValues *request_values_or(Request *request, const Form *form, const void *bound) {
    const RequestState *state = request->state;
    if (state->again && state->values != NULL && strcmp(state->values->form->name, form->name) == 0) {
        return state->values;
    }
    return bound == NULL ? form_empty(request->arena, form) : form_of_struct(request->arena, form, bound);
}

int64_t request_path_id(const Request *request, const char *name) {
    const RequestState *state = request->state;
    int64_t id = 0;
    const Status status = id_read(state->match.parameters[route_parameter_index(state->route, name)], &id);
    assert(status == STATUS_OK);
    return id;
}

Text request_path_text(const Request *request, const char *name) {
    return request->state->match.parameters[route_parameter_index(request->state->route, name)];
}

Text request_action(const Request *request) {
    return request->state->action;
}

bool request_is_local_path(Text path) {
    return url_is_local_path(path);
}

Status request_read(Request *request, TransactionBody *body, void *context) {
    assert(request->connection == NULL);
    return database_read(request->state->exchanges->options.database, body, context);
}

Database *request_database(const Request *request) {
    assert(request->connection == NULL);
    return request->state->exchanges->options.database;
}

void answer_clear(Request *request) {
    request->state->answer = (Answer){0};
    request->state->after_commit = NULL;
}

void request_after_commit(Request *request, void (*act)(void)) {
    request->state->after_commit = act;
}

Status show(Request *request, Shown shown) {
    Answer *answer = &request->state->answer;
    answer->kind = ANSWER_VIEW;
    answer->shown = shown;
    return STATUS_OK;
}

Status redirect(Request *request, const char *format, ...) {
    Answer *answer = &request->state->answer;
    char short_text[512];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(short_text, sizeof(short_text), format, arguments);
    va_end(arguments);
    Text location = {short_text, size > 0 ? (size_t)size : 0};
    if (location.size >= sizeof(short_text)) {
        char *room = arena_allocate(request->arena, location.size + 1);
        va_start(arguments, format);
        vsnprintf(room, location.size + 1, format, arguments);
        va_end(arguments);
        location.data = room;
    }
    answer->kind = ANSWER_REDIRECT;
    answer->location = url_is_local_path(location) ? url_encode_location(request->arena, location) : TEXT("/");
    return STATUS_OK;
}

void notice(Request *request, Message notice) {
    const Text secret = request->state->exchanges->options.secret;
    answer_cookie(request, "notice", token_sign_message(request->arena, secret, text_of(notice.english)),
                  NOTICE_SECONDS);
}

Status refuse(Request *request, Status status, Message message) {
    return refuse_code(request, 0, status, message, (Text){NULL, 0});
}

Status refuse_with(Request *request, Status status, Message message, Text detail) {
    return refuse_code(request, 0, status, message, detail);
}

Status refuse_code(Request *request, int code, Status status, Message message, Text detail) {
    Answer *answer = &request->state->answer;
    assert(status != STATUS_OK);
    *answer = (Answer){.kind = ANSWER_REFUSAL, .code = code, .status = status, .message = message, .detail = detail};
    return status;
}

Status refuse_showing(Request *request, Status status, Shown shown) {
    const Status refused = refuse(request, status, NO_MESSAGE);
    request->state->answer.shown = shown;
    return refused;
}

Status refuse_for_now(Request *request, Message message, int64_t seconds) {
    const Status status = refuse(request, STATUS_TOO_MANY, message);
    request->state->answer.wait_seconds = seconds;
    return status;
}

Status refuse_field(Request *request, const char *field, Message message) {
    Answer *answer = &request->state->answer;
    *answer = (Answer){.kind = ANSWER_FIELD, .status = STATUS_INVALID, .field = field, .message = message};
    return STATUS_INVALID;
}

Status answer_bytes(Request *request, Text media_type, Text download_name, Text bytes) {
    Answer *answer = &request->state->answer;
    answer->kind = ANSWER_BYTES;
    answer->media_type = media_type;
    answer->download_name = download_name;
    answer->bytes = bytes;
    return STATUS_OK;
}

Text cookie_name(const Request *request, const char *name) {
    const Text plain = text_of(name);
    return request->state->exchanges->is_https ? ARENA_JOIN(request->arena, TEXT("__Host-"), plain) : plain;
}

static bool is_cookie_value(Text value) {
    for (size_t i = 0; i < value.size; i++) {
        const unsigned char byte = (unsigned char)value.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == ',' || byte == ';' || byte == '\\') {
            return false;
        }
    }
    return true;
}

void answer_cookie(Request *request, const char *name, Text value, int64_t seconds) {
    Answer *answer = &request->state->answer;
    assert(is_cookie_value(value) && value.size < 3800);
    assert(answer->cookie_count < sizeof(answer->cookies) / sizeof(answer->cookies[0]));
    const Text wire_name = cookie_name(request, name);
    answer->ends_session = answer->ends_session || (seconds == 0 && strcmp(name, "session") == 0);
    const Text secure = request->state->exchanges->is_https ? TEXT("; Secure") : (Text){NULL, 0};
    answer->cookies[answer->cookie_count++] = (HttpHeader){
        wire_name, ARENA_JOIN(request->arena, wire_name, TEXT("="), value, TEXT("; Path=/; Max-Age="),
                              arena_number(request->arena, seconds), TEXT("; HttpOnly; SameSite=Lax"), secure)};
}

void answer_header(Request *request, const char *name, Text value) {
    Answer *answer = &request->state->answer;
    assert(answer->header_count < sizeof(answer->headers) / sizeof(answer->headers[0]));
    answer->headers[answer->header_count++] = (HttpHeader){text_of(name), value};
}

Text request_body(const Request *request) {
    return request->state->route->takes != NULL ? request->state->incoming->body : (Text){NULL, 0};
}

Text request_header(const Request *request, const char *name) {
    return incoming_header(request->state->incoming, name, NULL);
}

Text request_cookie(const Request *request, const char *name) {
    const Text wire_name = cookie_name(request, name);
    const Incoming *incoming = request->state->incoming;
    for (size_t i = 0; i < incoming->header_count; i++) {
        if (text_equal_ignoring_case(incoming->headers[i].name, TEXT("cookie"))) {
            const Text value = negotiate_cookie(incoming->headers[i].value, wire_name);
            if (value.size > 0) {
                return value;
            }
        }
    }
    return (Text){NULL, 0};
}

Text incoming_header(const Incoming *incoming, const char *name, size_t *ret_count) {
    Text value = {NULL, 0};
    size_t count = 0;
    for (size_t i = 0; i < incoming->header_count; i++) {
        if (text_equal_ignoring_case(incoming->headers[i].name, text_of(name))) {
            value = count == 0 ? incoming->headers[i].value : value;
            count++;
        }
    }
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return value;
}

void outgoing_header(Outgoing *outgoing, const char *name, Text value) {
    assert(outgoing->header_count < HEADERS_OUT_MAX);
    outgoing->headers[outgoing->header_count++] = (HttpHeader){text_of(name), value};
}
