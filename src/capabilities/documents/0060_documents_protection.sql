-- Until when sealed files are protected, and when each is renewed.
CREATE TABLE documents_protection (
    chamber_id ChamberId,
    document_id DocumentId,
    revision int,
    level text,
    earliest time,
    latest time,
    renew_at time,
    PRIMARY KEY (chamber_id, document_id)
);
CREATE INDEX documents_protection_due ON documents_protection (chamber_id, renew_at);

-- The file of a revision that a renewal holds whole was removed.
ALTER TABLE documents_revision ADD COLUMN removed bool DEFAULT false;
