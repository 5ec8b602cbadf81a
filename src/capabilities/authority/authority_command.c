/** tradepost authority: certifies, revokes, tells, and serves on a port of its own. */
#include "capabilities/authority/authority_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/options.h"
#include "http/server.h"
#include "outside/file.h"
#include "trust/certificate.h"

enum { FILE_LIMIT = 64 * 1024 };

const char authority_help[] =
    "use: tradepost authority ACT --data DIR [options]\n"
    "\n"
    "The installation's own certificate authority, for tests and private use. Its certificates are not qualified, and "
    "say so.\n"
    "It is made with the first chamber; a chamber's trust service provider takes its place.\n"
    "\n"
    "  init --country CC      makes it where there is none; --public-url says where its services can be reached\n"
    "  issue --request FILE   certifies the key of a request (PKCS#10): a seal certificate with its issuers in PEM\n"
    "      --out FILE         must not exist\n"
    "      --organisation NAME, --name NAME, --country CC   instead of what the request says\n"
    "      --years N          default 5\n"
    "  revoke --serial HEX    revokes a certificate for good; or --certificate FILE\n"
    "      --reason WORD      keyCompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn, "
    "...\n"
    "  status                 its address, and each certificate: number, state, last day, name\n"
    "  serve --port N         answers OCSP, time stamps, CRLs and certificates under /authority/, and nothing else\n"
    "\n"
    "example: tradepost authority issue --data /var/lib/tradepost --request seal.csr --out seal.pem\n";

static int wrong_use(const char *words) {
    return command_wrong_use_because("authority", words);
}

/** Reads the options behind the act's name. */
static Status read_options(const CommandContext *context, const Option *options, size_t count) {
    return options_read(context->argument_count - 1, context->arguments + 1, options, count, NULL, 0, &(size_t){0});
}

static Status make_authority(CommandContext *context, Text country) {
    Arena *arena = context->arena;
    const Text folder = arena_format(arena, "%.*s/authority", TEXT_ARG(context->data));
    const Text file = arena_format(arena, "%.*s/keys/password", TEXT_ARG(context->data));
    const Settings *settings = context->settings;
    const Text here = arena_format(arena, "http://127.0.0.1:%lld", (long long)settings->port);
    const AuthorityOptions options = {
        .country = country, .address = settings->public_url.size > 0 ? settings->public_url : here, .kind = KEY_P256};
    Text password = {NULL, 0};
    Status status = outside_key_password(context->outside, arena, &password);
    if (status == STATUS_NOT_FOUND) {
        status = key_password_make(file, arena, &password);
    }
    TRY(status);
    return authority_make(arena, folder, password, &options);
}

static int run_init(CommandContext *context) {
    Text country = {NULL, 0};
    const Option options[] = {{"country", &country, NULL, true}};
    if (read_options(context, options, 1) != STATUS_OK) {
        return command_wrong_use("authority");
    }
    const Status status = make_authority(context, country);
    return status == STATUS_OK ? 0 : command_refuse(status);
}

/** What `issue` was asked for. */
typedef struct Issue {
    Text request, out, years;
    AuthoritySubject subject;
} Issue;

static void append_pem(Arena *arena, Buffer *pem, Text certificate) {
    const Text letters = base64_encode(arena, certificate);
    buffer_append(pem, TEXT("-----BEGIN CERTIFICATE-----\n"));
    for (size_t at = 0; at < letters.size; at += 64) {
        const Text line = text_slice(letters, at, at + 64);
        buffer_format(pem, "%.*s\n", TEXT_ARG(line));
    }
    buffer_append(pem, TEXT("-----END CERTIFICATE-----\n"));
}

/** A new file in the folder that its path names. */
static Status write_new(Arena *arena, Text path, Text bytes) {
    const char *name = arena_c_string(arena, path);
    const int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return file_failure("make", name);
    }
    const Status status = file_write(descriptor, name, bytes);
    (void)close(descriptor);
    return status;
}

