/** Tests of asking for time stamps: an authority that lies in every way, each of them found and named. */
#include "trust/time_stamp.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/algorithm.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"
#include "trust/der.h"
#include "trust/key_inside.h"

#define BUDGET ((size_t)64 << 20)
#define POLICY TEXT("\x06\x04\x2a\x03\x04\x05")

typedef enum Lie {
    NO_LIE,
    LIE_NONCE,
    LIE_NO_NONCE,
    LIE_IMPRINT,
    LIE_DIGEST,
    LIE_WEAK_DIGEST,
    LIE_REJECTED,
    LIE_WAITING,
    LIE_NO_TOKEN,
    LIE_USAGE_NOT_CRITICAL,
    LIE_USAGE_NOT_ALONE,
    LIE_USAGE_OTHER,
    LIE_USAGE_UNKNOWN_TOO,
    LIE_NO_USAGE,
    LIE_KEY_USAGE,
    LIE_EXPIRED,
    LIE_NOT_YET_VALID,
    LIE_CRITICAL_IN_CERTIFICATE,
    LIE_CRITICAL_IN_STAMP,
    LIE_TIME_LATE,
    LIE_TIME_EARLY,
    LIE_TIME_BAD,
    LIE_POLICY,
    LIE_CUT,
    LIE_TRAILING,
    LIE_TRAILING_IN_STAMP,
    LIE_SIGNATURE,
    LIE_CONTENT,
    LIE_NO_SIGNING_CERTIFICATE,
    LIE_OTHER_CERTIFICATE,
    LIE_NO_CERTIFICATE,
    LIE_VERSION,
    LIE_HTML,
    LIE_SILENT,
    LIES
} Lie;

/** What our words say about each. */
static const char *const words_of[LIES] = {
    [LIE_NONCE] = "the nonce differs",
    [LIE_NO_NONCE] = "the nonce differs",
    [LIE_IMPRINT] = "over other bytes",
    [LIE_DIGEST] = "another kind of digest",
    [LIE_WEAK_DIGEST] = "weak or unknown",
    [LIE_REJECTED] = "status 2, unacceptedPolicy): \"go away?\"",
    [LIE_WAITING] = "status 3",
    [LIE_NO_TOKEN] = "has no token",
    [LIE_USAGE_NOT_CRITICAL] = "not for time stamps alone",
    [LIE_USAGE_NOT_ALONE] = "not for time stamps alone",
    [LIE_USAGE_OTHER] = "not for time stamps alone",
    [LIE_USAGE_UNKNOWN_TOO] = "not for time stamps alone",
    [LIE_NO_USAGE] = "not for time stamps alone",
    [LIE_KEY_USAGE] = "key may not sign",
    [LIE_EXPIRED] = "had expired",
    [LIE_NOT_YET_VALID] = "not valid yet",
    [LIE_CRITICAL_IN_CERTIFICATE] = "certificate has a critical extension",
    [LIE_CRITICAL_IN_STAMP] = "it has a critical extension",
    [LIE_TIME_LATE] = "away from this machine's clock",
    [LIE_TIME_EARLY] = "away from this machine's clock",
    [LIE_TIME_BAD] = "its time",
    [LIE_POLICY] = "under the policy 1.2.3.4.6",
    [LIE_CUT] = "cut short",
    [LIE_TRAILING] = "something follows",
    [LIE_TRAILING_IN_STAMP] = "something follows",
    [LIE_SIGNATURE] = "its signature is broken",
    [LIE_CONTENT] = "what it says was changed",
    [LIE_NO_SIGNING_CERTIFICATE] = "no signing-certificate",
    [LIE_OTHER_CERTIFICATE] = "names another certificate",
    [LIE_NO_CERTIFICATE] = "does not bring",
    [LIE_VERSION] = "its version",
    [LIE_HTML] = "no time-stamp reply",
    [LIE_SILENT] = "asleep",
};

/** An authority that answers as `lie` says; its questions are counted. */
typedef struct Liar {
    Arena *arena;
    Lie lie;
    int asked;
} Liar;

