-- Statements on documents: applications, review, issuing, verification.

-- name: documents_insert :exec
-- Makes a draft.
-- param chamber ChamberId, document DocumentId, firm FirmId, type text, body text, exporter text, consignee text, origin text, destination text, reference text, search text, created time, account AccountId, replaces DocumentId
INSERT INTO documents_document (chamber_id, document_id, firm_id, type, state, version, body, exporter_name, consignee_name, origin_country,
    destination_country, reference, search, created_at, created_by, changed_at, submitted_at, submitted_by, locked_by, locked_until, decided_at,
    decided_by, officer_name, number, number_year, code, issuing, issuing_note, issued_at, pdf_sha256, pdf_size, replaces, replaced_by, ended_at,
    ended_reason)
VALUES ($1, $2, $3, $4, 'draft', 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, 0, 0, 0, 0, 0, 0, '', '', 0, '', '', '', 0, CAST('' AS bytes), 0, $14, 0, 0, '');

-- name: documents_by_id :one
-- One document with all that pages about it show.
-- param chamber ChamberId, document DocumentId
-- row: DocumentsRow
SELECT document_id, firm_id, type, state, version, body, exporter_name, consignee_name, origin_country, destination_country, reference, created_at,
    created_by, changed_at, submitted_at, submitted_by, locked_by, locked_until, decided_at, decided_by, officer_name, number, number_year, code,
    issuing, issuing_note, issued_at, pdf_sha256, pdf_size, replaces, replaced_by, ended_at, ended_reason
FROM documents_document WHERE chamber_id = $1 AND document_id = $2;

-- name: documents_write_body :rows
-- Writes what an application says, while it is a draft or returned.
-- param chamber ChamberId, document DocumentId, body text, exporter text, consignee text, origin text, destination text, reference text, search text, now time
UPDATE documents_document SET body = $3, exporter_name = $4, consignee_name = $5, origin_country = $6, destination_country = $7, reference = $8,
    search = $9, changed_at = $10
WHERE chamber_id = $1 AND document_id = $2 AND (state = 'draft' OR state = 'returned');

-- name: documents_submit :rows
-- Hands a draft or a mended application in, as its next version when it was returned.
-- param chamber ChamberId, document DocumentId, account AccountId, now time
UPDATE documents_document SET state = 'submitted', submitted_at = $4, submitted_by = $3, changed_at = $4, locked_by = 0, locked_until = 0,
    version = CASE WHEN state = 'returned' THEN version + 1 ELSE version END
WHERE chamber_id = $1 AND document_id = $2 AND (state = 'draft' OR state = 'returned');

-- name: documents_withdraw :rows
-- The exporter takes an application back for good.
-- param chamber ChamberId, document DocumentId, now time, reason text
UPDATE documents_document SET state = 'withdrawn', changed_at = $3, ended_at = $3, ended_reason = $4, locked_by = 0, locked_until = 0
WHERE chamber_id = $1 AND document_id = $2 AND (state = 'draft' OR state = 'returned' OR state = 'submitted');

-- name: documents_lock :rows
-- Locks a submitted application to an officer, or moves her lock; another's lock holds until it expires.
-- param chamber ChamberId, document DocumentId, account AccountId, now time, until time
UPDATE documents_document SET locked_by = $3, locked_until = $5
WHERE chamber_id = $1 AND document_id = $2 AND state = 'submitted' AND (locked_by = $3 OR locked_by = 0 OR locked_until <= $4);

-- name: documents_unlock :rows
-- Gives an officer's own lock back.
-- param chamber ChamberId, document DocumentId, account AccountId
UPDATE documents_document SET locked_by = 0, locked_until = 0
WHERE chamber_id = $1 AND document_id = $2 AND locked_by = $3;

-- name: documents_decide :rows
-- The decision of the officer who took the lock last: state becomes returned, refused or approved. A lock that has run out while nobody else took
-- it still serves her, so that her words are not lost.
-- param chamber ChamberId, document DocumentId, account AccountId, officer text, now time, state text, reason text
UPDATE documents_document SET state = $6, decided_at = $5, decided_by = $3, officer_name = $4, changed_at = $5, ended_reason = $7,
    locked_by = 0, locked_until = 0
WHERE chamber_id = $1 AND document_id = $2 AND state = 'submitted' AND locked_by = $3;

