/** tradepost seal and tradepost renew: seals any PDF, and keeps seals provable. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "outside/fetch.h"
#include "outside/file.h"
#include "outside/jail.h"
#include "outside/outside.h"
#include "program/program.h"
#include "program/seal_file.h"
#include "program/settings.h"

enum { CERTIFICATES_SIZE = 1024 * 1024, SERVICES_MAX = 8 };

static const char seal_help[] =
    "use: tradepost seal IN.pdf --out OUT.pdf --key KEY [OPTION]...\n"
    "\n"
    "Seals any PDF by an appended revision: what was there stays as it is, earlier signatures stay valid. Refused with "
    "the reason are files\n"
    "that are encrypted, hybrid, damaged, or locked by a signature.\n"
    "\n"
    "  --out OUT.pdf         where the sealed file goes; IN.pdf itself is allowed\n"
    "  --key KEY             pkcs12:FILE (or FILE), or another key as in \"tradepost key --help\"\n"
    "  --password-file FILE  the key's password (mode 0600); else TRADEPOST_KEY_PASSWORD, else the terminal\n"
    "  --level LEVEL         B-B (default), B-T, B-LT or B-LTA\n"
    "  --tsa LIST            addresses of time-stamp authorities, asked in turn: \"https://tsa.example\"\n"
    "  --trust FILE          further trusted roots (PEM); the root of the key's own chain is trusted\n"
    "  --visible P,L,B,R,T   a visible seal on page P (from 1): left, bottom, right and top in points\n"
    "  --name, --location, --contact, --reason TEXT\n"
    "                        what the seal says; the name is also drawn\n"
    "  --field NAME          the signature field to fill or make\n"
    "  --approval            a signature without certification: forms may be filled later\n"
    "\n"
    "With --data DIR the time stamps, roots and allowed servers of that installation are used; without, --outbound "
    "names the servers of\n"
    "OCSP and CRLs that may be asked, and those of --tsa.\n"
    "\n"
    "example: tradepost seal invoice.pdf --out sealed.pdf --key pkcs12:seal.p12 --level B-LTA --tsa "
    "https://tsa.example\n";

static const char renew_help[] =
    "use: tradepost renew IN.pdf --out OUT.pdf [--tsa LIST] [--trust FILE]\n"
    "\n"
    "Keeps a sealed PDF provable: adds what proves its signatures and its last time stamp, and a new document time "
    "stamp over all of it.\n"
    "The options are those of \"tradepost seal\". Prints level and dates of the protection.\n"
    "\n"
    "example: tradepost renew contract.pdf --out contract.pdf --tsa https://tsa.example --trust roots.pem\n";

/** What was asked for. */
typedef struct Sealing {
    CommandContext *context;
    Arena *arena;
    Text in, out, key, password_file, level_name, tsa, trust, visible;
    PadesSeal seal;
    PadesLevel level;
    PadesServices services;
    TimeStampService stamps[SERVICES_MAX];
    TrustFetch fetch;
    Fetcher *fetcher;
    SealFile *file;
} Sealing;

static Status read_number(Text *rest, double *ret_number) {
    const Text part = text_trim(text_cut(rest, ','));
    char digits[32] = "", *end = digits;
    if (part.size == 0 || part.size >= sizeof digits) {
        return fail(STATUS_INVALID, "--visible is PAGE,LEFT,BOTTOM,RIGHT,TOP");
    }
    memcpy(digits, part.data, part.size);
    *ret_number = strtod(digits, &end);
    const bool sound = *end == '\0' && *ret_number > -1e6 && *ret_number < 1e6;
    return sound ? STATUS_OK : fail(STATUS_INVALID, "--visible is PAGE,LEFT,BOTTOM,RIGHT,TOP");
}

