-- Statements on chambers: tenants, numbering, keys, the audit chain.

-- name: chambers_row_of_host :one
-- The chamber that a host name stands for.
-- across chambers: this is how the chamber of a request is found
-- param host text
-- row: ChambersRow
SELECT c.chamber_id, c.code, c.name, c.country, c.place, c.address, c.languages, c.second_language, c.colour_primary, c.colour_accent, c.logo_sha256,
    c.logo_type, c.mail_name, c.mail_address, c.public_url, c.demonstration, c.changed_at
FROM chambers_host h JOIN chambers_chamber c ON c.chamber_id = h.chamber_id WHERE h.host = $1;

-- name: chambers_row_of_code :one
-- The chamber with a code.
-- across chambers: commands name the chamber by its code
-- param code text
-- row: ChambersRow
SELECT chamber_id, code, name, country, place, address, languages, second_language, colour_primary, colour_accent, logo_sha256, logo_type, mail_name,
    mail_address, public_url, demonstration, changed_at
FROM chambers_chamber WHERE code = $1;

-- name: chambers_row_of_id :one
-- One chamber.
-- param chamber ChamberId
-- row: ChambersRow
SELECT chamber_id, code, name, country, place, address, languages, second_language, colour_primary, colour_accent, logo_sha256, logo_type, mail_name,
    mail_address, public_url, demonstration, changed_at
FROM chambers_chamber WHERE chamber_id = $1;

-- name: chambers_rows_without_host :many
-- The chambers that no host name stands for; at most `limit`.
-- across chambers: the server's start, and names that nobody claims
-- param limit int
-- row: ChambersRow
SELECT chamber_id, code, name, country, place, address, languages, second_language, colour_primary, colour_accent, logo_sha256, logo_type, mail_name,
    mail_address, public_url, demonstration, changed_at
FROM chambers_chamber c WHERE NOT EXISTS (SELECT 1 FROM chambers_host h WHERE h.chamber_id = c.chamber_id) ORDER BY code LIMIT $1;

-- name: chambers_rows :many
-- The chambers of this server by code; at most `limit`.
-- across chambers: the operator's list, and the server's start
-- param limit int
-- row: ChambersRow
SELECT chamber_id, code, name, country, place, address, languages, second_language, colour_primary, colour_accent, logo_sha256, logo_type, mail_name,
    mail_address, public_url, demonstration, changed_at
FROM chambers_chamber ORDER BY code LIMIT $1;

-- name: chambers_insert :exec
-- Makes a chamber.
-- param chamber ChamberId, code text, name text, country text, place text, address text, languages text, second_language text, mail_address text, public_url text, demonstration bool, now time, primary text, accent text
INSERT INTO chambers_chamber (chamber_id, code, name, country, place, address, languages, second_language, colour_primary, colour_accent, logo_sha256,
    logo_type, mail_name, mail_address, public_url, demonstration, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $13, $14, CAST('' AS bytes), '', $3, $9, $10, $11, $12, $12);

-- name: chambers_insert_host :exec
-- Lets a host name stand for a chamber.
-- param chamber ChamberId, host text
INSERT INTO chambers_host (host, chamber_id) VALUES ($2, $1);

-- name: chambers_update :rows
-- Writes a chamber's settings.
-- param chamber ChamberId, name text, place text, address text, languages text, second_language text, primary text, accent text, mail_name text, mail_address text, public_url text, now time
UPDATE chambers_chamber SET name = $2, place = $3, address = $4, languages = $5, second_language = $6, colour_primary = $7, colour_accent = $8,
    mail_name = $9, mail_address = $10, public_url = $11, changed_at = $12
WHERE chamber_id = $1;

-- name: chambers_update_logo :rows
-- Sets a chamber's picture; empty: none.
-- param chamber ChamberId, sha256 bytes, media_type text, now time
UPDATE chambers_chamber SET logo_sha256 = $2, logo_type = $3, changed_at = $4 WHERE chamber_id = $1;

-- name: chambers_numberings :many
-- The number patterns of a chamber.
-- param chamber ChamberId
-- row: ChambersNumberingRow
SELECT series, pattern FROM chambers_numbering WHERE chamber_id = $1 ORDER BY series;

-- name: chambers_numbering_of :many
-- The pattern of one series; none where the chamber keeps the default.
-- param chamber ChamberId, series text
-- row: ChambersNumberingRow
SELECT series, pattern FROM chambers_numbering WHERE chamber_id = $1 AND series = $2;

-- name: chambers_set_numbering :exec
-- Sets the pattern of one series.
-- param chamber ChamberId, series text, pattern text
INSERT INTO chambers_numbering (chamber_id, series, pattern) VALUES ($1, $2, $3)
ON CONFLICT (chamber_id, series) DO UPDATE SET pattern = $3;

-- name: chambers_count_up :exec
-- Takes the next number of a series; the row is locked until the transaction ends.
-- param chamber ChamberId, series text, year int
INSERT INTO chambers_counter (chamber_id, series, year, last_number) VALUES ($1, $2, $3, 1)
ON CONFLICT (chamber_id, series, year) DO UPDATE SET last_number = chambers_counter.last_number + 1;

-- name: chambers_last_number :one
-- The number that was taken last.
-- param chamber ChamberId, series text, year int
SELECT last_number FROM chambers_counter WHERE chamber_id = $1 AND series = $2 AND year = $3;

-- name: chambers_counters :many
-- The numbers taken last in a year, of each series that has any.
-- param chamber ChamberId, year int
SELECT series, last_number FROM chambers_counter WHERE chamber_id = $1 AND year = $2 ORDER BY series;

