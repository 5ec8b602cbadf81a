/** Tests of the authority: what it answers is what our own client accepts. */
#include "trust/authority.h"

#include <pthread.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/certificate.h"
#include "trust/revocation.h"
#include "trust/time_stamp.h"

#define BUDGET ((size_t)64 << 20)

TEST(stamps_what_it_is_asked_for) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    const Sha256 digest = sha256(TEXT("a document"));
    TimeStamp stamp = {0};
    size_t service = 7;
    CHECK_OK(time_stamp_get(arena, &fixture.fetch, (TimeStampServices){&fixture.stamps, 1}, fixture.anchors, KEY_SHA256,
                            sha256_text(&digest), &stamp, &service));
    CHECK_INT(service, 0);
    CHECK(text_equal(stamp.imprint, sha256_text(&digest)));
    CHECK_INT(stamp.accuracy, TIME_SECOND);
    CHECK_INT(stamp.certificates.count, 3);
    CHECK(stamp.token.size < TIME_STAMP_ROOM);
    CHECK_TEXT(stamp.policy, "2.25.89684438835024700684204715519241248191.2");
    arena_close(arena);
}

static Text serial_of(Arena *arena, Text certificate) {
    CertificateParts parts;
    CHECK_OK(certificate_parts(certificate, &parts));
    return hex_encode(arena, parts.serial);
}

TEST(proves_its_certificates_until_it_revokes_them) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, time_add(clock_now(), -60 * TIME_DAY));
    const Texts chain = key_chain(fixture.seal);
    const Text serial = serial_of(arena, chain.items[0]);
    const Time before = clock_now();
    ValidationData data = {0}, later = {0};
    RevocationVerdict verdict = REVOCATION_UNKNOWN;
    Time revoked = {0}, fresh = {0};
    CHECK_OK(revocation_collect(arena, &fixture.fetch, chain, fixture.anchors, NULL, before, &data));
    CHECK_INT(data.certificates.count, 3);
    CHECK_INT(data.ocsps.count, 1);
    CHECK_INT(data.crls.count, 1);
    CHECK_OK(revocation_judge(arena, chain, fixture.anchors, &data, before, &verdict, &revoked, &fresh));
    CHECK_INT(verdict, REVOCATION_GOOD);
    CHECK(time_is_set(fresh));
    CHECK_OK(authority_revoke(fixture.authority, arena, serial, 1, (Time){0}));
    CHECK_STATUS(authority_revoke(fixture.authority, arena, serial, 1, (Time){0}), STATUS_CONFLICT);
    const Time after = time_add(clock_now(), TIME_SECOND);
    CHECK_STATUS(revocation_collect(arena, &fixture.fetch, chain, fixture.anchors, NULL, after, &later),
                 STATUS_INVALID);
    /* A revocation does not reach back. */
    CHECK_OK(
        revocation_collect(arena, &fixture.fetch, chain, fixture.anchors, NULL, time_add(before, -TIME_HOUR), &later));
    CHECK_OK(revocation_judge(arena, chain, fixture.anchors, &later, after, &verdict, &revoked, NULL));
    CHECK_INT(verdict, REVOCATION_REVOKED);
    CHECK(time_is_set(revoked));
    arena_close(arena);
}

static RevocationVerdict verdict_of(Arena *arena, const FixtureAuthority *fixture) {
    ValidationData data = {0};
    const Time at = time_add(clock_now(), TIME_SECOND);
    const Status status =
        revocation_collect(arena, &fixture->fetch, key_chain(fixture->seal), fixture->anchors, NULL, at, &data);
    return status == STATUS_OK ? REVOCATION_GOOD : status == STATUS_INVALID ? REVOCATION_REVOKED : REVOCATION_UNKNOWN;
}

