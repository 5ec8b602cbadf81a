-- The chambers: the tenants of this installation, their host names, numbering, keys and audit chains.
-- ids: AuditEventId

-- shared: the list of the tenants themselves
CREATE TABLE chambers_chamber (
    chamber_id ChamberId,
    code text,
    name text,
    country text,
    place text,
    address text,
    languages text,
    second_language text,
    colour_primary text,
    colour_accent text,
    logo_sha256 bytes,
    logo_type text,
    mail_name text,
    mail_address text,
    public_url text,
    demonstration bool,
    created_at time,
    changed_at time,
    PRIMARY KEY (chamber_id)
);
CREATE UNIQUE INDEX chambers_chamber_code ON chambers_chamber (code);

-- shared: host names tell the tenants apart
CREATE TABLE chambers_host (
    host text,
    chamber_id ChamberId,
    PRIMARY KEY (host)
);

CREATE TABLE chambers_counter (
    chamber_id ChamberId,
    series text,
    year int,
    last_number int,
    PRIMARY KEY (chamber_id, series, year)
);

CREATE TABLE chambers_numbering (
    chamber_id ChamberId,
    series text,
    pattern text,
    PRIMARY KEY (chamber_id, series)
);

-- What the numbers of a series look like or ever looked like (its first number of 2026): no other series may look like it.
CREATE TABLE chambers_shape (
    chamber_id ChamberId,
    shape text,
    series text,
    PRIMARY KEY (chamber_id, shape)
);

CREATE TABLE chambers_key (
    chamber_id ChamberId,
    name text,
    kind text,
    file text,
    subject text,
    certificate_sha256 bytes,
    not_before time,
    not_after time,
    active bool,
    created_at time,
    PRIMARY KEY (chamber_id, name)
);

CREATE TABLE chambers_audit (
    chamber_id ChamberId,
    sequence int,
    event_id AuditEventId,
    at time,
    account_id AccountId,
    act text,
    subject int,
    detail text,
    previous_hash bytes,
    hash bytes,
    PRIMARY KEY (chamber_id, sequence)
);
CREATE INDEX chambers_audit_subject ON chambers_audit (chamber_id, subject, sequence);

CREATE VIEW chambers_public_chamber AS
    SELECT chamber_id, code, name, country, place FROM chambers_chamber;
