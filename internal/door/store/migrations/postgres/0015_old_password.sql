-- +goose Up
-- What an owner did about the old portal's password, which an import must not take back.
ALTER TABLE account ADD COLUMN old_password_undone_at BIGINT NOT NULL DEFAULT 0;   -- undid a registration: no import opens the account again; 0: not
ALTER TABLE account ADD COLUMN old_password_replaced_at BIGINT NOT NULL DEFAULT 0; -- last chose another one here; 0: not

CREATE TABLE old_password_replaced ( -- the ones before, by a keyed hash of the stored hash
  account_id TEXT NOT NULL,
  mark       BYTEA NOT NULL,
  PRIMARY KEY (account_id, mark)
);

CREATE TABLE old_password_kept ( -- rows of a file whose password was not taken for that reason
  import_id TEXT NOT NULL,
  line      BIGINT NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);

-- What the audit log knows of the time before. An import since then may have restored an undone password.
UPDATE account SET old_password_undone_at = (SELECT MAX(at) FROM audit WHERE audit.account_id = account.id AND audit.type = 'registration.undone')
  WHERE id IN (SELECT account_id FROM audit WHERE type = 'registration.undone');
UPDATE account SET old_password_replaced_at = (SELECT MAX(at) FROM audit WHERE audit.account_id = account.id AND audit.type = 'password.reset' AND audit.detail LIKE '%the old portal%')
  WHERE id IN (SELECT account_id FROM audit WHERE type = 'password.reset' AND detail LIKE '%the old portal%');
UPDATE account SET old_password_hash = '', epoch = epoch + 1
  WHERE state = 'imported' AND old_password_hash <> '' AND old_password_undone_at > old_password_replaced_at;

-- Decoys that cost more than any hash that is imported from now on: unknown users would cost as much.
DELETE FROM decoy WHERE hash LIKE '$argon2%' AND (
  substring(hash from '[$]m=([0-9]+)')::bigint > 262144 OR
  substring(hash from '[$]m=([0-9]+)')::bigint * substring(hash from ',t=([0-9]+)')::bigint > 786432);
DELETE FROM decoy WHERE hash LIKE '$scrypt$%' AND (
  (substring(hash from ',r=([0-9]+)')::bigint << substring(hash from '[$]ln=([0-9]+)')::int) / 8 > 262144 OR
  (substring(hash from ',r=([0-9]+)')::bigint << substring(hash from '[$]ln=([0-9]+)')::int) / 8 * substring(hash from ',p=([0-9]+)')::bigint > 786432);
