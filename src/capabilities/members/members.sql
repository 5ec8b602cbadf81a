-- Statements on member firms.

-- name: members_insert :exec
-- Adds a firm.
-- param chamber ChamberId, firm FirmId, name text, registration_number text, tax_number text, street text, postcode text, city text, country text, email text, phone text, website text, state text, now time, account AccountId, search text, sort_key bytes
INSERT INTO members_firm (chamber_id, firm_id, name, registration_number, tax_number, street, postcode, city, country, email, phone, website, state,
    applied_at, applied_by, decided_at, decided_by, reason, search, sort_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, '', $16, $17);

-- name: members_by_id :one
-- One firm.
-- param chamber ChamberId, firm FirmId
-- row: MembersFirmRow
SELECT firm_id, name, registration_number, tax_number, street, postcode, city, country, email, phone, website, state, applied_at, decided_at, reason
FROM members_firm WHERE chamber_id = $1 AND firm_id = $2;

-- name: members_by_registration :one
-- The firm with a registration number.
-- param chamber ChamberId, registration_number text
-- row: MembersFirmRow
SELECT firm_id, name, registration_number, tax_number, street, postcode, city, country, email, phone, website, state, applied_at, decided_at, reason
FROM members_firm WHERE chamber_id = $1 AND registration_number = $2;

-- name: members_by_name :many
-- Admitted firms with exactly this name, or this tax number if one is given; two are enough to see that it is not clear.
-- param chamber ChamberId, name text, tax_number text
-- row: MembersFirmRow
SELECT firm_id, name, registration_number, tax_number, street, postcode, city, country, email, phone, website, state, applied_at, decided_at, reason
FROM members_firm
WHERE chamber_id = $1 AND state = 'admitted' AND (name = $2 OR ($3 <> '' AND tax_number = $3)) LIMIT 2;

-- name: members_firms :many
-- Firms in a state (empty: any; waiting: those that wait for a decision) with the words of `search` (a LIKE pattern; empty: any), sorted by
-- "name", "newest" or "oldest".
-- param chamber ChamberId, state text, search text, sort text, limit int, skip int
-- column change_waits int
SELECT f.firm_id, f.name, f.registration_number, f.tax_number, f.street, f.postcode, f.city, f.country, f.email, f.phone, f.website, f.state,
    f.applied_at, f.decided_at, CASE WHEN c.firm_id IS NULL THEN 0 ELSE 1 END AS change_waits
FROM members_firm f LEFT JOIN members_change c ON c.chamber_id = f.chamber_id AND c.firm_id = f.firm_id
WHERE f.chamber_id = $1 AND ($2 = '' OR f.state = $2 OR ($2 = 'waiting' AND (f.state = 'applied' OR c.firm_id IS NOT NULL)))
    AND ($3 = '' OR f.search LIKE $3 ESCAPE '\')
ORDER BY CASE WHEN $4 = 'name' THEN f.sort_key ELSE CAST('' AS bytes) END,
    CASE WHEN $4 = 'newest' THEN -f.applied_at WHEN $4 = 'oldest' THEN f.applied_at ELSE 0 END, f.firm_id
LIMIT $5 OFFSET $6;

-- name: members_count :one
-- How many members_firms has in all.
-- param chamber ChamberId, state text, search text
-- column total int
SELECT count(*) AS total
FROM members_firm f LEFT JOIN members_change c ON c.chamber_id = f.chamber_id AND c.firm_id = f.firm_id
WHERE f.chamber_id = $1 AND ($2 = '' OR f.state = $2 OR ($2 = 'waiting' AND (f.state = 'applied' OR c.firm_id IS NOT NULL)))
    AND ($3 = '' OR f.search LIKE $3 ESCAPE '\');

-- name: members_count_waiting :one
-- How much waits for the chamber: applications and changes.
-- param chamber ChamberId
-- column total int
SELECT count(*) AS total FROM members_public_waiting WHERE chamber_id = $1;

-- name: members_count_applied_by :one
-- How many firms of a person wait for the chamber.
-- param chamber ChamberId, account AccountId
-- column total int
SELECT count(*) AS total FROM members_firm WHERE chamber_id = $1 AND applied_by = $2 AND state = 'applied';

-- name: members_decide :rows
-- Puts a firm that is in one of two states into another one.
-- param chamber ChamberId, firm FirmId, state text, now time, account AccountId, reason text, from text, or_from text
UPDATE members_firm SET state = $3, decided_at = $4, decided_by = $5, reason = $6
WHERE chamber_id = $1 AND firm_id = $2 AND (state = $7 OR state = $8);

-- name: members_apply_again :rows
-- A refused firm asks once more.
-- param chamber ChamberId, firm FirmId, now time, account AccountId
UPDATE members_firm SET state = 'applied', applied_at = $3, applied_by = $4, reason = '' WHERE chamber_id = $1 AND firm_id = $2 AND state = 'refused';

-- name: members_write_contact :rows
-- Writes what a firm may change by itself.
-- param chamber ChamberId, firm FirmId, street text, postcode text, city text, email text, phone text, website text, search text
UPDATE members_firm SET street = $3, postcode = $4, city = $5, email = $6, phone = $7, website = $8, search = $9
WHERE chamber_id = $1 AND firm_id = $2;

-- name: members_write_identity :rows
-- Writes the statements that the chamber checks.
-- param chamber ChamberId, firm FirmId, name text, registration_number text, tax_number text, country text, search text, sort_key bytes
UPDATE members_firm SET name = $3, registration_number = $4, tax_number = $5, country = $6, search = $7, sort_key = $8
WHERE chamber_id = $1 AND firm_id = $2;

-- name: members_write_change :exec
-- Asks for a change of the statements that the chamber has checked; a second one takes the place of the first.
-- param chamber ChamberId, firm FirmId, name text, registration_number text, tax_number text, country text, now time, account AccountId
INSERT INTO members_change (chamber_id, firm_id, name, registration_number, tax_number, country, asked_at, asked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (chamber_id, firm_id) DO UPDATE SET name = $3, registration_number = $4, tax_number = $5, country = $6, asked_at = $7, asked_by = $8;

-- name: members_change_of :many
-- The change that a firm has asked for: one or none.
-- param chamber ChamberId, firm FirmId
-- row: MembersChangeRow
SELECT name, registration_number, tax_number, country, asked_at FROM members_change WHERE chamber_id = $1 AND firm_id = $2;

-- name: members_end_change :rows
-- The change is decided or taken back.
-- param chamber ChamberId, firm FirmId
DELETE FROM members_change WHERE chamber_id = $1 AND firm_id = $2;

-- name: members_documents :one
-- How many documents a firm has handed in, and how many of them are issued and valid.
-- param chamber ChamberId, firm FirmId
-- column total int
-- column issued int
SELECT count(*) AS total, COALESCE(SUM(CASE WHEN state = 'issued' THEN 1 ELSE 0 END), 0) AS issued
FROM documents_public_document WHERE chamber_id = $1 AND firm_id = $2 AND state <> 'draft';
