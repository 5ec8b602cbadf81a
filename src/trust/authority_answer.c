/** The authority's CRLs, and its answers by address. */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/authority_inside.h"
#include "trust/der.h"

#define LIST_TYPE         "application/pkix-crl"
#define CERTIFICATE_TYPE  "application/pkix-cert"
#define LIST_DAYS         7
#define LIST_KEPT_SECONDS 300
#define OID_LIST_NUMBER   TEXT("\x06\x03\x55\x1d\x14")
#define OID_LIST_REASON   TEXT("\x06\x03\x55\x1d\x15")
#define OID_AUTHORITY_KEY TEXT("\x06\x03\x55\x1d\x23")
#define DER_ENUMERATED    0x0a
#define PLACE             "/authority/"

static const struct {
    int code;
    const char *word;
} authority_reasons[] = {{0, "unspecified"},        {1, "keyCompromise"}, {2, "cACompromise"},
                         {3, "affiliationChanged"}, {4, "superseded"},    {5, "cessationOfOperation"},
                         {9, "privilegeWithdrawn"}};

int authority_reason(Text word) {
    for (size_t i = 0; i < sizeof authority_reasons / sizeof authority_reasons[0]; i++) {
        if (text_equal(word, text_of(authority_reasons[i].word))) {
            return authority_reasons[i].code;
        }
    }
    return -1;
}

const char *authority_reason_word(int reason) {
    for (size_t i = 0; i < sizeof authority_reasons / sizeof authority_reasons[0]; i++) {
        if (authority_reasons[i].code == reason) {
            return authority_reasons[i].word;
        }
    }
    return "unspecified";
}

static Text list_entry(Arena *arena, const AuthorityRevoked *revoked) {
    const char code = (char)revoked->reason;
    const Text value = DER(arena, DER_OCTET_STRING, DER(arena, DER_ENUMERATED, (Text){&code, 1}));
    const Text reason = DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, OID_LIST_REASON, value));
    return DER(arena, DER_SEQUENCE, DER(arena, DER_INTEGER, revoked->serial), der_time(arena, revoked->since),
               revoked->reason > 0 ? reason : (Text){0});
}

/** The number of the issuing authority: the only certificate, with the root's own, that the root answers for. */
static bool list_is_for(const Authority *authority, AuthorityKey which, const AuthorityRevoked *revoked) {
    bool is_roots = false;
    for (size_t i = 0; i < 2; i++) {
        CertificateParts parts;
        is_roots |= certificate_parts(authority->certificates[i], &parts) == STATUS_OK &&
                    text_equal(parts.serial, revoked->serial);
    }
    return is_roots == (which == AUTHORITY_ROOT);
}

static Text list_entries(const Authority *authority, Arena *arena, AuthorityKey which) {
    Text *entries = arena_new_array(arena, Text, authority->revoked_count);
    size_t count = 0;
    for (size_t i = 0; i < authority->revoked_count; i++) {
        if (list_is_for(authority, which, &authority->revoked[i])) {
            entries[count++] = list_entry(arena, &authority->revoked[i]);
        }
    }
    /* An empty list is left out (RFC 5280, 5.1.2.6). */
    return count > 0 ? der_value(arena, DER_SEQUENCE, entries, count) : (Text){0};
}

static Text list_extensions(Arena *arena, const CertificateParts *issuer, Time now) {
    unsigned char number[8];
    for (size_t i = 0; i < sizeof number; i++) {
        number[i] = (unsigned char)((uint64_t)now.microseconds >> (56 - 8 * i));
    }
    const Text key =
        DER(arena, DER_SEQUENCE, DER(arena, DER_CONTEXT, certificate_key_name(arena, issuer->public_key_bits)));
    const Text rising = der_unsigned(arena, (Text){(const char *)number, sizeof number});
    return DER(arena, DER_CONTEXT_CONSTRUCTED,
               DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, OID_AUTHORITY_KEY, DER(arena, DER_OCTET_STRING, key)),
                   DER(arena, DER_SEQUENCE, OID_LIST_NUMBER, DER(arena, DER_OCTET_STRING, rising))));
}

/** A new list. With the lock. */
static Status list_make(Authority *authority, Arena *arena, AuthorityKey which, Key *key, Text *ret_list) {
    const Time now = clock_now();
    const Text algorithm = algorithm_of_signature(key_kind(key), key_digest(key));
    CertificateParts issuer;
    Text signature = {0};
    TRY(certificate_parts(authority->certificates[which], &issuer));
    const Text body = DER(arena, DER_SEQUENCE, der_small(arena, 1), algorithm, issuer.subject, der_time(arena, now),
                          der_time(arena, time_add(now, LIST_DAYS * TIME_DAY)), list_entries(authority, arena, which),
                          list_extensions(arena, &issuer, now));
    TRY(key_sign(key, key_digest(key), body, arena, &signature));
    *ret_list = DER(arena, DER_SEQUENCE, body, algorithm, DER(arena, DER_BIT_STRING, (Text){"\0", 1}, signature));
    return STATUS_OK;
}

