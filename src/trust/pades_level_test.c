/** Tests of the levels above B-B: each step, renewals under a clock that runs ahead, and what the file proves later. */
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "pdf/revision.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/cms.h"
#include "trust/der.h"
#include "trust/pades_plan.h"
#include "trust/revocation_inside.h"

#define LEVEL_BUDGET ((size_t)256 << 20)
#define LEVEL_YEAR   (365 * TIME_DAY)

/** A file on its way up. */
typedef struct Rise {
    Arena *arena;
    FixtureAuthority *authority;
    PadesServices services;
    Text pdf;
} Rise;

static Time level_start(void) {
    return time_add(time_of_date(2026, 11, 23), 12 * TIME_HOUR);
}

/** Seals a small file at the start of time; `room` for a token. */
static Rise level_sealed(size_t room) {
    Rise rise = {.arena = arena_open(LEVEL_BUDGET)};
    clock_set(level_start());
    rise.authority = arena_new(rise.arena, FixtureAuthority);
    *rise.authority = fixture_authority(rise.arena, KEY_P256, time_add(level_start(), -60 * TIME_DAY));
    rise.services = fixture_services(rise.authority);
    const PadesSeal seal = {.key = rise.authority->seal, .name = TEXT("Chamber"), .token_size = room};
    CHECK_OK(pades_seal(rise.arena, fixture_pdf(rise.arena), &seal, &rise.pdf));
    return rise;
}

static void level_append(Rise *rise, Text appended) {
    Buffer whole = buffer_make(rise->arena, LEVEL_BUDGET);
    buffer_append(&whole, rise->pdf);
    buffer_append(&whole, appended);
    CHECK(appended.size > 0);
    CHECK_OK(buffer_take(&whole, &rise->pdf));
}

static void level_stamp(Rise *rise) {
    const size_t size = rise->pdf.size;
    CHECK_OK(pades_stamp(rise->arena, rise->pdf, &rise->services, &rise->pdf));
    CHECK_INT(rise->pdf.size, size);
}

static void level_add_data(Rise *rise) {
    Text appended = {0};
    CHECK_OK(pades_add_validation_data(rise->arena, rise->pdf, &rise->services, &appended));
    level_append(rise, appended);
}

static void level_add_stamp(Rise *rise) {
    Text appended = {0};
    CHECK_OK(pades_add_document_stamp(rise->arena, rise->pdf, &rise->services, &appended));
    level_append(rise, appended);
}

/** The file at level B-LTA. */
static Rise level_archived(void) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    level_stamp(&rise);
    level_add_data(&rise);
    level_add_stamp(&rise);
    return rise;
}

static PadesReport level_report(Arena *arena, const Rise *rise, Text pdf) {
    PadesReport report;
    CHECK_OK(pades_verify(arena, pdf, rise->authority->anchors, (Time){0}, &report));
    return report;
}

static void level_expect(const Rise *rise, PadesIndication indication, PadesReason reason, PadesLevel level) {
    const PadesReport report = level_report(rise->arena, rise, rise->pdf);
    if (report.indication != indication || report.reason != reason || report.level != level) {
        test_fail(__FILE__, __LINE__, "%s %s %s (%.*s), expected %s %s %s", pades_indication_name(report.indication),
                  pades_reason_name(report.reason), pades_level_name(report.level), TEXT_ARG(report.words),
                  pades_indication_name(indication), pades_reason_name(reason), pades_level_name(level));
    }
}

static void level_close(Rise *rise) {
    clock_set((Time){0});
    arena_close(rise->arena);
}

TEST(each_step_raises_the_level_and_keeps_the_bytes) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_B);
    level_stamp(&rise);
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_T);
    const Text stamped = rise.pdf;
    level_add_data(&rise);
    CHECK(text_starts_with(rise.pdf, stamped));
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_LT);
    const Text proven = rise.pdf;
    level_add_stamp(&rise);
    CHECK(text_starts_with(rise.pdf, proven));
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_LTA);
    const PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.count, 2);
    CHECK_INT(report.items[0].later, PADES_LATER_PROOFS);
    CHECK_INT(report.items[0].revocation, PADES_REVOCATION_GOOD);
    CHECK_INT(report.items[0].proven_time.microseconds, level_start().microseconds);
    CHECK(report.items[1].is_time_stamp && report.items[1].intact && report.items[1].trusted);
    level_close(&rise);
}

TEST(a_step_that_is_done_twice_changes_nothing) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    Text again = {0};
    level_stamp(&rise);
    CHECK_INT(pades_stamp(rise.arena, rise.pdf, &rise.services, &again), STATUS_CONFLICT);
    level_add_data(&rise);
    CHECK_OK(pades_add_validation_data(rise.arena, rise.pdf, &rise.services, &again));
    CHECK_INT(again.size, 0);
    CHECK_INT(pades_stamp(rise.arena, rise.pdf, &rise.services, &again), STATUS_CONFLICT);
    level_close(&rise);
}

