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
	Epoch     int64 // of the account; the link ends when it changes. 0: the link ends by EndLinks only
	ExpiresAt time.Time
	UsedAt    time.Time
}

// Purposes of links that begin or finish a registration; who sends them and who opens
// them agree here.
const (
	FinishLink  = "finish-registration"  // half-way, or reset: with the password
	RestartLink = "restart-registration" // half-way, to the address on file: with a new password
	NewUserLink = "new-user"             // nothing is known yet but the mailbox
	// UndoRegistrationLink takes a registration back. It goes to the address on file, and
	// works also after whoever registered changed the password.
	UndoRegistrationLink = "undo-registration"
)

// InsertLink adds a link that works until expires.
func (s *Store) InsertLink(tx *sqldb.Tx, token string, l Link) error {
	_, err := tx.Exec(`INSERT INTO link (token, purpose, account_id, epoch, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		s.Keys.Hash("link", token), l.Purpose, l.AccountID, l.Epoch, sqldb.Micros(tx.Now), sqldb.Micros(l.ExpiresAt))
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

// current is the condition that a link's account has the epoch that it had when the link
// was sent.
const current = ` AND (link.epoch = 0 OR EXISTS (SELECT 1 FROM account WHERE account.id = link.account_id AND account.epoch = link.epoch))`

// EndLinks ends every link of an account: a reset, a disabled account and an undone
// registration leave nothing open (product.md, rule 5).
func (s *Store) EndLinks(tx *sqldb.Tx, accountID string) error {
	_, err := tx.Exec(`UPDATE link SET used_at = $1 WHERE account_id = $2 AND used_at = 0`, sqldb.Micros(tx.Now), accountID)
	return err
}

// HasLink reports whether a link of this purpose to an account still works.
func (s *Store) HasLink(tx *sqldb.Tx, purpose, accountID string) (has bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM link WHERE account_id = $1 AND purpose = $2 AND used_at = 0 AND expires_at > $3`+current+`)`,
		accountID, purpose, sqldb.Micros(tx.Now)).Scan(&has)
	return has, err
}

// LinkByToken returns a link that still works, or nil.
func (s *Store) LinkByToken(tx *sqldb.Tx, token string) (*Link, error) {
	var l Link
	var expires, used int64
	err := tx.QueryRow(`SELECT purpose, account_id, expires_at, used_at FROM link WHERE token = $1 AND used_at = 0 AND expires_at > $2`+current,
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
	err = tx.QueryRow(`UPDATE link SET used_at = $1 WHERE token = $2 AND purpose = $3 AND used_at = 0 AND expires_at > $1`+current+` RETURNING account_id`,
		sqldb.Micros(tx.Now), s.Keys.Hash("link", token), purpose).Scan(&accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return accountID, err
}
