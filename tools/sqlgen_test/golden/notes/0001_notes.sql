-- Notes of a chamber, each of one of its people.
-- ids: NoteId

CREATE TABLE notes_note (
    chamber_id ChamberId,
    id NoteId,
    account_id AccountId,
    title text,
    body bytes DEFAULT '',
    done bool DEFAULT FALSE,
    created_at time,
    weight int DEFAULT -1 CHECK (weight >= -1),
    kind text DEFAULT 'plain' CHECK (kind IN ('plain', 'it''s "quoted" \ so')), -- the kinds
    PRIMARY KEY (chamber_id, id)
);
CREATE UNIQUE INDEX notes_note_title ON notes_note (chamber_id, title);
CREATE INDEX notes_note_open ON notes_note (chamber_id, created_at) WHERE done = FALSE;

CREATE TABLE notes_line (
    chamber_id ChamberId,
    note_id NoteId,
    number int,
    words text,
    PRIMARY KEY (chamber_id, note_id, number),
    FOREIGN KEY (chamber_id, note_id) REFERENCES notes_note (chamber_id, id)
);

-- shared: one row for the whole program
CREATE TABLE notes_setting (
    name text PRIMARY KEY,
    value text
);
INSERT INTO notes_setting (name, value) VALUES ('greeting', 'hello');
