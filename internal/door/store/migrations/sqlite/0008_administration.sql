-- +goose Up
ALTER TABLE account ADD COLUMN reset_at BIGINT NOT NULL DEFAULT 0;     -- since when an administrator's reset waits for the person, whose state is 'half' meanwhile; 0: none does
ALTER TABLE account ADD COLUMN enabled_state TEXT NOT NULL DEFAULT ''; -- what a disabled account was before
ALTER TABLE account ADD COLUMN progress TEXT NOT NULL DEFAULT '';      -- how far a registration came that is not half-way yet: begun, mailbox
ALTER TABLE account ADD COLUMN staff_roles TEXT NOT NULL DEFAULT '';   -- of the operating organisation's staff, space-separated
ALTER TABLE account ADD COLUMN lang TEXT NOT NULL DEFAULT '';          -- the person's, when they registered
ALTER TABLE account ADD COLUMN by_last TEXT NOT NULL DEFAULT '';    -- lower case, to search and to sort by
ALTER TABLE account ADD COLUMN by_first TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN by_name TEXT NOT NULL DEFAULT '';
UPDATE account SET by_last = lower(last_name || ' ' || first_name), by_first = lower(first_name || ' ' || last_name);
UPDATE account SET enabled_state = 'registered' WHERE state = 'disabled';
UPDATE organization SET by_name = lower(name);

-- Whoever signs in, or did before somebody disabled them, has the address alone.
DROP INDEX account_email;
CREATE UNIQUE INDEX account_sign_in ON account (email) WHERE state IN ('half', 'registered') OR enabled_state IN ('half', 'registered');
DROP INDEX account_organization;
CREATE INDEX account_of_organization ON account (organization_id, by_last, id);
CREATE INDEX account_of_organization_first ON account (organization_id, by_first);
CREATE INDEX account_last ON account (by_last);
CREATE INDEX account_first ON account (by_first);
CREATE INDEX account_address ON account (email);
CREATE INDEX organization_name ON organization (by_name);

CREATE TABLE staff_identity ( -- who somebody is at the organisation's own identity provider
  issuer     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (issuer, subject)
);

ALTER TABLE registration_code ADD COLUMN issued_by TEXT NOT NULL DEFAULT ''; -- account; empty: a command
ALTER TABLE outbox ADD COLUMN account_id TEXT NOT NULL DEFAULT '';           -- whom it is for, for the help desk
CREATE INDEX outbox_account ON outbox (account_id) WHERE account_id <> '';
