-- A size for each note, and what others may read.
ALTER TABLE notes_note ADD COLUMN size int DEFAULT 0;
UPDATE notes_note SET size = CAST(length(body) AS int);
CREATE VIEW notes_public_open AS SELECT chamber_id, id, title, created_at FROM notes_note WHERE done = FALSE;

-- engine: sqlite
CREATE VIRTUAL TABLE notes_search USING fts5(title, content='');
-- engine: postgresql
CREATE INDEX notes_note_search ON notes_note USING gin (to_tsvector('simple', title));
