/** What issuing keeps between its steps, so that a crash repeats none that must happen once. */
#include "capabilities/documents/documents_issue_inside.h"

#include <string.h>

#include "base/log.h"

/** Takes up where the last attempt stood: the bytes that it kept, and the step behind them. */
static Status take_up(Issuing *issuing, const DocumentsUnfinishedOfRow *kept) {
    PadesLevel level = PADES_NO_LEVEL;
    const IssueStep *last = issue_step(kept->step);
    const Sha256 digest = sha256(kept->bytes);
    TRY(chambers_level_read(kept->level, &level));
    if (last == NULL || !text_equal(sha256_text(&digest), kept->sha256)) {
        return fail(STATUS_CORRUPT, "what was kept of a document on its way can't be read");
    }
    issuing->level = level < issuing->level ? level : issuing->level; /* the seal has room for its own level alone */
    issuing->bytes = kept->bytes;
    issuing->digest = issuing->kept_digest = digest;
    issuing->steps = kept->steps;
    issuing->kept = true;
    issuing->last = last;
    issuing->at = (IssueStepNumber)(last - issue_steps) + 1;
    return STATUS_OK;
}

Status issue_begin(Connection *connection, void *context) {
    Issuing *issuing = context;
    DocumentsUnfinishedOfRows kept = {0};
    TRY(documents_by_id(connection, issuing->arena, issuing->chamber, issuing->document, &issuing->row));
    if (!text_equal(issuing->row.state, TEXT("approved"))) {
        return STATUS_OK;
    }
    TRY(issue_read_paper(connection, issuing));
    TRY(chambers_trust(connection, issuing->arena, issuing->outside, issuing->chamber, issuing->row.type,
                       &issuing->trust));
    TRY(documents_outages(connection, issuing->arena, issuing->chamber, &issuing->outages));
    TRY(documents_unfinished_of(connection, issuing->arena, issuing->chamber, issuing->document, &kept));
    issuing->level = issuing->trust.level;
    return kept.count > 0 ? take_up(issuing, &kept.items[0]) : STATUS_OK;
}

void issue_note_step(Issuing *issuing, const IssueStep *step) {
    const Text hex = sha256_hex(issuing->arena, &issuing->digest);
    const bool test = step == &issue_steps[ISSUE_SEAL] && chambers_is_test_key(issuing->outside, issuing->key);
    issuing->last = step;
    issuing->steps = arena_format(issuing->arena, "%.*s%s %lld %.*s %zu%s\n", TEXT_ARG(issuing->steps), step->name,
                                  (long long)clock_now().microseconds, TEXT_ARG(hex), issuing->bytes.size,
                                  test ? DOCUMENTS_TEST_MARK : "");
}

/** A compare and set: of two attempts at once (a lease may run out while a server is slow) one alone goes on. */
static Status keep_body(Connection *connection, void *context) {
    const Issuing *issuing = context;
    int64_t changed = 0;
    if (issuing->kept) {
        TRY(documents_keep_next(connection,
                                &(DocumentsKeepNext){.chamber = issuing->chamber,
                                                     .document = issuing->document,
                                                     .revision = issuing->revision,
                                                     .from = sha256_text(&issuing->kept_digest),
                                                     .step = text_of(issuing->last->name),
                                                     .steps = issuing->steps,
                                                     .bytes = issuing->bytes,
                                                     .sha256 = sha256_text(&issuing->digest),
                                                     .now = clock_now()},
                                &changed));
    } else {
        TRY(documents_keep_first(connection,
                                 &(DocumentsKeepFirst){.chamber = issuing->chamber,
                                                       .document = issuing->document,
                                                       .revision = issuing->revision,
                                                       .level = chambers_level_name(issuing->level),
                                                       .step = text_of(issuing->last->name),
                                                       .steps = issuing->steps,
                                                       .bytes = issuing->bytes,
                                                       .sha256 = sha256_text(&issuing->digest),
                                                       .now = clock_now()},
                                 &changed));
    }
    return changed == 1 ? STATUS_OK : fail(STATUS_CONFLICT, "another attempt at this document has gone further");
}

static bool is_kept(const Issuing *issuing) {
    return issuing->kept && memcmp(&issuing->kept_digest, &issuing->digest, sizeof issuing->digest) == 0;
}

Status issue_keep(Issuing *issuing) {
    if (!is_kept(issuing)) {
        TRY(database_write(issuing->job->database, keep_body, issuing));
        issuing->kept = true;
        issuing->kept_digest = issuing->digest;
    }
    return STATUS_OK;
}

static Status discard_body(Connection *connection, void *context) {
    const Issuing *issuing = context;
    int64_t changed = 0;
    TRY(documents_publish(connection, issuing->chamber, issuing->document, issuing->revision,
                          sha256_text(&issuing->kept_digest), &changed));
    return changed == 1 ? STATUS_OK : fail(STATUS_CONFLICT, "another attempt at this document has gone further");
}

Status issue_discard(Issuing *issuing) {
    if (issuing->kept) {
        TRY(database_write(issuing->job->database, discard_body, issuing));
    }
    issuing->kept = false;
    issuing->steps = (Text){NULL, 0};
    issuing->last = NULL;
    return STATUS_OK;
}
