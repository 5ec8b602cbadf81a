/** Asking for jobs and looking at them. */
#include "work/work.h"

#include "base/log.h"
#include "work/run.h"
#include "work_sql.h"

Status work_add(Connection *connection, ChamberId chamber, const char *kind, int64_t subject, Text payload, Time due) {
    const Time now = clock_now();
    work_expect();
    return work_job_ask(connection, &(WorkJobAsk){.chamber = chamber,
                                                  .kind = text_of(kind),
                                                  .subject = subject,
                                                  .payload = payload,
                                                  .due = time_is_set(due) ? due : now,
                                                  .now = now});
}

static WorkItem item_of(const WorkJobState *row) {
    return (WorkItem){
        .kind = row->kind,
        .subject = row->subject,
        .state = row->owner != 0               ? WORK_RUNNING
                 : time_is_set(row->failed_at) ? WORK_FAILED
                                               : WORK_WAITING,
        .attempts = row->attempt,
        .added_at = row->added_at,
        .due_at = row->due_at,
        .failed_at = row->failed_at,
        .last_error = row->last_error,
    };
}

Status work_list(Connection *connection, Arena *arena, ChamberId chamber, int64_t limit, WorkItems *ret_items) {
    WorkJobStates rows = {NULL, 0};
    TRY(work_jobs_of_chamber(connection, arena, chamber, limit, &rows));
    WorkItem *items = arena_new_array(arena, WorkItem, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = item_of(&rows.items[i]);
    }
    *ret_items = (WorkItems){items, rows.count};
    return STATUS_OK;
}

Status work_find(Connection *connection, Arena *arena, ChamberId chamber, const char *kind, int64_t subject,
                 WorkItem *ret_item) {
    WorkJobState row;
    TRY(work_job_of_subject(connection, arena, chamber, text_of(kind), subject, &row));
    *ret_item = item_of(&row);
    return STATUS_OK;
}

Status work_retry(Connection *connection, ChamberId chamber, Text kind, int64_t subject) {
    int64_t count = 0;
    TRY(work_job_retry(connection, chamber, kind, subject, clock_now(), &count));
    if (count == 1) {
        return STATUS_OK;
    }
    Arena *arena = arena_open(64 * 1024);
    WorkJobState row;
    const Status status = work_job_of_subject(connection, arena, chamber, kind, subject, &row);
    arena_close(arena);
    return status == STATUS_OK ? fail(STATUS_CONFLICT, "this job is at work") : status;
}
