/** Tests of issuing up to B-LTA: the whole chain, and servers that are down, slow or lie. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_issue.h"
#include "outside/outside.h"
#include "pdf/conformance.h"
#include "testing/test_database.h"
#include "trust/cms.h"
#include "trust/pades.h"
#include "work/outbox.h"

static const char body[] =
    "{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska 12\",\"consignor_country\":\"MK\","
    "\"consignee_name\":\"Wein GmbH\",\"destination_country\":\"DE\",\"origin_country\":\"MK\","
    "\"invoice_number\":\"1\",\"invoice_date\":\"2024-05-06\",\"lines\":[{\"description\":\"Wine\","
    "\"quantity\":\"10\",\"unit\":\"LTR\"}]}";
static const JobKind issue_kind = {.name = DOCUMENTS_ISSUE_JOB, .run = documents_issue};
static const JobKind *const kinds[] = {&issue_kind};

/** How servers behave. */
typedef enum Lie {
    HONEST,
    DOWN,
    OTHER_NONCE,
    OTHER_IMPRINT,
    OLD_STAMP,
    GARBAGE,
    OVERSIZED,
    NO_OCSP,
} Lie;

typedef struct World {
    Database *database;
    Arena *arena;
    Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
    DocumentsUnfinishedOfRows kept;
    DocumentsRevisionsRows revisions;
    DocumentsOutagesRows outages;
    OutboxMails mails;
    Lie lie;
    int stamps, first_asked; /**< questions to the authority for stamps, and to the first of two */
    Text stamper;            /**< the address of the installation's authority for stamps */
    Text old_stamp;
    TrustFetch fetch;
} World;

/** A reply or a question with one byte of it changed. */
static Text bent(Arena *arena, Text text, size_t at) {
    char *copy = arena_allocate(arena, text.size);
    memcpy(copy, text.data, text.size);
    copy[at] = (char)(copy[at] ^ 1);
    return (Text){copy, text.size};
}

static Status stamp_lying(World *world, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    TrustQuestion asked = *question;
    asked.url = world->stamper;
    world->stamps++;
    if (world->lie == DOWN) {
        return fail(STATUS_UNAVAILABLE, "nobody answers");
    }
    if (world->lie == OTHER_NONCE) { /* the question ends with nonce and certReq (3 bytes) */
        asked.body = bent(arena, question->body, question->body.size - 4);
    } else if (world->lie == OTHER_IMPRINT) {
        size_t at = 0;
        CHECK(text_find(question->body, TEXT("\x04\x20"), &at));
        asked.body = bent(arena, question->body, at + 5);
    } else if (world->lie == OLD_STAMP && world->old_stamp.size > 0) {
        *ret_reply = world->old_stamp;
        return STATUS_OK;
    } else if (world->lie == OVERSIZED) {
        return fail(STATUS_TOO_LARGE, "the answer is longer than %zu bytes", question->reply_max);
    }
    TRY(world->outside->fetch.call(world->outside->fetch.context, arena, &asked, ret_reply));
    if (world->lie == GARBAGE) {
        *ret_reply = bent(arena, *ret_reply, ret_reply->size / 2);
    }
    if (world->old_stamp.size == 0) {
        world->old_stamp = arena_copy(world->arena, *ret_reply);
    }
    return STATUS_OK;
}

