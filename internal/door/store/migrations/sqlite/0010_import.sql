-- +goose Up
ALTER TABLE account ADD COLUMN import_id TEXT NOT NULL DEFAULT '';    -- the run that added or last changed it
ALTER TABLE account ADD COLUMN import_line BIGINT NOT NULL DEFAULT 0; -- of that run's file

CREATE TABLE import_run ( -- one file that was, or is being, imported
  id          TEXT PRIMARY KEY, -- of the file's content and how it is read: the same file again goes on where it was
  kind        TEXT NOT NULL,    -- users, organizations
  file        TEXT NOT NULL,    -- its name, for people
  line        BIGINT NOT NULL,  -- the last that was taken
  added       BIGINT NOT NULL,
  changed     BIGINT NOT NULL,
  unchanged   BIGINT NOT NULL,
  rejected    BIGINT NOT NULL,
  rejects_at  BIGINT NOT NULL,  -- how long the rejects file was then, in bytes
  owner       TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL
);