-- name: documents_approve_new :rows
-- Approves a draft at once: bulk issuing by the chamber itself, from the command line.
-- param chamber ChamberId, document DocumentId, account AccountId, officer text, now time
UPDATE documents_document SET state = 'approved', submitted_at = $5, submitted_by = $3, decided_at = $5, decided_by = $3, officer_name = $4,
    changed_at = $5
WHERE chamber_id = $1 AND document_id = $2 AND state = 'draft';

-- name: documents_set_number :rows
-- Gives an approved document its number and code, once.
-- param chamber ChamberId, document DocumentId, number text, year int, code text, search text
UPDATE documents_document SET number = $3, number_year = $4, code = $5, issuing = 'waiting', search = search || ' ' || $6
WHERE chamber_id = $1 AND document_id = $2 AND state = 'approved' AND number = '';

-- name: documents_set_issuing :rows
-- Names the step that issuing stands at, with words for the officer.
-- param chamber ChamberId, document DocumentId, issuing text, words text
UPDATE documents_document SET issuing = $3, issuing_note = $4
WHERE chamber_id = $1 AND document_id = $2 AND state = 'approved';

-- name: documents_finish_issuing :rows
-- The sealed file is stored: the document is issued.
-- param chamber ChamberId, document DocumentId, sha256 bytes, size int, now time
UPDATE documents_document SET state = 'issued', issuing = 'stored', issuing_note = '', issued_at = $5, changed_at = $5, pdf_sha256 = $3, pdf_size = $4
WHERE chamber_id = $1 AND document_id = $2 AND state = 'approved';

-- name: documents_write_revision :exec
-- Notes a published revision: its bytes, and the steps that made them.
-- param chamber ChamberId, document DocumentId, revision int, level text, sha256 bytes, size int, now time, steps text
INSERT INTO documents_revision (chamber_id, document_id, revision, level, sha256, size, made_at, steps) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: documents_revisions :many
-- The published revisions of a document, first to last.
-- param chamber ChamberId, document DocumentId
SELECT revision, level, sha256, size, made_at, steps FROM documents_revision WHERE chamber_id = $1 AND document_id = $2 ORDER BY revision;

-- name: documents_unfinished_of :many
-- What is kept of a document's revision on its way; one row at most.
-- param chamber ChamberId, document DocumentId
SELECT revision, level, step, steps, bytes, sha256 FROM documents_unfinished WHERE chamber_id = $1 AND document_id = $2 LIMIT 1;

-- name: documents_unfinished_steps :many
-- How far a document's revision on its way has come; one row at most.
-- param chamber ChamberId, document DocumentId
SELECT revision, level, step, steps FROM documents_unfinished WHERE chamber_id = $1 AND document_id = $2 LIMIT 1;

