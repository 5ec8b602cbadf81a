-- Keys on tokens and at signing services, beside those in files. `file` is a key's description: a file in the folder keys, "pkcs11:..." or "csc:...".
-- Certificates of keys that keep none: DER, the key's own first.
ALTER TABLE chambers_key ADD COLUMN chain bytes DEFAULT '';
-- Path of the file with the key's PIN or login; empty: the installation's password, or the environment.
ALTER TABLE chambers_key ADD COLUMN secret text DEFAULT '';
ALTER TABLE chambers_key ADD COLUMN algorithm text DEFAULT '';
ALTER TABLE chambers_key ADD COLUMN retired_at time DEFAULT 0;
