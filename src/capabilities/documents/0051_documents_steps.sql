-- The steps of issuing: what a document has come through, the bytes that wait for the next step, and outages of what is asked.

-- The last bytes of a revision on its way, one row for each document and revision; gone when the revision is published. `step` is the last
-- one that these bytes came through, `steps` has a line for each: name, time in microseconds, SHA-256 of its bytes, their size.
CREATE TABLE documents_unfinished (
    chamber_id ChamberId,
    document_id DocumentId,
    revision int,
    level text,
    step text,
    steps text,
    bytes bytes,
    sha256 bytes,
    kept_at time,
    PRIMARY KEY (chamber_id, document_id, revision)
);

-- The same lines of a published revision.
ALTER TABLE documents_revision ADD COLUMN steps text DEFAULT '';

-- What a step needs and does not get: one row while it lasts, so that one document asks for all others and officers are told once.
CREATE TABLE documents_outage (
    chamber_id ChamberId,
    step text,
    since time,
    tries int,
    next_try time,
    words text,
    PRIMARY KEY (chamber_id, step)
);
