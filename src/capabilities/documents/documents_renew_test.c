/** Tests of renewal: an archive over decades, with time-stamp authorities that come and go. */
#include "capabilities/documents/documents_renew.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_issue.h"
#include "outside/file.h"
#include "outside/outside.h"
#include "pdf/conformance.h"
#include "testing/test_database.h"

enum { AUTHORITIES = 4, YEARS_BETWEEN = 7 };

static const char body[] =
    "{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska 12\",\"consignor_country\":\"MK\","
    "\"consignee_name\":\"Wein GmbH\",\"destination_country\":\"DE\",\"origin_country\":\"MK\","
    "\"invoice_number\":\"1\",\"invoice_date\":\"2024-05-06\",\"lines\":[{\"description\":\"Wine\","
    "\"quantity\":\"10\",\"unit\":\"LTR\"}]}";
static const JobKind issue_kind = {.name = DOCUMENTS_ISSUE_JOB, .run = documents_issue};
static const JobKind renew_kind = {.name = DOCUMENTS_RENEW_JOB, .run = documents_renew};
static const JobKind archive_kind = {.name = DOCUMENTS_ARCHIVE_JOB, .run = documents_archive};
static const JobKind *const kinds[] = {&issue_kind, &renew_kind, &archive_kind};

typedef struct World {
    Database *database;
    Arena *arena;
    Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
    DocumentsRevisionsRows revisions;
    DocumentsProtectionOfRows protection;
    Authority *authorities[AUTHORITIES];
    TrustFetch fetch;
    ChamberStamper stamper;
} World;

/** Reaches whichever authority the address is of. */
static Status ask(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    World *world = context;
    for (int i = 0; i < AUTHORITIES; i++) {
        if (world->authorities[i] != NULL &&
            text_starts_with(question->url, authority_address(world->authorities[i]))) {
            const TrustFetch fetch = authority_fetch(world->authorities[i]);
            return fetch.call(fetch.context, arena, question, ret_reply);
        }
    }
    return world->outside->fetch.call(world->outside->fetch.context, arena, question, ret_reply);
}

static Status make_chamber(Connection *connection, void *context) {
    World *world = context;
    const ChamberNew chamber = {.code = TEXT("TST"),
                                .name = TEXT("Test Chamber"),
                                .country = TEXT("MK"),
                                .place = TEXT("Skopje"),
                                .languages = TEXT("en"),
                                .mail_address = TEXT("chamber@example.org"),
                                .public_url = TEXT("https://chamber.example.org")};
    return chambers_create(connection, world->arena, world->outside, &chamber, &world->chamber);
}

static Status approve(Connection *connection, void *context) {
    World *world = context;
    const DocumentType *type = document_type(TEXT("certificate-of-origin"));
    const DocumentActor actor = {{0}, TEXT_INIT("Officer")};
    FormValues *values = NULL;
    int64_t changed = 0;
    TRY(form_of_json(world->arena, &type->form, text_of(body), &values));
    TRY(documents_create(connection, world->arena, world->chamber, (FirmId){0}, type, values, (DocumentId){0}, &actor,
                         &world->document));
    TRY(documents_approve_new(
        connection,
        &(DocumentsApproveNew){
            .chamber = world->chamber, .document = world->document, .officer = actor.name, .now = clock_now()},
        &changed));
    return documents_begin_issuing(connection, world->arena, world->chamber, world->document);
}

static Status read_all(Connection *connection, void *context) {
    World *world = context;
    TRY(documents_by_id(connection, world->arena, world->chamber, world->document, &world->row));
    TRY(documents_revisions(connection, world->arena, world->chamber, world->document, &world->revisions));
    return documents_protection_of(connection, world->arena, world->chamber, world->document, &world->protection);
}

static Status set_stamper(Connection *connection, void *context) {
    World *world = context;
    return chambers_set_stampers(connection, world->chamber, &world->stamper, 1);
}

/** Authorities of their own time: each is valid from the year on in which it takes over. */
static void make_authorities(World *world, const char *data) {
    const Text anchors = arena_format(world->arena, "%s/anchors", data);
    int folder = -1;
    CHECK_OK(file_make_folder(anchors.data));
    CHECK_OK(file_open_folder(anchors.data, &folder));
    for (int i = 1; i < AUTHORITIES; i++) {
        const Text path = arena_format(world->arena, "%s/later-%d", data, i);
        const AuthorityOptions options = {.country = TEXT("MK"),
                                          .address = arena_format(world->arena, "http://later%d.test", i),
                                          .from =
                                              time_add(clock_now(), (int64_t)(i * YEARS_BETWEEN - 3) * 365 * TIME_DAY),
                                          .kind = KEY_P256};
        CHECK_OK(authority_make(world->arena, path, TEXT("a word for tests"), &options));
        CHECK_OK(authority_open(path, TEXT("a word for tests"), &world->authorities[i]));
        CHECK_OK(file_replace(folder, folder, arena_format(world->arena, "later%d.der", i).data,
                              authority_root(world->authorities[i])));
    }
    (void)close(folder);
}

