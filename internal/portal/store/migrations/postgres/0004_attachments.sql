-- +goose Up
CREATE TABLE attachment ( -- a file of a case, or of a message
  id         TEXT PRIMARY KEY,
  holder     TEXT NOT NULL, -- id of the case, or of the message
  size       BIGINT NOT NULL, -- in bytes; -1: it is not whole yet, and nobody sees it
  about      BYTEA NOT NULL,  -- sealed: its name, type and SHA-256
  added_at   BIGINT NOT NULL,
  added_by   TEXT NOT NULL    -- name
);
CREATE INDEX attachment_holder ON attachment (holder);
CREATE INDEX attachment_begun ON attachment (added_at) WHERE size < 0;

CREATE TABLE attachment_part (
  attachment_id TEXT NOT NULL REFERENCES attachment (id) ON DELETE CASCADE,
  part          BIGINT NOT NULL, -- from 0
  content       BYTEA NOT NULL,  -- sealed
  PRIMARY KEY (attachment_id, part)
);
