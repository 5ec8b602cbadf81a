/** Asking time-stamping authorities in turn, and refusing those that lie (RFC 3161, 2.2). */
#include "trust/time_stamp.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/der.h"
#include "trust/pades_inside.h"
#include "trust/time_stamp_inside.h"

#define TIME_STAMP_NONCE_SIZE 8
#define TIME_STAMP_SKEW       (5 * TIME_MINUTE)
#define TIME_STAMP_TEXT_MAX   200
#define TIME_STAMP_WORDS_MAX  4096
#define TIME_STAMP_POLICY_MAX 128
#define DER_BOOLEAN_TRUE      TEXT("\x01\x01\xff")

/* PKIStatus of a reply that holds a token. */
enum { STAMP_GRANTED = 0, STAMP_GRANTED_WITH_CHANGES = 1 };

Text time_stamp_request(Arena *arena, const TimeStampRequest *request) {
    const Text nonce = request->nonce.size > 0 ? DER(arena, DER_INTEGER, request->nonce) : (Text){0};
    return DER(
        arena, DER_SEQUENCE, der_small(arena, 1),
        DER(arena, DER_SEQUENCE, algorithm_of_digest(request->digest), DER(arena, DER_OCTET_STRING, request->imprint)),
        request->policy, nonce, request->wants_certificates ? DER_BOOLEAN_TRUE : (Text){0});
}

Status time_stamp_policy(Arena *arena, Text dotted, Text *ret_object) {
    ASN1_OBJECT *object = dotted.size <= TIME_STAMP_POLICY_MAX ? OBJ_txt2obj(arena_c_string(arena, dotted), 1) : NULL;
    unsigned char *der = NULL;
    const int size = object != NULL ? i2d_ASN1_OBJECT(object, &der) : 0;
    const Text made = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    if (made.size == 0) {
        return fail(STATUS_INVALID, "a policy is a dotted identifier such as 1.2.3, not \"%.*s\"",
                    TEXT_ARG(text_slice(dotted, 0, TIME_STAMP_POLICY_MAX)));
    }
    *ret_object = made;
    return STATUS_OK;
}

/** What the authority says of itself, fit for a log: one line of valid text. */
static Text time_stamp_status_text(Arena *arena, Text strings) {
    DerValue list, first;
    if (der_take(&strings, DER_SEQUENCE, &list) != STATUS_OK ||
        der_take(&list.content, DER_UTF8_STRING, &first) != STATUS_OK || !text_is_utf8(first.content)) {
        return (Text){0};
    }
    const Text said = text_head(first.content, TIME_STAMP_TEXT_MAX);
    char *letters = arena_c_string(arena, said);
    for (size_t i = 0; i < said.size; i++) {
        letters[i] = (unsigned char)letters[i] < ' ' || letters[i] == 0x7f ? ' ' : letters[i];
    }
    return (Text){letters, said.size};
}

/** The names of PKIFailureInfo's bits (RFC 3161, 2.4.2). */
static const char *time_stamp_failure_name(Text bits) {
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{0, "badAlg"},
                 {2, "badRequest"},
                 {5, "badDataFormat"},
                 {14, "timeNotAvailable"},
                 {15, "unacceptedPolicy"},
                 {16, "unacceptedExtension"},
                 {17, "addInfoNotAvailable"},
                 {25, "systemFailure"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t at = 1 + names[i].bit / 8;
        if (at < bits.size && ((unsigned char)bits.data[at] & 0x80U >> names[i].bit % 8) != 0) {
            return names[i].name;
        }
    }
    return "no reason";
}

static Status time_stamp_refused(Arena *arena, int status, Text rest) {
    DerValue strings, bits;
    Text said = {0};
    const char *reason = "no reason";
    if (der_is_next(rest, DER_SEQUENCE) && der_take(&rest, DER_SEQUENCE, &strings) == STATUS_OK) {
        said = time_stamp_status_text(arena, strings.whole);
    }
    if (der_is_next(rest, DER_BIT_STRING) && der_take(&rest, DER_BIT_STRING, &bits) == STATUS_OK) {
        reason = time_stamp_failure_name(bits.content);
    }
    return fail(STATUS_INVALID, "it gave no stamp (status %d, %s): \"%.*s\"", status, reason, TEXT_ARG(said));
}

/** The token of a reply (RFC 3161, 2.4.2). */
static Status time_stamp_reply(Arena *arena, Text reply, Text *ret_token) {
    DerValue outer, about, status, token;
    if (der_take(&reply, DER_SEQUENCE, &outer) != STATUS_OK || reply.size > 0 ||
        der_take(&outer.content, DER_SEQUENCE, &about) != STATUS_OK ||
        der_take(&about.content, DER_INTEGER, &status) != STATUS_OK || status.content.size != 1) {
        return fail(STATUS_INVALID, "its answer is no time-stamp reply, is cut short, or something follows it");
    }
    const int granted = (unsigned char)status.content.data[0];
    if (granted != STAMP_GRANTED && granted != STAMP_GRANTED_WITH_CHANGES) {
        return time_stamp_refused(arena, granted, about.content);
    }
    if (der_take(&outer.content, DER_SEQUENCE, &token) != STATUS_OK || outer.content.size > 0) {
        return fail(STATUS_INVALID, "its answer has no token, or something follows it");
    }
    *ret_token = token.whole;
    return STATUS_OK;
}

