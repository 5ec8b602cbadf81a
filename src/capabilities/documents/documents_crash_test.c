/** kill -9 at any moment of issuing: one number, one file, no stuck document, and nothing acknowledged is lost. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_issue.h"
#include "database/migrations.h"
#include "outside/outside.h"
#include "testing/test_database.h"
#include "work/outbox.h"

/* Of each engine; the environment asks for more. */
enum { KILLS = 250, LEDGER_LIMIT = 100000, JUDGED = 25 };

static const int64_t shortest_window = 60000, longest_window = 300000;

/** What the child writes the moment it knows that a document is issued. */
typedef struct Acknowledgement {
    char number[40];
    unsigned char sha256[SHA256_SIZE];
} Acknowledgement;

typedef struct Crash {
    Arena *arena;
    Text address, data;
    Database *database;
    Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
} Crash;

static const char body[] =
    "{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska 12\",\"consignor_country\":\"MK\","
    "\"consignee_name\":\"Wein GmbH\",\"destination_country\":\"DE\",\"origin_country\":\"MK\","
    "\"invoice_number\":\"1\",\"invoice_date\":\"2024-05-06\",\"lines\":[{\"description\":\"Wine\","
    "\"quantity\":\"10\",\"unit\":\"LTR\"}]}";
static const JobKind issue_kind = {.name = DOCUMENTS_ISSUE_JOB, .run = documents_issue};
static const JobKind *const kinds[] = {&issue_kind, &outbox_job};

/* What lies outside stays open over the forks, its keys with it: opening them takes longer than issuing. No connection
 * may live across a fork. */
static void open_world(Crash *crash) {
    CHECK_OK(database_open(crash->address, &crash->database));
}

static void close_world(Crash *crash) {
    database_close(crash->database);
}

static Status make_chamber(Connection *connection, void *context) {
    Crash *crash = context;
    const ChamberNew chamber = {.code = TEXT("TST"),
                                .name = TEXT("Test Chamber"),
                                .country = TEXT("MK"),
                                .place = TEXT("Skopje"),
                                .languages = TEXT("en"),
                                .mail_address = TEXT("chamber@example.org"),
                                .public_url = TEXT("https://chamber.example.org")};
    return chambers_create(connection, crash->arena, crash->outside, &chamber, &crash->chamber);
}

static Status approve_one(Connection *connection, void *context) {
    Crash *crash = context;
    const DocumentType *type = document_type(TEXT("certificate-of-origin"));
    const DocumentActor actor = {{0}, TEXT_INIT("Officer")};
    FormValues *values = NULL;
    int64_t changed = 0;
    TRY(form_of_json(crash->arena, &type->form, text_of(body), &values));
    TRY(documents_create(connection, crash->arena, crash->chamber, (FirmId){0}, type, values, (DocumentId){0}, &actor,
                         &crash->document));
    TRY(documents_approve_new(
        connection,
        &(DocumentsApproveNew){
            .chamber = crash->chamber, .document = crash->document, .officer = actor.name, .now = clock_now()},
        &changed));
    return documents_begin_issuing(connection, crash->arena, crash->chamber, crash->document);
}

static Status read_one(Connection *connection, void *context) {
    Crash *crash = context;
    return documents_by_id(connection, crash->arena, crash->chamber, crash->document, &crash->row);
}

/** Issues documents until it is killed, and says of each when it is done. */
static _Noreturn void issue_for_ever(Crash *crash, int pipe_end) {
    open_world(crash);
    for (;;) {
        int64_t run = 0;
        Acknowledgement done = {.number = ""};
        Arena *arena = crash->arena = arena_open((size_t)64 << 20);
        CHECK_OK(database_write(crash->database, approve_one, crash));
        CHECK_OK(work_run_due(crash->database, crash->outside, kinds, sizeof kinds / sizeof kinds[0], &run));
        CHECK_OK(database_read(crash->database, read_one, crash));
        CHECK_TEXT(crash->row.state, "issued");
        (void)snprintf(done.number, sizeof done.number, "%.*s", TEXT_ARG(crash->row.number));
        memcpy(done.sha256, crash->row.pdf_sha256.data, SHA256_SIZE);
        CHECK(write(pipe_end, &done, sizeof done) == (ssize_t)sizeof done);
        arena_close(arena);
    }
}

