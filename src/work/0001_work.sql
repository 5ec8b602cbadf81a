-- Background jobs that commit with the act that asks for them, and the outbox for mail.
-- ids: MailId

-- One row for each job that is not done. due_at is the moment from which a worker may take it: while an attempt runs that is the end of its
-- lease, and for a job that rests as failed the end of time. owner is the attempt that holds it, 0 while it waits. asked counts how often it
-- was asked for, so that asking during an attempt leads to another one.
CREATE TABLE work_job (
    chamber_id ChamberId,
    kind text,
    subject int,
    payload text,
    asked int,
    added_at time,
    due_at time,
    attempt int,
    owner int,
    failed_at time,
    last_error text,
    PRIMARY KEY (chamber_id, kind, subject)
);
CREATE INDEX work_job_due ON work_job (due_at);

-- Mails that were asked for. The body is emptied once a mail is sent: it may hold a link that signs somebody in.
CREATE TABLE work_mail (
    chamber_id ChamberId,
    mail_id MailId,
    from_name text,
    from_address text,
    to_name text,
    to_address text,
    subject text,
    body text,
    created_at time,
    sent_at time,
    refused_at time,
    tries int,
    last_error text,
    PRIMARY KEY (chamber_id, mail_id)
);
