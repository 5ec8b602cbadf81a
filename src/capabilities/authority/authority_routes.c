/** The services of the installation's own authority over HTTP: OCSP, time stamps, CRLs, certificates. */
#include "base/log.h"
#include "capabilities/authority/authority_command.h"

/** Answers as the authority does; where the installation has none, there is no such page. */
static Status answer(Request *request, Text path, Text body) {
    Authority *authority = NULL;
    AuthorityAnswer said = {0};
    Status status = outside_authority(request->outside, &authority);
    if (status == STATUS_OK) {
        status = authority_answer(authority, request->arena, path, body, &said);
    }
    if (status == STATUS_NOT_FOUND) {
        return refuse(request, STATUS_NOT_FOUND, NO_MESSAGE);
    }
    TRY(status);
    return answer_bytes(request, text_of(said.type), (Text){NULL, 0}, said.body);
}

static Status answer_ocsp(Request *request) {
    return answer(request, TEXT("ocsp"), request_body(request));
}

static Status answer_stamp(Request *request) {
    return answer(request, TEXT("tsa"), request_body(request));
}

static Status answer_in(Request *request, const char *folder, const char *parameter) {
    const Text name = request_path_text(request, parameter);
    return answer(request, arena_format(request->arena, "%s/%.*s", folder, TEXT_ARG(name)), (Text){NULL, 0});
}

static Status show_ocsp(Request *request) {
    return answer_in(request, "ocsp", "request");
}

static Status show_list(Request *request) {
    return answer_in(request, "crl", "list");
}

static Status show_certificate(Request *request) {
    return answer_in(request, "ca", "certificate");
}

static const Route routes[] = {
    {POST, "/authority/ocsp", ANYONE, NULL, answer_ocsp, .takes = "application/ocsp-request",
     .body_limit = AUTHORITY_QUESTION_MAX},
    {POST, "/authority/tsa", ANYONE, NULL, answer_stamp, .takes = "application/timestamp-query",
     .body_limit = AUTHORITY_QUESTION_MAX},
    {GET, "/authority/ocsp/{request:rest}", ANYONE, NULL, show_ocsp, .cacheable = true},
    {GET, "/authority/crl/{list:text}", ANYONE, NULL, show_list, .cacheable = true},
    {GET, "/authority/ca/{certificate:text}", ANYONE, NULL, show_certificate, .cacheable = true},
};

const Routes authority_routes = {routes, sizeof routes / sizeof routes[0]};

static const Command commands[] = {
    {.name = "authority",
     .summary = "the installation's test authority: certificates, OCSP, CRLs, time stamps",
     .help = authority_help,
     .run = authority_command}};

const Capability authority_capability = {
    .name = "authority",
    .routes = {routes, sizeof routes / sizeof routes[0]},
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
};
