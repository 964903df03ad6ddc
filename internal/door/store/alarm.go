package store

import (
	"time"

	"sallyport/internal/sqldb"
)

// pulseOf is the stretch of time that one row of the pulse counts.
const pulseOf = 30 * time.Second

// AddPulse adds what one replica saw lately: wrong passwords, and completed sign-ins.
func (s *Store) AddPulse(tx *sqldb.Tx, replica string, failures, completed int64) error {
	return tx.Later(`INSERT INTO pulse (at, replica, failures, completed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (at, replica) DO UPDATE SET failures = pulse.failures + excluded.failures, completed = pulse.completed + excluded.completed`,
		sqldb.Micros(tx.Now.Truncate(pulseOf)), replica, failures, completed)
}

// Pulse sums up what all replicas saw in the time before now.
func (s *Store) Pulse(tx *sqldb.Tx, lately time.Duration) (failures, completed int64, err error) {
	err = tx.QueryRow(`SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT), CAST(COALESCE(SUM(completed), 0) AS BIGINT) FROM pulse WHERE at > $1`,
		sqldb.Micros(tx.Now.Add(-lately))).Scan(&failures, &completed)
	return failures, completed, err
}

// KnowNetwork remembers that a sign-in was completed from a network just now.
func (s *Store) KnowNetwork(tx *sqldb.Tx, key []byte) error {
	return tx.Later(`INSERT INTO known_network (k, seen_at) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET seen_at = excluded.seen_at`, key, sqldb.Micros(tx.Now))
}

// NetworkKnown tells whether one was completed there lately.
func (s *Store) NetworkKnown(tx *sqldb.Tx, key []byte, lately time.Duration) (known bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM known_network WHERE k = $1 AND seen_at > $2)`, key, sqldb.Micros(tx.Now.Add(-lately))).Scan(&known)
	return known, err
}
