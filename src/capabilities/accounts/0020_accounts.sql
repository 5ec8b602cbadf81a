-- The accounts: people, how they sign in, their sessions, tokens, roles and invitations.
-- ids: SessionId, ApiTokenId, InvitationId

-- `email` is as the person writes it, `email_key` in lower case: what tells accounts apart. `firm_id` is the firm acted for last.
CREATE TABLE accounts_account (
    chamber_id ChamberId,
    account_id AccountId,
    email text,
    email_key text,
    name text,
    language text,
    password_hash text,
    firm_id FirmId,
    created_at time,
    confirmed_at time,
    disabled_at time,
    PRIMARY KEY (chamber_id, account_id)
);
CREATE UNIQUE INDEX accounts_account_email ON accounts_account (chamber_id, email_key);

-- Roles as bits of http/request.h; firm_id 0: of the chamber.
CREATE TABLE accounts_role (
    chamber_id ChamberId,
    account_id AccountId,
    firm_id FirmId,
    roles int,
    granted_at time,
    PRIMARY KEY (chamber_id, account_id, firm_id)
);
CREATE INDEX accounts_role_firm ON accounts_role (chamber_id, firm_id);

CREATE TABLE accounts_session (
    chamber_id ChamberId,
    token_hash bytes,
    session_id SessionId,
    account_id AccountId,
    firm_id FirmId,
    created_at time,
    seen_at time,
    expires_at time,
    address text,
    agent text,
    PRIMARY KEY (chamber_id, token_hash)
);
CREATE INDEX accounts_session_account ON accounts_session (chamber_id, account_id);
CREATE INDEX accounts_session_expires ON accounts_session (chamber_id, expires_at);

-- What a link in a mail carries: a sign-up (there is no account before it is confirmed) or a new password. Used once.
CREATE TABLE accounts_link (
    chamber_id ChamberId,
    token_hash bytes,
    purpose text,
    account_id AccountId,
    email text,
    email_key text,
    name text,
    language text,
    password_hash text,
    created_at time,
    expires_at time,
    PRIMARY KEY (chamber_id, token_hash)
);
CREATE INDEX accounts_link_email ON accounts_link (chamber_id, email_key, purpose);
CREATE INDEX accounts_link_expires ON accounts_link (chamber_id, expires_at);

CREATE TABLE accounts_invitation (
    chamber_id ChamberId,
    invitation_id InvitationId,
    token_hash bytes,
    email text,
    email_key text,
    firm_id FirmId,
    roles int,
    invited_by AccountId,
    created_at time,
    expires_at time,
    PRIMARY KEY (chamber_id, invitation_id)
);
CREATE UNIQUE INDEX accounts_invitation_token ON accounts_invitation (chamber_id, token_hash);
CREATE UNIQUE INDEX accounts_invitation_firm ON accounts_invitation (chamber_id, firm_id, email_key);
CREATE INDEX accounts_invitation_expires ON accounts_invitation (chamber_id, expires_at);

CREATE TABLE accounts_api_token (
    chamber_id ChamberId,
    token_hash bytes,
    api_token_id ApiTokenId,
    account_id AccountId,
    firm_id FirmId,
    name text,
    created_at time,
    used_at time,
    expires_at time,
    PRIMARY KEY (chamber_id, token_hash)
);
CREATE INDEX accounts_api_token_account ON accounts_api_token (chamber_id, account_id);
CREATE INDEX accounts_api_token_expires ON accounts_api_token (chamber_id, expires_at);

CREATE VIEW accounts_public_person AS
    SELECT chamber_id, account_id, name, email, language FROM accounts_account;
CREATE VIEW accounts_public_role AS
    SELECT chamber_id, account_id, firm_id, roles FROM accounts_role;
