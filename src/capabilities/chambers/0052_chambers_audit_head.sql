-- The end of each audit chain, kept beside it under a keyed hash: a chain that was cut no longer ends there.

CREATE TABLE chambers_audit_head (
    chamber_id ChamberId,
    sequence int,
    hash bytes,
    mac bytes,
    PRIMARY KEY (chamber_id)
);

-- What the act left behind, as a hash over the thing that it was about; empty: the act says all.
ALTER TABLE chambers_audit ADD COLUMN witness bytes DEFAULT '';

CREATE VIEW chambers_public_act AS
    SELECT chamber_id, sequence, act, subject, witness FROM chambers_audit;