static Status list_answer(Authority *authority, Arena *arena, AuthorityKey which, Key *key, Text *ret_list) {
    const Text question = text_of(authority_key_names[which]);
    TRY(authority_refresh(authority));
    if (authority_find_kept(authority, arena, question, LIST_KEPT_SECONDS, ret_list)) {
        return STATUS_OK;
    }
    TRY(list_make(authority, arena, which, key, ret_list));
    authority_keep(authority, question, *ret_list);
    return STATUS_OK;
}

Status authority_answer_list(Authority *authority, Arena *arena, AuthorityKey which, AuthorityAnswer *ret_answer) {
    AuthorityAnswer answer = {.type = LIST_TYPE, .seconds = LIST_KEPT_SECONDS};
    Key *key = NULL;
    TRY(authority_open_key(authority, which, &key));
    (void)pthread_mutex_lock(&authority->lock);
    const Status status = list_answer(authority, arena, which, key, &answer.body);
    (void)pthread_mutex_unlock(&authority->lock);
    TRY(status);
    *ret_answer = answer;
    return STATUS_OK;
}

/** %XX as bytes, as far as it is well formed. */
static Text answer_unescape(Arena *arena, Text text) {
    char *bytes = arena_c_string(arena, text);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        Text byte = {0};
        if (text.data[i] == '%' && i + 2 < text.size &&
            hex_decode(arena, text_slice(text, i + 1, i + 3), &byte) == STATUS_OK) {
            bytes[size++] = byte.data[0];
            i += 2;
        } else {
            bytes[size++] = text.data[i];
        }
    }
    return (Text){bytes, size};
}

/** An OCSP request within an address (RFC 6960, appendix A.1). */
static Status answer_get_ocsp(Authority *authority, Arena *arena, Text encoded, AuthorityAnswer *ret_answer) {
    Text request = {0};
    if (encoded.size > AUTHORITY_QUESTION_MAX ||
        base64_decode(arena, answer_unescape(arena, encoded), &request) != STATUS_OK) {
        request = (Text){0};
    }
    return authority_answer_ocsp(authority, arena, request, ret_answer);
}

static Status answer_certificate(const Authority *authority, AuthorityKey which, AuthorityAnswer *ret_answer) {
    *ret_answer = (AuthorityAnswer){.type = CERTIFICATE_TYPE, .body = authority->certificates[which], .seconds = 86400};
    return STATUS_OK;
}

Status authority_answer(Authority *authority, Arena *arena, Text path, Text body, AuthorityAnswer *ret_answer) {
    if (body.size > 0 && text_equal(path, TEXT("ocsp"))) {
        return authority_answer_ocsp(authority, arena, body, ret_answer);
    }
    if (body.size > 0 && text_equal(path, TEXT("tsa"))) {
        return authority_answer_stamp(authority, arena, body, ret_answer);
    }
    if (body.size == 0 && text_starts_with(path, TEXT("ocsp/"))) {
        return answer_get_ocsp(authority, arena, text_slice(path, strlen("ocsp/"), path.size), ret_answer);
    }
    for (AuthorityKey which = AUTHORITY_ROOT; body.size == 0 && which <= AUTHORITY_ISSUING; which++) {
        const char *name = authority_key_names[which];
        if (text_equal(path, arena_format(arena, "crl/%s.crl", name))) {
            return authority_answer_list(authority, arena, which, ret_answer);
        }
        if (text_equal(path, arena_format(arena, "ca/%s.cer", name))) {
            return answer_certificate(authority, which, ret_answer);
        }
    }
    return fail(STATUS_NOT_FOUND, "the authority has nothing at this address");
}

static Status answer_here(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Authority *authority = context;
    const size_t start = authority->address.size + strlen(PLACE);
    AuthorityAnswer answer = {0};
    if (!text_starts_with(question->url, authority->address) ||
        !text_equal(text_slice(question->url, authority->address.size, start), TEXT(PLACE))) {
        return fail(STATUS_FORBIDDEN, "%.*s is no address of this authority", TEXT_ARG(question->url));
    }
    const Text path = text_slice(question->url, start, question->url.size);
    const Status status = authority_answer(authority, arena, path, question->body, &answer);
    if (status != STATUS_OK) {
        return STATUS_UNAVAILABLE;
    }
    if (answer.body.size > question->reply_max) {
        return fail(STATUS_TOO_LARGE, "the authority's answer is too large");
    }
    *ret_reply = answer.body;
    return STATUS_OK;
}

TrustFetch authority_fetch(Authority *authority) {
    return (TrustFetch){answer_here, authority};
}

TimeStampService authority_stamps(const Authority *authority) {
    return (TimeStampService){.url = authority->stamps_url};
}