TEST(a_token_without_room_asks_for_another_seal) {
    Rise rise = level_sealed(0);
    Text stamped = {0};
    CHECK_INT(pades_stamp(rise.arena, rise.pdf, &rise.services, &stamped), STATUS_TOO_LARGE);
    level_close(&rise);
}

TEST(renewals_carry_a_file_past_the_end_of_its_certificates) {
    Rise rise = level_archived();
    for (int renewal = 1; renewal <= 3; renewal++) {
        const Text before = rise.pdf;
        clock_set(time_add(level_start(), renewal * 2 * LEVEL_YEAR));
        level_add_data(&rise);
        level_add_stamp(&rise);
        CHECK(text_starts_with(rise.pdf, before));
        level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_LTA);
    }
    const PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.count, 5);
    /* The seal's own certificate has ended by now. */
    CHECK(time_before(report.items[0].valid_until, clock_now()));
    CHECK_INT(report.items[0].proven_time.microseconds, level_start().microseconds);
    for (size_t i = 0; i < report.count; i++) {
        CHECK_INT(report.items[i].indication, PADES_PASSED);
    }
    level_close(&rise);
}

TEST(an_expired_signer_needs_proof) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    const Time later = time_add(level_start(), 6 * LEVEL_YEAR);
    clock_set(later);
    level_expect(&rise, PADES_INDETERMINATE, PADES_EXPIRED, PADES_B_B);
    clock_set(level_start());
    level_stamp(&rise);
    clock_set(later);
    level_expect(&rise, PADES_INDETERMINATE, PADES_NO_POE, PADES_B_T);
    clock_set(level_start());
    level_add_data(&rise);
    clock_set(later);
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_LT);
    level_close(&rise);
}

/** Puts an OCSP response about a certificate of the issuing authority as it is now into DSS. */
static void level_add_response_about(Rise *rise, Text certificate) {
    const Texts chain = key_chain(rise->authority->seal);
    X509 *own = trust_certificate(certificate), *issuer = trust_certificate(chain.items[1]);
    const Text question = revocation_request(rise->arena, own, issuer);
    AuthorityAnswer response;
    CHECK_OK(authority_answer(rise->authority->authority, rise->arena, TEXT("ocsp"), question, &response));
    X509_free(own);
    X509_free(issuer);
    PadesRecord record = {.name = TEXT("0123456789ABCDEF0123456789ABCDEF01234567"),
                          .data = {.certificates = chain, .ocsps = {&response.body, 1}}};
    const PadesRequest request = {.act = PADES_ACT_ADD_DATA, .records = {&record, 1}};
    PadesAnswer plan;
    CHECK_OK(pades_ask(rise->arena, NULL, &request, rise->pdf, &plan));
    level_append(rise, plan.section);
}

static void level_add_response(Rise *rise) {
    level_add_response_about(rise, key_chain(rise->authority->seal).items[0]);
}

static void level_revoke(Rise *rise, Time since) {
    const PadesReport report = level_report(rise->arena, rise, rise->pdf);
    CHECK_OK(authority_revoke(rise->authority->authority, rise->arena, report.items[0].serial, 1, since));
}

TEST(a_revocation_after_the_proven_time_does_not_count) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    level_stamp(&rise);
    clock_set(time_add(level_start(), TIME_DAY));
    level_revoke(&rise, (Time){0});
    clock_set(time_add(level_start(), 2 * TIME_DAY));
    level_add_response(&rise);
    /* Of the stamp's own path nothing is known, so it stays B-T. */
    level_expect(&rise, PADES_PASSED, PADES_OK, PADES_B_T);
    level_close(&rise);
}

TEST(a_revocation_before_counts) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    level_revoke(&rise, time_add(level_start(), -TIME_DAY));
    level_add_response(&rise);
    level_expect(&rise, PADES_FAILED, PADES_REVOKED, PADES_B_B);
    level_close(&rise);
}

TEST(a_revocation_without_a_proven_time_leaves_it_open) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    clock_set(time_add(level_start(), TIME_DAY));
    level_revoke(&rise, (Time){0});
    clock_set(time_add(level_start(), 2 * TIME_DAY));
    level_add_response(&rise);
    level_expect(&rise, PADES_INDETERMINATE, PADES_REVOKED_NO_POE, PADES_B_B);
    level_close(&rise);
}

