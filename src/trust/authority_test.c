/** Tests of the authority: what it answers is what our own client accepts. */
#include "trust/authority.h"

#include "base/digest.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/certificate.h"
#include "trust/revocation.h"

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