static void add_extension(X509 *certificate, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void add_unknown_critical(X509 *certificate) {
    ASN1_OBJECT *name = OBJ_txt2obj("1.2.3.4.5.6", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    CHECK(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2) == 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, name, 1, value);
    CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(name);
}

static const char *usage_of(Lie lie) {
    switch ((int)lie) {
    case LIE_USAGE_NOT_CRITICAL:
        return "timeStamping";
    case LIE_USAGE_NOT_ALONE:
        return "critical,timeStamping,emailProtection";
    case LIE_USAGE_OTHER:
        return "critical,OCSPSigning";
    case LIE_USAGE_UNKNOWN_TOO:
        return "critical,timeStamping,1.2.3.4.5";
    default:
        return "critical,timeStamping";
    }
}

/** A key whose certificate, signed by itself, has the fault. */
static Key *make_key(const Liar *liar) {
    const Lie lie = liar->lie;
    EVP_PKEY *secret = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    const long long now = clock_now().microseconds / TIME_SECOND;
    const long long from = lie == LIE_NOT_YET_VALID ? now + 3600 : now - 7200;
    unsigned char *der = NULL;
    Key *key = NULL;
    CHECK(X509_set_version(certificate, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 77) == 1);
    CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from) != NULL);
    CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(lie == LIE_EXPIRED ? now - 3600 : now + 86400)) !=
          NULL);
    X509_NAME *name = X509_get_subject_name(certificate);
    CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"TSA", -1, -1, 0) == 1);
    CHECK(X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, secret) == 1);
    add_extension(certificate, NID_key_usage,
                  lie == LIE_KEY_USAGE ? "critical,keyAgreement" : "critical,digitalSignature");
    if (lie != LIE_NO_USAGE) {
        add_extension(certificate, NID_ext_key_usage, usage_of(lie));
    }
    if (lie == LIE_CRITICAL_IN_CERTIFICATE) {
        add_unknown_critical(certificate);
    }
    CHECK(X509_sign(certificate, secret, EVP_sha256()) > 0);
    const int size = i2d_X509(certificate, &der);
    CHECK(size > 0);
    Texts chain = {arena_new_array(liar->arena, Text, 1), 1};
    chain.items[0] = arena_copy(liar->arena, (Text){(const char *)der, (size_t)size});
    OPENSSL_free(der);
    X509_free(certificate);
    CHECK_OK(key_of_secret(liar->arena, secret, &key));
    CHECK_OK(key_set_chain(key, chain));
    return key;
}

static Text make_imprint(const Liar *liar, Text imprint) {
    Arena *arena = liar->arena;
    Text rest = imprint;
    DerValue outer, algorithm, digest;
    CHECK_OK(der_take(&rest, DER_SEQUENCE, &outer));
    CHECK_OK(der_take(&outer.content, DER_SEQUENCE, &algorithm));
    CHECK_OK(der_take(&outer.content, DER_OCTET_STRING, &digest));
    if (liar->lie == LIE_IMPRINT) {
        char *other = arena_c_string(arena, digest.content);
        other[5] = (char)(other[5] ^ 1);
        return DER(arena, DER_SEQUENCE, algorithm.whole, DER(arena, DER_OCTET_STRING, (Text){other, 32}));
    }
    if (liar->lie == LIE_DIGEST) {
        const Text longer = DER(arena, DER_OCTET_STRING, digest.content, text_slice(digest.content, 0, 16));
        return DER(arena, DER_SEQUENCE, algorithm_of_digest(KEY_SHA384), longer);
    }
    if (liar->lie == LIE_WEAK_DIGEST) {
        const Text sha1 = TEXT("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00");
        return DER(arena, DER_SEQUENCE, sha1, DER(arena, DER_OCTET_STRING, text_slice(digest.content, 0, 20)));
    }
    return imprint;
}