TEST(a_stamp_of_a_revoked_authority_proves_nothing) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    level_stamp(&rise);
    level_add_stamp(&rise);
    PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.level, PADES_B_T);
    clock_set(time_add(level_start(), TIME_HOUR));
    CHECK_OK(authority_revoke(rise.authority->authority, rise.arena, report.items[1].serial, 1, (Time){0}));
    clock_set(time_add(level_start(), TIME_DAY));
    level_add_response_about(&rise, report.items[1].certificate);
    report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.items[1].reason, PADES_REVOKED_NO_POE);
    CHECK_INT(report.items[1].revocation, PADES_REVOCATION_REVOKED);
    CHECK_INT(report.items[0].level, PADES_B_B);
    level_close(&rise);
}

TEST(a_revoked_signer_gets_no_validation_data) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    Text appended = {0};
    level_stamp(&rise);
    level_revoke(&rise, (Time){0});
    CHECK_INT(pades_add_validation_data(rise.arena, rise.pdf, &rise.services, &appended), STATUS_INVALID);
    level_close(&rise);
}

/** Copies the whole Contents of the last signature of one file over that of another. */
static Text level_swap(Rise *to, Text from) {
    const PadesRequest request = {.act = PADES_ACT_INSPECT};
    PadesAnswer theirs, ours;
    CHECK_OK(pades_ask(to->arena, NULL, &request, from, &theirs));
    CHECK_OK(pades_ask(to->arena, NULL, &request, to->pdf, &ours));
    const PadesFound *source = &theirs.items[theirs.count - 1], *target = &ours.items[ours.count - 1];
    CHECK_INT(source->gap_to - source->gap_from, target->gap_to - target->gap_from);
    char *copy = arena_c_string(to->arena, to->pdf);
    memcpy(copy + target->gap_from, from.data + source->gap_from, source->gap_to - source->gap_from);
    return (Text){copy, to->pdf.size};
}

TEST(a_copied_document_stamp_is_found) {
    Rise rise = level_archived();
    const Text first = rise.pdf;
    level_add_stamp(&rise);
    const Text copied = level_swap(&rise, first);
    const PadesReport report = level_report(rise.arena, &rise, copied);
    CHECK_INT(report.indication, PADES_FAILED);
    CHECK_INT(report.items[2].reason, PADES_HASH_FAILURE);
    /* What the good stamp before it proves stands. */
    CHECK_INT(report.items[0].indication, PADES_PASSED);
    level_close(&rise);
}

TEST(a_copied_signature_stamp_proves_nothing) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    const PadesRequest request = {.act = PADES_ACT_INSPECT};
    const Text bare = rise.pdf;
    PadesAnswer stamped, plain;
    CmsSigned cms;
    Text mixed = {0};
    level_stamp(&rise);
    const PadesSeal other = {.key = rise.authority->seal, .name = TEXT("Chamber"), .token_size = TIME_STAMP_ROOM};
    Text sealed = {0};
    CHECK_OK(pades_seal(rise.arena, bare, &other, &sealed));
    CHECK_OK(pades_ask(rise.arena, NULL, &request, rise.pdf, &stamped));
    CHECK_OK(pades_ask(rise.arena, NULL, &request, sealed, &plain));
    CHECK_OK(cms_read(stamped.items[0].contents, &cms));
    DerValue own;
    Text contents = plain.items[1].contents, set = cms.unsigned_attributes;
    CHECK_OK(der_take(&contents, DER_SEQUENCE, &own));
    CHECK_OK(cms_add_unsigned(rise.arena, own.whole, set, &mixed));
    char *copy = arena_c_string(rise.arena, sealed);
    const Text hex = hex_encode(rise.arena, mixed);
    memcpy(copy + plain.items[1].gap_from + 1, hex.data, hex.size);
    const PadesReport report = level_report(rise.arena, &rise, (Text){copy, sealed.size});
    CHECK_INT(report.items[1].level, PADES_B_B);
    CHECK(!time_is_set(report.items[1].proven_time));
    CHECK_TEXT(report.items[1].stamp_words, "the time stamp is of another signature");
    level_close(&rise);
}

/** Services of an authority that the verifier does not trust. */
static PadesServices level_stranger(Rise *rise) {
    FixtureAuthority *other = arena_new(rise->arena, FixtureAuthority);
    *other = fixture_authority(rise->arena, KEY_P256, time_add(level_start(), -60 * TIME_DAY));
    return fixture_services(other);
}

TEST(a_stamp_of_an_unknown_authority_proves_nothing) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    rise.services = level_stranger(&rise);
    level_stamp(&rise);
    PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.indication, PADES_PASSED);
    CHECK_INT(report.level, PADES_B_B);
    CHECK(report.items[0].has_stamp && report.items[0].stamp_words.size > 0);
    level_add_stamp(&rise);
    report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.indication, PADES_INDETERMINATE);
    CHECK_INT(report.items[0].indication, PADES_PASSED);
    CHECK(!time_is_set(report.items[0].proven_time));
    CHECK_INT(report.items[1].reason, PADES_NO_CERTIFICATE_CHAIN_FOUND);
    CHECK(report.items[1].intact && !report.items[1].trusted);
    level_close(&rise);
}

