-- +goose Up
CREATE TABLE registration_code ( -- with an NPI it lets a new provider register users of that organisation
  id              TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  code            BYTEA NOT NULL,   -- keyed hash
  uses            BIGINT NOT NULL,
  most_uses       BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL
);
CREATE INDEX registration_code_organization ON registration_code (organization_id);

CREATE TABLE account_profile (
  account_id TEXT PRIMARY KEY REFERENCES account (id),
  address1   TEXT NOT NULL,
  address2   TEXT NOT NULL,
  city       TEXT NOT NULL,
  state      TEXT NOT NULL,
  zip        TEXT NOT NULL,
  phone      BYTEA,            -- E.164, sealed
  fax        BYTEA             -- E.164, sealed
);
