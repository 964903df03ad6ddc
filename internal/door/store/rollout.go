package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// ErrWave means that another wave is under way.
var ErrWave = errors.New("another wave is under way: stop it first, or wait for it")

// ErrStopped means that somebody stopped the wave.
var ErrStopped = errors.New("the wave was stopped")

// waveLease is how long a wave that says nothing more counts as being under way.
const waveLease = 30 * time.Second

// BeginWave makes this owner the one who sends. ErrWave where another does.
func (s *Store) BeginWave(tx *sqldb.Tx, owner string) error {
	n, err := tx.Exec(`INSERT INTO rollout (id, owner, lease_until, stopped_at) VALUES (1, $1, $2, 0)
		ON CONFLICT (id) DO UPDATE SET owner = $1, lease_until = $2, stopped_at = 0 WHERE rollout.owner = $1 OR rollout.lease_until <= $3`,
		owner, sqldb.Micros(tx.Now.Add(waveLease)), sqldb.Micros(tx.Now))
	if err == nil && n == 0 {
		err = ErrWave
	}
	return err
}

// KeepWave goes on with a wave. ErrStopped where it was stopped, or another began.
func (s *Store) KeepWave(tx *sqldb.Tx, owner string) error {
	n, err := tx.Exec(`UPDATE rollout SET lease_until = $1 WHERE id = 1 AND owner = $2 AND stopped_at = 0`, sqldb.Micros(tx.Now.Add(waveLease)), owner)
	if err == nil && n == 0 {
		err = ErrStopped
	}
	return err
}

// StopWave stops whatever wave is under way, before its next mail, and tells whether
// there was one.
func (s *Store) StopWave(tx *sqldb.Tx) (bool, error) {
	n, err := tx.Exec(`UPDATE rollout SET stopped_at = $1, lease_until = 0 WHERE id = 1 AND lease_until > $1`, sqldb.Micros(tx.Now))
	return n == 1, err
}

// EndWave gives the lease back.
func (s *Store) EndWave(tx *sqldb.Tx, owner string) error {
	_, err := tx.Exec(`UPDATE rollout SET lease_until = 0 WHERE id = 1 AND owner = $1`, owner)
	return err
}

// NextToInvite marks somebody as invited who has not begun to register and was not
// invited yet, and returns them; nil where there is nobody left.
func (s *Store) NextToInvite(tx *sqldb.Tx, organization string) (*account.Account, error) {
	where, args := `state = 'imported' AND invited_at = 0 AND progress = ''`, []any{sqldb.Micros(tx.Now)}
	if organization != "" {
		where, args = where+` AND organization_id = $2`, append(args, organization)
	}
	return s.nextOf(tx, `UPDATE account SET invited_at = $1 WHERE id = (SELECT id FROM account WHERE `+where+` ORDER BY organization_id, id LIMIT 1`+tx.SkipLocked()+`) RETURNING id`, args...)
}

// NextToRemind marks somebody as reminded who began to register and stopped, and was not
// reminded since; nil where there is nobody left.
func (s *Store) NextToRemind(tx *sqldb.Tx, organization string, since time.Time) (*account.Account, error) {
	where, args := `(state = 'half' OR progress <> '') AND state <> 'disabled' AND reminded_at <= $2`, []any{sqldb.Micros(tx.Now), sqldb.Micros(since)}
	if organization != "" {
		where, args = where+` AND organization_id = $3`, append(args, organization)
	}
	return s.nextOf(tx, `UPDATE account SET reminded_at = $1 WHERE id = (SELECT id FROM account WHERE `+where+` ORDER BY reminded_at LIMIT 1`+tx.SkipLocked()+`) RETURNING id`, args...)
}

func (s *Store) nextOf(tx *sqldb.Tx, query string, args ...any) (*account.Account, error) {
	var id string
	err := tx.QueryRow(query, args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.AccountByID(tx, id)
}

// LeftToInvite counts who was not invited yet, no further than most.
func (s *Store) LeftToInvite(tx *sqldb.Tx, organization string, most int) (n int, err error) {
	where, args := `state = 'imported' AND invited_at = 0 AND progress = ''`, []any{}
	if organization != "" {
		where, args = where+` AND organization_id = $1`, append(args, organization)
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE `+where+` LIMIT `+itoa(most)+`) AS some_accounts`, args...).Scan(&n)
	return n, err
}