static Status read_visible(Sealing *sealing) {
    PadesAppearance *look = &sealing->seal.appearance;
    Text rest = sealing->visible;
    double page = 0;
    if (rest.size == 0) {
        return STATUS_OK;
    }
    TRY(read_number(&rest, &page));
    TRY(read_number(&rest, &look->left));
    TRY(read_number(&rest, &look->bottom));
    TRY(read_number(&rest, &look->right));
    TRY(read_number(&rest, &look->top));
    if (rest.size > 0 || page < 1) {
        return fail(STATUS_INVALID, "--visible is PAGE,LEFT,BOTTOM,RIGHT,TOP");
    }
    look->visible = true;
    look->page = (size_t)page - 1;
    Text *lines = arena_new_array(sealing->arena, Text, 3);
    size_t count = 0;
    const Text said[] = {sealing->seal.name, sealing->seal.location, sealing->seal.reason};
    for (size_t i = 0; i < 3; i++) {
        if (said[i].size > 0) {
            lines[count++] = said[i];
        }
    }
    look->lines = (Texts){lines, count};
    return STATUS_OK;
}

static Status read_stamps(Sealing *sealing) {
    Text rest = sealing->tsa;
    while (rest.size > 0) {
        const Text url = text_trim(text_cut(&rest, ' '));
        if (url.size > 0 && sealing->services.stamps.count == SERVICES_MAX) {
            return fail(STATUS_INVALID, "at most %d time-stamp authorities are asked", SERVICES_MAX);
        }
        if (url.size > 0) {
            sealing->stamps[sealing->services.stamps.count++] = (TimeStampService){.url = url};
        }
    }
    sealing->services.stamps.items = sealing->stamps;
    return STATUS_OK;
}

/** "https://host:port/path" without its path, for the list of allowed servers. */
static Text server_of(Text url) {
    size_t at = 0;
    if (!text_find(url, TEXT("://"), &at)) {
        return url;
    }
    const Text rest = text_slice(url, at + 3, url.size);
    return text_find(rest, TEXT("/"), &at) ? text_slice(url, 0, url.size - rest.size + at) : url;
}

static Status reach_servers(Sealing *sealing) {
    Text allowed = sealing->context->settings->outbound;
    for (size_t i = 0; i < sealing->services.stamps.count; i++) {
        const Text server = server_of(sealing->stamps[i].url);
        allowed = arena_format(sealing->arena, "%.*s %.*s", TEXT_ARG(allowed), TEXT_ARG(server));
    }
    TRY(fetcher_open(allowed, &sealing->fetcher));
    sealing->fetch = fetcher_trust(sealing->fetcher);
    return STATUS_OK;
}

