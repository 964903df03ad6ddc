-- +goose Up
ALTER TABLE account ADD COLUMN invited_at BIGINT NOT NULL DEFAULT 0;  -- in a wave, to begin the registration
ALTER TABLE account ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0; -- to finish it
CREATE INDEX account_to_invite ON account (organization_id, id) WHERE state = 'imported' AND invited_at = 0 AND progress = '';
CREATE INDEX account_to_remind ON account (reminded_at) WHERE state = 'half' OR progress <> '';

CREATE TABLE rollout ( -- at most one row: the last wave, which may be under way
  id          BIGINT PRIMARY KEY,
  owner       TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  stopped_at  BIGINT NOT NULL
);
