/** The authority's OCSP responder (RFC 6960). */
#include <openssl/evp.h>

#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/authority_inside.h"
#include "trust/der.h"

#define OCSP_TYPE "application/ocsp-response"
/* So long an answer counts, and so long it may be given again. */
#define OCSP_DAYS         1
#define OCSP_KEPT_SECONDS 300
#define OCSP_KEPT_SIZE    ((size_t)512)
#define OCSP_REQUESTS_MAX 16
#define OCSP_NONCE_MAX    128
#define OID_OCSP_BASIC    TEXT("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01")
#define OID_OCSP_NONCE    TEXT("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x02")
#define DER_ENUMERATED    0x0a
#define DER_STATUS_GOOD   TEXT("\x80\x00")
#define DER_STATUS_NONE   TEXT("\x82\x00")

/* OCSPResponseStatus. */
enum { OCSP_SUCCESSFUL = 0, OCSP_MALFORMED = 1, OCSP_INTERNAL_ERROR = 2 };

/** What a request asks. */
typedef struct OcspQuestion {
    Text names[OCSP_REQUESTS_MAX]; /**< CertIDs with tag */
    size_t count;
    Text nonce; /**< the extension's value; empty: none */
} OcspQuestion;

/** Digests that a CertID may use; SHA-1 only names here, it proves nothing. */
static const EVP_MD *ocsp_digest(Text algorithm) {
    static const struct {
        Text object;
        const EVP_MD *(*digest)(void);
    } known[] = {{TEXT_INIT("\x06\x05\x2b\x0e\x03\x02\x1a"), EVP_sha1},
                 {TEXT_INIT("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"), EVP_sha256},
                 {TEXT_INIT("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"), EVP_sha384},
                 {TEXT_INIT("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"), EVP_sha512}};
    DerValue outer, object;
    if (der_take(&algorithm, DER_SEQUENCE, &outer) != STATUS_OK ||
        der_take(&outer.content, DER_OBJECT, &object) != STATUS_OK) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (text_equal(object.whole, known[i].object)) {
            return known[i].digest();
        }
    }
    return NULL;
}

static bool ocsp_is_digest(const EVP_MD *digest, Text bytes, Text expected) {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return EVP_Digest(bytes.data, bytes.size, value, &size, digest, NULL) == 1 &&
           text_equal(expected, (Text){(const char *)value, size});
}

/** The number that a CertID names, when it is about a certificate of the issuing authority. */
static bool ocsp_read_name(const Authority *authority, Text name, Text *ret_serial) {
    DerValue outer, algorithm, issuer, key, serial;
    CertificateParts parts;
    if (der_take(&name, DER_SEQUENCE, &outer) != STATUS_OK ||
        der_take(&outer.content, DER_SEQUENCE, &algorithm) != STATUS_OK ||
        der_take(&outer.content, DER_OCTET_STRING, &issuer) != STATUS_OK ||
        der_take(&outer.content, DER_OCTET_STRING, &key) != STATUS_OK ||
        der_take(&outer.content, DER_INTEGER, &serial) != STATUS_OK || outer.content.size > 0) {
        return false;
    }
    *ret_serial = serial.content;
    const EVP_MD *digest = ocsp_digest(algorithm.whole);
    return digest != NULL && certificate_parts(authority->certificates[AUTHORITY_ISSUING], &parts) == STATUS_OK &&
           ocsp_is_digest(digest, parts.subject, issuer.content) &&
           ocsp_is_digest(digest, parts.public_key_bits, key.content);
}

/** Takes the nonce from the request's extensions; others are not needed for an answer. */
static Status ocsp_read_extensions(Text rest, OcspQuestion *question) {
    DerValue list;
    TRY(der_take(&rest, DER_SEQUENCE, &list));
    while (list.content.size > 0) {
        DerValue extension, object, value;
        TRY(der_take(&list.content, DER_SEQUENCE, &extension));
        TRY(der_take(&extension.content, DER_OBJECT, &object));
        if (der_is_next(extension.content, 0x01)) {
            TRY(der_next(&extension.content, &value));
        }
        TRY(der_take(&extension.content, DER_OCTET_STRING, &value));
        if (text_equal(object.whole, OID_OCSP_NONCE) && value.content.size <= OCSP_NONCE_MAX) {
            question->nonce = value.content;
        }
    }
    return rest.size == 0 ? STATUS_OK : STATUS_INVALID;
}

