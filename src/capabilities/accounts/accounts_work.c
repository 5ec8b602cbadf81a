/** Deletes once a day what is over, so that the tables stay small; nothing depends on it, since all is checked by time.
 */
#include "capabilities/accounts/accounts_work.h"

#include "accounts_sql.h"

static Status clean_body(Connection *connection, void *context) {
    Job *job = context;
    const Time now = clock_now();
    int64_t count = 0;
    TRY(accounts_sessions_clean(connection, job->chamber, now, &count));
    TRY(accounts_links_clean(connection, job->chamber, now, &count));
    TRY(accounts_invitations_clean(connection, job->chamber, now, &count));
    TRY(accounts_tokens_clean(connection, job->chamber, now, &count));
    TRY(work_done(connection, job));
    return work_add(connection, job->chamber, accounts_jobs[0].name, 0, (Text){NULL, 0}, time_add(now, TIME_DAY));
}

static Status clean(Job *job) {
    return database_write(job->database, clean_body, job);
}

const JobKind accounts_jobs[ACCOUNTS_JOBS] = {{.name = "accounts.clean", .run = clean}};

Status accounts_plan_cleaning(Connection *connection, ChamberId chamber) {
    return work_add(connection, chamber, accounts_jobs[0].name, 0, (Text){NULL, 0}, (Time){0});
}
