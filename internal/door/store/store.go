package store

import (
	"context"
	"embed"
	"io/fs"
	"strconv"

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

// Store is the door's tables, and the keys that seal some of their columns.
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

func itoa(n int) string { return strconv.Itoa(n) }
