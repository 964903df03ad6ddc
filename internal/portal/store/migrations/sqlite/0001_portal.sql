-- +goose Up
-- Times are microseconds since 1970 UTC, 0 for never. Both twins are the same.
CREATE TABLE person ( -- who has been here, as the provider described them
  sub             TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  organization    TEXT NOT NULL,
  npi             TEXT NOT NULL,
  roles           TEXT NOT NULL, -- space-separated
  seen_at         BIGINT NOT NULL
);

CREATE TABLE portal_session (
  token        BYTEA PRIMARY KEY, -- keyed hash of the cookie
  id           TEXT NOT NULL UNIQUE,
  sub          TEXT NOT NULL REFERENCES person (sub),
  sid          TEXT NOT NULL,     -- the session at the provider
  tokens       BYTEA NOT NULL,    -- sealed: they never reach a browser
  contract_id  TEXT NOT NULL,     -- the one selected, or empty for all
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX portal_session_sid ON portal_session (sid);
CREATE INDEX portal_session_sub ON portal_session (sub);
CREATE INDEX portal_session_expires ON portal_session (expires_at);

CREATE TABLE contract (
  id   TEXT PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE organization_contract ( -- who works under which contract
  organization_id TEXT NOT NULL,
  contract_id     TEXT NOT NULL REFERENCES contract (id),
  PRIMARY KEY (organization_id, contract_id)
);
