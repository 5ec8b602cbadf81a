-- By what a chamber's documents are protected: levels, time-stamp authorities, anchors, and the last preflight.

-- The level of a type of document that has one of its own; the empty type stands for all others.
CREATE TABLE chambers_level (
    chamber_id ChamberId,
    document_type text,
    level text,
    PRIMARY KEY (chamber_id, document_type)
);

-- Time-stamp authorities in the order in which they are asked. `login` names a file of the operator's in the folder logins.
CREATE TABLE chambers_stamper (
    chamber_id ChamberId,
    position int,
    url text,
    policy text,
    login text,
    PRIMARY KEY (chamber_id, position)
);

-- Certificates of the trust service provider from which paths of seals and time stamps start.
CREATE TABLE chambers_anchor (
    chamber_id ChamberId,
    sha256 bytes,
    subject text,
    not_after time,
    certificate bytes,
    added_at time,
    PRIMARY KEY (chamber_id, sha256)
);

-- What the last preflight found; `state`: good, warning, bad. `since`: from when on it has been so.
CREATE TABLE chambers_preflight (
    chamber_id ChamberId,
    subject text,
    state text,
    words text,
    since time,
    checked_at time,
    PRIMARY KEY (chamber_id, subject)
);
