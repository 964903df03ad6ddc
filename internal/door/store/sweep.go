package store

import (
	"context"
	"time"

	"sallyport/internal/sqldb"
)

// sweepBatch is small so that no writer waits long for the sweeper.
const sweepBatch = 500

// sweeps are what may go: each with the age, after the row's own time, that it
// is kept for. Journeys stay an hour past their end so that a bookmark is answered.
var sweeps = []struct {
	query string
	keep  time.Duration
}{
	{`DELETE FROM journey WHERE id IN (SELECT id FROM journey WHERE expires_at < $1 LIMIT $2)`, time.Hour},
	{`DELETE FROM challenge WHERE id IN (SELECT id FROM challenge WHERE created_at < $1 LIMIT $2)`, 5 * time.Hour},
	{`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at > 0 AND done_at < $1 AND account_id = '' LIMIT $2)`, time.Hour},
	{`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at > 0 AND done_at < $1 LIMIT $2)`, 7 * 24 * time.Hour}, // the help desk looks
	{`UPDATE outbox SET payload = NULL WHERE id IN (SELECT id FROM outbox WHERE done_at > 0 AND payload IS NOT NULL AND expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM delivery_count WHERE at IN (SELECT at FROM delivery_count WHERE at < $1 LIMIT $2)`, 35 * 24 * time.Hour},
	{`DELETE FROM session WHERE browser IN (SELECT browser FROM session WHERE expires_at < $1 LIMIT $2)`, time.Hour},
	{`DELETE FROM authorization_grant WHERE id IN (SELECT id FROM authorization_grant WHERE expires_at < $1 LIMIT $2)`, time.Hour},
	{`DELETE FROM pushed_request WHERE id IN (SELECT id FROM pushed_request WHERE expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM dpop_proof WHERE k IN (SELECT k FROM dpop_proof WHERE expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM link WHERE token IN (SELECT token FROM link WHERE expires_at < $1 LIMIT $2)`, 24 * time.Hour},
	{`DELETE FROM tries WHERE k IN (SELECT k FROM tries WHERE updated_at < $1 AND NOT kept LIMIT $2)`, 24 * time.Hour},
	{`DELETE FROM pulse WHERE at IN (SELECT at FROM pulse WHERE at < $1 LIMIT $2)`, time.Hour},
	{`DELETE FROM known_network WHERE k IN (SELECT k FROM known_network WHERE seen_at < $1 LIMIT $2)`, 31 * 24 * time.Hour},
	{`DELETE FROM rate WHERE k IN (SELECT k FROM rate WHERE tat < $1 LIMIT $2)`, time.Minute},
}

// Sweep deletes what has expired, in small transactions, and returns how many
// rows went. Running it on several replicas at once is harmless.
func (s *Store) Sweep(ctx context.Context) (swept int64, err error) {
	for _, sweep := range sweeps {
		for more := true; more; {
			var n int64
			err := s.Write(ctx, func(tx *sqldb.Tx) (err error) {
				n, err = tx.Exec(sweep.query, sqldb.Micros(tx.Now.Add(-sweep.keep)), sweepBatch)
				return err
			})
			if err != nil {
				return swept, err
			}
			swept += n
			more = n == sweepBatch
		}
	}
	return swept, nil
}
