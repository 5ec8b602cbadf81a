/** The authority's time stamps (RFC 3161, EN 319 422). */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/authority_inside.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"
#include "trust/der.h"
#include "trust/time_stamp_inside.h"

#define STAMP_TYPE        "application/timestamp-reply"
#define STAMP_SERIAL_SIZE 16
#define STAMP_NONCE_MAX   32
/* Its policy, 2.25.89684438835024700684204715519241248191.2 */
#define OID_STAMP_POLICY TEXT("\x06\x15" AUTHORITY_OBJECT "\x02")
#define DER_BOOLEAN      0x01
#define DER_TRUE         TEXT("\x01\x01\xff")
#define STAMP_STEP       INT64_C(1)

/* PKIFailureInfo: the number of its bit. */
typedef enum StampFailure {
    STAMP_BAD_ALGORITHM = 0,
    STAMP_BAD_REQUEST = 2,
    STAMP_BAD_FORMAT = 5,
    STAMP_UNACCEPTED_POLICY = 15,
    STAMP_UNACCEPTED_EXTENSION = 16
} StampFailure;

/** Why no stamp is given; an empty text: it is. */
typedef struct StampRefusal {
    Text words;
    StampFailure failure;
} StampRefusal;

static Text stamp_refuse(Arena *arena, const StampRefusal *refusal) {
    unsigned char bits[3] = {0};
    const unsigned bit = (unsigned)refusal->failure;
    const char unused = (char)(7 - bit % 8);
    bits[bit / 8] = (unsigned char)(0x80U >> bit % 8);
    const Text words = DER(arena, DER_SEQUENCE, DER(arena, DER_UTF8_STRING, refusal->words));
    const Text failure =
        DER(arena, DER_BIT_STRING, (Text){&unused, 1}, (Text){(const char *)bits, (size_t)bit / 8 + 1});
    return DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, der_small(arena, 2), words, failure));
}

static bool stamp_wrong(StampRefusal *refusal, StampFailure failure, Text words) {
    *refusal = (StampRefusal){words, failure};
    return false;
}

/** What may follow the imprint. */
static bool stamp_read_options(Text rest, TimeStampRequest *request, StampRefusal *refusal) {
    const Text bad = TEXT("the request cannot be read");
    DerValue value;
    if (der_is_next(rest, DER_OBJECT)) {
        if (der_next(&rest, &value) != STATUS_OK) {
            return stamp_wrong(refusal, STAMP_BAD_FORMAT, bad);
        }
        if (!text_equal(value.whole, OID_STAMP_POLICY)) {
            return stamp_wrong(refusal, STAMP_UNACCEPTED_POLICY, TEXT("stamps are given under another policy"));
        }
    }
    if (der_is_next(rest, DER_INTEGER)) {
        if (der_next(&rest, &value) != STATUS_OK || value.content.size == 0 || value.content.size > STAMP_NONCE_MAX) {
            return stamp_wrong(refusal, STAMP_BAD_FORMAT, TEXT("the nonce is too long"));
        }
        request->nonce = value.content;
    }
    if (der_is_next(rest, DER_BOOLEAN)) {
        if (der_next(&rest, &value) != STATUS_OK || value.content.size != 1) {
            return stamp_wrong(refusal, STAMP_BAD_FORMAT, bad);
        }
        request->wants_certificates = value.content.data[0] != 0;
    }
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED)) {
        return stamp_wrong(refusal, STAMP_UNACCEPTED_EXTENSION, TEXT("no extensions are known here"));
    }
    return rest.size == 0 || stamp_wrong(refusal, STAMP_BAD_FORMAT, bad);
}

