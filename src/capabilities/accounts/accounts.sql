-- Statements on accounts: people, roles, sessions, links, invitations, API tokens.

-- name: accounts_session_actor :one
-- Who a session stands for, with the roles in the chamber and in the firm acted for: runs in every signed-in request.
-- param chamber ChamberId, token_hash bytes, now time
-- column chamber_roles int
-- column firm_roles int
-- column firm_name text
-- column firm_state text
-- row: AccountsActor
SELECT s.account_id, s.firm_id, s.seen_at, a.name, a.email, COALESCE(c.roles, 0) AS chamber_roles, COALESCE(f.roles, 0) AS firm_roles,
    COALESCE(m.name, '') AS firm_name, COALESCE(m.state, '') AS firm_state
FROM accounts_session s
JOIN accounts_account a ON a.chamber_id = s.chamber_id AND a.account_id = s.account_id
LEFT JOIN accounts_role c ON c.chamber_id = s.chamber_id AND c.account_id = s.account_id AND c.firm_id = 0
LEFT JOIN accounts_role f ON f.chamber_id = s.chamber_id AND f.account_id = s.account_id AND f.firm_id = s.firm_id AND s.firm_id <> 0
LEFT JOIN members_public_firm m ON m.chamber_id = s.chamber_id AND m.firm_id = s.firm_id
WHERE s.chamber_id = $1 AND s.token_hash = $2 AND s.expires_at > $3 AND a.disabled_at = 0;

-- name: accounts_token_actor :one
-- The same for an API token; seen_at is when it was used last.
-- param chamber ChamberId, token_hash bytes, now time
-- column seen_at time
-- column chamber_roles int
-- column firm_roles int
-- column firm_name text
-- column firm_state text
-- row: AccountsActor
SELECT t.account_id, t.firm_id, t.used_at AS seen_at, a.name, a.email, COALESCE(c.roles, 0) AS chamber_roles, COALESCE(f.roles, 0) AS firm_roles,
    COALESCE(m.name, '') AS firm_name, COALESCE(m.state, '') AS firm_state
FROM accounts_api_token t
JOIN accounts_account a ON a.chamber_id = t.chamber_id AND a.account_id = t.account_id
LEFT JOIN accounts_role c ON c.chamber_id = t.chamber_id AND c.account_id = t.account_id AND c.firm_id = 0
LEFT JOIN accounts_role f ON f.chamber_id = t.chamber_id AND f.account_id = t.account_id AND f.firm_id = t.firm_id AND t.firm_id <> 0
LEFT JOIN members_public_firm m ON m.chamber_id = t.chamber_id AND m.firm_id = t.firm_id
WHERE t.chamber_id = $1 AND t.token_hash = $2 AND t.expires_at > $3 AND a.disabled_at = 0;

-- name: accounts_session_touch :rows
-- Notes that a session is in use.
-- param chamber ChamberId, token_hash bytes, now time
UPDATE accounts_session SET seen_at = $3 WHERE chamber_id = $1 AND token_hash = $2 AND seen_at < $3;

-- name: accounts_by_id :one
-- One account.
-- param chamber ChamberId, account AccountId
-- row: AccountsRow
SELECT account_id, email, name, language, password_hash, firm_id, created_at, confirmed_at, disabled_at
FROM accounts_account WHERE chamber_id = $1 AND account_id = $2;

-- name: accounts_by_email :one
-- The account of an address (in lower case).
-- param chamber ChamberId, email_key text
-- row: AccountsRow
SELECT account_id, email, name, language, password_hash, firm_id, created_at, confirmed_at, disabled_at
FROM accounts_account WHERE chamber_id = $1 AND email_key = $2;

-- name: accounts_insert :exec
-- Makes an account.
-- param chamber ChamberId, account AccountId, email text, email_key text, name text, language text, password_hash text, now time, confirmed_at time
INSERT INTO accounts_account (chamber_id, account_id, email, email_key, name, language, password_hash, firm_id, created_at, confirmed_at,
    disabled_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, 0);