static Status ask(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    World *world = context;
    size_t at = 0;
    if (text_starts_with(question->url, TEXT("http://first.test/"))) {
        world->first_asked++;
        return fail(STATUS_UNAVAILABLE, "first.test does not answer");
    }
    if (text_find(question->url, TEXT("/tsa"), &at)) {
        return stamp_lying(world, arena, question, ret_reply);
    }
    if (world->lie == NO_OCSP) {
        return fail(STATUS_UNAVAILABLE, "the responder does not answer");
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

static Status grant(Connection *connection, void *context) {
    World *world = context;
    const AccountNew account = {.chamber = world->chamber,
                                .email = TEXT("officer@example.org"),
                                .name = TEXT("Elena Petrovska"),
                                .language = TEXT("en"),
                                .password = TEXT("a long word for tests"),
                                .confirmed = true};
    AccountPrepared *prepared = NULL;
    AccountId officer = {0};
    TRY(accounts_prepare(world->outside, world->arena, &account, &prepared));
    TRY(accounts_create_prepared(connection, world->chamber, prepared, &officer));
    return accounts_grant(connection, world->arena, world->chamber, officer, (FirmId){0}, ROLE_OFFICER, officer);
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
    TRY(documents_unfinished_of(connection, world->arena, world->chamber, world->document, &world->kept));
    TRY(documents_revisions(connection, world->arena, world->chamber, world->document, &world->revisions));
    TRY(documents_outages(connection, world->arena, world->chamber, &world->outages));
    return outbox_list(connection, world->arena, world->chamber, 10, &world->mails);
}

static World *make_world(Database *database, Arena *arena) {
    World *world = arena_new(arena, World);
    world->database = database;
    world->arena = arena;
    const Text data = text_of(test_directory());
    CHECK_OK(document_types_load((Text){NULL, 0}));
    CHECK_OK(outside_prepare(data));
    CHECK_OK(outside_open(data, (Text){NULL, 0}, (Text){NULL, 0}, &world->outside));
    CHECK_OK(database_write(database, make_chamber, world));
    CHECK_OK(database_write(database, grant, world));
    Authority *authority = NULL;
    CHECK_OK(outside_authority(world->outside, &authority));
    world->stamper = authority_stamps(authority).url;
    world->fetch = (TrustFetch){ask, world};
    chambers_fetch_by(&world->fetch);
    return world;
}

static void run(World *world) {
    int64_t count = 0;
    CHECK_OK(work_run_due(world->database, world->outside, kinds, 1, &count));
    CHECK_OK(database_read(world->database, read_all, world));
}

static void approve_and_run(World *world) {
    CHECK_OK(database_write(world->database, approve, world));
    run(world);
}

static Status count_blob(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(size_t *)context;
    return STATUS_OK;
}

static size_t files_of(const World *world) {
    size_t files = 0;
    CHECK_OK(blobs_each(world->outside->blobs, count_blob, &files));
    return files;
}

static Text file_of(World *world) {
    Sha256 digest = {{0}};
    Text pdf = {NULL, 0};
    CHECK_TEXT(world->row.state, "issued");
    memcpy(digest.bytes, world->row.pdf_sha256.data, sizeof digest.bytes);
    CHECK_OK(blob_get(world->outside->blobs, world->arena, &digest, &pdf));
    return pdf;
}

static void judge(World *world, PadesLevel level) {
    const Text pdf = file_of(world);
    const TrustAnchors *anchors = NULL;
    PadesReport report = {.count = 0};
    PdfaReport conformance = {.conforms = false};
    CHECK_OK(outside_anchors(world->outside, &anchors));
    CHECK_OK(pades_verify(world->arena, pdf, anchors, (Time){0}, &report));
    CHECK_INT(report.indication, PADES_PASSED);
    CHECK_INT(report.level, level);
    CHECK_OK(pdfa_check(world->arena, pdf, PDFA_3B, &conformance));
    CHECK(conformance.conforms);
    CHECK_INT(world->kept.count, 0);
    CHECK_INT(world->revisions.count, 1);
    CHECK(text_equal(world->revisions.items[0].sha256, world->row.pdf_sha256));
}

DATABASE_TEST(every_step_up_to_the_archive) {
    World *world = make_world(database, arena);
    size_t at = 0;
    approve_and_run(world);
    judge(world, PADES_B_LTA);
    CHECK_TEXT(world->revisions.items[0].level, "B-LTA");
    static const char *const steps[] = {"draw ", "\nseal ", "\nstamp ", "\npreserve ", "\nstore ", "\nlog "};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        CHECK(text_find(world->revisions.items[0].steps, text_of(steps[i]), &at));
    }
    CHECK_INT(files_of(world), 1);
    CHECK_INT(world->stamps, 2); /* one over the signature, one over the document */
    CHECK_INT(world->outages.count, 0);
    CHECK_INT(world->mails.count, 0);
    outside_close(world->outside);
}

/** The value of the signature in a file, in hexadecimal as it stands in Contents. */
static Text signature_of(World *world, Text pdf) {
    size_t at = 0, end = 0;
    Text bytes = {NULL, 0};
    CmsSigned cms;
    CHECK(text_find(pdf, TEXT("/Contents<"), &at) || text_find(pdf, TEXT("/Contents <"), &at));
    const Text rest = text_slice(pdf, at, pdf.size);
    CHECK(text_find(rest, TEXT("<"), &at) && text_find(rest, TEXT(">"), &end));
    CHECK_OK(hex_decode(world->arena, text_slice(rest, at + 1, end), &bytes));
    CHECK_OK(cms_read(bytes, &cms));
    return hex_encode(world->arena, cms.signature);
}

DATABASE_TEST(a_document_waits_for_its_stamp_and_is_not_sealed_twice) {
    World *world = make_world(database, arena);
    size_t at = 0;
    world->lie = DOWN;
    approve_and_run(world);
    const DocumentId first = world->document;
    CHECK_TEXT(world->row.state, "approved");
    CHECK_TEXT(world->row.issuing, "stamp");
    CHECK(text_find(world->row.issuing_note, TEXT("nobody answers"), &at));
    CHECK_INT(world->kept.count, 1);
    CHECK_TEXT(world->kept.items[0].step, "seal");
    const Text signature = signature_of(world, world->kept.items[0].bytes);
    CHECK_INT(files_of(world), 0);
    CHECK_INT(world->outages.count, 1);
    CHECK_INT(world->mails.count, 1);
    CHECK_TEXT(world->mails.items[0].subject, "Documents wait: Waiting for a time stamp");
    const int asked = world->stamps;
    approve_and_run(world); /* another one learns of the outage without asking */
    CHECK_TEXT(world->row.issuing, "stamp");
    CHECK_INT(world->stamps, asked);
    CHECK_INT(world->mails.count, 1);
    clock_set(time_add(world->outages.items[0].next_try, TIME_SECOND));
    run(world); /* one of them asks for both */
    CHECK_INT(world->stamps, asked + 1);
    CHECK_INT(world->outages.items[0].tries, 2);
    CHECK_INT(world->mails.count, 1);
    world->lie = HONEST;
    clock_set(time_add(world->outages.items[0].next_try, TIME_SECOND));
    run(world); /* the one that succeeds wakes the other */
    judge(world, PADES_B_LTA);
    CHECK_INT(world->outages.count, 0);
    world->document = first;
    CHECK_OK(database_read(database, read_all, world));
    judge(world, PADES_B_LTA);
    CHECK(text_equal(signature, signature_of(world, file_of(world))));
    CHECK_INT(files_of(world), 2);
    outside_close(world->outside);
}

DATABASE_TEST(no_lie_of_a_stamper_is_taken) {
    static const Lie lies[] = {OTHER_NONCE, OTHER_IMPRINT, OLD_STAMP, GARBAGE, OVERSIZED};
    World *world = make_world(database, arena);
    approve_and_run(world); /* there is an old stamp then */
    CHECK_TEXT(world->row.state, "issued");
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        world->lie = lies[i];
        const int before = world->stamps;
        approve_and_run(world);
        CHECK_TEXT(world->row.issuing, "stamp");
        CHECK(world->row.issuing_note.size > 0);
        CHECK(world->stamps > before);
        printf("# %d: %.*s\n", (int)lies[i], TEXT_ARG(world->row.issuing_note));
        world->lie = HONEST;
        clock_set(time_add(world->outages.items[0].next_try, TIME_SECOND));
        run(world);
        judge(world, PADES_B_LTA);
    }
    CHECK_INT(files_of(world), 1 + sizeof lies / sizeof lies[0]);
    outside_close(world->outside);
}