static size_t run_and_kill(Crash *crash, int64_t microseconds, Acknowledgement *ledger, size_t count) {
    int ends[2];
    int status = 0;
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        issue_for_ever(crash, ends[1]);
    }
    (void)close(ends[1]);
    (void)nanosleep(&(struct timespec){.tv_nsec = (long)(microseconds * 1000)}, NULL);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status)); /* it did not end by a failed check of its own */
    while (count < LEDGER_LIMIT && read(ends[0], &ledger[count], sizeof ledger[0]) == (ssize_t)sizeof ledger[0]) {
        count++;
    }
    (void)close(ends[0]);
    return count;
}

typedef struct Register {
    Crash *crash;
    DocumentsRegisterRows rows;
    int64_t approved, audit_events;
} Register;

static Status read_register(Connection *connection, void *context) {
    Register *all = context;
    DocumentsCountQueueRow count = {0};
    TRY(documents_register(
        connection, all->crash->arena,
        &(DocumentsRegister){
            .chamber = all->crash->chamber, .before = {INT64_MAX}, .behind = {INT64_MAX}, .limit = LEDGER_LIMIT},
        &all->rows));
    TRY(documents_count_queue(connection, all->crash->arena, all->crash->chamber, TEXT("approved"), (Text){NULL, 0},
                              &count));
    all->approved = count.total;
    return chambers_audit_check(connection, all->crash->arena, all->crash->chamber, &all->audit_events);
}

static Status count_blob(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(size_t *)context;
    return STATUS_OK;
}

typedef struct Whole {
    Crash *crash;
    DocumentsRevisionsRows revisions;
    DocumentsUnfinishedOfRows unfinished;
} Whole;

static Status read_whole(Connection *connection, void *context) {
    Whole *whole = context;
    Crash *crash = whole->crash;
    TRY(read_one(connection, crash));
    TRY(documents_revisions(connection, crash->arena, crash->chamber, crash->document, &whole->revisions));
    return documents_unfinished_of(connection, crash->arena, crash->chamber, crash->document, &whole->unfinished);
}

/** One revision, and nothing left of the way to it. Every so often the file itself: one signature, one stamp over it.
 */
static void judge_one(Crash *crash, bool file_too) {
    Whole whole = {.crash = crash};
    Sha256 digest = {{0}};
    Text pdf = {0};
    CHECK_OK(database_read(crash->database, read_whole, &whole));
    CHECK_INT(whole.revisions.count, 1);
    CHECK_INT(whole.unfinished.count, 0);
    CHECK(text_equal(whole.revisions.items[0].sha256, crash->row.pdf_sha256));
    memcpy(digest.bytes, crash->row.pdf_sha256.data, sizeof digest.bytes);
    if (file_too) {
        Arena *arena = arena_open((size_t)256 << 20);
        const TrustAnchors *anchors = NULL;
        PadesReport report = {.count = 0};
        CHECK_OK(blob_get(crash->outside->blobs, arena, &digest, &pdf));
        CHECK_OK(outside_anchors(crash->outside, &anchors));
        CHECK_OK(pades_verify(arena, pdf, anchors, (Time){0}, &report));
        CHECK_INT(report.indication, PADES_PASSED);
        CHECK_INT(report.level, PADES_B_LTA);
        CHECK_INT(report.count, 2);
        arena_close(arena);
    }
}

