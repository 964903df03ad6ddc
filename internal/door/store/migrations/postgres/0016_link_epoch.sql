-- +goose Up
ALTER TABLE link ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0; -- of the account when the link was sent; 0: the link outlives changes of the epoch
CREATE INDEX link_account ON link (account_id);