/** An installation's own services: its authority stamps when no other is named. */
static Status reach_installation(Sealing *sealing) {
    CommandContext *context = sealing->context;
    Authority *authority = NULL;
    TRY(context->open(context));
    sealing->fetch = context->outside->fetch;
    if (sealing->services.stamps.count > 0) {
        return STATUS_OK;
    }
    const Status status = outside_authority(context->outside, &authority);
    if (status == STATUS_OK) {
        sealing->stamps[sealing->services.stamps.count++] = authority_stamps(authority);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/** The roots of the key's chain and of --trust, or those of the installation. */
static Status gather_anchors(Sealing *sealing) {
    Text given[2];
    Texts texts = {given, 0};
    TrustAnchors *anchors = NULL;
    if (sealing->context->outside != NULL && sealing->trust.size == 0) {
        return outside_anchors(sealing->context->outside, &sealing->services.anchors);
    }
    if (sealing->seal.key != NULL) {
        const Texts chain = key_chain(sealing->seal.key);
        given[texts.count++] = chain.items[chain.count - 1];
    }
    if (sealing->trust.size > 0) {
        const char *path = arena_c_string(sealing->arena, sealing->trust);
        TRY(file_read(sealing->arena, AT_FDCWD, path, CERTIFICATES_SIZE, &given[texts.count++]));
    }
    TRY(trust_anchors_make(sealing->arena, texts, &anchors));
    sealing->services.anchors = anchors;
    return STATUS_OK;
}

static Status open_key(Sealing *sealing) {
    KeyAccess access = {.environment = "TRADEPOST_KEY_PASSWORD",
                        .file = sealing->password_file,
                        .prompt = true,
                        .fetch = &sealing->fetch};
    return key_open(sealing->arena, sealing->key, &access, &sealing->seal.key);
}

static Status append_proofs(Sealing *sealing, bool with_stamp) {
    Text appended = {NULL, 0};
    TRY(pades_add_validation_data(sealing->arena, seal_file_bytes(sealing->file), &sealing->services, &appended));
    if (appended.size > 0) {
        TRY(seal_file_append(sealing->file, appended));
    }
    if (!with_stamp) {
        return STATUS_OK;
    }
    TRY(pades_add_document_stamp(sealing->arena, seal_file_bytes(sealing->file), &sealing->services, &appended));
    return seal_file_append(sealing->file, appended);
}

/** Seals, and stamps the seal; a token that needs more room leads to another seal, since nobody saw the first one. */
static Status seal_and_stamp(Sealing *sealing) {
    const Text base = seal_file_bytes(sealing->file);
    Text appended = {NULL, 0};
    TRY(pades_seal_append(sealing->arena, base, &sealing->seal, &appended));
    TRY(seal_file_append(sealing->file, appended));
    if (sealing->level < PADES_B_T) {
        return STATUS_OK;
    }
    PadesPatch patch;
    TRY(pades_stamp_patch(sealing->arena, seal_file_bytes(sealing->file), &sealing->services, &patch));
    TRY(seal_file_patch(sealing->file, &patch));
    return sealing->level < PADES_B_LT ? STATUS_OK : append_proofs(sealing, sealing->level == PADES_B_LTA);
}

static Status seal_again(Sealing *sealing) {
    Status status = STATUS_TOO_LARGE;
    sealing->seal.token_size = sealing->level >= PADES_B_T ? TIME_STAMP_ROOM : 0;
    for (int attempt = 0; attempt < 3 && status == STATUS_TOO_LARGE; attempt++) {
        TRY(seal_file_open(sealing->arena, sealing->in, sealing->out, &sealing->file));
        sealing->seal.reader = sealing->services.reader = seal_file_reader(sealing->file);
        status = seal_and_stamp(sealing);
        sealing->seal.token_size *= 2;
        if (sealing->level < PADES_B_T) {
            break;
        }
    }
    return status;
}

static void print_protection(const Sealing *sealing, const PadesProtection *protection) {
    Arena *arena = sealing->arena;
    (void)printf("%s\t%.*s\n", pades_level_name(protection->level), TEXT_ARG(sealing->out));
    (void)printf("protected until\t%.*s\n", TEXT_ARG(time_rfc3339(arena, protection->latest)));
    if (protection->level == PADES_B_LTA) {
        (void)printf("renewal pays from\t%.*s\n", TEXT_ARG(time_rfc3339(arena, protection->earliest)));
    }
}

static Status finish(Sealing *sealing) {
    PadesProtection protection;
    TRY(pades_protection(sealing->arena, seal_file_bytes(sealing->file), seal_file_reader(sealing->file), &protection));
    TRY(seal_file_finish(sealing->file));
    print_protection(sealing, &protection);
    return STATUS_OK;
}

static Status reach(Sealing *sealing) {
    TRY(read_stamps(sealing));
    if (sealing->context->data.size > 0) {
        TRY(reach_installation(sealing));
    } else {
        TRY(reach_servers(sealing));
    }
    sealing->services.fetch = &sealing->fetch;
    return STATUS_OK;
}

static Status seal(Sealing *sealing) {
    TRY(reach(sealing));
    if (sealing->level >= PADES_B_T && sealing->services.stamps.count == 0) {
        return fail(STATUS_INVALID, "level %s needs --tsa, or --data of an installation with an authority",
                    pades_level_name(sealing->level));
    }
    TRY(open_key(sealing));
    TRY(gather_anchors(sealing));
    TRY(seal_again(sealing));
    return finish(sealing);
}

static Status renew(Sealing *sealing) {
    PadesProtection protection;
    TRY(reach(sealing));
    if (sealing->services.stamps.count == 0) {
        return fail(STATUS_INVALID, "--tsa is missing, or --data of an installation with an authority");
    }
    TRY(gather_anchors(sealing));
    TRY(seal_file_open(sealing->arena, sealing->in, sealing->out, &sealing->file));
    sealing->services.reader = seal_file_reader(sealing->file);
    TRY(pades_protection(sealing->arena, seal_file_bytes(sealing->file), sealing->services.reader, &protection));
    if (time_before(protection.latest, clock_now())) {
        return fail(STATUS_CONFLICT, "the protection of this file has ended; nothing can prove it any more");
    }
    TRY(append_proofs(sealing, true));
    return finish(sealing);
}

static int run(Sealing *sealing, Status (*act)(Sealing *sealing)) {
    Status status = jail_start();
    if (status == STATUS_OK) {
        status = act(sealing);
    }
    key_close(sealing->seal.key);
    const int code = status == STATUS_OK ? 0 : command_refuse(status);
    fetcher_close(sealing->fetcher);
    return code;
}

static int run_seal(CommandContext *context) {
    Sealing sealing = {.context = context, .arena = context->arena, .level = PADES_B_B};
    PadesSeal *own = &sealing.seal;
    Text operands[1];
    size_t count = 0;
    const Option options[] = {
        {"out", &sealing.out, NULL, true},
        {"key", &sealing.key, NULL, true},
        {"password-file", &sealing.password_file, NULL, false},
        {"level", &sealing.level_name, NULL, false},
        {"tsa", &sealing.tsa, NULL, false},
        {"trust", &sealing.trust, NULL, false},
        {"visible", &sealing.visible, NULL, false},
        {"name", &own->name, NULL, false},
        {"location", &own->location, NULL, false},
        {"contact", &own->contact, NULL, false},
        {"reason", &own->reason, NULL, false},
        {"field", &own->field, NULL, false},
        {"approval", NULL, &own->approval, false},
    };
    if (options_read(context->argument_count, context->arguments, options, sizeof options / sizeof options[0], operands,
                     1, &count) != STATUS_OK) {
        return command_wrong_use("seal");
    }
    if (count != 1) {
        return command_wrong_use_because("seal", "which file? IN.pdf is missing");
    }
    sealing.in = operands[0];
    if ((sealing.level_name.size > 0 && pades_level_read(sealing.level_name, &sealing.level) != STATUS_OK) ||
        read_visible(&sealing) != STATUS_OK) {
        return command_wrong_use("seal");
    }
    return run(&sealing, seal);
}

static int run_renew(CommandContext *context) {
    Sealing sealing = {.context = context, .arena = context->arena};
    Text operands[1];
    size_t count = 0;
    const Option options[] = {
        {"out", &sealing.out, NULL, true}, {"tsa", &sealing.tsa, NULL, false}, {"trust", &sealing.trust, NULL, false}};
    if (options_read(context->argument_count, context->arguments, options, sizeof options / sizeof options[0], operands,
                     1, &count) != STATUS_OK) {
        return command_wrong_use("renew");
    }
    if (count != 1) {
        return command_wrong_use_because("renew", "which file? IN.pdf is missing");
    }
    sealing.in = operands[0];
    return run(&sealing, renew);
}

const Command seal_command = {"seal", "seals any PDF with a key", seal_help, true, run_seal};
const Command renew_command = {"renew", "keeps a sealed PDF provable for longer", renew_help, true, run_renew};
