-- The member firms of a chamber.

-- `state`: applied admitted refused suspended. `search` holds name, numbers and city, case-folded; `sort_key` sorts names.
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
    search text,
    sort_key bytes,
    PRIMARY KEY (chamber_id, firm_id)
);
CREATE UNIQUE INDEX members_firm_registration ON members_firm (chamber_id, registration_number);
CREATE INDEX members_firm_state ON members_firm (chamber_id, state, applied_at);
CREATE INDEX members_firm_applicant ON members_firm (chamber_id, applied_by);

-- What a member wants to be changed of the statements that the chamber has checked; they hold once the chamber agrees.
CREATE TABLE members_change (
    chamber_id ChamberId,
    firm_id FirmId,
    name text,
    registration_number text,
    tax_number text,
    country text,
    asked_at time,
    asked_by AccountId,
    PRIMARY KEY (chamber_id, firm_id)
);

CREATE VIEW members_public_firm AS
    SELECT chamber_id, firm_id, name, registration_number, tax_number, street, postcode, city, country, state
    FROM members_firm;
-- What waits for the chamber: an application to be a member, or a change of a member's statements.
CREATE VIEW members_public_waiting AS
    SELECT chamber_id, firm_id, name, city, applied_at AS since FROM members_firm WHERE state = 'applied'
    UNION ALL
    SELECT c.chamber_id, c.firm_id, f.name, f.city, c.asked_at AS since FROM members_change c
    JOIN members_firm f ON f.chamber_id = c.chamber_id AND f.firm_id = c.firm_id WHERE f.state <> 'applied';
