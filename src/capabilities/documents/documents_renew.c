/** The renewal of sealed files before their protection ends. */
#include "capabilities/documents/documents_renew.h"

#include <string.h>

#include "base/log.h"
#include "capabilities/documents/documents_issue_inside.h"
#include "capabilities/documents/documents_own_file.h"

enum { DAY_LIMIT = 2000, REMOVE_LIMIT = 1000 };

static const int64_t first_days = 270 * TIME_DAY, last_days = 90 * TIME_DAY, keep_files = 7 * TIME_DAY,
                     day_of_work = 20 * TIME_HOUR, longest_gap = TIME_MINUTE;

/** A number from 0 up to but without 1, evenly spread over the documents and the same each time. */
static double share_of(int64_t document) {
    const Sha256 digest = sha256((Text){(const char *)&document, sizeof document});
    return (digest.bytes[0] * 65536.0 + digest.bytes[1] * 256.0 + digest.bytes[2]) / 16777216.0;
}

Time documents_renewal_time(const PadesProtection *protection, int64_t document, Time now) {
    const int64_t left = protection->latest.microseconds - now.microseconds;
    if (left <= 0) {
        return now;
    }
    int64_t from = left - first_days, until = left - last_days;
    if (from < TIME_DAY) { /* less time than that: the second half of it, or soon again */
        from = left / 4;
        until = left / 2;
    }
    const int64_t earliest = protection->earliest.microseconds - now.microseconds;
    const int64_t wait = from + (int64_t)((double)(until - from) * share_of(document));
    return time_add(now, wait > earliest ? wait : earliest);
}

Status issue_note_protection(Connection *connection, const Issuing *issuing) {
    PadesProtection protection = {.level = PADES_NO_LEVEL};
    if (issuing->level < PADES_B_LTA) {
        return STATUS_OK;
    }
    TRY(pades_protection(issuing->arena, issuing->bytes, issuing->own.wanted ? &own_file_reader : NULL, &protection));
    return documents_protect(connection, &(DocumentsProtect){.chamber = issuing->chamber,
                                                             .document = issuing->document,
                                                             .revision = issuing->revision,
                                                             .level = chambers_level_name(protection.level),
                                                             .earliest = protection.earliest,
                                                             .latest = protection.latest,
                                                             .renew = documents_renewal_time(
                                                                 &protection, issuing->document.value, clock_now())});
}

/** One renewal: what issuing works on, and which file it starts from. */
typedef struct Renewal {
    Issuing issuing;
    bool due;
    Sha256 from;
} Renewal;

static Status begin_renewal(Connection *connection, void *context) {
    Renewal *renewal = context;
    Issuing *issuing = &renewal->issuing;
    DocumentsProtectionOfRows protection = {0};
    DocumentsUnfinishedOfRows kept = {0};
    TRY(documents_by_id(connection, issuing->arena, issuing->chamber, issuing->document, &issuing->row));
    TRY(documents_protection_of(connection, issuing->arena, issuing->chamber, issuing->document, &protection));
    if (protection.count == 0 || time_before(clock_now(), protection.items[0].renew_at) ||
        issuing->row.pdf_sha256.size != SHA256_SIZE) {
        return STATUS_OK;
    }
    TRY(issue_read_paper(connection, issuing));
    TRY(chambers_trust(connection, issuing->arena, issuing->outside, issuing->chamber, issuing->row.type,
                       &issuing->trust));
    TRY(documents_unfinished_of(connection, issuing->arena, issuing->chamber, issuing->document, &kept));
    renewal->due = true;
    memcpy(renewal->from.bytes, issuing->row.pdf_sha256.data, SHA256_SIZE);
    issuing->revision = protection.items[0].revision + 1;
    issuing->level = PADES_B_LTA;
    if (kept.count > 0) { /* of an attempt that was broken off before the end */
        issuing->bytes = kept.items[0].bytes;
        issuing->steps = kept.items[0].steps;
        issuing->digest = issuing->kept_digest = sha256(issuing->bytes);
        issuing->kept = true;
    }
    return STATUS_OK;
}