static Text make_time(const Liar *liar) {
    const Lie lie = liar->lie;
    if (lie == LIE_TIME_BAD) {
        return DER(liar->arena, DER_GENERALIZED_TIME, TEXT("20260230101010Z"));
    }
    const int64_t away = lie == LIE_TIME_LATE ? 6 * TIME_MINUTE : lie == LIE_TIME_EARLY ? -6 * TIME_MINUTE : 0;
    return der_generalized_time(liar->arena, time_add(clock_now(), away));
}

/** What the stamp says. */
static Text make_info(const Liar *liar, Text question) {
    Arena *arena = liar->arena;
    const Lie lie = liar->lie;
    DerValue outer, version, imprint, nonce;
    CHECK_OK(der_take(&question, DER_SEQUENCE, &outer));
    CHECK_OK(der_take(&outer.content, DER_INTEGER, &version));
    CHECK_OK(der_take(&outer.content, DER_SEQUENCE, &imprint));
    if (der_is_next(outer.content, DER_OBJECT)) {
        DerValue policy;
        CHECK_OK(der_take(&outer.content, DER_OBJECT, &policy));
        CHECK(text_equal(policy.whole, POLICY));
    }
    CHECK_OK(der_take(&outer.content, DER_INTEGER, &nonce));
    CHECK_INT(nonce.content.size, 8);
    CHECK(text_equal(outer.content, TEXT("\x01\x01\xff")));
    const Text other_nonce = DER(arena, DER_INTEGER, TEXT("\x40\x01\x02\x03\x04\x05\x06\x07"));
    const Text extension = DER(arena, DER_SEQUENCE, TEXT("\x06\x03\x2a\x03\x09"), TEXT("\x01\x01\xff"),
                               DER(arena, DER_OCTET_STRING, TEXT("\x05\x00")));
    return DER(arena, DER_SEQUENCE, der_small(arena, lie == LIE_VERSION ? 2 : 1),
               lie == LIE_POLICY ? TEXT("\x06\x04\x2a\x03\x04\x06") : POLICY, make_imprint(liar, imprint.whole),
               der_small(arena, 99), make_time(liar), TEXT("\x30\x04\x80\x02\x01\xf4"),
               lie == LIE_NONCE      ? other_nonce
               : lie == LIE_NO_NONCE ? (Text){NULL, 0}
                                     : nonce.whole,
               lie == LIE_CRITICAL_IN_STAMP ? DER(arena, DER_CONTEXT_CONSTRUCTED + 1, extension) : (Text){NULL, 0},
               lie == LIE_TRAILING_IN_STAMP ? TEXT("\x05\x00") : (Text){NULL, 0});
}

/** The bytes with the first `part` in them changed to `other`, of the same size; it must be there. */
static Text with_changed(Arena *arena, Text bytes, Text part, Text other) {
    size_t at = 0;
    char *copy = arena_c_string(arena, bytes);
    CHECK(part.size == other.size && text_find(bytes, part, &at));
    memcpy(copy + at, other.data, other.size);
    return (Text){copy, bytes.size};
}

static Text make_token(Liar *liar, Text question) {
    Arena *arena = liar->arena;
    const Text info = make_info(liar, question);
    Key *key = make_key(liar);
    Text token = {NULL, 0};
    CHECK_OK(cms_sign_content(arena, key, OID_TST_INFO, info, liar->lie != LIE_NO_CERTIFICATE, &token));
    const Text v2 = OID_SIGNING_CERTIFICATE_V2;
    const Sha256 hash = sha256(key_chain(key).items[0]);
    switch ((int)liar->lie) {
    case LIE_SIGNATURE: {
        char *copy = arena_c_string(arena, token);
        copy[token.size - 3] = (char)(copy[token.size - 3] ^ 1);
        return (Text){copy, token.size};
    }
    case LIE_CONTENT:
        return with_changed(arena, token, info, make_info(&(Liar){arena, LIE_POLICY, 0}, question));
    case LIE_NO_SIGNING_CERTIFICATE:
        return with_changed(arena, token, v2, TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x30"));
    case LIE_OTHER_CERTIFICATE:
        return with_changed(arena, token, sha256_text(&hash), TEXT("0123456789abcdef0123456789abcdef"));
    default:
        return token;
    }
}

static Text make_reply(Liar *liar, Text question) {
    Arena *arena = liar->arena;
    const Text granted = DER(arena, DER_SEQUENCE, der_small(arena, 0));
    switch ((int)liar->lie) {
    case LIE_HTML:
        return TEXT("<html>Service temporarily unavailable</html>");
    case LIE_NO_TOKEN:
        return DER(arena, DER_SEQUENCE, granted);
    case LIE_WAITING:
        return DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, der_small(arena, 3)));
    case LIE_REJECTED: {
        const Text words = DER(arena, DER_SEQUENCE, DER(arena, DER_UTF8_STRING, TEXT("go away?")));
        return DER(arena, DER_SEQUENCE,
                   DER(arena, DER_SEQUENCE, der_small(arena, 2), words, TEXT("\x03\x03\x00\x00\x01")));
    }
    default: {
        const Text reply = DER(arena, DER_SEQUENCE, granted, make_token(liar, question));
        const Text parts[] = {reply, TEXT("\x30\x00")};
        return liar->lie == LIE_CUT        ? text_slice(reply, 0, reply.size - 1)
               : liar->lie == LIE_TRAILING ? der_join(arena, parts, 2)
                                           : reply;
    }
    }
}

