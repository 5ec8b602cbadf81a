-- Statements on the seal keys of chambers.

-- name: chambers_insert_key :exec
-- Notes a key; without a certificate its times are 0.
-- param chamber ChamberId, name text, kind text, algorithm text, file text, secret text, subject text, certificate_sha256 bytes, chain bytes, not_before time, not_after time, active bool, now time
INSERT INTO chambers_key (chamber_id, name, kind, algorithm, file, secret, subject, certificate_sha256, chain, not_before, not_after, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: chambers_keys :many
-- The seal keys of a chamber, newest first.
-- param chamber ChamberId
SELECT name, kind, algorithm, file, secret, subject, certificate_sha256, chain, not_before, not_after, active, created_at, retired_at
FROM chambers_key WHERE chamber_id = $1 ORDER BY created_at DESC, name DESC;

-- name: chambers_certify_key :rows
-- Notes the certificate of a key.
-- param chamber ChamberId, name text, subject text, certificate_sha256 bytes, chain bytes, not_before time, not_after time
UPDATE chambers_key SET subject = $3, certificate_sha256 = $4, chain = $5, not_before = $6, not_after = $7 WHERE chamber_id = $1 AND name = $2;

-- name: chambers_retire_keys :rows
-- The active key seals no more; it stays in the list.
-- param chamber ChamberId, now time
UPDATE chambers_key SET active = FALSE, retired_at = $2 WHERE chamber_id = $1 AND active;

-- name: chambers_activate_key :rows
-- From now on this key seals.
-- param chamber ChamberId, name text
UPDATE chambers_key SET active = TRUE, retired_at = 0 WHERE chamber_id = $1 AND name = $2;
