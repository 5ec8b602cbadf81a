-- Statements on member firms.

-- name: members_insert :exec
-- Adds a firm.
-- param chamber ChamberId, firm FirmId, name text, registration_number text, tax_number text, street text, postcode text, city text, country text, email text, phone text, website text, state text, now time, account AccountId
INSERT INTO members_firm (chamber_id, firm_id, name, registration_number, tax_number, street, postcode, city, country, email, phone, website, state,
    applied_at, applied_by, decided_at, decided_by, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, '');

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