static Status answer(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Liar *liar = context;
    (void)arena;
    liar->asked++;
    CHECK_TEXT(question->content_type, "application/timestamp-query");
    CHECK_TEXT(question->accept, "application/timestamp-reply");
    CHECK_INT(question->reply_max, TIME_STAMP_REPLY_MAX);
    if (liar->lie == LIE_SILENT) {
        return STATUS_UNAVAILABLE;
    }
    *ret_reply = make_reply(liar, question->body);
    return STATUS_OK;
}

static Status silent(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    (void)context, (void)arena, (void)question, (void)ret_reply;
    return fail(STATUS_UNAVAILABLE, "it is asleep");
}

static Status ask(Liar *liar, const TrustAnchors *anchors, TimeStamp *ret_stamp) {
    const TrustFetch fetch = {liar->lie == LIE_SILENT ? silent : answer, liar};
    const TimeStampService service = {.url = TEXT("https://tsa.example/"), .policy = TEXT("1.2.3.4.5")};
    const Sha256 digest = sha256(TEXT("a document"));
    return time_stamp_get(liar->arena, &fetch, (TimeStampServices){&service, 1}, anchors, KEY_SHA256,
                          sha256_text(&digest), ret_stamp, NULL);
}

TEST(takes_a_good_stamp) {
    Liar liar = {.arena = arena_open(BUDGET)};
    TimeStamp stamp = {0};
    CHECK_OK(ask(&liar, NULL, &stamp));
    CHECK_INT(stamp.accuracy, 500000);
    CHECK_TEXT(stamp.policy, "1.2.3.4.5");
    CHECK(text_equal(stamp.serial, TEXT("\x63")));
    CHECK_INT(stamp.certificates.count, 1);
    CHECK(text_equal(stamp.signer, stamp.certificates.items[0]));
    arena_close(liar.arena);
}

TEST(finds_every_lie) {
    for (Lie lie = NO_LIE + 1; lie < LIES; lie++) {
        Liar liar = {.arena = arena_open(BUDGET), .lie = lie};
        TimeStamp stamp = {.accuracy = 7};
        size_t at = 0;
        CHECK_STATUS(ask(&liar, NULL, &stamp), STATUS_UNAVAILABLE);
        const Text words = test_failure();
        if (!text_find(words, text_of(words_of[lie]), &at) || !text_find(words, TEXT("https://tsa.example/"), &at)) {
            test_fail(__FILE__, __LINE__, "lie %d: \"%.*s\" does not say \"%s\"", (int)lie, TEXT_ARG(words),
                      words_of[lie]);
        }
        CHECK_INT(stamp.accuracy, 7);
        arena_close(liar.arena);
    }
}