static World *make_world(Database *database, Arena *arena) {
    World *world = arena_new(arena, World);
    const char *data = test_directory();
    world->database = database;
    world->arena = arena;
    CHECK_OK(document_types_load((Text){NULL, 0}));
    CHECK_OK(outside_prepare(text_of(data)));
    make_authorities(world, data);
    CHECK_OK(outside_open(text_of(data), (Text){NULL, 0}, (Text){NULL, 0}, &world->outside));
    CHECK_OK(database_write(database, make_chamber, world));
    world->fetch = (TrustFetch){ask, world};
    chambers_fetch_by(&world->fetch);
    return world;
}

static void run(World *world) {
    int64_t count = 0;
    CHECK_OK(work_run_due(world->database, world->outside, kinds, sizeof kinds / sizeof kinds[0], &count));
    CHECK_OK(database_read(world->database, read_all, world));
}

static Text file_of(World *world) {
    Sha256 digest = {{0}};
    Text pdf = {NULL, 0};
    memcpy(digest.bytes, world->row.pdf_sha256.data, sizeof digest.bytes);
    CHECK_OK(blob_get(world->outside->blobs, world->arena, &digest, &pdf));
    return pdf;
}

static void judge(World *world, Text pdf) {
    const TrustAnchors *anchors = NULL;
    PadesReport report = {.count = 0};
    PdfaReport conformance = {.conforms = false};
    CHECK_OK(outside_anchors(world->outside, &anchors));
    CHECK_OK(pades_verify(world->arena, pdf, anchors, clock_now(), &report));
    CHECK_INT(report.indication, PADES_PASSED);
    CHECK_INT(report.level, PADES_B_LTA);
    CHECK_OK(pdfa_check(world->arena, pdf, PDFA_3B, &conformance));
    CHECK(conformance.conforms);
}

static Status count_blob(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(size_t *)context;
    return STATUS_OK;
}

DATABASE_TEST(an_archive_is_renewed_over_decades) {
    World *world = make_world(database, arena);
    const Time start = clock_now();
    size_t files = 0;
    CHECK_OK(database_write(database, approve, world));
    run(world);
    CHECK_TEXT(world->row.state, "issued");
    CHECK_INT(world->protection.count, 1);
    Text before = file_of(world);
    CHECK_OK(documents_plan_archive(database));
    run(world);
    CHECK_INT(world->revisions.count, 1); /* nothing is due yet */
    for (int i = 1; i < AUTHORITIES; i++) {
        const DocumentsProtectionOfRow due = world->protection.items[0];
        CHECK(time_before(due.renew_at, due.latest));
        world->stamper = (ChamberStamper){.url = authority_stamps(world->authorities[i]).url};
        CHECK_OK(database_write(database, set_stamper, world));
        clock_set(time_add(due.renew_at, TIME_DAY));
        for (int64_t day = 0; world->revisions.count == (size_t)i && day < 3; day++) {
            clock_set(time_add(clock_now(), day * TIME_DAY));
            run(world); /* the plan of a day, then the renewal that it asks for */
        }
        CHECK_INT(world->revisions.count, i + 1);
        const Text after = file_of(world);
        CHECK(after.size > before.size && text_starts_with(after, before));
        CHECK(time_before(due.latest, world->protection.items[0].latest));
        judge(world, after);
        before = after;
    }
    CHECK(clock_now().microseconds - start.microseconds > (int64_t)20 * 365 * TIME_DAY);
    for (size_t i = 0; i < world->revisions.count; i++) { /* these very bytes were the sealed ones, at some time */
        const Sha256 digest = sha256(text_slice(before, 0, (size_t)world->revisions.items[i].size));
        CHECK(text_equal(world->revisions.items[i].sha256, sha256_text(&digest)));
    }
    for (int day = 0; day < 3; day++) {
        clock_set(time_add(clock_now(), 8 * TIME_DAY));
        run(world);
    }
    CHECK_OK(blobs_each(world->outside->blobs, count_blob, &files));
    CHECK_INT(files, 1); /* the last one holds the others */
    outside_close(world->outside);
    for (int i = 1; i < AUTHORITIES; i++) {
        authority_close(world->authorities[i]);
    }
}

TEST(renewals_are_spread_and_in_time) {
    const Time now = time_of_date(2026, 11, 23);
    const Time latest = time_add(now, 4000 * TIME_DAY);
    const PadesProtection protection = {.level = PADES_B_LTA, .earliest = time_add(now, TIME_DAY), .latest = latest};
    Time first = latest, last = now;
    for (int64_t i = 0; i < 1000; i++) {
        const Time due = documents_renewal_time(&protection, i * 7919, now);
        CHECK(due.microseconds <= latest.microseconds - 90 * TIME_DAY);
        CHECK(due.microseconds >= latest.microseconds - 270 * TIME_DAY);
        first = time_before(due, first) ? due : first;
        last = time_before(last, due) ? due : last;
    }
    CHECK(last.microseconds - first.microseconds > 150 * TIME_DAY);
    const PadesProtection soon = {.level = PADES_B_LTA, .latest = time_add(now, 40 * TIME_DAY)};
    CHECK(documents_renewal_time(&soon, 1, now).microseconds >= now.microseconds + 10 * TIME_DAY);
    CHECK(time_before(documents_renewal_time(&soon, 1, now), soon.latest));
}