TEST(stamps_out_of_order_are_found) {
    Rise rise = level_archived();
    clock_set(time_add(level_start(), -TIME_DAY));
    level_add_stamp(&rise);
    clock_set(level_start());
    const PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(report.indication, PADES_INDETERMINATE);
    CHECK_INT(report.items[1].reason, PADES_TIMESTAMP_ORDER_FAILURE);
    level_close(&rise);
}

TEST(protection_says_level_and_dates) {
    Rise rise = level_sealed(TIME_STAMP_ROOM);
    PadesProtection protection;
    CHECK_OK(pades_protection(rise.arena, rise.pdf, NULL, &protection));
    CHECK_INT(protection.level, PADES_B_B);
    CHECK(!time_is_set(protection.stamped));
    level_stamp(&rise);
    CHECK_OK(pades_protection(rise.arena, rise.pdf, NULL, &protection));
    CHECK_INT(protection.level, PADES_B_T);
    level_add_data(&rise);
    CHECK_OK(pades_protection(rise.arena, rise.pdf, NULL, &protection));
    CHECK_INT(protection.level, PADES_B_LT);
    level_add_stamp(&rise);
    CHECK_OK(pades_protection(rise.arena, rise.pdf, NULL, &protection));
    CHECK_INT(protection.level, PADES_B_LTA);
    CHECK_INT(protection.stamped.microseconds / TIME_SECOND, level_start().microseconds / TIME_SECOND);
    const PadesReport report = level_report(rise.arena, &rise, rise.pdf);
    CHECK_INT(protection.latest.microseconds, report.items[1].valid_until.microseconds);
    CHECK(!time_before(protection.earliest, protection.stamped) && time_before(protection.earliest, protection.latest));
    CHECK_INT(pades_protection(rise.arena, fixture_pdf(rise.arena), NULL, &protection), STATUS_INVALID);
    level_close(&rise);
}

/** Reads as a jail does: from one run of bytes. */
static Status level_read_elsewhere(void *context, Arena *arena, Text request, Text pdf, Text *ret_answer) {
    Buffer input = buffer_make(arena, LEVEL_BUDGET), output = buffer_make(arena, LEVEL_BUDGET);
    buffer_append(&input, request);
    buffer_append(&input, pdf);
    *(size_t *)context += 1;
    TRY(pades_read((Text){input.data, input.size}, &output));
    return buffer_take(&output, ret_answer);
}

TEST(a_reader_elsewhere_gives_the_same_file) {
    Rise here = level_sealed(TIME_STAMP_ROOM);
    size_t calls = 0;
    const PadesReader reader = {.call = level_read_elsewhere, .context = &calls};
    const PadesSeal seal = {
        .key = here.authority->seal, .name = TEXT("Chamber"), .token_size = TIME_STAMP_ROOM, .reader = &reader};
    Rise there = here;
    there.services.reader = &reader;
    CHECK_OK(pades_seal(there.arena, fixture_pdf(there.arena), &seal, &there.pdf));
    CHECK_INT(there.pdf.size, here.pdf.size);
    level_stamp(&there);
    level_add_data(&there);
    level_add_stamp(&there);
    level_expect(&there, PADES_PASSED, PADES_OK, PADES_B_LTA);
    CHECK_INT(calls, 6);
    level_close(&here);
}

/** Answers with a plan that signs other bytes than the file's. */
static Status level_read_falsely(void *context, Arena *arena, Text request, Text pdf, Text *ret_answer) {
    Text answer = {0}, from = TEXT("/ByteRange [0 ");
    size_t at = 0;
    TRY(level_read_elsewhere(context, arena, request, pdf, &answer));
    char *copy = arena_c_string(arena, answer);
    CHECK(text_find(answer, from, &at));
    copy[at + from.size] = (char)(copy[at + from.size] == '1' ? '2' : '1');
    *ret_answer = (Text){copy, answer.size};
    return STATUS_OK;
}

TEST(a_reader_that_lies_is_found_out) {
    Rise rise = level_sealed(0);
    size_t calls = 0;
    Text sealed = {0};
    const PadesReader reader = {.call = level_read_falsely, .context = &calls};
    const PadesSeal seal = {.key = rise.authority->seal, .name = TEXT("Chamber"), .reader = &reader};
    CHECK_INT(pades_seal(rise.arena, fixture_pdf(rise.arena), &seal, &sealed), STATUS_INVALID);
    level_close(&rise);
}
