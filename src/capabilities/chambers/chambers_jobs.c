/** What runs behind the pages: jobs and mails, with the button to try again. */
#include "base/log.h"
#include "capabilities/chambers/chambers_inside.h"
#include "chambers_views.h"
#include "outside/outside.h"
#include "work/outbox.h"

enum { JOBS = 200, MAILS = 100 };

static Message kind_label(Arena *arena, Text kind) {
    static const struct {
        const char *kind;
        Message label;
    } kinds[] = {
        {"documents.issue", MESSAGE_INIT("Sealing a document")},
        {"documents.renew", MESSAGE_INIT("Renewing the protection of a document")},
        {"documents.archive", MESSAGE_INIT("Looking which documents need renewal")},
        {"chambers.preflight", MESSAGE_INIT("Testing whether documents can be sealed")},
        {"accounts.clean", MESSAGE_INIT("Removing what has expired")},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (text_equal(kind, text_of(kinds[i].kind))) {
            return kinds[i].label;
        }
    }
    return (Message){arena_c_string(arena, kind)};
}

static ChambersJobLine job_line(Arena *arena, const WorkItem *item) {
    static const struct {
        Message label;
        const char *tone;
    } states[] = {[WORK_WAITING] = {MESSAGE_INIT("Waiting"), "wait"},
                  [WORK_RUNNING] = {MESSAGE_INIT("Running"), "info"},
                  [WORK_FAILED] = {MESSAGE_INIT("Failed"), "bad"}};
    return (ChambersJobLine){.kind = item->kind,
                             .label = kind_label(arena, item->kind),
                             .tone = text_of(states[item->state].tone),
                             .state = states[item->state].label,
                             .error = item->last_error,
                             .subject = {item->subject},
                             .attempts = item->attempts,
                             .added = item->added_at,
                             .due = item->due_at,
                             .waits = item->state == WORK_WAITING,
                             .may_retry = item->state != WORK_RUNNING && item->attempts > 0};
}

static ChambersMailLine mail_line(const OutboxMail *mail) {
    static const struct {
        Message label;
        const char *tone;
    } states[] = {[OUTBOX_WAITING] = {MESSAGE_INIT("Waiting"), "wait"},
                  [OUTBOX_SENT] = {MESSAGE_INIT("Sent"), "good"},
                  [OUTBOX_REFUSED] = {MESSAGE_INIT("Refused"), "bad"}};
    return (ChambersMailLine){.id = {mail->id},
                              .to_name = mail->to_name,
                              .to_address = mail->to_address,
                              .subject = mail->subject,
                              .tone = text_of(states[mail->state].tone),
                              .state = states[mail->state].label,
                              .error = mail->last_error,
                              .at = time_is_set(mail->ended_at) ? mail->ended_at : mail->created_at,
                              .tries = mail->tries,
                              .may_retry =
                                  mail->state == OUTBOX_REFUSED || (mail->state == OUTBOX_WAITING && mail->tries > 0)};
}

Status chambers_jobs_show(Request *request) {
    WorkItems items = {0};
    OutboxMails mails = {0};
    TRY(work_list(request->connection, request->arena, request->chamber.id, JOBS, &items));
    TRY(outbox_list(request->connection, request->arena, request->chamber.id, MAILS, &mails));
    ChambersJobsPage *page = arena_new(request->arena, ChambersJobsPage);
    page->tabs.current = TEXT("jobs");
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    page->jobs.items = arena_new_array(request->arena, ChambersJobLine, items.count + 1);
    for (size_t i = 0; i < items.count; i++) {
        if (!text_equal(items.items[i].kind, text_of(outbox_job.name))) { /* mails have a list of their own */
            page->jobs.items[page->jobs.count++] = job_line(request->arena, &items.items[i]);
        }
    }
    page->mails.items = arena_new_array(request->arena, ChambersMailLine, mails.count + 1);
    page->mails.count = mails.count;
    for (size_t i = 0; i < mails.count; i++) {
        page->mails.items[i] = mail_line(&mails.items[i]);
    }
    return show(request, chambers_jobs_view(page));
}

static Status retried(Request *request, Status status) {
    if (status == STATUS_CONFLICT) {
        return refuse(request, status, MESSAGE("It is running or done already."));
    }
    TRY(status);
    notice(request, MESSAGE("It will be tried again now."));
    return redirect(request, "/chamber/jobs");
}

Status chambers_job_retry_submit(Request *request) {
    return retried(request, work_retry(request->connection, request->chamber.id, request_path_text(request, "kind"),
                                       request_path_id(request, "subject")));
}

Status chambers_mail_retry_submit(Request *request) {
    return retried(request, outbox_retry(request->connection, request->chamber.id, request_path_id(request, "mail")));
}