static Status time_stamp_check_path(const TrustAnchors *anchors, const TimeStamp *stamp) {
    X509 *signer = trust_certificate(stamp->signer);
    STACK_OF(X509) *others = trust_certificates(stamp->certificates);
    const PadesReason reason = signer != NULL && others != NULL ? trust_judge_path(anchors, signer, others, stamp->time)
                                                                : PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE;
    X509_free(signer);
    sk_X509_pop_free(others, X509_free);
    ERR_clear_error();
    return reason == PADES_OK ? STATUS_OK
                              : fail(STATUS_INVALID, "no sound path leads from its certificate to a trust anchor (%s)",
                                     pades_reason_name(reason));
}

/** Whether the stamp is the one that was asked for. */
static Status time_stamp_check(const TimeStampRequest *request, const TrustAnchors *anchors, const TimeStamp *stamp) {
    const int64_t away = stamp->time.microseconds - clock_now().microseconds;
    if (stamp->digest != request->digest) {
        return fail(STATUS_INVALID, "its stamp is over another kind of digest");
    }
    if (!text_equal(stamp->imprint, request->imprint)) {
        return fail(STATUS_INVALID, "its stamp is over other bytes");
    }
    if (!text_equal(stamp->nonce, request->nonce)) {
        return fail(STATUS_INVALID, "its stamp answers another request: the nonce differs");
    }
    if (away > TIME_STAMP_SKEW || away < -TIME_STAMP_SKEW) {
        return fail(STATUS_INVALID, "its time is %lld s away from this machine's clock",
                    (long long)(away / TIME_SECOND));
    }
    return anchors != NULL ? time_stamp_check_path(anchors, stamp) : STATUS_OK;
}

static Status time_stamp_ask(Arena *arena, const TrustFetch *fetch, const TimeStampService *service,
                             const TrustAnchors *anchors, TimeStampRequest *request, TimeStamp *ret_stamp) {
    unsigned char nonce[TIME_STAMP_NONCE_SIZE];
    TimeStamp stamp = {0};
    Text reply = {0}, token = {0};
    random_bytes(nonce, sizeof nonce);
    /* A first byte from 1 to 127 keeps the number positive and at its full length. */
    nonce[0] = (unsigned char)((nonce[0] & 0x3f) | 0x40);
    request->nonce = (Text){(const char *)nonce, sizeof nonce};
    if (service->policy.size > 0) {
        TRY(time_stamp_policy(arena, service->policy, &request->policy));
    }
    const TrustQuestion question = {.url = service->url,
                                    .content_type = TEXT("application/timestamp-query"),
                                    .body = time_stamp_request(arena, request),
                                    .accept = TEXT("application/timestamp-reply"),
                                    .authorization = service->authorization,
                                    .reply_max = TIME_STAMP_REPLY_MAX};
    TRY(fetch->call(fetch->context, arena, &question, &reply));
    TRY(time_stamp_reply(arena, reply, &token));
    TRY(time_stamp_read(arena, token, &stamp));
    TRY(time_stamp_check(request, anchors, &stamp));
    if (service->policy.size > 0 && !text_equal(stamp.policy, service->policy)) {
        return fail(STATUS_INVALID, "its stamp is under the policy %.*s", TEXT_ARG(stamp.policy));
    }
    *ret_stamp = stamp;
    return STATUS_OK;
}

Status time_stamp_get(Arena *arena, const TrustFetch *fetch, TimeStampServices services, const TrustAnchors *anchors,
                      KeyDigest digest, Text imprint, TimeStamp *ret_stamp, size_t *ret_service) {
    Buffer words = buffer_make(arena, TIME_STAMP_WORDS_MAX);
    if (services.count == 0) {
        return fail(STATUS_UNAVAILABLE, "no time-stamp service is configured");
    }
    for (size_t i = 0; i < services.count; i++) {
        const TimeStampService *service = &services.items[i];
        TimeStampRequest request = {.digest = digest, .imprint = imprint, .wants_certificates = true};
        if (time_stamp_ask(arena, fetch, service, anchors, &request, ret_stamp) == STATUS_OK) {
            if (ret_service != NULL) {
                *ret_service = i;
            }
            return STATUS_OK;
        }
        const Text fault = failure_take();
        buffer_format(&words, "%s%.*s: %.*s", i > 0 ? "; " : "", TEXT_ARG(service->url), TEXT_ARG(fault));
    }
    return fail(STATUS_UNAVAILABLE, "no time stamp: %.*s", (int)words.size, words.data);
}