-- name: documents_keep_first :rows
-- Keeps the first bytes of a revision on its way, unless another attempt has kept some already.
-- param chamber ChamberId, document DocumentId, revision int, level text, step text, steps text, bytes bytes, sha256 bytes, now time
INSERT INTO documents_unfinished (chamber_id, document_id, revision, level, step, steps, bytes, sha256, kept_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: documents_keep_next :rows
-- Puts the bytes of a later step in the place of those that it was made from.
-- param chamber ChamberId, document DocumentId, revision int, from bytes, step text, steps text, bytes bytes, sha256 bytes, now time
UPDATE documents_unfinished SET step = $5, steps = $6, bytes = $7, sha256 = $8, kept_at = $9
WHERE chamber_id = $1 AND document_id = $2 AND revision = $3 AND sha256 = $4;

-- name: documents_publish :rows
-- Removes what was kept of a revision: these very bytes are published in the same transaction, or nobody wants them any more.
-- param chamber ChamberId, document DocumentId, revision int, sha256 bytes
DELETE FROM documents_unfinished WHERE chamber_id = $1 AND document_id = $2 AND revision = $3 AND sha256 = $4;

-- name: documents_outages :many
-- What steps do not get at present.
-- param chamber ChamberId
SELECT step, since, tries, next_try, words FROM documents_outage WHERE chamber_id = $1 ORDER BY step;

-- name: documents_note_outage :rows
-- Notes that a step did not get what it needs, for the first time.
-- param chamber ChamberId, step text, now time, next_try time, words text
INSERT INTO documents_outage (chamber_id, step, since, tries, next_try, words) VALUES ($1, $2, $3, 1, $4, $5)
ON CONFLICT DO NOTHING;

-- name: documents_prolong_outage :rows
-- Notes another try in vain, unless somebody else has tried since `seen`.
-- param chamber ChamberId, step text, seen int, next_try time, words text
UPDATE documents_outage SET tries = tries + 1, next_try = $4, words = $5 WHERE chamber_id = $1 AND step = $2 AND tries = $3;

-- name: documents_describe_outage :rows
-- What was heard at the last try.
-- param chamber ChamberId, step text, next_try time, words text
UPDATE documents_outage SET next_try = $3, words = $4 WHERE chamber_id = $1 AND step = $2;

-- name: documents_hasten_outages :rows
-- An officer wants it tried now.
-- param chamber ChamberId, now time
UPDATE documents_outage SET next_try = $2 WHERE chamber_id = $1 AND next_try > $2;

-- name: documents_end_outage :rows
-- A step got what it needs again.
-- param chamber ChamberId, step text
DELETE FROM documents_outage WHERE chamber_id = $1 AND step = $2;

-- name: documents_waiting_at :many
-- Approved documents that wait at a step, oldest first.
-- param chamber ChamberId, step text, limit int
SELECT document_id FROM documents_document WHERE chamber_id = $1 AND state = 'approved' AND issuing = $2 ORDER BY submitted_at LIMIT $3;

-- name: documents_all_revisions :each
-- The sealed file of each issued document of a chamber: for check. Renewals hold the bytes of the revisions before them.
-- param chamber ChamberId
SELECT r.document_id, r.revision, r.sha256, r.size FROM documents_revision r
JOIN documents_document d ON d.chamber_id = r.chamber_id AND d.document_id = r.document_id
WHERE r.chamber_id = $1 AND d.issued_at > 0 AND r.sha256 = d.pdf_sha256;

-- name: documents_all :each
-- Every document of a chamber: for check.
-- param chamber ChamberId
-- row: DocumentsRow
SELECT document_id, firm_id, type, state, version, body, exporter_name, consignee_name, origin_country, destination_country, reference, created_at,
    created_by, changed_at, submitted_at, submitted_by, locked_by, locked_until, decided_at, decided_by, officer_name, number, number_year, code,
    issuing, issuing_note, issued_at, pdf_sha256, pdf_size, replaces, replaced_by, ended_at, ended_reason
FROM documents_document WHERE chamber_id = $1;

-- name: documents_last_witness :many
-- What the last act on a document left behind, by the audit chain; none where no act is known.
-- param chamber ChamberId, document DocumentId
SELECT witness FROM chambers_public_act
WHERE chamber_id = $1 AND subject = $2 AND witness <> CAST('' AS bytes) ORDER BY sequence DESC LIMIT 1;

-- name: documents_lost :each
-- Documents that the audit chain saw made and that are not there any more.
-- param chamber ChamberId
SELECT a.subject FROM chambers_public_act a
WHERE a.chamber_id = $1 AND a.act = 'documents.create'
    AND NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.chamber_id = a.chamber_id AND d.document_id = a.subject);

-- name: documents_all_attachments :each
-- Every attachment's file of a chamber: for check.
-- param chamber ChamberId
SELECT document_id, attachment_id, sha256 FROM documents_attachment WHERE chamber_id = $1;

-- name: documents_replace :rows
-- Marks an issued document as replaced by another one.
-- param chamber ChamberId, document DocumentId, by DocumentId, now time, reason text
UPDATE documents_document SET state = 'replaced', replaced_by = $3, ended_at = $4, ended_reason = $5, changed_at = $4
WHERE chamber_id = $1 AND document_id = $2 AND state = 'issued';

-- name: documents_cancel :rows
-- Cancels an issued document for a reason.
-- param chamber ChamberId, document DocumentId, now time, reason text
UPDATE documents_document SET state = 'cancelled', ended_at = $3, ended_reason = $4, changed_at = $3
WHERE chamber_id = $1 AND document_id = $2 AND state = 'issued';

-- name: documents_replacement_of :many
-- The applications that would replace a document and are still under way.
-- param chamber ChamberId, document DocumentId, firm FirmId
SELECT document_id, state FROM documents_document
WHERE chamber_id = $1 AND firm_id = $3 AND replaces = $2
    AND (state = 'draft' OR state = 'submitted' OR state = 'returned' OR state = 'approved');