TEST(what_another_process_revokes_is_said_at_once) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    const Text folder = fixture.folder;
    const Text serial = serial_of(arena, key_chain(fixture.seal).items[0]);
    Authority *other = NULL;
    AuthorityList list = {0};
    CHECK_INT(verdict_of(arena, &fixture), REVOCATION_GOOD);
    CHECK_INT(verdict_of(arena, &fixture), REVOCATION_GOOD);
    CHECK_OK(authority_open(folder, TEXT("a word for tests"), &other));
    CHECK_STATUS(authority_revoke(other, arena, TEXT("00ff"), 1, (Time){0}), STATUS_NOT_FOUND);
    CHECK_STATUS(authority_revoke(other, arena, TEXT("../root"), 1, (Time){0}), STATUS_NOT_FOUND);
    CHECK_OK(authority_revoke(other, arena, serial, authority_reason(TEXT("superseded")), (Time){0}));
    CHECK_INT(verdict_of(arena, &fixture), REVOCATION_REVOKED);
    CHECK_OK(authority_list(fixture.authority, arena, &list));
    CHECK_INT(list.count, 5); /* root, issuing, responder, stamps, seal */
    size_t revoked = 0;
    for (size_t i = 0; i < list.count; i++) {
        const bool is_seal = text_equal(list.items[i].serial, serial);
        CHECK_INT(time_is_set(list.items[i].revoked), is_seal);
        revoked += is_seal && list.items[i].reason == 4;
    }
    CHECK_INT(revoked, 1);
    authority_close(other);
    arena_close(arena);
}

TEST(its_folder_is_its_own) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    const Text folder = fixture.folder;
    const AuthorityOptions options = {
        .country = TEXT("MK"), .address = TEXT("http://authority.test"), .kind = KEY_P256};
    static const char *const keys[] = {"root", "issuing", "responder", "stamps"};
    Authority *other = NULL;
    TimeStamp stamp = {0};
    const Sha256 digest = sha256(TEXT("x"));
    struct stat facts;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        CHECK_INT(stat(arena_format(arena, "%.*s/%s.p12", TEXT_ARG(folder), keys[i]).data, &facts), 0);
        CHECK_INT(facts.st_mode & 0777, 0600);
    }
    CHECK_STATUS(authority_make(arena, folder, TEXT("word"), &options), STATUS_CONFLICT);
    CHECK_STATUS(authority_make(arena, arena_format(arena, "%s/b", test_directory()), TEXT("word"),
                                &(AuthorityOptions){.country = TEXT("MK")}),
                 STATUS_INVALID);
    CHECK_STATUS(authority_open(arena_format(arena, "%s/none", test_directory()), TEXT("word"), &other),
                 STATUS_NOT_FOUND);
    /* With another password it opens, but no key does. */
    CHECK_OK(authority_open(folder, TEXT("another word"), &other));
    const TrustFetch fetch = authority_fetch(other);
    CHECK(text_equal(authority_root(other), authority_root(fixture.authority)));
    CHECK_STATUS(time_stamp_get(arena, &fetch, (TimeStampServices){&fixture.stamps, 1}, NULL, KEY_SHA256,
                                sha256_text(&digest), &stamp, NULL),
                 STATUS_UNAVAILABLE);
    authority_close(other);
    Text reply = {NULL, 0};
    const TrustQuestion elsewhere = {.url = TEXT("http://authority.test.evil/authority/ca/root.cer"),
                                     .reply_max = 9999};
    CHECK_STATUS(fixture.fetch.call(fixture.fetch.context, arena, &elsewhere, &reply), STATUS_FORBIDDEN);
    const TrustQuestion narrow = {.url = TEXT("http://authority.test/authority/ca/root.cer"), .reply_max = 99};
    CHECK_STATUS(fixture.fetch.call(fixture.fetch.context, arena, &narrow, &reply), STATUS_TOO_LARGE);
    arena_close(arena);
}

enum { STAMPERS = 4, STAMPS_EACH = 50 };

typedef struct Stamper {
    const FixtureAuthority *fixture;
    Time times[STAMPS_EACH];
} Stamper;

