/** What issuing does when a server, a key or the disk fails: documents wait in a named state, one asks for all. */
#include "capabilities/documents/documents_issue_inside.h"

#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "work/outbox.h"

enum { WAKE_LIMIT = 500 };

static const int64_t first_pause = 10 * TIME_SECOND, last_pause = 10 * TIME_MINUTE, other_asks = 2 * TIME_SECOND;

/** How long to leave in peace what has failed so many times. */
static int64_t pause_after(int64_t tries) {
    int64_t pause = first_pause;
    for (int64_t i = 1; i < tries && pause < last_pause; i++) {
        pause *= 2;
    }
    return pause < last_pause ? pause : last_pause;
}

static DocumentsOutagesRow *outage_of(const Issuing *issuing, const IssueStep *step) {
    for (size_t i = 0; i < issuing->outages.count; i++) {
        if (text_equal(issuing->outages.items[i].step, text_of(step->name))) {
            return &issuing->outages.items[i];
        }
    }
    return NULL;
}

/** One attempt that found what to wait for. */
typedef struct Waiting {
    Issuing *issuing;
    const IssueStep *step;
    Text words;
    bool outage; /**< the others of the chamber wait for the same */
    int64_t tries;
    Time next_try;
    int64_t changed;
} Waiting;

static Status take_turn(Connection *connection, void *context) {
    Waiting *turn = context;
    return documents_prolong_outage(connection,
                                    &(DocumentsProlongOutage){.chamber = turn->issuing->chamber,
                                                              .step = text_of(turn->step->name),
                                                              .seen = turn->tries,
                                                              .next_try = turn->next_try,
                                                              .words = turn->words},
                                    &turn->changed);
}

Status issue_heed_outage(Issuing *issuing, const IssueStep *step) {
    DocumentsOutagesRow *outage = outage_of(issuing, step);
    if (outage == NULL) {
        return STATUS_OK;
    }
    const Time now = clock_now();
    if (time_before(now, outage->next_try)) {
        work_next_try(issuing->job, outage->next_try);
        issuing->heeded = true;
        return fail(STATUS_UNAVAILABLE, "%.*s", TEXT_ARG(outage->words));
    }
    Waiting turn = {.issuing = issuing,
                    .step = step,
                    .words = outage->words,
                    .tries = outage->tries,
                    .next_try = time_add(now, pause_after(outage->tries + 1))};
    TRY(database_write(issuing->job->database, take_turn, &turn));
    if (turn.changed != 1) {
        issuing->heeded = true;
        work_next_try(issuing->job, time_add(now, other_asks));
        return fail(STATUS_UNAVAILABLE, "%.*s", TEXT_ARG(outage->words));
    }
    outage->tries++; /* as it stands in the database now; the turn is this attempt's */
    outage->next_try = now;
    return STATUS_OK;
}

