/** The outbox for mail. */
#include "work/outbox.h"

#include "base/log.h"
#include "outside/outside.h"
#include "work_sql.h"

enum { ATTEMPTS_MAX = 35 /* about a day */, SCRATCH = 8 * 1024 * 1024 };

static Text message_id(Arena *arena, MailId mail, Text from_address) {
    char letters[ID_TEXT_SIZE + 1];
    id_write(mail.value, letters);
    Text domain = from_address;
    (void)text_cut(&domain, '@');
    return arena_format(arena, "%s@%.*s", letters, TEXT_ARG(domain));
}

/* What cannot be written is refused now, to the face of who asks, not later in a job. */
MUST_USE static Status insert(Connection *connection, Arena *arena, ChamberId chamber, const Mail *mail, MailId id) {
    Mail whole = *mail;
    Text message = {NULL, 0};
    const Time now = clock_now();
    whole.message_id = message_id(arena, id, mail->from_address);
    TRY(mail_write(arena, &whole, now, &message));
    return work_mail_insert(connection, &(WorkMailInsert){.chamber = chamber,
                                                          .mail = id,
                                                          .from_name = mail->from_name,
                                                          .from_address = mail->from_address,
                                                          .to_name = mail->to_name,
                                                          .to_address = mail->to_address,
                                                          .subject = mail->subject,
                                                          .body = mail->body,
                                                          .now = now});
}

Status outbox_mail(Connection *connection, ChamberId chamber, const Mail *mail) {
    const MailId id = {id_make()};
    Arena *arena = arena_open(SCRATCH);
    const Status status = insert(connection, arena, chamber, mail, id);
    arena_close(arena);
    TRY(status);
    return work_add(connection, chamber, outbox_job.name, id.value, (Text){NULL, 0}, (Time){0});
}

/** A mail on its way. */
typedef struct Sending {
    Job *job;
    WorkMailGetRow row;
    Status status; /* how the try ended */
    Text words;
} Sending;

static Status load_body(Connection *connection, void *context) {
    Sending *sending = context;
    return work_mail_get(connection, sending->job->arena, sending->job->chamber, (MailId){sending->job->subject},
                         &sending->row);
}

static Status sent_body(Connection *connection, void *context) {
    const Sending *sending = context;
    int64_t count = 0;
    TRY(work_mail_sent(connection, sending->job->chamber, (MailId){sending->job->subject}, clock_now(), &count));
    return work_done(connection, sending->job);
}

/* A mail that is refused for good is done: another try would only annoy the relay. */
static Status note_body(Connection *connection, void *context) {
    const Sending *sending = context;
    const bool for_good = sending->status == STATUS_INVALID;
    int64_t count = 0;
    TRY(work_mail_note(connection, sending->job->chamber, (MailId){sending->job->subject},
                       for_good ? clock_now() : (Time){0}, sending->words, &count));
    return for_good ? work_done(connection, sending->job) : STATUS_OK;
}

static Status send_mail(Job *job) {
    Sending sending = {.job = job};
    const Status found = database_read(job->database, load_body, &sending);
    if (found == STATUS_NOT_FOUND) { /* erased meanwhile */
        return STATUS_OK;
    }
    TRY(found);
    if (time_is_set(sending.row.sent_at)) {
        return STATUS_OK;
    }
    const Mail mail = {.from_name = sending.row.from_name,
                       .from_address = sending.row.from_address,
                       .to_name = sending.row.to_name,
                       .to_address = sending.row.to_address,
                       .subject = sending.row.subject,
                       .body = sending.row.body,
                       .message_id = message_id(job->arena, (MailId){job->subject}, sending.row.from_address)};
    sending.status = mail_send(job->outside->mailer, job->arena, &mail, sending.row.created_at);
    if (sending.status == STATUS_OK) {
        return database_write(job->database, sent_body, &sending);
    }
    sending.words = arena_copy(job->arena, failure_take());
    TRY(database_write(job->database, note_body, &sending));
    return sending.status == STATUS_INVALID ? STATUS_OK : fail(sending.status, "%.*s", TEXT_ARG(sending.words));
}

const JobKind outbox_job = {
    .name = "work.mail", .run = send_mail, .lease = 5 * TIME_MINUTE, .attempts_max = ATTEMPTS_MAX};

Status outbox_list(Connection *connection, Arena *arena, ChamberId chamber, int64_t limit, OutboxMails *ret_mails) {
    WorkMailsNewestRows rows = {NULL, 0};
    TRY(work_mails_newest(connection, arena, chamber, limit, &rows));
    OutboxMail *items = arena_new_array(arena, OutboxMail, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const WorkMailsNewestRow *row = &rows.items[i];
        const bool sent = time_is_set(row->sent_at), refused = time_is_set(row->refused_at);
        items[i] = (OutboxMail){.id = row->mail_id.value,
                                .to_name = row->to_name,
                                .to_address = row->to_address,
                                .subject = row->subject,
                                .state = sent      ? OUTBOX_SENT
                                         : refused ? OUTBOX_REFUSED
                                                   : OUTBOX_WAITING,
                                .created_at = row->created_at,
                                .ended_at = sent ? row->sent_at : row->refused_at,
                                .tries = row->tries,
                                .last_error = row->last_error};
    }
    *ret_mails = (OutboxMails){items, rows.count};
    return STATUS_OK;
}

Status outbox_retry(Connection *connection, ChamberId chamber, int64_t id) {
    Arena *arena = arena_open(SCRATCH);
    WorkMailGetRow row;
    const Status found = work_mail_get(connection, arena, chamber, (MailId){id}, &row);
    arena_close(arena);
    TRY(found);
    if (time_is_set(row.sent_at)) {
        return fail(STATUS_CONFLICT, "this mail was sent");
    }
    int64_t count = 0;
    TRY(work_mail_unrefuse(connection, chamber, (MailId){id}, &count));
    TRY(work_add(connection, chamber, outbox_job.name, id, (Text){NULL, 0}, (Time){0}));
    return work_retry(connection, chamber, text_of(outbox_job.name), id);
}