-- name: chambers_keep_shape :exec
-- Notes what a series' numbers look like; a shape stays with the series that had it first.
-- param chamber ChamberId, shape text, series text
INSERT INTO chambers_shape (chamber_id, shape, series) VALUES ($1, $2, $3) ON CONFLICT (chamber_id, shape) DO NOTHING;

-- name: chambers_shape_of :one
-- Which series a shape belongs to.
-- param chamber ChamberId, shape text
SELECT series FROM chambers_shape WHERE chamber_id = $1 AND shape = $2;

-- name: chambers_hosts :many
-- The host names of a chamber.
-- across chambers: host names are a table of the whole installation
-- param chamber ChamberId
SELECT host FROM chambers_host WHERE chamber_id = $1 ORDER BY host;

-- name: chambers_remove_host :rows
-- Takes a host name from a chamber.
-- across chambers: host names are a table of the whole installation
-- param chamber ChamberId, host text
DELETE FROM chambers_host WHERE chamber_id = $1 AND host = $2;

-- name: chambers_last_audit :many
-- The last event of the chain; none in a new chamber.
-- param chamber ChamberId
-- row: ChambersAuditRow
SELECT sequence, event_id, at, account_id, act, subject, detail, witness, previous_hash, hash FROM chambers_audit
WHERE chamber_id = $1 ORDER BY sequence DESC LIMIT 1;

-- name: chambers_audit_heads :many
-- Where the chain should end; none in a new chamber.
-- param chamber ChamberId
-- row: ChambersAuditHeadRow
SELECT sequence, hash, mac FROM chambers_audit_head WHERE chamber_id = $1;

-- name: chambers_set_audit_head :exec
-- Says where the chain ends from now on.
-- param chamber ChamberId, sequence int, hash bytes, mac bytes
INSERT INTO chambers_audit_head (chamber_id, sequence, hash, mac) VALUES ($1, $2, $3, $4)
ON CONFLICT (chamber_id) DO UPDATE SET sequence = $2, hash = $3, mac = $4;

-- name: chambers_insert_audit :exec
-- Appends an event.
-- param chamber ChamberId, sequence int, event AuditEventId, now time, account AccountId, act text, subject int, detail text, previous bytes, hash bytes, witness bytes
INSERT INTO chambers_audit (chamber_id, sequence, event_id, at, account_id, act, subject, detail, previous_hash, hash, witness)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: chambers_audit_from :many
-- Events in order from a sequence number on.
-- param chamber ChamberId, from int, limit int
-- row: ChambersAuditRow
SELECT sequence, event_id, at, account_id, act, subject, detail, witness, previous_hash, hash FROM chambers_audit
WHERE chamber_id = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3;

-- name: chambers_audit_before :many
-- The events before a sequence number, newest first, with the person's name: for the page.
-- param chamber ChamberId, before int, limit int
-- column name text
SELECT a.sequence, a.at, a.act, a.subject, a.detail, COALESCE(p.name, '') AS name FROM chambers_audit a
LEFT JOIN accounts_public_person p ON p.chamber_id = a.chamber_id AND p.account_id = a.account_id
WHERE a.chamber_id = $1 AND a.sequence < $2 ORDER BY a.sequence DESC LIMIT $3;

-- name: chambers_audit_of :many
-- What happened to one subject, newest first, with the person's name.
-- param chamber ChamberId, subject int, limit int
-- column name text
-- row: ChambersAuditBeforeRow
SELECT a.sequence, a.at, a.act, a.subject, a.detail, COALESCE(p.name, '') AS name FROM chambers_audit a
LEFT JOIN accounts_public_person p ON p.chamber_id = a.chamber_id AND p.account_id = a.account_id
WHERE a.chamber_id = $1 AND a.subject = $2 ORDER BY a.sequence DESC LIMIT $3;

-- name: chambers_documents_of_firm :one
-- What a firm's documents wait for, in figures.
-- param chamber ChamberId, firm FirmId
-- column drafts int
-- column returned int
-- column submitted int
-- column issued int
SELECT COALESCE(SUM(CASE WHEN state = 'draft' THEN 1 ELSE 0 END), 0) AS drafts,
    COALESCE(SUM(CASE WHEN state = 'returned' THEN 1 ELSE 0 END), 0) AS returned,
    COALESCE(SUM(CASE WHEN state = 'submitted' OR state = 'approved' THEN 1 ELSE 0 END), 0) AS submitted,
    COALESCE(SUM(CASE WHEN state = 'issued' THEN 1 ELSE 0 END), 0) AS issued
FROM documents_public_document WHERE chamber_id = $1 AND firm_id = $2;

-- name: chambers_queue :one
-- What waits for the officers, and since when.
-- param chamber ChamberId
-- column waiting int
-- column sealing int
-- column oldest time
SELECT COALESCE(SUM(CASE WHEN state = 'submitted' THEN 1 ELSE 0 END), 0) AS waiting,
    COALESCE(SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END), 0) AS sealing,
    COALESCE(MIN(CASE WHEN state = 'submitted' THEN submitted_at END), 0) AS oldest
FROM documents_public_document WHERE chamber_id = $1 AND state IN ('submitted', 'approved');

-- name: chambers_waiting :many
-- The firms that wait for the chamber, longest first.
-- param chamber ChamberId, limit int
SELECT firm_id, name, city, since FROM members_public_waiting WHERE chamber_id = $1 ORDER BY since, firm_id LIMIT $2;

-- name: chambers_waiting_count :one
-- How many there are.
-- param chamber ChamberId
-- column total int
SELECT count(*) AS total FROM members_public_waiting WHERE chamber_id = $1;
