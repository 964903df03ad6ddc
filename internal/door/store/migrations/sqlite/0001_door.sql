-- +goose Up
-- Times are microseconds since 1970 UTC, 0 for never. The PostgreSQL twin differs in nothing but COLLATE.
CREATE TABLE organization (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  npi        TEXT NOT NULL UNIQUE,
  active     BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE account (
  id              TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  username        TEXT NOT NULL UNIQUE, -- lower case
  email           TEXT NOT NULL,        -- lower case; proven unless imported
  first_name      TEXT NOT NULL,
  last_name       TEXT NOT NULL,
  role            TEXT NOT NULL CHECK (role IN ('user', 'admin')),
  state           TEXT NOT NULL CHECK (state IN ('imported', 'half', 'registered', 'disabled')),
  method          TEXT NOT NULL CHECK (method IN ('', 'phone', 'email')),
  phone           BYTEA,                -- E.164, sealed
  phone_index     BYTEA,                -- keyed hash of the same, for exact look-up
  password_hash   TEXT NOT NULL,
  epoch           BIGINT NOT NULL,
  created_at      BIGINT NOT NULL
);
-- An imported address is only on file: several people of an office may share one.
CREATE UNIQUE INDEX account_email ON account (email) WHERE state <> 'imported';
CREATE INDEX account_organization ON account (organization_id);
CREATE INDEX account_phone ON account (phone_index) WHERE phone_index IS NOT NULL;

CREATE TABLE journey (
  id           TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,
  browser      BYTEA NOT NULL,  -- keyed hash of the browser's cookie
  account_id   TEXT REFERENCES account (id),
  challenge_id TEXT,            -- the present code or call
  epoch        BIGINT NOT NULL, -- the account's, when it was bound
  lang         TEXT NOT NULL,
  facts        BYTEA NOT NULL,  -- sealed
  version      BIGINT NOT NULL,
  busy_until   BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  finished_at  BIGINT NOT NULL
);
CREATE INDEX journey_expires ON journey (expires_at);

CREATE TABLE challenge (
  id              TEXT PRIMARY KEY,
  journey_id      TEXT NOT NULL,
  account_id      TEXT NOT NULL,
  purpose         TEXT NOT NULL,
  channel         TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'voice')),
  destination     BYTEA NOT NULL,  -- keyed hash
  code_hash       BYTEA NOT NULL,  -- keyed hash; of nothing for a call
  tries           BIGINT NOT NULL,
  life            BIGINT NOT NULL, -- microseconds from hand-off
  created_at      BIGINT NOT NULL,
  sent_at         BIGINT NOT NULL,
  delivery        TEXT NOT NULL CHECK (delivery IN ('queued', 'sent', 'failed', 'unknown')),
  used_at         BIGINT NOT NULL,
  ended_at        BIGINT NOT NULL,
  call_state      TEXT NOT NULL,
  ringing_at      BIGINT NOT NULL,
  answered_at     BIGINT NOT NULL,
  prompt_ended_at BIGINT NOT NULL,
  call_ended_at   BIGINT NOT NULL
);
CREATE INDEX challenge_created ON challenge (created_at);

CREATE TABLE outbox (
  id          TEXT PRIMARY KEY, -- the challenge's, where there is one
  kind        TEXT NOT NULL CHECK (kind IN ('code', 'call', 'link', 'notice')),
  channel     TEXT NOT NULL,
  payload     BYTEA,            -- sealed message; dropped when done
  state       TEXT NOT NULL CHECK (state IN ('queued', 'attempting', 'sent', 'failed', 'unknown')),
  tries       BIGINT NOT NULL,
  run_at      BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  done_at     BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (run_at) WHERE done_at = 0;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at > 0;

CREATE TABLE session (
  browser      BYTEA PRIMARY KEY, -- one door session per browser
  id           TEXT NOT NULL UNIQUE,
  token        BYTEA NOT NULL,    -- keyed hash of the cookie
  account_id   TEXT NOT NULL REFERENCES account (id),
  epoch        BIGINT NOT NULL,
  method       TEXT NOT NULL,
  amr          TEXT NOT NULL,     -- space-separated
  acr          TEXT NOT NULL,
  auth_time    BIGINT NOT NULL,
  remembered   BOOLEAN NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE tries ( -- consecutive failures
  k          BYTEA PRIMARY KEY,
  n          BIGINT NOT NULL,
  wait_until BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  kept       BOOLEAN NOT NULL -- of a factor: never swept, only success or an administrator ends it (NIST-THR-1)
);
CREATE INDEX tries_updated ON tries (updated_at);

CREATE TABLE rate ( -- tokens taken, as a theoretical arrival time (GCRA)
  k   BYTEA PRIMARY KEY,
  tat BIGINT NOT NULL,
  cap BIGINT NOT NULL
);
CREATE INDEX rate_tat ON rate (tat);

CREATE TABLE audit (
  id         TEXT PRIMARY KEY, -- time-ordered
  at         BIGINT NOT NULL,
  type       TEXT NOT NULL,
  account_id TEXT NOT NULL,
  journey_id TEXT NOT NULL,
  address    TEXT NOT NULL,
  detail     TEXT NOT NULL,
  mac        BYTEA NOT NULL,
  leaf_no    BIGINT
);
CREATE INDEX audit_account ON audit (account_id, id);
CREATE INDEX audit_leafless ON audit (id) WHERE leaf_no IS NULL;