TEST(a_stamp_needs_a_path_to_an_anchor) {
    Arena *arena = arena_open(BUDGET);
    Liar liar = {.arena = arena};
    TimeStamp stamp = {0};
    size_t at = 0;
    const FixtureAuthority other = fixture_authority(arena, KEY_P256, (Time){0});
    CHECK_STATUS(ask(&liar, other.anchors, &stamp), STATUS_UNAVAILABLE);
    CHECK(text_find(test_failure(), TEXT("trust anchor"), &at));
    arena_close(arena);
}

/** Two services: the first lies, the second is the fixture's. */
typedef struct Two {
    Liar *liar;
    TrustFetch good;
} Two;

static Status ask_two(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Two *two = context;
    return text_equal(question->url, TEXT("https://tsa.example/"))
               ? answer(two->liar, arena, question, ret_reply)
               : two->good.call(two->good.context, arena, question, ret_reply);
}

TEST(another_service_takes_over) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    Liar liar = {.arena = arena, .lie = LIE_IMPRINT};
    Two two = {&liar, fixture.fetch};
    const TrustFetch fetch = {ask_two, &two};
    const TimeStampService services[] = {{.url = TEXT("https://tsa.example/")}, fixture.stamps};
    const Sha256 digest = sha256(TEXT("a document"));
    TimeStamp stamp = {0};
    size_t service = 0;
    CHECK_OK(time_stamp_get(arena, &fetch, (TimeStampServices){services, 2}, fixture.anchors, KEY_SHA256,
                            sha256_text(&digest), &stamp, &service));
    CHECK_INT(service, 1);
    CHECK_INT(liar.asked, 1);
    const TimeStampService bad[] = {{.url = TEXT("https://tsa.example/")},
                                    {.url = TEXT("http://authority.test/authority/none")}};
    size_t at = 0;
    CHECK_STATUS(time_stamp_get(arena, &fetch, (TimeStampServices){bad, 2}, fixture.anchors, KEY_SHA256,
                                sha256_text(&digest), &stamp, &service),
                 STATUS_UNAVAILABLE);
    const Text words = test_failure();
    CHECK(text_find(words, TEXT("tsa.example"), &at) && text_find(words, TEXT("authority.test"), &at));
    CHECK_STATUS(time_stamp_get(arena, &fetch, (TimeStampServices){NULL, 0}, fixture.anchors, KEY_SHA256,
                                sha256_text(&digest), &stamp, NULL),
                 STATUS_UNAVAILABLE);
    arena_close(arena);
}

TEST(no_changed_byte_is_taken_for_good) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    const Sha256 digest = sha256(TEXT("a document"));
    TimeStamp stamp = {0}, other = {0};
    CHECK_OK(time_stamp_get(arena, &fixture.fetch, (TimeStampServices){&fixture.stamps, 1}, fixture.anchors, KEY_SHA256,
                            sha256_text(&digest), &stamp, NULL));
    const TimeStamp good = stamp;
    Arena *scratch = arena_open(BUDGET);
    for (size_t i = 0; i < good.token.size; i++) {
        char *copy = arena_c_string(scratch, good.token);
        copy[i] = (char)(copy[i] ^ 0x11);
        /* Certificates beside the signer's are covered by nothing here: the path is judged by whoever uses them. */
        if (time_stamp_read(scratch, (Text){copy, good.token.size}, &other) == STATUS_OK) {
            CHECK(text_equal(other.imprint, good.imprint) && other.time.microseconds == good.time.microseconds);
            CHECK(text_equal(other.signer, good.signer));
        }
        CHECK(time_stamp_read(scratch, text_slice(good.token, 0, i), &other) == STATUS_INVALID);
        arena_reset(scratch);
    }
    /* Room behind the token is filled with zeros, and nothing else. */
    const Text room[] = {good.token, TEXT("\0\0\0\0")}, junk[] = {good.token, TEXT("\0\1")};
    CHECK_OK(time_stamp_read(arena, der_join(arena, room, 2), &other));
    CHECK(text_equal(other.token, good.token));
    CHECK_STATUS(time_stamp_read(arena, der_join(arena, junk, 2), &other), STATUS_INVALID);
    arena_close(scratch);
    arena_close(arena);
}
