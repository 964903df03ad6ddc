-- +goose Up
CREATE TABLE import_run ( -- one file that was, or is being, imported: the door has such a table, too
  id          TEXT PRIMARY KEY, -- of the file's content and how it is read: the same file again goes on where it was
  kind        TEXT NOT NULL,
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

CREATE TABLE code ( -- what the operator's lists of diagnoses and services have; none is shipped
  system      TEXT NOT NULL, -- diagnosis, service
  code        TEXT NOT NULL, -- upper case, without a dot
  description TEXT NOT NULL,
  folded      TEXT NOT NULL, -- lower case, for look-ups
  import_id   TEXT NOT NULL, -- the file that has it: what a newer whole file has no more, goes
  PRIMARY KEY (system, code)
);