static void *stamp_many(void *context) {
    Stamper *stamper = context;
    const Sha256 digest = sha256(TEXT("a document"));
    for (size_t i = 0; i < STAMPS_EACH; i++) {
        Arena *arena = arena_open(BUDGET);
        TimeStamp stamp = {0};
        CHECK_OK(time_stamp_get(arena, &stamper->fixture->fetch, (TimeStampServices){&stamper->fixture->stamps, 1},
                                NULL, KEY_SHA256, sha256_text(&digest), &stamp, NULL));
        stamper->times[i] = stamp.time;
        arena_close(arena);
    }
    return NULL;
}

TEST(no_two_stamps_have_the_same_time) {
    Arena *arena = arena_open(BUDGET);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    static Stamper stampers[STAMPERS];
    pthread_t threads[STAMPERS];
    /* The clock stands still: the stamps' times do not. */
    clock_set(clock_now());
    for (size_t i = 0; i < STAMPERS; i++) {
        stampers[i].fixture = &fixture;
        CHECK(pthread_create(&threads[i], NULL, stamp_many, &stampers[i]) == 0);
    }
    for (size_t i = 0; i < STAMPERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (size_t i = 0; i < (size_t)STAMPERS * STAMPS_EACH; i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(stampers[i / STAMPS_EACH].times[i % STAMPS_EACH].microseconds !=
                  stampers[j / STAMPS_EACH].times[j % STAMPS_EACH].microseconds);
        }
    }
    arena_close(arena);
}

static Text ask(Arena *arena, Authority *authority, const char *path, Text body) {
    AuthorityAnswer answer = {0};
    CHECK_OK(authority_answer(authority, arena, text_of(path), body, &answer));
    return answer.body;
}

TEST(answers_are_kept_for_a_while) {
    Arena *arena = arena_open(BUDGET);
    const Time start = clock_now();
    clock_set(start);
    const FixtureAuthority fixture = fixture_authority(arena, KEY_P256, (Time){0});
    const Text request = fixture_read_file(arena, "fuzz/authority_fuzz/q.ocsp");
    /* The notes of revocation must be older than a moment to be taken for unchanged. */
    const struct timespec moment = {2, 200000000};
    CHECK_INT(nanosleep(&moment, NULL), 0);
    const Text first = ask(arena, fixture.authority, "ocsp", request),
               list = ask(arena, fixture.authority, "crl/root.crl", (Text){0});
    CHECK(text_equal(ask(arena, fixture.authority, "ocsp", request), first));
    CHECK(text_equal(ask(arena, fixture.authority, "crl/root.crl", (Text){0}), list));
    clock_set(time_add(start, 6 * TIME_MINUTE));
    CHECK(!text_equal(ask(arena, fixture.authority, "ocsp", request), first));
    CHECK(!text_equal(ask(arena, fixture.authority, "crl/root.crl", (Text){0}), list));
    AuthorityAnswer answer = {0};
    CHECK_STATUS(authority_answer(fixture.authority, arena, TEXT("crl/stamps.crl"), (Text){0}, &answer),
                 STATUS_NOT_FOUND);
    CHECK_STATUS(authority_answer(fixture.authority, arena, TEXT("tsa"), (Text){0}, &answer), STATUS_NOT_FOUND);
    arena_close(arena);
}

TEST(requests_for_certificates_prove_the_key) {
    Arena *arena = arena_open(BUDGET);
    const Text good = fixture_read_file(arena, "fuzz/authority_fuzz/request.csr");
    CertificateRequest request = {0};
    CHECK_OK(certificate_read_request(arena, good, &request));
    CHECK_TEXT(request.name, "leaf");
    CHECK(request.public_key.size > 0 && request.organisation.size == 0);
    for (size_t i = 0; i < good.size; i++) {
        char *copy = arena_c_string(arena, good);
        copy[i] = (char)(copy[i] ^ 0x04);
        CHECK(certificate_read_request(arena, (Text){copy, good.size}, &request) != STATUS_OK);
        CHECK_STATUS(certificate_read_request(arena, text_slice(good, 0, i), &request), STATUS_INVALID);
    }
    arena_close(arena);
}
