-- +goose Up
-- The audit log as a tree (RFC 6962): row leaf_no is leaf number leaf_no.
ALTER TABLE audit ADD COLUMN reference TEXT NOT NULL DEFAULT ''; -- the number that somebody was given, to find the row by
CREATE INDEX audit_reference ON audit (reference) WHERE reference <> '';
CREATE UNIQUE INDEX audit_leaf ON audit (leaf_no) WHERE leaf_no IS NOT NULL;
-- What every sign-in writes is looked for by person or time; the rest also by type.
CREATE INDEX audit_rare ON audit (type, id) WHERE type NOT IN ('password.accepted', 'password.refused', 'code.requested', 'code.accepted', 'call.requested', 'call.confirmed', 'signed_in', 'signed_out', 'client.entered');

CREATE TABLE audit_hash ( -- stored hashes of the tree, in the order of golang.org/x/mod/sumdb/tlog
  no   BIGINT PRIMARY KEY,
  hash BYTEA NOT NULL
);

CREATE TABLE audit_tree ( -- one row: how large the tree is, and who makes it grow
  id          BIGINT PRIMARY KEY,
  size        BIGINT NOT NULL,
  sequencer   TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  pruned      BIGINT NOT NULL -- leaves before this number have lost their text: their retention ended
);
INSERT INTO audit_tree (id, size, sequencer, lease_until, pruned) VALUES (1, 0, '', 0, 0);

CREATE TABLE audit_checkpoint ( -- signed (golang.org/x/mod/sumdb/note)
  size BIGINT PRIMARY KEY,
  at   BIGINT NOT NULL,
  note TEXT NOT NULL
);
