-- +goose Up
ALTER TABLE challenge ADD COLUMN call_mode TEXT NOT NULL DEFAULT ''; -- what the call is for: '' (# approves), spoken, keypad
ALTER TABLE challenge ADD COLUMN call_note TEXT NOT NULL DEFAULT ''; -- the carrier's words for how it went, for staff
ALTER TABLE account ADD COLUMN reported_at BIGINT NOT NULL DEFAULT 0; -- somebody reported a call: closed until the password is chosen anew; 0: not