static Status issue_certificate(CommandContext *context, Issue *issue, Text *ret_serial) {
    Arena *arena = context->arena;
    Authority *authority = NULL;
    CertificateRequest request = {0};
    CertificateParts parts;
    Text bytes = {NULL, 0};
    Texts chain = {0};
    TRY(outside_authority(context->outside, &authority));
    TRY(file_read(arena, AT_FDCWD, arena_c_string(arena, issue->request), FILE_LIMIT, &bytes));
    TRY(certificate_read_request(arena, bytes, &request));
    AuthoritySubject *subject = &issue->subject;
    subject->public_key = request.public_key;
    subject->organisation = subject->organisation.size > 0 ? subject->organisation : request.organisation;
    subject->name = subject->name.size > 0 ? subject->name : request.name;
    subject->country = subject->country.size > 0 ? subject->country : request.country;
    TRY(authority_certify(authority, arena, subject, &chain));
    Buffer pem = buffer_make(arena, (size_t)4 * FILE_LIMIT);
    for (size_t i = 0; i < chain.count; i++) {
        append_pem(arena, &pem, chain.items[i]);
    }
    TRY(write_new(arena, issue->out, (Text){pem.data, pem.size}));
    TRY(certificate_parts(chain.items[0], &parts));
    *ret_serial = hex_encode(arena, parts.serial);
    return STATUS_OK;
}

static int run_issue(CommandContext *context) {
    Issue issue = {0};
    int64_t years = 0;
    Text serial = {NULL, 0};
    const Option options[] = {{"request", &issue.request, NULL, true},
                              {"out", &issue.out, NULL, true},
                              {"organisation", &issue.subject.organisation, NULL, false},
                              {"name", &issue.subject.name, NULL, false},
                              {"country", &issue.subject.country, NULL, false},
                              {"years", &issue.years, NULL, false}};
    if (read_options(context, options, sizeof options / sizeof options[0]) != STATUS_OK) {
        return command_wrong_use("authority");
    }
    if (issue.years.size > 0 && (text_to_int(issue.years, &years) != STATUS_OK || years < 1 || years > 20)) {
        return wrong_use("--years is a number from 1 to 20");
    }
    issue.subject.years = (int)years;
    const Status status = issue_certificate(context, &issue, &serial);
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    printf("%.*s\n", TEXT_ARG(serial));
    return 0;
}

/** The number of the certificate in a file, PEM or DER. */
static Status read_serial(CommandContext *context, Text path, Text *ret_serial) {
    Arena *arena = context->arena;
    Text bytes = {NULL, 0};
    CertificateFacts facts;
    TRY(file_read(arena, AT_FDCWD, arena_c_string(arena, path), FILE_LIMIT, &bytes));
    TRY(certificate_facts(arena, bytes, &facts));
    *ret_serial = facts.serial;
    return STATUS_OK;
}

static int run_revoke(CommandContext *context) {
    Text serial = {NULL, 0}, file = {NULL, 0}, word = TEXT("unspecified");
    const Option options[] = {
        {"serial", &serial, NULL, false}, {"certificate", &file, NULL, false}, {"reason", &word, NULL, false}};
    Authority *authority = NULL;
    if (read_options(context, options, 3) != STATUS_OK) {
        return command_wrong_use("authority");
    }
    const int reason = authority_reason(word);
    if ((serial.size > 0) == (file.size > 0) || reason < 0) {
        return wrong_use(reason < 0 ? "--reason is no reason of RFC 5280"
                                    : "revoke takes --serial HEX or --certificate FILE");
    }
    Status status = file.size > 0 ? read_serial(context, file, &serial) : STATUS_OK;
    if (status == STATUS_OK) {
        status = outside_authority(context->outside, &authority);
    }
    if (status == STATUS_OK) {
        status = authority_revoke(authority, context->arena, serial, reason, (Time){0});
    }
    return status == STATUS_OK ? 0 : command_refuse(status);
}

