package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Migrate brings the schema up to the newest of files, which holds the folders
// sqlite/ and postgres/ with files of equal numbers. It returns the names of
// those it applied. Running it again changes nothing. Of two processes that run it
// at once on PostgreSQL one fails, whole, and can be run again.
func (db *DB) Migrate(ctx context.Context, files fs.FS) ([]string, error) {
	raw, done := db.driver()
	defer done()
	provider, err := db.migrations(raw, files)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	var applied []string
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	if err != nil {
		return applied, fmt.Errorf("migrate: %w", err)
	}
	return applied, nil
}

// MigrateTo is Migrate no further than this version; what is newer stays to be done.
func (db *DB) MigrateTo(ctx context.Context, files fs.FS, version int64) error {
	raw, done := db.driver()
	defer done()
	provider, err := db.migrations(raw, files)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}

// Version returns the newest migration that the database has, and the newest of files.
func (db *DB) Version(ctx context.Context, files fs.FS) (has, newest int64, err error) {
	raw, done := db.driver()
	defer done()
	provider, err := db.migrations(raw, files)
	if err != nil {
		return 0, 0, err
	}
	has, newest, err = provider.GetVersions(ctx)
	return has, newest, err
}

// Pending returns how many migrations of files the database still lacks.
func (db *DB) Pending(ctx context.Context, files fs.FS) (int, error) {
	raw, done := db.driver()
	defer done()
	provider, err := db.migrations(raw, files)
	if err != nil {
		return 0, err
	}
	states, err := provider.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("migration status: %w", err)
	}
	pending := 0
	for _, s := range states {
		if s.State == goose.StatePending {
			pending++
		}
	}
	return pending, nil
}

func (db *DB) migrations(raw *sql.DB, files fs.FS) (*goose.Provider, error) {
	dialect := database.DialectSQLite3
	if db.Dialect == Postgres {
		dialect = database.DialectPostgres
	}
	sub, err := fs.Sub(files, string(db.Dialect))
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(dialect, raw, sub, goose.WithDisableGlobalRegistry(true), goose.WithSlog(db.opts.Log))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