static Status end_renewal(Connection *connection, void *context) {
    Renewal *renewal = context;
    const Issuing *issuing = &renewal->issuing;
    static const DocumentActor program = {{0}, TEXT_INIT("Tradepost")};
    const Text digest = sha256_text(&issuing->digest), from = sha256_text(&renewal->from);
    const int64_t size = (int64_t)issuing->bytes.size;
    int64_t changed = 0, replaced = 0;
    TRY(documents_publish(connection, issuing->chamber, issuing->document, issuing->revision, digest, &changed));
    TRY(documents_renew_file(
        connection,
        &(DocumentsRenewFile){
            .chamber = issuing->chamber, .document = issuing->document, .from = from, .sha256 = digest, .size = size},
        &replaced));
    if (changed != 1 || replaced != 1) {
        return fail(STATUS_CONFLICT, "another attempt has renewed this document");
    }
    TRY(documents_write_revision(connection, &(DocumentsWriteRevision){.chamber = issuing->chamber,
                                                                       .document = issuing->document,
                                                                       .revision = issuing->revision,
                                                                       .level = chambers_level_name(issuing->level),
                                                                       .sha256 = digest,
                                                                       .size = size,
                                                                       .now = clock_now(),
                                                                       .steps = issuing->steps}));
    TRY(issue_note_protection(connection, issuing));
    TRY(documents_record(connection, issuing->arena, issuing->chamber, issuing->document, &program, "renew",
                         issuing->row.number));
    return work_done(connection, issuing->job);
}

static Status renew_now(Renewal *renewal) {
    Issuing *issuing = &renewal->issuing;
    if (!issuing->kept) {
        Text before = {NULL, 0};
        TRY(blob_get(issuing->outside->blobs, issuing->arena, &renewal->from, &before));
        issuing->bytes = before;
        issuing->at = ISSUE_PRESERVE;
        TRY(issue_protect(issuing));
        issue_note_step(issuing, &issue_steps[ISSUE_PRESERVE]);
        TRY(issue_keep(issuing));
    }
    TRY(issue_store(issuing));
    return database_write(issuing->job->database, end_renewal, renewal);
}

Status documents_renew(Job *job) {
    Renewal *renewal = arena_new(job->arena, Renewal);
    renewal->issuing = (Issuing){
        .arena = job->arena, .job = job, .outside = job->outside, .chamber = job->chamber, .document = {job->subject}};
    TRY(database_read(job->database, begin_renewal, renewal));
    return renewal->due ? renew_now(renewal) : STATUS_OK;
}

/* The plan of a day. */

typedef struct Plan {
    Job *job;
    DocumentsSupersededRows superseded;
} Plan;

static Status plan_day(Connection *connection, void *context) {
    Plan *plan = context;
    Job *job = plan->job;
    const Time now = clock_now();
    DocumentsProtectionDueRows due = {0};
    TRY(documents_protection_due(connection, job->arena, job->chamber, now, DAY_LIMIT, &due));
    const int64_t even = due.count == 0 ? 0 : day_of_work / (int64_t)due.count;
    const int64_t gap = even < longest_gap ? even : longest_gap;
    for (size_t i = 0; i < due.count; i++) {
        TRY(work_add(connection, job->chamber, DOCUMENTS_RENEW_JOB, due.items[i].document_id.value, (Text){NULL, 0},
                     time_add(now, (int64_t)i * gap)));
    }
    TRY(documents_superseded(connection, job->arena, job->chamber, time_add(now, -keep_files), REMOVE_LIMIT,
                             &plan->superseded));
    for (size_t i = 0; i < plan->superseded.count; i++) {
        int64_t changed = 0;
        TRY(documents_note_removed(connection, job->chamber, plan->superseded.items[i].document_id,
                                   plan->superseded.items[i].revision, &changed));
    }
    return STATUS_OK;
}

/** A renewed file holds the one before it as its first bytes, so that nothing is lost. */
static Status remove_superseded(const Plan *plan) {
    for (size_t i = 0; i < plan->superseded.count; i++) {
        Sha256 digest = {{0}};
        if (plan->superseded.items[i].sha256.size == sizeof digest.bytes) {
            memcpy(digest.bytes, plan->superseded.items[i].sha256.data, sizeof digest.bytes);
            TRY(blob_remove(plan->job->outside->blobs, &digest));
        }
    }
    return STATUS_OK;
}

static Status plan_chambers(Connection *connection, void *context) {
    Job *job = context;
    Chambers all = {0};
    TRY(chambers_all(connection, job->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        TRY(work_add(connection, all.items[i].id, DOCUMENTS_ARCHIVE_JOB, 0, (Text){NULL, 0}, (Time){0}));
    }
    TRY(work_done(connection, job));
    return work_add(connection, (ChamberId){0}, DOCUMENTS_ARCHIVE_JOB, 0, (Text){NULL, 0},
                    time_add(clock_now(), TIME_DAY));
}

Status documents_archive(Job *job) {
    if (job->chamber.value == 0) {
        return database_write(job->database, plan_chambers, job);
    }
    Plan plan = {.job = job};
    TRY(database_write(job->database, plan_day, &plan));
    return remove_superseded(&plan);
}

static Status plan_now(Connection *connection, void *context) {
    (void)context;
    return work_add(connection, (ChamberId){0}, DOCUMENTS_ARCHIVE_JOB, 0, (Text){NULL, 0}, (Time){0});
}

Status documents_plan_archive(Database *database) {
    return database_write(database, plan_now, NULL);
}
