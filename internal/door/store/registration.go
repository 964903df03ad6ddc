package store

import (
	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// BecomeHalf gives an imported account its proven address and its new password.
// From here on the old password opens nothing; its hash stays to recognise who
// stopped half-way. False where another registration was first, or the account
// changed; sqldb.Duplicate where the address belongs to another account. The
// epoch rises by one.
func (s *Store) BecomeHalf(tx *sqldb.Tx, id string, epoch int64, email, passwordHash string) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET state = 'half', email = $1, password_hash = $2, epoch = epoch + 1
		WHERE id = $3 AND epoch = $4 AND state = 'imported'`, email, passwordHash, id, epoch)
	return n == 1, err
}

// SetOldPassword gives an imported account another password of the old portal. False
// where the account changed. The epoch rises by one.
func (s *Store) SetOldPassword(tx *sqldb.Tx, id string, epoch int64, hash string) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET old_password_hash = $1, epoch = epoch + 1 WHERE id = $2 AND epoch = $3 AND state = 'imported'`, hash, id, epoch)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.addDecoy(tx, hash)
}

// BecomeRegistered completes a registration and forgets the old password. False
// where the account changed. The epoch rises by one.
func (s *Store) BecomeRegistered(tx *sqldb.Tx, id string, epoch int64, method account.Method, phone string) (bool, error) {
	sealed, index := s.sealPhone(id, phone)
	n, err := tx.Exec(`UPDATE account SET state = 'registered', method = $1, phone = $2, phone_index = $3, old_password_hash = '', registered_at = $4, epoch = epoch + 1
		WHERE id = $5 AND epoch = $6 AND state = 'half'`, string(method), sealed, index, sqldb.Micros(tx.Now), id, epoch)
	return n == 1, err
}

// UndoRegistration takes back what somebody else registered: the address on file
// stands again, and no password and no factor opens anything until the person
// has been helped. The epoch rises.
func (s *Store) UndoRegistration(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`UPDATE account SET state = 'imported', email = file_email, password_hash = '', old_password_hash = '', method = '',
		phone = NULL, phone_index = NULL, registered_at = 0, epoch = epoch + 1 WHERE id = $1`, id)
	if err != nil {
		return err
	}
	return s.EndGrantsOfAccount(tx, id)
}

// AccountsWithPhone is how many accounts have enrolled this number (NIST-OOB-7).
func (s *Store) AccountsWithPhone(tx *sqldb.Tx, e164 string) (n int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM account WHERE phone_index = $1`, s.Keys.Hash("phone", e164)).Scan(&n)
	return n, err
}
