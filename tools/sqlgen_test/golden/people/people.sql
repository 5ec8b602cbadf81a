-- People and what they read of others.

-- name: people_titles :many
-- Titles of open notes: of a room that publishes them.
-- param chamber ChamberId
SELECT title FROM notes_public_open WHERE chamber_id = $1;
