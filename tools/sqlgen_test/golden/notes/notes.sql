-- Statements of notes.

-- name: notes_waiting :many
-- Open notes with their lines, oldest first.
-- Kept short: @param, <b> and */ in a comment harm nobody.
-- param chamber ChamberId, before Time, limit int
-- column lines int, first_line text
-- row: NotesQueueRow
SELECT n.id, n.title, count(l.number) AS lines, COALESCE(min(l.words), '') AS first_line, n.created_at
FROM notes_note n
LEFT JOIN notes_line l ON l.chamber_id = n.chamber_id AND l.note_id = n.id -- lines
WHERE n.chamber_id = $1 AND n.done = FALSE AND n.created_at < $2
GROUP BY n.id, n.title, n.created_at
ORDER BY n.created_at LIMIT $3;

-- name: notes_of_person :many
-- Notes of one person, in the same row type.
-- param chamber ChamberId, account AccountId
-- column lines int
-- column first_line text
-- row: NotesQueueRow
SELECT id, title, 2 * 0 AS lines, '' AS first_line, created_at FROM notes_note WHERE chamber_id = $1 AND account_id = $2;

-- name: notes_find :one
-- One note.
-- param chamber ChamberId, id NoteId
SELECT id, account_id, title, body, done, created_at, size FROM notes_note WHERE chamber_id = $1 AND id = $2;

-- name: notes_walk :each
-- All notes, one after the other.
-- param chamber ChamberId
SELECT id, title FROM notes_note WHERE chamber_id = $1 ORDER BY id;

-- name: notes_insert :exec
-- Adds a note.
-- param chamber ChamberId, id NoteId, account AccountId, title text, body bytes, done bool, created Time
INSERT INTO notes_note (chamber_id, id, account_id, title, body, done, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: notes_finish :rows
-- Marks a note as done.
-- param chamber ChamberId, id NoteId
UPDATE notes_note SET done = TRUE WHERE chamber_id = $1 AND id = $2 AND done = FALSE;

-- name: notes_count_all :one
-- How many notes there are, for the operator.
-- across chambers: a figure of the whole program
-- column notes int
SELECT count(*) AS notes FROM notes_note;

-- name: notes_setting :one
-- A setting of the program.
-- param name text
SELECT value FROM notes_setting WHERE name = $1;

-- name: notes_add :one
-- Adds a line and says how many there are.
-- param chamber ChamberId, note NoteId, number int, words text
INSERT INTO notes_line (chamber_id, note_id, number, words) VALUES ($1, $2, $3, $4)
ON CONFLICT (chamber_id, note_id, number) DO UPDATE SET words = excluded.words
RETURNING number;

-- name: notes_search :many
-- Notes whose title has the word.
-- param chamber ChamberId, word text
-- engine: sqlite
SELECT n.id FROM notes_search s JOIN notes_note n ON n.id = s.rowid
WHERE n.chamber_id = $1 AND notes_search MATCH $2;

-- name: notes_search :many
-- engine: postgresql
-- param chamber ChamberId, word text
SELECT id FROM notes_note WHERE chamber_id = $1 AND to_tsvector('simple', title) @@ to_tsquery('simple', $2);
