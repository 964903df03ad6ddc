-- +goose Up
CREATE TABLE terms_version ( -- of the terms of use, as they came into force here
  version TEXT PRIMARY KEY,
  since   BIGINT NOT NULL  -- 0: the first ever, which everybody who was there counts as having agreed to
);

CREATE TABLE terms_acceptance (
  account_id TEXT NOT NULL REFERENCES account (id),
  version    TEXT NOT NULL,
  lang       TEXT NOT NULL, -- of the text that was read
  hash       TEXT NOT NULL, -- SHA-256 of that text, hex
  at         BIGINT NOT NULL,
  PRIMARY KEY (account_id, version)
);

-- The version that was agreed to last; NULL: those in force when the account was imported; '-': none yet.
ALTER TABLE account ADD COLUMN terms_version TEXT;
