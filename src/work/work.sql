-- Statements on jobs and on the outbox for mail.
-- name: work_job_ask :exec
-- Asks for a job. One that waits stays as it is; one that runs will run again; one that rests as failed starts afresh.
-- param chamber ChamberId, kind text, subject int, payload text, due time, now time
INSERT INTO work_job (chamber_id, kind, subject, payload, asked, added_at, due_at, attempt, owner, failed_at, last_error)
VALUES ($1, $2, $3, $4, 1, $6, $5, 0, 0, 0, '')
ON CONFLICT (chamber_id, kind, subject) DO UPDATE SET
    asked = work_job.asked + 1,
    payload = excluded.payload,
    due_at = CASE WHEN work_job.owner <> 0 THEN work_job.due_at ELSE excluded.due_at END,
    attempt = CASE WHEN work_job.owner <> 0 THEN work_job.attempt ELSE 0 END,
    failed_at = 0
WHERE work_job.owner <> 0 OR work_job.failed_at <> 0;

-- name: work_jobs_due :many
-- Jobs that a worker may take now, those due first in front.
-- across chambers: one pool of workers serves all of them
-- param now time, limit int
-- row: WorkJob
SELECT chamber_id, kind, subject, payload, asked, due_at, attempt, owner FROM work_job
WHERE due_at <= $1 ORDER BY due_at LIMIT $2;

-- name: work_job_next :one
-- When the next job is due.
-- across chambers: one pool of workers serves all of them
SELECT due_at FROM work_job ORDER BY due_at LIMIT 1;

-- name: work_job_take :rows
-- Takes a job for one attempt, if it still is as it was seen.
-- param chamber ChamberId, kind text, subject int, seen_owner int, seen_due time, owner int, lease_end time
UPDATE work_job SET owner = $6, due_at = $7, attempt = attempt + 1
WHERE chamber_id = $1 AND kind = $2 AND subject = $3 AND owner = $4 AND due_at = $5;

-- name: work_job_done :rows
-- Removes a job that its holder has done, unless it was asked for anew meanwhile.
-- param chamber ChamberId, kind text, subject int, owner int, asked int
DELETE FROM work_job WHERE chamber_id = $1 AND kind = $2 AND subject = $3 AND owner = $4 AND asked = $5;

-- name: work_job_again :rows
-- Gives a job back as new: done, but asked for anew meanwhile.
-- param chamber ChamberId, kind text, subject int, owner int, due time
UPDATE work_job SET owner = 0, attempt = 0, due_at = $5, last_error = ''
WHERE chamber_id = $1 AND kind = $2 AND subject = $3 AND owner = $4;

-- name: work_job_postpone :rows
-- Gives a job back after an attempt that failed: to wait until `due`, or to rest as failed.
-- param chamber ChamberId, kind text, subject int, owner int, due time, failed time, last_error text
UPDATE work_job SET owner = 0, due_at = $5, failed_at = $6, last_error = $7
WHERE chamber_id = $1 AND kind = $2 AND subject = $3 AND owner = $4;

-- name: work_job_retry :rows
-- Makes a job due that waits or rests as failed.
-- param chamber ChamberId, kind text, subject int, due time
UPDATE work_job SET due_at = $4, attempt = 0, failed_at = 0
WHERE chamber_id = $1 AND kind = $2 AND subject = $3 AND owner = 0;

-- name: work_job_of_subject :one
-- One job as the operator sees it.
-- param chamber ChamberId, kind text, subject int
-- row: WorkJobState
SELECT kind, subject, added_at, due_at, attempt, owner, failed_at, last_error FROM work_job
WHERE chamber_id = $1 AND kind = $2 AND subject = $3;

-- name: work_jobs_of_chamber :many
-- The jobs of one chamber as the operator sees them: those that need a person in front, then the oldest.
-- param chamber ChamberId, limit int
-- row: WorkJobState
SELECT kind, subject, added_at, due_at, attempt, owner, failed_at, last_error FROM work_job
WHERE chamber_id = $1 ORDER BY failed_at DESC, added_at, subject LIMIT $2;

-- name: work_mail_insert :exec
-- Puts a mail into the outbox.
-- param chamber ChamberId, mail MailId, from_name text, from_address text, to_name text, to_address text, subject text, body text, now time
INSERT INTO work_mail (chamber_id, mail_id, from_name, from_address, to_name, to_address, subject, body, created_at, sent_at, refused_at,
    tries, last_error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, '');

-- name: work_mail_get :one
-- A mail with its body.
-- param chamber ChamberId, mail MailId
SELECT from_name, from_address, to_name, to_address, subject, body, created_at, sent_at, refused_at, tries FROM work_mail
WHERE chamber_id = $1 AND mail_id = $2;

-- name: work_mail_note :rows
-- Notes how a try ended.
-- param chamber ChamberId, mail MailId, refused time, last_error text
UPDATE work_mail SET tries = tries + 1, refused_at = $3, last_error = $4 WHERE chamber_id = $1 AND mail_id = $2 AND sent_at = 0;

-- name: work_mail_sent :rows
-- Notes that a mail was taken by the relay, and forgets its body.
-- param chamber ChamberId, mail MailId, now time
UPDATE work_mail SET tries = tries + 1, sent_at = $3, refused_at = 0, last_error = '', body = ''
WHERE chamber_id = $1 AND mail_id = $2 AND sent_at = 0;

-- name: work_mail_unrefuse :rows
-- Lets a refused mail be tried again.
-- param chamber ChamberId, mail MailId
UPDATE work_mail SET refused_at = 0 WHERE chamber_id = $1 AND mail_id = $2 AND sent_at = 0;

-- name: work_mails_newest :many
-- The outbox of one chamber, newest first.
-- param chamber ChamberId, limit int
SELECT mail_id, to_name, to_address, subject, created_at, sent_at, refused_at, tries, last_error FROM work_mail
WHERE chamber_id = $1 ORDER BY mail_id DESC LIMIT $2;