/** The state after the last restart against the ledger. */
static void judge(Crash *crash, const Acknowledgement *ledger, size_t acknowledged) {
    Register all = {.crash = crash};
    size_t files = 0;
    int64_t run = 1;
    clock_set(time_add(clock_now(), 10 * TIME_MINUTE)); /* the leases of the dead have run out */
    while (run > 0) {
        CHECK_OK(work_run_due(crash->database, crash->outside, kinds, sizeof kinds / sizeof kinds[0], &run));
    }
    CHECK_OK(database_read(crash->database, read_register, &all));
    CHECK_INT(all.approved, 0);
    CHECK(all.rows.count >= acknowledged && all.rows.count > 0);
    CHECK_OK(blobs_each(crash->outside->blobs, count_blob, &files));
    CHECK_INT(files, all.rows.count);
    bool *seen = arena_new_array(crash->arena, bool, all.rows.count + 1);
    for (size_t i = 0; i < all.rows.count; i++) {
        const Text number = all.rows.items[i].number;
        int64_t at = 0;
        CHECK_OK(text_to_int(text_slice(number, number.size - 6, number.size), &at));
        CHECK(at >= 1 && (size_t)at <= all.rows.count && !seen[at]); /* 1 to n, each once: no gap, no twin */
        seen[at] = true;
        crash->document = all.rows.items[i].document_id;
        judge_one(crash, i % JUDGED == 0);
    }
    for (size_t i = 0; i < acknowledged; i++) {
        bool found = false;
        for (size_t k = 0; k < all.rows.count && !found; k++) {
            found = text_equal(all.rows.items[k].number, text_of(ledger[i].number));
            crash->document = all.rows.items[k].document_id;
        }
        CHECK(found);
        judge_one(crash, i % JUDGED == 0);
        CHECK(text_equal(crash->row.pdf_sha256, (Text){(const char *)ledger[i].sha256, SHA256_SIZE}));
    }
    printf("# %zu acknowledged, %zu issued\n", acknowledged, all.rows.count);
}

static int64_t kills_wanted(void) {
    const char *asked = getenv("TRADEPOST_TEST_KILLS");
    int64_t kills = KILLS;
    return asked != NULL && text_to_int(text_of(asked), &kills) == STATUS_OK && kills > 0 ? kills : KILLS;
}

/** Issues some in peace: fonts, keys and authority are then warm in each child. How long one takes is the window of
 * kills. */
static int64_t warm_up(Crash *crash) {
    int64_t window = longest_window;
    for (int i = 0; i < 4; i++) {
        int64_t run = 0;
        const int64_t begin = clock_monotonic();
        CHECK_OK(database_write(crash->database, approve_one, crash));
        CHECK_OK(work_run_due(crash->database, crash->outside, kinds, sizeof kinds / sizeof kinds[0], &run));
        const int64_t took = (clock_monotonic() - begin) * 3 / 2;
        window = took < window ? took : window;
    }
    CHECK_OK(database_read(crash->database, read_one, crash));
    CHECK_TEXT(crash->row.state, "issued");
    return window > shortest_window ? window : shortest_window;
}

static void crash_on(TestEngine engine) {
    static Acknowledgement ledger[LEDGER_LIMIT];
    Arena *arena = arena_open((size_t)1 << 30);
    Crash crash = {.arena = arena, .address = test_database_address(engine, arena), .data = text_of(test_directory())};
    uint64_t seed = test_seed();
    size_t acknowledged = 0;
    CHECK_OK(document_types_load((Text){NULL, 0}));
    CHECK_OK(outside_prepare(crash.data));
    CHECK_OK(outside_open(crash.data, (Text){NULL, 0}, (Text){NULL, 0}, &crash.outside));
    open_world(&crash);
    CHECK_OK(database_migrate(crash.database, migrations, migration_count));
    CHECK_OK(database_write(crash.database, make_chamber, &crash));
    const int64_t window = warm_up(&crash), kills = kills_wanted();
    close_world(&crash);
    for (int64_t i = 0; i < kills; i++) {
        const int64_t longest = i % 10 == 0 ? 3 * window : window;
        acknowledged = run_and_kill(&crash, (int64_t)(test_random(&seed) % (uint64_t)longest), ledger, acknowledged);
    }
    printf("# %lld kills within %lld ms\n", (long long)kills, (long long)window / 1000);
    crash.arena = arena;
    open_world(&crash);
    judge(&crash, ledger, acknowledged);
    close_world(&crash);
    outside_close(crash.outside);
    arena_close(arena);
}

TEST(killed_at_any_moment_sqlite) {
    crash_on(TEST_SQLITE);
}

TEST(killed_at_any_moment_postgresql) {
    crash_on(TEST_POSTGRESQL);
}
