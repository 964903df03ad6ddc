package store

import (
	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// BecomeHalf gives an account that was imported, or reset, its proven address, its new
// password, and the method that was chosen for now.
// From here on the old password opens nothing; its hash stays to recognise who
// stopped half-way. False where another registration was first, or the account
// changed; sqldb.Duplicate where the address belongs to another account. The
// epoch rises by one.
func (s *Store) BecomeHalf(tx *sqldb.Tx, id string, epoch int64, email, passwordHash string, chosen account.Method) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET state = 'half', email = $1, password_hash = $2, method = $3, reset_at = 0, progress = '', epoch = epoch + 1
		WHERE id = $4 AND epoch = $5 AND (state = 'imported' OR state = 'half' AND reset_at > 0)`, email, passwordHash, string(chosen), id, epoch)
	return n == 1, err
}

// SetOldPassword gives an imported account another password of the old portal. False
// where the account changed. The epoch rises by one.
func (s *Store) SetOldPassword(tx *sqldb.Tx, id string, epoch int64, hash string) (bool, error) {
	if err := s.markReplaced(tx, id); err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE account SET old_password_hash = $1, old_password_replaced_at = $4, epoch = epoch + 1 WHERE id = $2 AND epoch = $3 AND state = 'imported'`, hash, id, epoch, sqldb.Micros(tx.Now))
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.addDecoy(tx, hash)
}

// BecomeRegistered completes a registration and forgets the old password. False
// where the account changed. The epoch rises by one.
func (s *Store) BecomeRegistered(tx *sqldb.Tx, id string, epoch int64, method account.Method, phone, lang string) (bool, error) {
	sealed, index := s.sealPhone(id, phone)
	n, err := tx.Exec(`UPDATE account SET state = 'registered', method = $1, phone = $2, phone_index = $3, old_password_hash = '', registered_at = $4, lang = $5, reset_at = 0, progress = '',
		epoch = epoch + 1 WHERE id = $6 AND epoch = $7 AND state = 'half'`, string(method), sealed, index, sqldb.Micros(tx.Now), lang, id, epoch)
	return n == 1, err
}

// RestartRegistration gives an account that stopped half-way back to the address on file:
// whoever proved that mailbox chooses the password, and what was proven before, the other
// address and a telephone, is forgotten. False where the account changed; sqldb.Duplicate
// where the address on file signs another account in. The epoch rises by one.
func (s *Store) RestartRegistration(tx *sqldb.Tx, id string, epoch int64, passwordHash string) (bool, error) {
	return s.close(tx, `email = file_email, password_hash = $1, phone = NULL, phone_index = NULL, epoch = epoch + 1
		WHERE id = $2 AND epoch = $3 AND state = 'half' AND reset_at = 0 AND file_email <> ''`, id, passwordHash, id, epoch)
}

// UndoRegistration takes back what somebody else registered, or began to: the address on
// file is the account's again, and no password and no factor opens anything until the
// person has been helped. A disabled account stays as it is. False where there is nothing
// to take back. The epoch rises by one.
func (s *Store) UndoRegistration(tx *sqldb.Tx, id string) (bool, error) {
	return s.close(tx, `state = 'imported', email = file_email, password_hash = '', old_password_hash = '', method = '',
		phone = NULL, phone_index = NULL, registered_at = 0, reset_at = 0, progress = '', epoch = epoch + 1, old_password_undone_at = $2
		WHERE id = $1 AND state IN ('half', 'registered') AND file_email <> ''`, id, id, sqldb.Micros(tx.Now))
}

// AccountsWithPhone is how many accounts have enrolled this number (NIST-OOB-7).
func (s *Store) AccountsWithPhone(tx *sqldb.Tx, e164 string) (n int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM account WHERE phone_index = $1`, s.Keys.Hash("phone", e164)).Scan(&n)
	return n, err
}
