package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/sqldb"
)

// Link is an e-mailed link: single use, and spent by a POST alone (rule 5). Only a
// keyed hash of its token is kept.
type Link struct {
	Purpose   string
	AccountID string
	ExpiresAt time.Time
	UsedAt    time.Time
}

// Purposes of links that begin or finish a registration; who sends them and who opens
// them agree here.
const (
	FinishLink  = "finish-registration" // half-way, or reset: with the password
	NewUserLink = "new-user"            // nothing is known yet but the mailbox
)

// InsertLink adds a link that works until expires.
func (s *Store) InsertLink(tx *sqldb.Tx, token string, l Link) error {
	_, err := tx.Exec(`INSERT INTO link (token, purpose, account_id, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, 0)`,
		s.Keys.Hash("link", token), l.Purpose, l.AccountID, sqldb.Micros(tx.Now), sqldb.Micros(l.ExpiresAt))
	return err
}

// InsertLinkOf is InsertLink where there is somebody to send it to, and as many
// statements where there is not (T-03).
func (s *Store) InsertLinkOf(tx *sqldb.Tx, token string, somebody bool, l Link) error {
	if somebody {
		return s.InsertLink(tx, token, l)
	}
	_, err := tx.Exec(`DELETE FROM link WHERE token = $1`, s.Keys.Hash("link", token))
	return err
}

// LinkByToken returns a link that still works, or nil.
func (s *Store) LinkByToken(tx *sqldb.Tx, token string) (*Link, error) {
	var l Link
	var expires, used int64
	err := tx.QueryRow(`SELECT purpose, account_id, expires_at, used_at FROM link WHERE token = $1 AND used_at = 0 AND expires_at > $2`,
		s.Keys.Hash("link", token), sqldb.Micros(tx.Now)).Scan(&l.Purpose, &l.AccountID, &expires, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	l.ExpiresAt, l.UsedAt = sqldb.Time(expires), sqldb.Time(used)
	return &l, err
}

// SpendLink uses a link up and returns whose it was; "" where it does not work
// any more. However many try at once, one succeeds (T-09).
func (s *Store) SpendLink(tx *sqldb.Tx, token, purpose string) (accountID string, err error) {
	err = tx.QueryRow(`UPDATE link SET used_at = $1 WHERE token = $2 AND purpose = $3 AND used_at = 0 AND expires_at > $1 RETURNING account_id`,
		sqldb.Micros(tx.Now), s.Keys.Hash("link", token), purpose).Scan(&accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return accountID, err
}
