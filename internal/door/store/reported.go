package store

import (
	"time"

	"sallyport/internal/sqldb"
)

// What somebody reported a call for that they did not ask for is closed: an account until
// its password is chosen anew or somebody opens it, a number for a day, a journey for good.
// The marks of the last two stand beside the counters of wrong tries.

// CloseAccount closes the account of somebody whose password another has.
func (s *Store) CloseAccount(tx *sqldb.Tx, id string) error {
	return tx.Later(`UPDATE account SET reported_at = $1 WHERE id = $2`, sqldb.Micros(tx.Now), id)
}

// OpenAccount opens it again.
func (s *Store) OpenAccount(tx *sqldb.Tx, id string) error {
	return tx.Later(`UPDATE account SET reported_at = 0 WHERE id = $1`, id)
}

// ReportedNumber is the mark of a number that does not want our calls, by its hash.
func (s *Store) ReportedNumber(destination []byte) []byte {
	return s.Keys.Hash("reported", "number", string(destination))
}

// ReportedJourney is the mark of a journey that was not the person's.
func (s *Store) ReportedJourney(id string) []byte { return s.Keys.Hash("reported", "journey", id) }

// Close marks what was reported, for so long; 0: until it is opened.
func (s *Store) Close(tx *sqldb.Tx, life time.Duration, key []byte) error {
	until, kept := int64(never), true
	if life > 0 {
		until, kept = sqldb.Micros(tx.Now.Add(life)), false
	}
	_, err := tx.Exec(`INSERT INTO tries (k, n, wait_until, updated_at, kept) VALUES ($1, 1, $2, $3, $4)
		ON CONFLICT (k) DO UPDATE SET n = tries.n + 1, updated_at = excluded.updated_at, wait_until = excluded.wait_until, kept = excluded.kept`,
		key, until, sqldb.Micros(tx.Now), kept)
	return err
}

// Closed tells whether any of them is marked now.
func (s *Store) Closed(tx *sqldb.Tx, keys ...[]byte) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM tries WHERE k IN (`+placeholders(len(keys), 1)+`) AND wait_until > $1`, withKeys([]any{sqldb.Micros(tx.Now)}, keys)...).Scan(&n)
	return n > 0, err
}