static Status print_status(CommandContext *context) {
    Authority *authority = NULL;
    AuthorityList list = {0};
    TRY(outside_authority(context->outside, &authority));
    TRY(authority_list(authority, context->arena, &list));
    const Text address = authority_address(authority);
    printf("%.*s/authority/\n", TEXT_ARG(address));
    for (size_t i = 0; i < list.count; i++) {
        const AuthorityIssued *one = &list.items[i];
        CertificateFacts facts;
        TRY(certificate_facts(context->arena, one->certificate, &facts));
        const Text until = time_iso_date(context->arena, facts.until);
        const char *state = time_is_set(one->revoked)               ? authority_reason_word(one->reason)
                            : time_before(facts.until, clock_now()) ? "expired"
                                                                    : "good";
        printf("%.*s\t%s%s\t%.*s\t%.*s\n", TEXT_ARG(one->serial), time_is_set(one->revoked) ? "revoked: " : "", state,
               TEXT_ARG(until), TEXT_ARG(facts.subject));
    }
    return STATUS_OK;
}

static int run_status(CommandContext *context) {
    if (read_options(context, NULL, 0) != STATUS_OK) {
        return command_wrong_use("authority");
    }
    const Status status = print_status(context);
    return status == STATUS_OK ? 0 : command_refuse(status);
}

/** Whatever name it is called by. */
static Status any_host(Connection *connection, Arena *arena, Text host, ChamberContext *ret_chamber) {
    (void)connection, (void)arena, (void)host;
    *ret_chamber = (ChamberContext){.code = TEXT("AUTHORITY"),
                                    .name = TEXT("Tradepost test authority"),
                                    .country = TEXT("XX"),
                                    .languages = TEXT("en")};
    return STATUS_OK;
}

static Status nobody(Connection *connection, Arena *arena, ChamberId chamber, Text token, Time now, Actor *ret_actor) {
    (void)connection, (void)arena, (void)chamber, (void)token, (void)now, (void)ret_actor;
    return STATUS_NOT_FOUND;
}

static int run_serve(CommandContext *context) {
    const Routes *const routes[] = {&authority_routes};
    const Settings *settings = context->settings;
    const ServerOptions options = {.address = settings->address,
                                   .port = (int)settings->port,
                                   .secret = context->outside->secret,
                                   .database = context->database,
                                   .outside = context->outside,
                                   .routes = routes,
                                   .routes_count = 1,
                                   .hooks = {.chamber_of_host = any_host, .actor_of_session = nobody},
                                   .quiet = true};
    Authority *authority = NULL;
    Server *server = NULL;
    if (read_options(context, NULL, 0) != STATUS_OK) {
        return command_wrong_use("authority");
    }
    Status status = outside_authority(context->outside, &authority);
    if (status == STATUS_OK) {
        status = server_start(&options, &server);
    }
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    printf("The authority answers at http://%.*s:%d/authority/; Ctrl-C stops it.\n", TEXT_ARG(settings->address),
           server_port(server));
    (void)fflush(stdout);
    /* It writes nothing, so the signal that ends the process may do so at any moment. */
    for (;;) {
        (void)pause();
    }
}

int authority_command(CommandContext *context) {
    static const struct {
        const char *name;
        int (*run)(CommandContext *context);
    } acts[] = {
        {"init", run_init}, {"issue", run_issue}, {"revoke", run_revoke}, {"status", run_status}, {"serve", run_serve}};
    for (size_t i = 0; context->argument_count > 0 && i < sizeof acts / sizeof acts[0]; i++) {
        if (text_equal(text_of(context->arguments[0]), text_of(acts[i].name))) {
            return acts[i].run(context);
        }
    }
    return wrong_use("the act is init, issue, revoke, status or serve");
}
