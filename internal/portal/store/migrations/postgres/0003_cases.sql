-- +goose Up
CREATE TABLE service_request ( -- a case
  id              TEXT PRIMARY KEY,
  number          TEXT UNIQUE,     -- “Case #”; none until it is submitted
  organization_id TEXT NOT NULL,
  contract_id     TEXT NOT NULL REFERENCES contract (id),
  consumer_id     TEXT NOT NULL REFERENCES consumer (id),
  status          TEXT NOT NULL,
  version         BIGINT NOT NULL,
  case_type       TEXT NOT NULL,   -- as chosen; empty: not yet
  program_id      TEXT NOT NULL,   -- …
  body            BYTEA NOT NULL,  -- sealed: all that is asked for
  created_at      BIGINT NOT NULL,
  modified_at     BIGINT NOT NULL,
  modified_by     TEXT NOT NULL,   -- name
  submitted_at    BIGINT NOT NULL
);
CREATE INDEX service_request_listed ON service_request (organization_id, status, modified_at, id);
CREATE INDEX service_request_counted ON service_request (organization_id, contract_id, status);
CREATE INDEX service_request_program ON service_request (organization_id, program_id, modified_at);

CREATE TABLE status_change ( -- the history of a case
  request_id TEXT NOT NULL REFERENCES service_request (id),
  version    BIGINT NOT NULL, -- of the case, by it
  status     TEXT NOT NULL,
  at         BIGINT NOT NULL,
  by_name    TEXT NOT NULL,
  PRIMARY KEY (request_id, version)
);