-- name: documents_of_firm :many
-- A firm's documents, last changed first; empty state, type or search: any. `search` is a pattern with % for LIKE, escaped by \.
-- param chamber ChamberId, firm FirmId, state text, type text, search text, limit int, skip int
-- row: DocumentsListRow
SELECT document_id, type, state, exporter_name, consignee_name, destination_country, reference, number, changed_at, submitted_at, issued_at, locked_by, locked_until
FROM documents_document
WHERE chamber_id = $1 AND firm_id = $2 AND ($3 = '' OR state = $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR search LIKE $5 ESCAPE '\')
ORDER BY changed_at DESC, document_id DESC LIMIT $6 OFFSET $7;

-- name: documents_count_of_firm :one
-- How many documents_of_firm has in all.
-- param chamber ChamberId, firm FirmId, state text, type text, search text
-- column total int
SELECT count(*) AS total FROM documents_document
WHERE chamber_id = $1 AND firm_id = $2 AND ($3 = '' OR state = $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR search LIKE $5 ESCAPE '\');

-- name: documents_queue :many
-- What was handed in and stands in a state, oldest first: for officers. Drafts are nobody else's business, withdrawn ones neither.
-- param chamber ChamberId, state text, search text, limit int, skip int
-- row: DocumentsListRow
SELECT document_id, type, state, exporter_name, consignee_name, destination_country, reference, number, changed_at, submitted_at, issued_at, locked_by, locked_until
FROM documents_document
WHERE chamber_id = $1 AND state = $2 AND submitted_at > 0 AND ($3 = '' OR search LIKE $3 ESCAPE '\')
ORDER BY submitted_at, document_id LIMIT $4 OFFSET $5;

-- name: documents_count_queue :one
-- How many documents_queue has in all.
-- param chamber ChamberId, state text, search text
-- column total int
SELECT count(*) AS total FROM documents_document
WHERE chamber_id = $1 AND state = $2 AND submitted_at > 0 AND ($3 = '' OR search LIKE $3 ESCAPE '\');

-- name: documents_register :many
-- Issued documents, also replaced and cancelled ones, last issued first, from before a moment; of those of that very moment the ones whose id is smaller.
-- param chamber ChamberId, before time, behind DocumentId, search text, limit int
-- row: DocumentsRegisterRow
SELECT document_id, type, state, exporter_name, consignee_name, origin_country, destination_country, reference, number, issued_at, officer_name
FROM documents_document
WHERE chamber_id = $1 AND issued_at > 0 AND issued_at <= $2 AND (issued_at < $2 OR document_id < $3) AND ($4 = '' OR search LIKE $4 ESCAPE '\')
ORDER BY issued_at DESC, document_id DESC LIMIT $5;

-- name: documents_by_number :many
-- Documents with a number: one at most, by the numbering's promise.
-- param chamber ChamberId, number text
-- row: DocumentsRow
SELECT document_id, firm_id, type, state, version, body, exporter_name, consignee_name, origin_country, destination_country, reference, created_at,
    created_by, changed_at, submitted_at, submitted_by, locked_by, locked_until, decided_at, decided_by, officer_name, number, number_year, code,
    issuing, issuing_note, issued_at, pdf_sha256, pdf_size, replaces, replaced_by, ended_at, ended_reason
FROM documents_document WHERE chamber_id = $1 AND number = $2 LIMIT 2;

-- name: documents_by_revision :many
-- The documents that a sealed file belongs to, by its hash.
-- param chamber ChamberId, sha256 bytes
SELECT document_id, revision FROM documents_revision WHERE chamber_id = $1 AND sha256 = $2 LIMIT 2;

-- name: documents_insert_attachment :exec
-- Adds a file to an application.
-- param chamber ChamberId, document DocumentId, attachment AttachmentId, kind text, name text, media_type text, size int, sha256 bytes, now time, account AccountId
INSERT INTO documents_attachment (chamber_id, document_id, attachment_id, kind, name, media_type, size, sha256, added_at, added_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: documents_attachments :many
-- The files of an application, in the order in which they came.
-- param chamber ChamberId, document DocumentId
-- row: DocumentsAttachmentRow
SELECT attachment_id, kind, name, media_type, size, sha256, added_at FROM documents_attachment
WHERE chamber_id = $1 AND document_id = $2 ORDER BY attachment_id;

-- name: documents_attachment_by_id :one
-- One file of an application.
-- param chamber ChamberId, document DocumentId, attachment AttachmentId
-- row: DocumentsAttachmentRow
SELECT attachment_id, kind, name, media_type, size, sha256, added_at FROM documents_attachment
WHERE chamber_id = $1 AND document_id = $2 AND attachment_id = $3;

-- name: documents_remove_attachment :rows
-- Takes a file out of an application.
-- param chamber ChamberId, document DocumentId, attachment AttachmentId
DELETE FROM documents_attachment WHERE chamber_id = $1 AND document_id = $2 AND attachment_id = $3;

-- name: documents_insert_remark :exec
-- An officer's words about one box.
-- param chamber ChamberId, document DocumentId, remark RemarkId, version int, field text, words text, now time, account AccountId
INSERT INTO documents_remark (chamber_id, document_id, remark_id, version, field, words, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: documents_remarks :many
-- The remarks of all versions, in order.
-- param chamber ChamberId, document DocumentId
SELECT remark_id, version, field, words, made_at FROM documents_remark WHERE chamber_id = $1 AND document_id = $2 ORDER BY remark_id;

-- name: documents_insert_event :exec
-- A line of the history that both sides see.
-- param chamber ChamberId, document DocumentId, event DocumentEventId, now time, account AccountId, person text, act text, words text
INSERT INTO documents_event (chamber_id, document_id, event_id, at, account_id, person_name, act, words) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: documents_events :many
-- The history, newest first.
-- param chamber ChamberId, document DocumentId
-- row: DocumentsEventRow
SELECT event_id, at, account_id, person_name, act, words FROM documents_event WHERE chamber_id = $1 AND document_id = $2 ORDER BY event_id DESC;

-- name: documents_protect :exec
-- Notes until when a document's file is protected.
-- param chamber ChamberId, document DocumentId, revision int, level text, earliest time, latest time, renew time
INSERT INTO documents_protection (chamber_id, document_id, revision, level, earliest, latest, renew_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (chamber_id, document_id) DO UPDATE SET revision = $3, level = $4, earliest = $5, latest = $6, renew_at = $7;

-- name: documents_protection_of :many
-- How a document's file is protected; one row at most.
-- param chamber ChamberId, document DocumentId
SELECT revision, level, earliest, latest, renew_at FROM documents_protection WHERE chamber_id = $1 AND document_id = $2;

-- name: documents_protection_due :many
-- Documents whose protection is to be renewed, those first that are due longest.
-- param chamber ChamberId, now time, limit int
SELECT document_id, latest, renew_at FROM documents_protection WHERE chamber_id = $1 AND renew_at <= $2 ORDER BY renew_at LIMIT $3;

-- name: documents_protection_summary :one
-- How many files a chamber's archive protects, and when the next ones are due and end.
-- param chamber ChamberId, now time
-- column total int, due int, next_renewal time, first_end time
SELECT count(*) AS total, COALESCE(sum(CASE WHEN renew_at <= $2 THEN 1 ELSE 0 END), 0) AS due, COALESCE(min(renew_at), 0) AS next_renewal,
    COALESCE(min(latest), 0) AS first_end
FROM documents_protection WHERE chamber_id = $1;

-- name: documents_renew_file :rows
-- The renewed file takes the place of the one that it holds.
-- param chamber ChamberId, document DocumentId, from bytes, sha256 bytes, size int
UPDATE documents_document SET pdf_sha256 = $4, pdf_size = $5 WHERE chamber_id = $1 AND document_id = $2 AND pdf_sha256 = $3;

-- name: documents_superseded :many
-- Files of revisions that a renewal made before `before` holds whole.
-- param chamber ChamberId, before time, limit int
SELECT r.document_id, r.revision, r.sha256 FROM documents_revision r
JOIN documents_revision n ON n.chamber_id = r.chamber_id AND n.document_id = r.document_id AND n.revision = r.revision + 1
WHERE r.chamber_id = $1 AND n.made_at < $2 AND r.removed = false AND n.chamber_id = $1 LIMIT $3;

-- name: documents_note_removed :rows
-- The file of a superseded revision is gone.
-- param chamber ChamberId, document DocumentId, revision int
UPDATE documents_revision SET removed = true WHERE chamber_id = $1 AND document_id = $2 AND revision = $3;
