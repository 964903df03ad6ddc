package store

import (
	"sallyport/internal/sqldb"
)

// TreeSize is how many rows of the audit log are leaves of its tree.
func (s *Store) TreeSize(tx *sqldb.Tx) (size int64, err error) {
	err = tx.QueryRow(`SELECT size FROM audit_tree WHERE id = 1`).Scan(&size)
	return size, err
}
