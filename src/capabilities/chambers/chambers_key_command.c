/** tradepost key: what it reads and prints. */
#include "capabilities/chambers/chambers_key_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/options.h"
#include "capabilities/chambers/chambers_key_act.h"
#include "outside/file.h"

enum { REQUEST_MODE = 0644 };

const char chambers_key_help[] =
    "use: tradepost key ACT --data DIR [--chamber CODE] [options]\n"
    "\n"
    "The seal keys of a chamber. One of them is active; the others wait for their turn or are history.\n"
    "\n"
    "  list           a line each: name, state, place, kind, from, until, description\n"
    "  show           one key: certificates, and whether it can seal now\n"
    "  make           a new key without a certificate\n"
    "  request        a request (PKCS#10) to hand to a trust service provider, signed by the key\n"
    "  certificate    installs the provider's answer: the key's certificate with its issuers\n"
    "  import         takes over a key with its certificates: a PKCS#12 file, or a key on a token or at a service\n"
    "  roll           a new key seals from now on. Without --name it is made and certified by the installation's own\n"
    "                 private authority; with --request FILE it is made, and waits for its certificate;\n"
    "                 with --name it is one that is there\n"
    "\n"
    "  --name NAME           the key; else the newest, and for new ones seal, seal-2, ...\n"
    "  --kind KIND           p256 (where none is given), p384, rsa, rsa-pss, ed25519\n"
    "  --on PLACE            make, roll, import: \"pkcs11:token=NAME;object=NAME?module-path=/PATH.so\", for import "
    "also\n"
    "                        \"csc:https://SERVICE/csc/v1#CREDENTIAL\" or the path of a PKCS#12 file\n"
    "  --pin-file FILE       PIN, password or login (mode 0600); else the variable TRADEPOST_KEY_PIN, else the "
    "terminal\n"
    "  --from FILE           certificate: certificates in PEM or DER\n"
    "  --certificates FILE   import: certificates that do not lie with the key\n"
    "  --identifier ID       request: the chamber's registered number, as NTRMK-4030000000000\n"
    "  --out FILE            request: a new file for it; else standard output\n"
    "  --activate            import, certificate: the key seals from now on\n"
    "\n"
    "PINs are never taken from the command line, which others can read.\n"
    "Exit code: 0 done, 1 refused with the reason, 2 wrong use.\n";

static const char *state_of(const ChambersKeysRow *row) {
    return row->active                    ? "active"
           : time_is_set(row->retired_at) ? "retired"
           : time_is_set(row->not_after)  ? "ready"
                                          : "waits-for-certificate";
}

static void print_date(Arena *arena, Time time) {
    const Text date = time_is_set(time) ? time_iso_date(arena, time) : TEXT("-");
    printf("\t%.*s", TEXT_ARG(date));
}

static Status list_keys(KeyAct *act) {
    for (size_t i = 0; i < act->rows.count; i++) {
        const ChambersKeysRow *row = &act->rows.items[i];
        printf("%.*s\t%s\t%.*s\t%.*s", TEXT_ARG(row->name), state_of(row), TEXT_ARG(row->kind),
               TEXT_ARG(row->algorithm));
        print_date(act->context->arena, row->not_before);
        print_date(act->context->arena, row->not_after);
        printf("\t%.*s\n", TEXT_ARG(row->file));
    }
    return STATUS_OK;
}

static Status show_key(KeyAct *act) {
    Arena *arena = act->context->arena;
    Key *key = NULL;
    KeyHealth health = {.status = STATUS_FAILED};
    const Text description = chambers_key_description(arena, act->context->outside, &act->row);
    printf("name %.*s\nstate %s\nplace %.*s\n", TEXT_ARG(act->row.name), state_of(&act->row), TEXT_ARG(description));
    TRY(chambers_open_key(arena, act->context->outside, &act->row, true, true, &key));
    const Text kind = chambers_kind_word(key_kind(key));
    printf("kind %.*s\n", TEXT_ARG(kind));
    for (size_t i = 0; i < key_chain(key).count; i++) {
        const Sha256 digest = sha256(key_chain(key).items[i]);
        const Text hex = sha256_hex(arena, &digest);
        printf("certificate %.*s\n", TEXT_ARG(hex));
    }
    key_preflight(key, (Time){0}, arena, &health);
    key_close(key);
    if (time_is_set(health.valid_until)) {
        printf("days-left %lld\nchain %s\n", (long long)(health.remaining / TIME_DAY),
               health.chain_complete ? "complete" : "incomplete");
    }
    printf("usable %s\n", health.status == STATUS_OK ? "yes" : "no");
    return health.status == STATUS_OK ? STATUS_OK : fail(health.status, "%.*s", TEXT_ARG(health.words));
}