static bool stamp_read_request(Text bytes, TimeStampRequest *request, StampRefusal *refusal) {
    DerValue outer, version, imprint, algorithm, digest;
    if (der_take(&bytes, DER_SEQUENCE, &outer) != STATUS_OK || bytes.size > 0 ||
        der_take(&outer.content, DER_INTEGER, &version) != STATUS_OK ||
        der_take(&outer.content, DER_SEQUENCE, &imprint) != STATUS_OK ||
        der_take(&imprint.content, DER_SEQUENCE, &algorithm) != STATUS_OK ||
        der_take(&imprint.content, DER_OCTET_STRING, &digest) != STATUS_OK || imprint.content.size > 0) {
        return stamp_wrong(refusal, STAMP_BAD_FORMAT, TEXT("this is no time-stamp request"));
    }
    if (!text_equal(version.content, TEXT("\x01"))) {
        return stamp_wrong(refusal, STAMP_BAD_REQUEST, TEXT("only requests of version 1 are known here"));
    }
    if (time_stamp_digest(algorithm.whole, &request->digest) != STATUS_OK) {
        return stamp_wrong(refusal, STAMP_BAD_ALGORITHM, TEXT("stamps are given over SHA-256, SHA-384 and SHA-512"));
    }
    if (digest.content.size != time_stamp_digest_size(request->digest)) {
        return stamp_wrong(refusal, STAMP_BAD_FORMAT, TEXT("the imprint has not the size of its digest"));
    }
    request->imprint = digest.content;
    return stamp_read_options(outer.content, request, refusal);
}

/** GeneralizedTime with microseconds, without zeros at its end (RFC 3161, 2.4.2). */
static Text stamp_time(Arena *arena, Time time) {
    Text whole = der_generalized_time(arena, time);
    DerValue digits = {0};
    const long long fraction = time.microseconds % TIME_SECOND;
    if (fraction == 0 || der_next(&whole, &digits) != STATUS_OK) {
        return der_generalized_time(arena, time);
    }
    Text part = arena_format(arena, ".%06lld", fraction);
    while (part.data[part.size - 1] == '0') {
        part.size--;
    }
    return DER(arena, DER_GENERALIZED_TIME, text_slice(digits.content, 0, digits.content.size - 1), part, TEXT("Z"));
}

/** A time later than that of every stamp before, as `ordering` promises; where a clock was set back by more than a
 * second, nothing is promised. */
static Time stamp_next_time(Authority *authority, bool *ret_is_ordered) {
    (void)pthread_mutex_lock(&authority->lock);
    Time now = clock_now();
    const int64_t ahead = authority->last_stamp.microseconds - now.microseconds;
    *ret_is_ordered = ahead < TIME_SECOND;
    if (ahead >= 0 && ahead < TIME_SECOND) {
        now = time_add(authority->last_stamp, STAMP_STEP);
    }
    authority->last_stamp = now;
    (void)pthread_mutex_unlock(&authority->lock);
    return now;
}

static Text stamp_info(Authority *authority, Arena *arena, const TimeStampRequest *request) {
    unsigned char serial[STAMP_SERIAL_SIZE];
    bool is_ordered = false;
    const Time now = stamp_next_time(authority, &is_ordered);
    random_bytes(serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
    const Text imprint =
        DER(arena, DER_SEQUENCE, algorithm_of_digest(request->digest), DER(arena, DER_OCTET_STRING, request->imprint));
    const Text accuracy = DER(arena, DER_SEQUENCE, der_small(arena, 1));
    const Text nonce = request->nonce.size > 0 ? DER(arena, DER_INTEGER, request->nonce) : (Text){0};
    return DER(arena, DER_SEQUENCE, der_small(arena, 1), OID_STAMP_POLICY, imprint,
               der_unsigned(arena, (Text){(const char *)serial, sizeof serial}), stamp_time(arena, now), accuracy,
               is_ordered ? DER_TRUE : (Text){0}, nonce);
}

Status authority_answer_stamp(Authority *authority, Arena *arena, Text question, AuthorityAnswer *ret_answer) {
    AuthorityAnswer answer = {.type = STAMP_TYPE};
    TimeStampRequest request = {0};
    StampRefusal refusal = {0};
    Key *key = NULL;
    Text token = {0};
    if (question.size > AUTHORITY_QUESTION_MAX || !stamp_read_request(question, &request, &refusal)) {
        answer.body = stamp_refuse(arena, &refusal);
        *ret_answer = answer;
        return STATUS_OK;
    }
    TRY(authority_open_key(authority, AUTHORITY_STAMPS, &key));
    const Text info = stamp_info(authority, arena, &request);
    TRY(cms_sign_content(arena, key, OID_TST_INFO, info, request.wants_certificates, &token));
    answer.body = DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, der_small(arena, 0)), token);
    *ret_answer = answer;
    return STATUS_OK;
}
