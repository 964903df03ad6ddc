// Package store has all SQL of the portal, one file per table. It keeps the
// portal's own data and what the provider said of people; of the door's tables it
// knows nothing: its database is another, or another schema.
package store

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the folders sqlite and postgres with files of equal numbers.
var Migrations = func() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}()

// Store is the portal's tables, and the keys that seal some of their columns.
type Store struct {
	DB   *sqldb.DB
	Keys *secret.Keys
}

// Write runs fn in a transaction (sqldb.DB.Write).
func (s *Store) Write(ctx context.Context, fn func(*sqldb.Tx) error) error {
	return s.DB.Write(ctx, fn)
}

// Read gives a Tx for single statements outside any transaction.
func (s *Store) Read(ctx context.Context) *sqldb.Tx { return s.DB.Reader(ctx) }

// sweeps are what may go: each with how long after its time.
var sweeps = []struct {
	query string
	keep  time.Duration
}{
	{`DELETE FROM portal_session WHERE token IN (SELECT token FROM portal_session WHERE expires_at < $1 LIMIT 500)`, time.Hour},
	{`DELETE FROM attachment WHERE id IN (SELECT id FROM attachment WHERE size < 0 AND added_at < $1 LIMIT 10)`, time.Hour}, // never became whole
}

// Sweep deletes sessions that have ended, and files that never came whole.
func (s *Store) Sweep(ctx context.Context) (swept int64, err error) {
	for _, sweep := range sweeps {
		err := s.Write(ctx, func(tx *sqldb.Tx) error {
			n, err := tx.Exec(sweep.query, sqldb.Micros(tx.Now.Add(-sweep.keep)))
			swept += n
			return err
		})
		if err != nil {
			return swept, err
		}
	}
	return swept, nil
}