-- name: accounts_write_person :rows
-- Changes what a person says about herself.
-- param chamber ChamberId, account AccountId, name text, language text
UPDATE accounts_account SET name = $3, language = $4 WHERE chamber_id = $1 AND account_id = $2;

-- name: accounts_write_password :rows
-- Sets a password that the owner of the address chose; the address counts as confirmed.
-- param chamber ChamberId, account AccountId, password_hash text, now time
UPDATE accounts_account SET password_hash = $3, confirmed_at = CASE WHEN confirmed_at = 0 THEN $4 ELSE confirmed_at END
WHERE chamber_id = $1 AND account_id = $2;

-- name: accounts_write_rehash :rows
-- Stores the same password under newer parameters, unless it was changed meanwhile.
-- param chamber ChamberId, account AccountId, old_hash text, new_hash text
UPDATE accounts_account SET password_hash = $4 WHERE chamber_id = $1 AND account_id = $2 AND password_hash = $3;

-- name: accounts_write_firm :rows
-- Remembers the firm acted for last.
-- param chamber ChamberId, account AccountId, firm FirmId
UPDATE accounts_account SET firm_id = $3 WHERE chamber_id = $1 AND account_id = $2;

-- name: accounts_write_disabled :rows
-- Disables an account, or lets it in again with time 0.
-- param chamber ChamberId, account AccountId, disabled_at time
UPDATE accounts_account SET disabled_at = $3 WHERE chamber_id = $1 AND account_id = $2;

-- name: accounts_role_of :many
-- The roles of a person in one firm, or in the chamber (0): one row or none.
-- param chamber ChamberId, account AccountId, firm FirmId
SELECT roles FROM accounts_role WHERE chamber_id = $1 AND account_id = $2 AND firm_id = $3;

-- name: accounts_role_write :exec
-- Sets the roles of a person in one firm.
-- param chamber ChamberId, account AccountId, firm FirmId, roles int, now time
INSERT INTO accounts_role (chamber_id, account_id, firm_id, roles, granted_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (chamber_id, account_id, firm_id) DO UPDATE SET roles = $4, granted_at = $5;

-- name: accounts_role_end :rows
-- Takes a person out of a firm.
-- param chamber ChamberId, account AccountId, firm FirmId
DELETE FROM accounts_role WHERE chamber_id = $1 AND account_id = $2 AND firm_id = $3;

-- name: accounts_role_others :one
-- How many other people of a firm, who can sign in, have a role.
-- param chamber ChamberId, firm FirmId, role int, account AccountId
-- column people int
SELECT count(*) AS people FROM accounts_role r JOIN accounts_account a ON a.chamber_id = r.chamber_id AND a.account_id = r.account_id
WHERE r.chamber_id = $1 AND r.firm_id = $2 AND (r.roles & $3) <> 0 AND r.account_id <> $4 AND a.disabled_at = 0;

-- name: accounts_people_of :many
-- The people of a firm, or the chamber's staff (0), by name.
-- param chamber ChamberId, firm FirmId, limit int
SELECT a.account_id, a.name, a.email, a.language, r.roles, a.disabled_at
FROM accounts_role r JOIN accounts_account a ON a.chamber_id = r.chamber_id AND a.account_id = r.account_id
WHERE r.chamber_id = $1 AND r.firm_id = $2 ORDER BY a.name, a.account_id LIMIT $3;

-- name: accounts_firms_of :many
-- The firms that a person has a role in, by name.
-- param chamber ChamberId, account AccountId, limit int
SELECT r.firm_id, m.name, m.state, r.roles
FROM accounts_role r JOIN members_public_firm m ON m.chamber_id = r.chamber_id AND m.firm_id = r.firm_id
WHERE r.chamber_id = $1 AND r.account_id = $2 ORDER BY m.name, r.firm_id LIMIT $3;

-- name: accounts_session_insert :exec
-- Begins a session.
-- param chamber ChamberId, token_hash bytes, session SessionId, account AccountId, firm FirmId, now time, expires_at time, address text, agent text
INSERT INTO accounts_session (chamber_id, token_hash, session_id, account_id, firm_id, created_at, seen_at, expires_at, address, agent)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9);

