-- The member firms of a chamber.
CREATE TABLE members_firm (
    chamber_id ChamberId,
    firm_id FirmId,
    name text,
    registration_number text,
    tax_number text,
    street text,
    postcode text,
    city text,
    country text,
    email text,
    phone text,
    website text,
    state text,
    applied_at time,
    applied_by AccountId,
    decided_at time,
    decided_by AccountId,
    reason text,
    PRIMARY KEY (chamber_id, firm_id)
);
CREATE UNIQUE INDEX members_firm_registration ON members_firm (chamber_id, registration_number);
CREATE INDEX members_firm_state ON members_firm (chamber_id, state, applied_at);

CREATE VIEW members_public_firm AS
    SELECT chamber_id, firm_id, name, registration_number, tax_number, street, postcode, city, country, state
    FROM members_firm;
