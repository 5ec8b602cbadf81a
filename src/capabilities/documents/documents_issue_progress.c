/** Shows how far a document has come on its way to being issued, and lets an officer have it tried again. */
#include "capabilities/documents/documents_issue_progress.h"

#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_issue_inside.h"

/** When a step was done, by the lines of `steps`; {0} when it was not. */
static Time ended_at(Text steps, const char *name) {
    while (steps.size > 0) {
        Text line = text_cut(&steps, '\n');
        Time time = {0};
        if (text_equal(text_cut(&line, ' '), text_of(name)) &&
            text_to_int(text_cut(&line, ' '), &time.microseconds) == STATUS_OK) {
            return time;
        }
    }
    return (Time){0};
}

static void fill_steps(Arena *arena, Text steps, PadesLevel level, const IssueStep *waits_at,
                       DocumentsProgress *progress) {
    DocumentsStepLine *items = arena_new_array(arena, DocumentsStepLine, ISSUE_STEPS);
    size_t count = 0;
    bool current = false;
    for (size_t i = 0; i < ISSUE_STEPS; i++) {
        const IssueStep *step = &issue_steps[i];
        if (level < step->level) {
            continue;
        }
        const Time ended = ended_at(steps, step->name);
        const bool done = time_is_set(ended), now = !current && (waits_at == NULL ? !done : step == waits_at);
        const Text moment = done ? time_rfc3339(arena, ended) : (Text){NULL, 0};
        items[count++] = (DocumentsStepLine){.name = text_of(step->name),
                                             .label = step->label,
                                             .done = done,
                                             .now = now,
                                             .ended = ended,
                                             .clock = text_slice(moment, 11, 19)};
        current |= now;
    }
    progress->steps = (DocumentsStepLines){items, count};
}

static Status fill_next_try(Request *request, DocumentId document, DocumentsProgress *progress) {
    WorkItem job = {0};
    const Status found =
        work_find(request->connection, request->arena, request->chamber.id, DOCUMENTS_ISSUE_JOB, document.value, &job);
    if (found == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    progress->tries = job.attempts;
    progress->next_try = job.state == WORK_WAITING && progress->waiting ? job.due_at : (Time){0};
    progress->may_retry = documents_may_review(&request->actor) && progress->waiting && job.state != WORK_RUNNING;
    return STATUS_OK;
}

Status documents_show_progress(Request *request, const DocumentsRow *document, DocumentsProgress *ret_progress) {
    DocumentsProgress progress = {.id = document->document_id, .number = document->number, .address = request->path};
    if (!text_equal(document->state, TEXT("approved"))) {
        *ret_progress = progress;
        return STATUS_OK;
    }
    ChamberTrust trust = {0};
    DocumentsUnfinishedStepsRows kept = {0};
    TRY(chambers_trust(request->connection, request->arena, request->outside, request->chamber.id, document->type,
                       &trust));
    TRY(documents_unfinished_steps(request->connection, request->arena, request->chamber.id, document->document_id,
                                   &kept));
    PadesLevel level = trust.level;
    if (kept.count > 0) {
        TRY(chambers_level_read(kept.items[0].level, &level));
        level = level < trust.level ? level : trust.level;
    }
    const IssueStep *waits_at = issue_step(document->issuing);
    progress.shown = true;
    progress.waiting = waits_at != NULL;
    progress.waiting_for = waits_at == NULL ? NO_MESSAGE : waits_at->waiting;
    progress.step = document->issuing;
    progress.words = document->issuing_note;
    progress.nothing = form_empty(request->arena, &documents_nothing_form);
    fill_steps(request->arena, kept.count > 0 ? kept.items[0].steps : (Text){NULL, 0}, level, waits_at, &progress);
    TRY(fill_next_try(request, document->document_id, &progress));
    progress.mark = arena_format(request->arena, "%.*s %lld", TEXT_ARG(document->issuing),
                                 (long long)progress.next_try.microseconds);
    *ret_progress = progress;
    return STATUS_OK;
}

Status documents_show_outages(Request *request, DocumentsOutageLines *ret_lines) {
    DocumentsOutagesRows rows = {0};
    TRY(documents_outages(request->connection, request->arena, request->chamber.id, &rows));
    DocumentsOutageLine *items = arena_new_array(request->arena, DocumentsOutageLine, rows.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const IssueStep *step = issue_step(rows.items[i].step);
        if (step != NULL) {
            items[count++] = (DocumentsOutageLine){.step = rows.items[i].step,
                                                   .label = step->waiting,
                                                   .words = rows.items[i].words,
                                                   .since = rows.items[i].since,
                                                   .next_try = rows.items[i].next_try};
        }
    }
    *ret_lines = (DocumentsOutageLines){items, count};
    return STATUS_OK;
}

Status documents_try_again_submit(Request *request) {
    DocumentsRow row = {0};
    int64_t changed = 0;
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    const Status status =
        text_equal(row.state, TEXT("approved"))
            ? work_retry(request->connection, request->chamber.id, TEXT(DOCUMENTS_ISSUE_JOB), row.document_id.value)
            : STATUS_CONFLICT;
    if (status == STATUS_CONFLICT || status == STATUS_NOT_FOUND) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("It is running or done already."));
    }
    TRY(status);
    TRY(documents_hasten_outages(request->connection, request->chamber.id, request->now, &changed));
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor, "retry",
                         (Text){NULL, 0}));
    notice(request, MESSAGE("It will be tried again now."));
    char id[ID_TEXT_SIZE + 1];
    id_write(row.document_id.value, id);
    return redirect(request, "/documents/%s", id);
}