static Status end_body(Connection *connection, void *context) {
    const Waiting *over = context;
    const Issuing *issuing = over->issuing;
    const Text step = text_of(over->step->name);
    DocumentsWaitingAtRows rows = {0};
    int64_t changed = 0;
    TRY(documents_end_outage(connection, issuing->chamber, step, &changed));
    TRY(documents_waiting_at(connection, issuing->arena, issuing->chamber, step, WAKE_LIMIT, &rows));
    for (size_t i = 0; i < rows.count && changed == 1; i++) {
        const Status status =
            work_retry(connection, issuing->chamber, TEXT(DOCUMENTS_ISSUE_JOB), rows.items[i].document_id.value);
        if (status != STATUS_OK && status != STATUS_CONFLICT && status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    return STATUS_OK;
}

Status issue_end_outage(Issuing *issuing, const IssueStep *step) {
    if (outage_of(issuing, step) == NULL) {
        return STATUS_OK;
    }
    Waiting over = {.issuing = issuing, .step = step};
    TRY(database_write(issuing->job->database, end_body, &over));
    work_wake();
    return STATUS_OK;
}

static Status tell(Connection *connection, const Waiting *waiting, const Person *person) {
    const Issuing *issuing = waiting->issuing;
    const ChamberLetterhead *letterhead = &issuing->letterhead;
    const Language *spoken = language_of_tag(person->language);
    const Language *language = spoken == NULL ? language_english() : spoken;
    const MessageValue values[] = {
        {"name", person->name},
        {"what", message_text(language, waiting->step->waiting)},
        {"words", waiting->words},
        {"address", arena_format(issuing->arena, "%.*s/review?state=approved", TEXT_ARG(letterhead->public_url))},
        {"chamber", letterhead->name}};
    const size_t count = sizeof values / sizeof values[0];
    const Mail mail = {
        .from_name = letterhead->mail_name,
        .from_address = letterhead->mail_address,
        .to_name = person->name,
        .to_address = person->email,
        .subject = message_format(issuing->arena, language, MESSAGE("Documents wait: {what}"), values, count),
        .body = message_format(issuing->arena, language,
                               MESSAGE("Dear {name},\n\nApproved documents can't be issued at the moment. "
                                       "{what}:\n\n{words}\n\nThey are tried again and again and go on by themselves; "
                                       "nothing is lost, and nothing is sealed twice. They are listed "
                                       "here:\n{address}\n\n{chamber}\n"),
                               values, count)};
    return outbox_mail(connection, issuing->chamber, &mail);
}

/** Once for each outage. */
static Status tell_officers(Connection *connection, const Waiting *waiting) {
    People staff = {0};
    TRY(accounts_people(connection, waiting->issuing->arena, waiting->issuing->chamber, (FirmId){0}, &staff));
    for (size_t i = 0; i < staff.count; i++) {
        if (!staff.items[i].disabled && staff.items[i].email.size > 0) {
            TRY(tell(connection, waiting, &staff.items[i]));
        }
    }
    return STATUS_OK;
}

static Status note_outage(Connection *connection, const Waiting *waiting) {
    const ChamberId chamber = waiting->issuing->chamber;
    const Text step = text_of(waiting->step->name);
    int64_t changed = 0;
    TRY(documents_note_outage(connection,
                              &(DocumentsNoteOutage){.chamber = chamber,
                                                     .step = step,
                                                     .now = clock_now(),
                                                     .next_try = waiting->next_try,
                                                     .words = waiting->words},
                              &changed));
    if (changed == 1) {
        return tell_officers(connection, waiting);
    }
    return documents_describe_outage(connection, chamber, step, waiting->next_try, waiting->words, &changed);
}

static Status wait_body(Connection *connection, void *context) {
    const Waiting *waiting = context;
    int64_t changed = 0;
    TRY(documents_set_issuing(connection, waiting->issuing->chamber, waiting->issuing->document,
                              text_of(waiting->step->name), waiting->words, &changed));
    return waiting->outage ? note_outage(connection, waiting) : STATUS_OK;
}

/** A file that others would be refused by as well, a key or a server that does not answer. */
static bool is_outage(Status status) {
    return status == STATUS_UNAVAILABLE || status == STATUS_FULL || status == STATUS_FORBIDDEN;
}

Status issue_wait(Issuing *issuing, const IssueStep *step, Status status) {
    const DocumentsOutagesRow *outage = outage_of(issuing, step);
    Waiting waiting = {.issuing = issuing, .step = step, .words = arena_copy(issuing->arena, failure_take())};
    waiting.outage = step->shared_outage && is_outage(status) && !issuing->heeded;
    if (waiting.outage) {
        waiting.next_try = time_add(clock_now(), pause_after(outage == NULL ? 1 : outage->tries));
        work_next_try(issuing->job, waiting.next_try);
    }
    Status noted = STATUS_OK;
    if (issuing->at > ISSUE_SEAL) {
        noted = issue_keep(issuing);
    }
    const bool known =
        text_equal(issuing->row.issuing, text_of(step->name)) && text_equal(issuing->row.issuing_note, waiting.words);
    if (noted == STATUS_OK && (!known || waiting.outage)) {
        noted = database_write(issuing->job->database, wait_body, &waiting);
    }
    return fail(status, "%.*s%s", TEXT_ARG(waiting.words), noted == STATUS_OK ? "" : " (and that could not be noted)");
}
