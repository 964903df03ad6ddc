-- +goose Up
ALTER TABLE service_request ADD COLUMN organization TEXT NOT NULL DEFAULT ''; -- its name, for reviewers
ALTER TABLE service_request ADD COLUMN owner        TEXT NOT NULL DEFAULT ''; -- sub of who began it, or submitted it last
ALTER TABLE service_request ADD COLUMN urgency      TEXT NOT NULL DEFAULT '';
ALTER TABLE service_request ADD COLUMN due_at       BIGINT NOT NULL DEFAULT 0; -- when it must be decided
ALTER TABLE service_request ADD COLUMN stopped_at   BIGINT NOT NULL DEFAULT 0; -- the clock stands since then: it was returned
ALTER TABLE service_request ADD COLUMN claimed_by   TEXT NOT NULL DEFAULT ''; -- sub of the reviewer who has it
ALTER TABLE service_request ADD COLUMN claimed_name TEXT NOT NULL DEFAULT '';
UPDATE service_request SET due_at = submitted_at + 604800000000 WHERE status = 'submitted';
UPDATE service_request SET organization = COALESCE((SELECT MIN(p.organization) FROM person p WHERE p.organization_id = service_request.organization_id), '');
CREATE INDEX service_request_queue ON service_request (due_at, id) WHERE status IN ('submitted', 'pended');
CREATE INDEX service_request_open ON service_request (organization_id, contract_id, status, submitted_at, due_at) WHERE status IN ('submitted', 'pended'); -- reports read it alone
CREATE INDEX service_request_age ON service_request (submitted_at, contract_id) WHERE status IN ('submitted', 'pended'); -- likewise, of all organisations

CREATE TABLE determination ( -- what was decided, and by whom
  id                   TEXT PRIMARY KEY,
  request_id           TEXT NOT NULL REFERENCES service_request (id),
  version              BIGINT NOT NULL, -- of the case, by it
  outcome              TEXT NOT NULL,
  authorization_number TEXT UNIQUE, -- of what was certified, whole or in part
  body                 BYTEA NOT NULL, -- sealed: reason, dates, units, what the provider is told
  decided_at           BIGINT NOT NULL,
  decided_by           TEXT NOT NULL, -- sub
  by_name              TEXT NOT NULL
);
CREATE UNIQUE INDEX determination_request ON determination (request_id, version);

CREATE TABLE turnaround ( -- what reports say of decisions, counted as they are made
  month           TEXT NOT NULL, -- 2026-11, UTC
  organization_id TEXT NOT NULL,
  contract_id     TEXT NOT NULL,
  urgency         TEXT NOT NULL,
  outcome         TEXT NOT NULL,
  decided         BIGINT NOT NULL,
  late            BIGINT NOT NULL, -- of them, after they were due
  minutes         BIGINT NOT NULL, -- from the submission, all of them together
  PRIMARY KEY (month, organization_id, contract_id, urgency, outcome)
);

CREATE TABLE thread ( -- a conversation between an organisation and staff
  id               TEXT PRIMARY KEY,
  organization_id  TEXT NOT NULL,
  organization     TEXT NOT NULL, -- its name
  request_id       TEXT,          -- the case that it is about; none: in general
  subject          BYTEA NOT NULL, -- sealed
  by_staff         BIGINT NOT NULL, -- how many messages
  by_provider      BIGINT NOT NULL,
  waiting          BOOLEAN NOT NULL, -- for staff: the last word is the provider's
  last_at          BIGINT NOT NULL,
  FOREIGN KEY (request_id) REFERENCES service_request (id)
);
CREATE UNIQUE INDEX thread_request ON thread (request_id);
CREATE INDEX thread_organization ON thread (organization_id, last_at, id);
CREATE INDEX thread_waiting ON thread (last_at, id) WHERE waiting;
CREATE INDEX thread_last ON thread (last_at, id);

CREATE TABLE message (
  id        TEXT PRIMARY KEY,
  thread_id TEXT NOT NULL REFERENCES thread (id),
  n         BIGINT NOT NULL, -- its place there, from 0
  sent_at   BIGINT NOT NULL,
  sub       TEXT NOT NULL,
  by_name   TEXT NOT NULL,
  staff     BOOLEAN NOT NULL,
  body      BYTEA NOT NULL -- sealed
);
CREATE UNIQUE INDEX message_thread ON message (thread_id, n);

CREATE TABLE thread_seen ( -- how many of staff's messages somebody has seen
  thread_id TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
  sub       TEXT NOT NULL,
  n         BIGINT NOT NULL,
  PRIMARY KEY (thread_id, sub)
);

CREATE TABLE message_notice ( -- who is to be told by e-mail that there is a message
  message_id      TEXT NOT NULL,
  sub             TEXT NOT NULL, -- empty: the organisation's administrators
  organization_id TEXT NOT NULL,
  due_at          BIGINT NOT NULL,
  PRIMARY KEY (message_id, sub)
);
