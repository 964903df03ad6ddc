package store

import (
	"database/sql"
	"errors"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// StaffByIdentity returns the account of who is this subject at that issuer, or nil.
func (s *Store) StaffByIdentity(tx *sqldb.Tx, issuer, subject string) (*account.Account, error) {
	var id string
	err := tx.QueryRow(`SELECT account_id FROM staff_identity WHERE issuer = $1 AND subject = $2`, issuer, subject).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.AccountByID(tx, id)
}

// InsertStaff adds somebody of staff. A taken username or address is sqldb.Duplicate.
func (s *Store) InsertStaff(tx *sqldb.Tx, a account.Account, issuer, subject string) error {
	if err := s.InsertAccount(tx, a); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO staff_identity (issuer, subject, account_id) VALUES ($1, $2, $3)`, issuer, subject, a.ID)
	return err
}

// SetStaff keeps what the identity provider says of somebody now. Other roles, or
// another address, end everything that is open: relying parties were told of them.
func (s *Store) SetStaff(tx *sqldb.Tx, a *account.Account) error {
	_, err := s.change(tx, `first_name = $1, last_name = $2, by_last = $3, by_first = $4, email = $5, username = $5, staff_roles = $6, epoch = epoch + 1 WHERE id = $7`, a.ID,
		a.FirstName, a.LastName, strings.ToLower(a.LastName+" "+a.FirstName), strings.ToLower(a.FirstName+" "+a.LastName), a.Email, strings.Join(a.StaffRoles, " "), a.ID)
	return err
}
