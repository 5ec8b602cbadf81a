/** The outbox: mails commit with the act that causes them, and are handed over by a job. */
#ifndef TRADEPOST_WORK_OUTBOX_H
#define TRADEPOST_WORK_OUTBOX_H

#include "outside/mail.h"
#include "work/work.h"

/** The job that hands mails over; belongs into the kinds of every work_start and work_run_due that shall send. */
extern const JobKind outbox_job;

/**
 * Asks for a mail inside the caller's writing transaction. `mail->message_id` is made here and stays the same for each
 * try.
 *
 * @return STATUS_INVALID when it could not be written (see mail_write); STATUS_TOO_LARGE
 */
MUST_USE Status outbox_mail(Connection *connection, ChamberId chamber, const Mail *mail);

typedef enum OutboxState { OUTBOX_WAITING, OUTBOX_SENT, OUTBOX_REFUSED } OutboxState;
typedef struct OutboxMail {
    int64_t id; /**< the subject of its job, for work_find and work_retry */
    Text to_name, to_address, subject;
    OutboxState state;
    Time created_at, ended_at; /**< ended_at: when it was sent or refused */
    int64_t tries;
    Text last_error; /**< why the last try failed */
} OutboxMail;
typedef struct OutboxMails {
    OutboxMail *items;
    size_t count;
} OutboxMails;
/** The newest mails of a chamber. */
MUST_USE Status outbox_list(Connection *connection, Arena *arena, ChamberId chamber, int64_t limit,
                            OutboxMails *ret_mails);
/** Tries a refused or failed mail again. @return STATUS_NOT_FOUND; STATUS_CONFLICT when it was sent */
MUST_USE Status outbox_retry(Connection *connection, ChamberId chamber, int64_t id);

#endif
