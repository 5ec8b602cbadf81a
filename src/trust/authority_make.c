/** Making an authority: its keys, and what they certify for each other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/authority_inside.h"
#include "trust/key_inside.h"

#define AUTHORITY_ORGANISATION TEXT("Tradepost test authority - not qualified")
#define AUTHORITY_BACKDATE     (5 * TIME_MINUTE)

const char *const authority_key_names[AUTHORITY_KEYS] = {"root", "issuing", "responder", "stamps"};

/** What each certificate says, and for how many years. */
static const struct AuthorityPlan {
    const char *name;
    CertificateUse use;
    AuthorityKey issuer;
    int years;
} authority_plan[AUTHORITY_KEYS] = {
    [AUTHORITY_ROOT] = {"Tradepost test authority (not qualified): root", CERTIFICATE_ROOT, AUTHORITY_ROOT, 30},
    [AUTHORITY_ISSUING] = {"Tradepost test authority (not qualified): seals", CERTIFICATE_ISSUER, AUTHORITY_ROOT, 25},
    [AUTHORITY_RESPONDER] = {"Tradepost test authority (not qualified): OCSP", CERTIFICATE_RESPONDER, AUTHORITY_ISSUING,
                             20},
    [AUTHORITY_STAMPS] = {"Tradepost test authority (not qualified): time stamps", CERTIFICATE_STAMPS,
                          AUTHORITY_ISSUING, 20},
};

Text authority_path(Arena *arena, Text folder, const char *name) {
    return arena_format(arena, "%.*s/%s", TEXT_ARG(folder), name);
}

static Status authority_failed(const char *act, const char *path) {
    const int reason = errno;
    return fail(reason == ENOSPC || reason == EDQUOT ? STATUS_FULL
                : reason == EEXIST                   ? STATUS_CONFLICT
                                                     : STATUS_FAILED,
                "cannot %s %s: %s", act, path, strerror(reason));
}

Status authority_write(Arena *arena, Text folder, const char *name, Text bytes) {
    const Text path = authority_path(arena, folder, name);
    const Text unfinished = arena_format(arena, "%.*s.new", TEXT_ARG(path));
    if (unlink(unfinished.data) != 0 && errno != ENOENT) {
        return authority_failed("remove", unfinished.data);
    }
    TRY(key_write_file(arena, unfinished, bytes));
    if (rename(unfinished.data, path.data) != 0) {
        return authority_failed("rename", unfinished.data);
    }
    return key_sync_directory(arena, path);
}

void authority_set_addresses(Arena *arena, Text address, AuthorityKey issuer, CertificateRequest *request) {
    const char *name = authority_key_names[issuer];
    request->is_test = true;
    request->issuer_url = arena_format(arena, "%.*s/authority/ca/%s.cer", TEXT_ARG(address), name);
    request->list_url = arena_format(arena, "%.*s/authority/crl/%s.crl", TEXT_ARG(address), name);
    if (issuer == AUTHORITY_ISSUING) {
        request->responder_url = arena_format(arena, "%.*s/authority/ocsp", TEXT_ARG(address));
    }
}

static Time authority_years_later(Time from, int years) {
    int year = 0, month = 0, day = 0;
    time_date(from, &year, &month, &day);
    return time_of_date(year + years, month, month == 2 && day == 29 ? 28 : day);
}

/** The authority while its keys are made one after the other. */
typedef struct AuthorityMake {
    const AuthorityOptions *options;
    AuthorityKey which;
    Key *keys[AUTHORITY_KEYS];
} AuthorityMake;

static Status authority_certify_own(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain) {
    AuthorityMake *make = context;
    const struct AuthorityPlan *plan = &authority_plan[make->which];
    const bool is_root = make->which == AUTHORITY_ROOT;
    Key *issuer = is_root ? key : make->keys[plan->issuer];
    const Time from =
        time_is_set(make->options->from) ? make->options->from : time_add(clock_now(), -AUTHORITY_BACKDATE);
    CertificateRequest request = {.organisation = AUTHORITY_ORGANISATION,
                                  .name = text_of(plan->name),
                                  .country = make->options->country,
                                  .public_key = public_key,
                                  .issuer = is_root ? (Text){0} : key_chain(issuer).items[0],
                                  .from = from,
                                  .until = authority_years_later(from, plan->years),
                                  .use = plan->use,
                                  .is_test = true};
    if (!is_root) {
        authority_set_addresses(arena, make->options->address, plan->issuer, &request);
    }
    const size_t above = is_root ? 0 : key_chain(issuer).count;
    const Texts chain = {arena_new_array(arena, Text, above + 1), above + 1};
    TRY(certificate_make(arena, &request, issuer, &chain.items[0]));
    for (size_t i = 0; i < above; i++) {
        chain.items[i + 1] = key_chain(issuer).items[i];
    }
    *ret_chain = chain;
    return STATUS_OK;
}

/** Notes what it issued under the certificate's number. */
static Status authority_note_own(Arena *arena, Text folder, Text certificate) {
    CertificateParts parts;
    TRY(certificate_parts(certificate, &parts));
    const Text name = arena_format(arena, "issued/%s.der", hex_encode(arena, parts.serial).data);
    return authority_write(arena, folder, name.data, certificate);
}

static Status authority_make_keys(Arena *arena, Text folder, Text password, const AuthorityOptions *options) {
    AuthorityMake make = {.options = options};
    for (make.which = AUTHORITY_ROOT; make.which < AUTHORITY_KEYS; make.which++) {
        const char *name = authority_key_names[make.which];
        const Text path = authority_path(arena, folder, arena_format(arena, "%s.p12", name).data);
        Key **key = &make.keys[make.which];
        TRY(key_make_certified(path, password, options->kind, authority_certify_own, &make, arena));
        TRY(key_open_pkcs12(path, password, arena, key));
        const Text certificate = key_chain(*key).items[0];
        TRY(authority_note_own(arena, folder, certificate));
        TRY(authority_write(arena, folder, arena_format(arena, "%s.der", name).data, certificate));
    }
    return authority_write(arena, folder, "address", options->address);
}

static Status authority_make_folder(Text path) {
    return mkdir(path.data, 0700) == 0 ? STATUS_OK : authority_failed("make", path.data);
}

Status authority_make(Arena *arena, Text folder, Text password, const AuthorityOptions *options) {
    const Text unfinished = arena_format(arena, "%.*s.unfinished", TEXT_ARG(folder));
    const Text final = arena_copy(arena, folder);
    if (access(final.data, F_OK) == 0) {
        return fail(STATUS_CONFLICT, "%s exists already", final.data);
    }
    if (options->address.size == 0 || options->country.size != 2) {
        return fail(STATUS_INVALID, "an authority needs an address and a country");
    }
    if (access(unfinished.data, F_OK) == 0) {
        return fail(STATUS_CONFLICT, "%s is left of a try that was interrupted: remove it first", unfinished.data);
    }
    TRY(authority_make_folder(unfinished));
    TRY(authority_make_folder(authority_path(arena, unfinished, "issued")));
    TRY(authority_make_folder(authority_path(arena, unfinished, "revoked")));
    /* Backups keep no empty folder, and without its notes an authority answers nothing. */
    TRY(authority_write(arena, unfinished, "revoked/README",
                        TEXT("A file for each revoked certificate: its name the number, in it since when (microseconds "
                             "since 1970) and why.\n")));
    TRY(authority_make_keys(arena, unfinished, password, options));
    if (rename(unfinished.data, final.data) != 0) {
        return authority_failed("rename", unfinished.data);
    }
    return key_sync_directory(arena, final);
}