-- name: accounts_sessions_of :many
-- The sessions of a person, that in use last first.
-- param chamber ChamberId, account AccountId, now time, limit int
SELECT session_id, token_hash, created_at, seen_at, expires_at, address, agent FROM accounts_session
WHERE chamber_id = $1 AND account_id = $2 AND expires_at > $3 ORDER BY seen_at DESC, session_id LIMIT $4;

-- name: accounts_session_act_for :rows
-- Makes a session act for a firm.
-- param chamber ChamberId, token_hash bytes, firm FirmId
UPDATE accounts_session SET firm_id = $3 WHERE chamber_id = $1 AND token_hash = $2;

-- name: accounts_session_end :rows
-- Ends the session of a token.
-- param chamber ChamberId, token_hash bytes
DELETE FROM accounts_session WHERE chamber_id = $1 AND token_hash = $2;

-- name: accounts_session_end_own :rows
-- Ends one session of a person.
-- param chamber ChamberId, account AccountId, session SessionId
DELETE FROM accounts_session WHERE chamber_id = $1 AND account_id = $2 AND session_id = $3;

-- name: accounts_sessions_end_others :rows
-- Ends all sessions of a person but that of a token; with an empty hash: all.
-- param chamber ChamberId, account AccountId, token_hash bytes
DELETE FROM accounts_session WHERE chamber_id = $1 AND account_id = $2 AND token_hash <> $3;

-- name: accounts_sessions_clean :rows
-- Deletes sessions that are over.
-- param chamber ChamberId, now time
DELETE FROM accounts_session WHERE chamber_id = $1 AND expires_at <= $2;

