-- +goose Up
-- A remembered session's secret changes with each use, and an old one that comes back ends it (T-24).
ALTER TABLE session ADD COLUMN old_token BYTEA;
ALTER TABLE session ADD COLUMN rotated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT ''; -- family of the browser that signed in
