-- +goose Up
ALTER TABLE account ADD COLUMN registered_at BIGINT NOT NULL DEFAULT 0; -- for multi-factor sign-in

CREATE TABLE client ( -- relying parties that `sallyport client` registered; others are configuration
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL,
  secret           BYTEA,           -- keyed hash; NULL: a public client
  old_secret       BYTEA,           -- the one before, until it stops working
  old_secret_until BIGINT NOT NULL,
  settings         TEXT NOT NULL,   -- JSON
  created_at       BIGINT NOT NULL
);

CREATE TABLE authorization_grant (
  id           TEXT PRIMARY KEY,    -- the authorization code's: the insert spends the code
  client_id    TEXT NOT NULL,
  account_id   TEXT NOT NULL REFERENCES account (id),
  epoch        BIGINT NOT NULL,     -- the account's, at sign-in
  sid          TEXT NOT NULL,       -- the door session's public id
  scope        TEXT NOT NULL,       -- space-separated
  claims       TEXT NOT NULL,       -- the request's claims parameter, JSON, or empty
  amr          TEXT NOT NULL,
  acr          TEXT NOT NULL,
  auth_time    BIGINT NOT NULL,
  jkt          TEXT NOT NULL,       -- thumbprint of the DPoP key, or empty
  refresh_no   BIGINT NOT NULL,     -- of the refresh token in force; 0: none
  refreshed_at BIGINT NOT NULL,
  backchannel  BOOLEAN NOT NULL,    -- the client is told of the end
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL
);
CREATE INDEX authorization_grant_sid ON authorization_grant (sid) WHERE ended_at = 0;
CREATE INDEX authorization_grant_account ON authorization_grant (account_id) WHERE ended_at = 0;
CREATE INDEX authorization_grant_expires ON authorization_grant (expires_at);

CREATE TABLE signing_key (
  kid        TEXT PRIMARY KEY,
  alg        TEXT NOT NULL,
  generation BIGINT NOT NULL,       -- per algorithm; two replicas that rotate at once make one
  private    BYTEA NOT NULL,        -- PKCS #8, sealed
  created_at BIGINT NOT NULL,
  signs_from BIGINT NOT NULL,
  withdrawn  BOOLEAN NOT NULL,      -- neither signs nor is published nor believed
  UNIQUE (alg, generation)
);

CREATE TABLE pushed_request ( -- RFC 9126
  id         TEXT PRIMARY KEY,
  client_id  TEXT NOT NULL,
  parameters BYTEA NOT NULL,        -- sealed
  expires_at BIGINT NOT NULL
);
CREATE INDEX pushed_request_expires ON pushed_request (expires_at);

CREATE TABLE dpop_proof ( -- seen; not to be seen again
  k          BYTEA PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX dpop_proof_expires ON dpop_proof (expires_at);

-- The outbox also carries logouts. A CHECK can't be changed on SQLite: the table is made again.
CREATE TABLE outbox_next (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('code', 'call', 'link', 'notice', 'logout')),
  channel     TEXT NOT NULL,
  payload     BYTEA,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'attempting', 'sent', 'failed', 'unknown')),
  tries       BIGINT NOT NULL,
  run_at      BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  done_at     BIGINT NOT NULL
);
INSERT INTO outbox_next SELECT id, kind, channel, payload, state, tries, run_at, lease_until, expires_at, done_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (run_at) WHERE done_at = 0;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at > 0;