static Status write_request(const KeyAct *act, Text file) {
    if (file.size == 0) {
        printf("%.*s", TEXT_ARG(act->request));
        return STATUS_OK;
    }
    const char *path = arena_c_string(act->context->arena, file);
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, REQUEST_MODE);
    if (descriptor < 0) {
        return file_failure("make", path);
    }
    const Status status = file_write(descriptor, path, act->request);
    (void)close(descriptor);
    return status;
}

static Status switch_key(KeyAct *act) {
    TRY(chambers_key_switch(act));
    printf("%.*s seals from now on; before: %.*s\n", TEXT_ARG(act->row.name), TEXT_ARG(act->before));
    return STATUS_OK;
}

static Status make_key(KeyAct *act) {
    TRY(chambers_key_make(act));
    printf("%.*s made; it has no certificate yet: tradepost key request\n", TEXT_ARG(act->row.name));
    return STATUS_OK;
}

static Status import_key(KeyAct *act) {
    if (act->place.size == 0) {
        return fail(STATUS_INVALID, "--on is missing: the key to take over");
    }
    TRY(chambers_key_import(act));
    printf("%.*s taken over\n", TEXT_ARG(act->row.name));
    return act->activate ? switch_key(act) : STATUS_OK;
}

static Status request_certificate(KeyAct *act) {
    TRY(chambers_key_request(act));
    return write_request(act, act->output);
}

static Status install_certificate(KeyAct *act) {
    Arena *arena = act->context->arena;
    Text bytes = {0};
    Texts certificates = {0};
    if (act->file.size == 0) {
        return fail(STATUS_INVALID, "--from is missing: the file with the certificates");
    }
    TRY(file_read(arena, AT_FDCWD, arena_c_string(arena, act->file), KEY_CERTIFICATES_SIZE_MAX, &bytes));
    TRY(key_read_certificates(arena, bytes, &certificates));
    TRY(chambers_key_certify(act, certificates));
    printf("%.*s has its certificate\n", TEXT_ARG(act->row.name));
    return act->activate ? switch_key(act) : STATUS_OK;
}

static Status roll_key(KeyAct *act) {
    if (act->name.size > 0) {
        TRY(chambers_key_named(act));
        return switch_key(act);
    }
    TRY(chambers_key_make(act));
    if (act->output.size > 0) {
        TRY(chambers_key_request(act));
        TRY(write_request(act, act->output));
        printf(
            "%.*s made; when its certificate has come: tradepost key certificate --name %.*s --from FILE --activate\n",
            TEXT_ARG(act->row.name), TEXT_ARG(act->row.name));
        return STATUS_OK;
    }
    TRY(chambers_key_certify_here(act));
    return switch_key(act);
}

typedef struct KeyWord {
    const char *word;
    bool named; /* works on a key that is there */
    Status (*run)(KeyAct *act);
} KeyWord;
static const KeyWord words[] = {{"list", false, list_keys},
                                {"show", true, show_key},
                                {"make", false, make_key},
                                {"request", true, request_certificate},
                                {"certificate", true, install_certificate},
                                {"import", false, import_key},
                                {"roll", false, roll_key}};

static Status run_word(KeyAct *act, const KeyWord *word) {
    TRY(chambers_key_begin(act));
    if (word->named) {
        TRY(chambers_key_named(act));
    }
    return word->run(act);
}

int chambers_key_command(CommandContext *context) {
    KeyAct act = {.context = context, .kind_word = TEXT("p256")};
    Text request = {0};
    size_t operands = 0;
    const Option options[] = {{"chamber", &act.chamber_code, NULL, false},
                              {"kind", &act.kind_word, NULL, false},
                              {"on", &act.place, NULL, false},
                              {"pin-file", &act.pin_file, NULL, false},
                              {"name", &act.name, NULL, false},
                              {"from", &act.file, NULL, false},
                              {"certificates", &act.certificates, NULL, false},
                              {"identifier", &act.identifier, NULL, false},
                              {"out", &act.output, NULL, false},
                              {"request", &request, NULL, false},
                              {"activate", NULL, &act.activate, false}};
    if (options_read(context->argument_count, context->arguments, options, sizeof options / sizeof options[0], &act.act,
                     1, &operands) != STATUS_OK) {
        return command_wrong_use("key");
    }
    if (request.size > 0) {
        act.output = request;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_equal(text_of(words[i].word), act.act)) {
            const Status status = run_word(&act, &words[i]);
            return status == STATUS_OK ? 0 : command_refuse(status);
        }
    }
    return command_wrong_use_because("key", "say what to do: list, show, make, request, certificate, import or roll");
}
