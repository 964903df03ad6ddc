package store

import (
	"context"

	"sallyport/internal/sqldb"
)

// directoryIndexes are those of migration 8 that lists and searches alone need. A first
// load goes without them and makes them at its end: kept up to date row by row they
// cost most of what a row costs, and made at once little.
var directoryIndexes = []struct{ name, on string }{
	{"account_of_organization", "account (organization_id, by_last, id)"},
	{"account_of_organization_first", "account (organization_id, by_first)"},
	{"account_last", "account (by_last)"},
	{"account_first", "account (by_first)"},
	{"account_address", "account (email)"},
}

// few is up to how many accounts a database is as good as empty.
const few = 10_000

// DeferDirectory drops the indexes of lists and searches where there are few accounts
// yet, and tells whether it did. BuildDirectory makes them again.
func (s *Store) DeferDirectory(ctx context.Context) (done bool, err error) {
	var n int
	if err := s.Read(ctx).QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM account LIMIT ` + itoa(few) + `) AS some_accounts`).Scan(&n); err != nil || n == few {
		return false, err
	}
	return true, s.Write(ctx, func(tx *sqldb.Tx) error {
		for _, i := range directoryIndexes {
			if _, err := tx.Exec(`DROP INDEX IF EXISTS ` + i.name); err != nil {
				return err
			}
		}
		return nil
	})
}

// BuildDirectory makes the indexes that are missing, one a transaction: after a first
// load, or where one was interrupted.
func (s *Store) BuildDirectory(ctx context.Context) error {
	for _, i := range directoryIndexes {
		if there, err := s.hasIndex(ctx, i.name); err != nil {
			return err
		} else if there {
			continue
		}
		if err := s.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`CREATE INDEX IF NOT EXISTS ` + i.name + ` ON ` + i.on)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) hasIndex(ctx context.Context, name string) (bool, error) {
	query := `SELECT COUNT(*) FROM pg_indexes WHERE schemaname = CURRENT_SCHEMA() AND indexname = $1`
	if s.DB.Dialect == sqldb.SQLite {
		query = `SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name = $1`
	}
	var n int
	err := s.Read(ctx).QueryRow(query, name).Scan(&n)
	return n > 0, err
}
