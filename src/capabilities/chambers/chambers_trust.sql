-- Statements on what protects a chamber's documents: levels, time-stamp authorities, anchors, preflight.

-- name: chambers_levels :many
-- The levels that a chamber has set, for types and (empty type) for all others.
-- param chamber ChamberId
SELECT document_type, level FROM chambers_level WHERE chamber_id = $1 ORDER BY document_type;

-- name: chambers_set_level :exec
-- Sets the level of a type.
-- param chamber ChamberId, document_type text, level text
INSERT INTO chambers_level (chamber_id, document_type, level) VALUES ($1, $2, $3)
ON CONFLICT (chamber_id, document_type) DO UPDATE SET level = $3;

-- name: chambers_remove_level :rows
-- A type follows the others again.
-- param chamber ChamberId, document_type text
DELETE FROM chambers_level WHERE chamber_id = $1 AND document_type = $2;

-- name: chambers_stampers :many
-- The time-stamp authorities, in the order in which they are asked.
-- param chamber ChamberId
SELECT position, url, policy, login FROM chambers_stamper WHERE chamber_id = $1 ORDER BY position;

-- name: chambers_insert_stamper :exec
-- Adds a time-stamp authority.
-- param chamber ChamberId, position int, url text, policy text, login text
INSERT INTO chambers_stamper (chamber_id, position, url, policy, login) VALUES ($1, $2, $3, $4, $5);

-- name: chambers_remove_stampers :rows
-- Removes all time-stamp authorities, so that the new list can be written.
-- param chamber ChamberId
DELETE FROM chambers_stamper WHERE chamber_id = $1;

-- name: chambers_anchors :many
-- The provider's anchors, as they were added.
-- param chamber ChamberId
SELECT sha256, subject, not_after, certificate FROM chambers_anchor WHERE chamber_id = $1 ORDER BY added_at, sha256;

-- name: chambers_insert_anchor :rows
-- Adds an anchor unless it is there.
-- param chamber ChamberId, sha256 bytes, subject text, not_after time, certificate bytes, now time
INSERT INTO chambers_anchor (chamber_id, sha256, subject, not_after, certificate, added_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: chambers_remove_anchor :rows
-- Removes an anchor.
-- param chamber ChamberId, sha256 bytes
DELETE FROM chambers_anchor WHERE chamber_id = $1 AND sha256 = $2;

-- name: chambers_preflights :many
-- What the last preflight found.
-- param chamber ChamberId
SELECT subject, state, words, since, checked_at FROM chambers_preflight WHERE chamber_id = $1 ORDER BY subject;

-- name: chambers_write_preflight :exec
-- Writes a finding; `since` stays while the state stays.
-- param chamber ChamberId, subject text, state text, words text, now time
INSERT INTO chambers_preflight (chamber_id, subject, state, words, since, checked_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (chamber_id, subject) DO UPDATE SET words = $4, checked_at = $5,
    since = CASE WHEN chambers_preflight.state = $3 THEN chambers_preflight.since ELSE $5 END, state = $3;

-- name: chambers_clean_preflight :rows
-- Removes findings on what is no longer checked.
-- param chamber ChamberId, now time
DELETE FROM chambers_preflight WHERE chamber_id = $1 AND checked_at < $2;
