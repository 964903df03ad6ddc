-- +goose Up
ALTER TABLE account ADD COLUMN phone_proven_at BIGINT NOT NULL DEFAULT 0; -- last, to about a month; 0: not since we keep it