-- name: accounts_link_insert :exec
-- Notes what a link in a mail stands for.
-- param chamber ChamberId, token_hash bytes, purpose text, account AccountId, email text, email_key text, name text, language text, password_hash text, now time, expires_at time
INSERT INTO accounts_link (chamber_id, token_hash, purpose, account_id, email, email_key, name, language, password_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: accounts_link_by_token :one
-- What a link stands for, while it is good.
-- param chamber ChamberId, token_hash bytes, purpose text, now time
-- row: AccountsLink
SELECT account_id, email, email_key, name, language, password_hash, expires_at FROM accounts_link
WHERE chamber_id = $1 AND token_hash = $2 AND purpose = $3 AND expires_at > $4;

-- name: accounts_links_since :one
-- How many links of a purpose went to an address since a moment.
-- param chamber ChamberId, email_key text, purpose text, since time
-- column links int
SELECT count(*) AS links FROM accounts_link WHERE chamber_id = $1 AND email_key = $2 AND purpose = $3 AND created_at > $4;

-- name: accounts_links_end :rows
-- Uses up all links of a purpose that went to an address.
-- param chamber ChamberId, email_key text, purpose text
DELETE FROM accounts_link WHERE chamber_id = $1 AND email_key = $2 AND purpose = $3;

-- name: accounts_links_clean :rows
-- Deletes links that are over.
-- param chamber ChamberId, now time
DELETE FROM accounts_link WHERE chamber_id = $1 AND expires_at <= $2;

-- name: accounts_invitation_write :exec
-- Invites an address to a firm; a second invitation takes the place of the first.
-- param chamber ChamberId, invitation InvitationId, token_hash bytes, email text, email_key text, firm FirmId, roles int, account AccountId, now time, expires_at time
INSERT INTO accounts_invitation (chamber_id, invitation_id, token_hash, email, email_key, firm_id, roles, invited_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (chamber_id, firm_id, email_key) DO UPDATE SET invitation_id = $2, token_hash = $3, email = $4, roles = $7, invited_by = $8,
    created_at = $9, expires_at = $10;

-- name: accounts_invitation_by_token :one
-- An invitation, while it is good.
-- param chamber ChamberId, token_hash bytes, now time
-- column firm_name text
-- column inviter_name text
-- row: AccountsInvitation
SELECT i.invitation_id, i.email, i.email_key, i.firm_id, i.roles, i.invited_by, i.created_at, i.expires_at,
    COALESCE(m.name, '') AS firm_name, COALESCE(a.name, '') AS inviter_name
FROM accounts_invitation i
LEFT JOIN members_public_firm m ON m.chamber_id = i.chamber_id AND m.firm_id = i.firm_id
LEFT JOIN accounts_account a ON a.chamber_id = i.chamber_id AND a.account_id = i.invited_by
WHERE i.chamber_id = $1 AND i.token_hash = $2 AND i.expires_at > $3;

-- name: accounts_invitations_of :many
-- The invitations to a firm, or to the chamber's staff (0), that wait for an answer.
-- param chamber ChamberId, firm FirmId, now time, limit int
-- column inviter_name text
SELECT i.invitation_id, i.email, i.roles, i.created_at, i.expires_at, COALESCE(a.name, '') AS inviter_name
FROM accounts_invitation i LEFT JOIN accounts_account a ON a.chamber_id = i.chamber_id AND a.account_id = i.invited_by
WHERE i.chamber_id = $1 AND i.firm_id = $2 AND i.expires_at > $3 ORDER BY i.created_at DESC, i.invitation_id LIMIT $4;

-- name: accounts_invitation_end :rows
-- Ends an invitation to a firm: accepted or taken back.
-- param chamber ChamberId, firm FirmId, invitation InvitationId
DELETE FROM accounts_invitation WHERE chamber_id = $1 AND firm_id = $2 AND invitation_id = $3;

-- name: accounts_invitations_clean :rows
-- Deletes invitations that are over.
-- param chamber ChamberId, now time
DELETE FROM accounts_invitation WHERE chamber_id = $1 AND expires_at <= $2;

-- name: accounts_token_insert :exec
-- Makes an API token.
-- param chamber ChamberId, token_hash bytes, token ApiTokenId, account AccountId, firm FirmId, name text, now time, expires_at time
INSERT INTO accounts_api_token (chamber_id, token_hash, api_token_id, account_id, firm_id, name, created_at, used_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8);

-- name: accounts_tokens_of :many
-- The API tokens of a person, newest first.
-- param chamber ChamberId, account AccountId, now time, limit int
-- column firm_name text
SELECT t.api_token_id, t.name, t.firm_id, t.created_at, t.used_at, t.expires_at, COALESCE(m.name, '') AS firm_name
FROM accounts_api_token t LEFT JOIN members_public_firm m ON m.chamber_id = t.chamber_id AND m.firm_id = t.firm_id
WHERE t.chamber_id = $1 AND t.account_id = $2 AND t.expires_at > $3 ORDER BY t.created_at DESC, t.api_token_id LIMIT $4;

-- name: accounts_token_end_own :rows
-- Ends one API token of a person.
-- param chamber ChamberId, account AccountId, token ApiTokenId
DELETE FROM accounts_api_token WHERE chamber_id = $1 AND account_id = $2 AND api_token_id = $3;

-- name: accounts_tokens_clean :rows
-- Deletes API tokens that are over.
-- param chamber ChamberId, now time
DELETE FROM accounts_api_token WHERE chamber_id = $1 AND expires_at <= $2;

-- name: accounts_token_touch :rows
-- Notes that an API token is in use.
-- param chamber ChamberId, token_hash bytes, now time
UPDATE accounts_api_token SET used_at = $3 WHERE chamber_id = $1 AND token_hash = $2 AND used_at < $3;
