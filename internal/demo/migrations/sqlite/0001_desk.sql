-- +goose Up
CREATE TABLE message (
  id              TEXT PRIMARY KEY,
  channel         TEXT NOT NULL,
  kind            TEXT NOT NULL,
  recipient       TEXT NOT NULL,
  subject         TEXT NOT NULL,
  text            TEXT NOT NULL,
  code            TEXT NOT NULL,
  links           TEXT NOT NULL,   -- JSON
  status          TEXT NOT NULL,   -- delivered; of a call: ringing, answered, completed, denied, busy, no_answer, hung_up
  at              BIGINT NOT NULL, -- hand-off
  answered_at     BIGINT NOT NULL,
  prompt_ended_at BIGINT NOT NULL,
  held            TEXT NOT NULL    -- keys pressed before they count
);
CREATE INDEX message_recipient ON message (recipient);