DATABASE_TEST(a_stamp_is_kept_while_the_responder_is_down) {
    World *world = make_world(database, arena);
    world->lie = NO_OCSP;
    approve_and_run(world);
    CHECK_TEXT(world->row.issuing, "preserve");
    CHECK_TEXT(world->kept.items[0].step, "stamp");
    CHECK_INT(world->stamps, 1);
    world->lie = HONEST;
    clock_set(time_add(world->outages.items[0].next_try, TIME_SECOND));
    run(world);
    judge(world, PADES_B_LTA);
    CHECK_INT(world->stamps, 2); /* the one over the document; the first was kept */
    outside_close(world->outside);
}

static Status set_two_stampers(Connection *connection, void *context) {
    World *world = context;
    const ChamberStamper two[] = {{.url = TEXT("http://first.test/tsa")}, {.url = world->stamper}};
    return chambers_set_stampers(connection, world->chamber, two, 2);
}

DATABASE_TEST(a_second_stamper_takes_over) {
    World *world = make_world(database, arena);
    CHECK_OK(database_write(database, set_two_stampers, world));
    approve_and_run(world);
    judge(world, PADES_B_LTA);
    CHECK(world->first_asked > 0);
    CHECK_INT(world->outages.count, 0);
    outside_close(world->outside);
}

DATABASE_TEST(a_document_waits_for_its_key) {
    World *world = make_world(database, arena);
    char id[ID_TEXT_SIZE + 1];
    id_write(world->chamber.value, id);
    const Text key = arena_format(arena, "%.*s/keys/%s.p12", TEXT_ARG(world->outside->data), id);
    const Text away = arena_format(arena, "%.*s.away", TEXT_ARG(key));
    CHECK(rename(key.data, away.data) == 0);
    approve_and_run(world);
    CHECK_TEXT(world->row.state, "approved");
    CHECK_TEXT(world->row.issuing, "seal");
    CHECK_INT(world->mails.count, 1);
    CHECK_INT(world->kept.count, 0);
    CHECK(rename(away.data, key.data) == 0);
    for (int i = 0; i < 10 && !text_equal(world->row.state, TEXT("issued")); i++) {
        (void)sleep(1); /* a key that failed is left in peace for a moment of real time */
        clock_set(time_add(world->outages.items[0].next_try, TIME_SECOND));
        run(world);
    }
    judge(world, PADES_B_LTA);
    outside_close(world->outside);
}
