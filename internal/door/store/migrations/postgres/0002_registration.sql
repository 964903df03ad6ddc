-- +goose Up
ALTER TABLE account ADD COLUMN old_password_hash TEXT NOT NULL DEFAULT ''; -- of the old portal, in its own format; gone once registered
ALTER TABLE account ADD COLUMN file_email TEXT NOT NULL DEFAULT '';        -- address on file before registration
UPDATE account SET old_password_hash = password_hash, password_hash = '', file_email = email WHERE state = 'imported';

CREATE TABLE decoy ( -- one hash that nothing matches for each shape that is stored
  shape TEXT PRIMARY KEY,
  hash  TEXT NOT NULL
);

CREATE TABLE link ( -- e-mailed links
  token      BYTEA PRIMARY KEY, -- keyed hash
  purpose    TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES account (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE INDEX link_expires ON link (expires_at);