static Status ocsp_read(Text request, OcspQuestion *question) {
    DerValue outer, body, skipped, list, one, name;
    TRY(der_take(&request, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &body));
    /* Version and requestor's name. */
    while (der_is_next(body.content, DER_CONTEXT_CONSTRUCTED) ||
           der_is_next(body.content, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(der_next(&body.content, &skipped));
    }
    TRY(der_take(&body.content, DER_SEQUENCE, &list));
    while (list.content.size > 0) {
        TRY(der_take(&list.content, DER_SEQUENCE, &one));
        TRY(der_take(&one.content, DER_SEQUENCE, &name));
        if (question->count == OCSP_REQUESTS_MAX) {
            return STATUS_INVALID;
        }
        question->names[question->count++] = name.whole;
    }
    if (der_is_next(body.content, DER_CONTEXT_CONSTRUCTED + 2)) {
        TRY(der_next(&body.content, &skipped));
        TRY(ocsp_read_extensions(skipped.content, question));
    }
    return question->count > 0 && request.size == 0 && body.content.size == 0 ? STATUS_OK : STATUS_INVALID;
}

static Text ocsp_revoked(Arena *arena, const AuthorityRevoked *revoked) {
    const char code = (char)revoked->reason;
    const Text reason = revoked->reason > 0
                            ? DER(arena, DER_CONTEXT_CONSTRUCTED, DER(arena, DER_ENUMERATED, (Text){&code, 1}))
                            : (Text){0};
    return DER(arena, DER_CONTEXT_CONSTRUCTED + 1, der_generalized_time(arena, revoked->since), reason);
}

static Text ocsp_single(const Authority *authority, Arena *arena, Text name, Time now) {
    Text serial = {0}, status = DER_STATUS_NONE;
    if (ocsp_read_name(authority, name, &serial) && authority_has_issued(authority, arena, serial)) {
        const AuthorityRevoked *revoked = authority_find_revoked(authority, serial);
        status = revoked != NULL ? ocsp_revoked(arena, revoked) : DER_STATUS_GOOD;
    }
    const Text next =
        DER(arena, DER_CONTEXT_CONSTRUCTED, der_generalized_time(arena, time_add(now, OCSP_DAYS * TIME_DAY)));
    return DER(arena, DER_SEQUENCE, name, status, der_generalized_time(arena, now), next);
}

static Text ocsp_refusal(Arena *arena, char status) {
    return DER(arena, DER_SEQUENCE, DER(arena, DER_ENUMERATED, (Text){&status, 1}));
}

/** The signed response. With the lock. */
static Status ocsp_respond(Authority *authority, Arena *arena, Key *key, const OcspQuestion *question,
                           Text *ret_answer) {
    const Time now = clock_now();
    const Text certificate = key_chain(key).items[0];
    CertificateParts parts;
    Text singles[OCSP_REQUESTS_MAX], extensions = {0}, signature = {0};
    TRY(certificate_parts(certificate, &parts));
    for (size_t i = 0; i < question->count; i++) {
        singles[i] = ocsp_single(authority, arena, question->names[i], now);
    }
    if (question->nonce.size > 0) {
        const Text nonce = DER(arena, DER_SEQUENCE, OID_OCSP_NONCE, DER(arena, DER_OCTET_STRING, question->nonce));
        extensions = DER(arena, DER_CONTEXT_CONSTRUCTED + 1, DER(arena, DER_SEQUENCE, nonce));
    }
    const Text responder = DER(arena, DER_CONTEXT_CONSTRUCTED + 2,
                               DER(arena, DER_OCTET_STRING, certificate_key_name(arena, parts.public_key_bits)));
    const Text body = DER(arena, DER_SEQUENCE, responder, der_generalized_time(arena, now),
                          der_value(arena, DER_SEQUENCE, singles, question->count), extensions);
    TRY(key_sign(key, key_digest(key), body, arena, &signature));
    const Text basic = DER(arena, DER_SEQUENCE, body, algorithm_of_signature(key_kind(key), key_digest(key)),
                           DER(arena, DER_BIT_STRING, (Text){"\0", 1}, signature),
                           DER(arena, DER_CONTEXT_CONSTRUCTED, DER(arena, DER_SEQUENCE, certificate)));
    const Text bytes = DER(arena, DER_SEQUENCE, OID_OCSP_BASIC, DER(arena, DER_OCTET_STRING, basic));
    *ret_answer = DER(arena, DER_SEQUENCE, DER(arena, DER_ENUMERATED, (Text){"\0", 1}),
                      DER(arena, DER_CONTEXT_CONSTRUCTED, bytes));
    return STATUS_OK;
}

static Status ocsp_answer(Authority *authority, Arena *arena, Key *key, Text request, const OcspQuestion *question,
                          Text *ret_answer) {
    const bool may_keep = question->nonce.size == 0 && request.size <= OCSP_KEPT_SIZE;
    TRY(authority_refresh(authority));
    if (may_keep && authority_find_kept(authority, arena, request, OCSP_KEPT_SECONDS, ret_answer)) {
        return STATUS_OK;
    }
    TRY(ocsp_respond(authority, arena, key, question, ret_answer));
    if (may_keep) {
        authority_keep(authority, request, *ret_answer);
    }
    return STATUS_OK;
}

Status authority_answer_ocsp(Authority *authority, Arena *arena, Text request, AuthorityAnswer *ret_answer) {
    OcspQuestion question = {0};
    AuthorityAnswer answer = {.type = OCSP_TYPE};
    Key *key = NULL;
    if (request.size > AUTHORITY_QUESTION_MAX || ocsp_read(request, &question) != STATUS_OK) {
        answer.body = ocsp_refusal(arena, OCSP_MALFORMED);
        *ret_answer = answer;
        return STATUS_OK;
    }
    TRY(authority_open_key(authority, AUTHORITY_RESPONDER, &key));
    (void)pthread_mutex_lock(&authority->lock);
    const Status status = ocsp_answer(authority, arena, key, request, &question, &answer.body);
    (void)pthread_mutex_unlock(&authority->lock);
    TRY(status);
    answer.seconds = question.nonce.size == 0 ? OCSP_KEPT_SECONDS : 0;
    *ret_answer = answer;
    return STATUS_OK;
}
