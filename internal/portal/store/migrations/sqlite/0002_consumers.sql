-- +goose Up
ALTER TABLE contract ADD COLUMN may_add BOOLEAN NOT NULL DEFAULT FALSE; -- providers may add consumers

CREATE TABLE program ( -- what a contract pays for
  id          TEXT PRIMARY KEY, -- “Program #”
  contract_id TEXT NOT NULL REFERENCES contract (id),
  name        TEXT NOT NULL
);
CREATE INDEX program_contract ON program (contract_id);

CREATE TABLE consumer ( -- for whom services are requested
  id          TEXT PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contract (id),
  number      TEXT NOT NULL,  -- “Consumer ID”
  person      BYTEA NOT NULL, -- sealed: names and date of birth
  looked_by   BYTEA NOT NULL, -- keyed hash of the same: by all of it together somebody is found, by none of it alone
  added_by    TEXT NOT NULL,  -- sub; empty: the operator
  added_at    BIGINT NOT NULL,
  UNIQUE (contract_id, number)
);
CREATE INDEX consumer_looked_by ON consumer (looked_by);

CREATE TABLE lookup ( -- how often somebody looked for consumers, by the hour
  sub  TEXT NOT NULL,
  hour BIGINT NOT NULL, -- of Unix time
  n    BIGINT NOT NULL,
  PRIMARY KEY (sub, hour)
);
