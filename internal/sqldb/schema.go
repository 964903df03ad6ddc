package sqldb

import "context"

// CreateSchema adds a PostgreSQL schema where it is not there yet. On SQLite there
// are none: another schema is another file.
func (db *DB) CreateSchema(ctx context.Context, name string) error {
	if db.Dialect != Postgres {
		return nil
	}
	_, err := db.pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS "`+name+`"`)
	return err
}

// HasSchema tells whether a PostgreSQL schema is there.
func (db *DB) HasSchema(ctx context.Context, name string) (found bool, err error) {
	if db.Dialect != Postgres {
		return true, nil
	}
	err = db.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = $1)`, name).Scan(&found)
	return found, err
}
