package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/store"
	portalstore "sallyport/internal/portal/store"
	"sallyport/internal/sqldb"
)

// ErrPending means that a database lacks migrations: run `sallyport migrate`.
var ErrPending = errors.New("the database is not migrated: run `sallyport migrate` with the same configuration")

// house is one half of the program with its database.
type house struct {
	name, address string
	migrations    fs.FS
	schema        string // of PostgreSQL; empty: the default one
}

// houses are the door and the portal: two databases, or two schemas of one.
func houses(c config.Config) []house {
	portal := house{"portal", c.PortalDatabase(), portalstore.Migrations, ""}
	if c.Portal.Database == "" {
		portal.schema = config.PortalSchema
	}
	return []house{{"door", c.Database, store.Migrations, ""}, portal}
}

// Migrate brings both databases up to this version and returns what it applied.
// Old replicas keep running on the new schema.
func Migrate(ctx context.Context, c config.Config, log *slog.Logger) (applied []string, err error) {
	for _, h := range houses(c) {
		names, err := h.migrate(ctx, log)
		for _, name := range names {
			applied = append(applied, h.name+" "+name)
		}
		if err != nil {
			return applied, err
		}
	}
	return applied, nil
}

func (h house) migrate(ctx context.Context, log *slog.Logger) ([]string, error) {
	db, err := openForMigration(ctx, h, log)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.Migrate(ctx, h.migrations)
}

// openForMigration opens the house's database, and adds its schema where it is missing.
func openForMigration(ctx context.Context, h house, log *slog.Logger) (*sqldb.DB, error) {
	db, err := sqldb.Open(ctx, h.address, sqldb.Options{Clock: time.Now, Log: log})
	if err != nil || h.schema == "" {
		return db, err
	}
	if err := db.CreateSchema(ctx, h.schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// open opens the house's database. SQLite is migrated on the way; PostgreSQL,
// which other replicas may be using, must have been.
func (a *App) openHouse(ctx context.Context, o Options, h house) (*sqldb.DB, error) {
	db, err := a.open(ctx, o, h.address)
	if err != nil {
		return nil, err
	}
	if db.Dialect == sqldb.SQLite {
		_, err := db.Migrate(ctx, h.migrations)
		return db, err
	}
	if h.schema != "" {
		if there, err := db.HasSchema(ctx, h.schema); err != nil || !there {
			return nil, errors.Join(err, ErrPending)
		}
	}
	pending, err := db.Pending(ctx, h.migrations)
	if err == nil && pending > 0 {
		err = ErrPending
	}
	return db, err
}

func (a *App) open(ctx context.Context, o Options, address string) (*sqldb.DB, error) {
	db, err := sqldb.Open(ctx, address, sqldb.Options{Clock: o.Clock, Log: o.Log, OnHeld: o.OnHeld})
	if err == nil {
		a.closers = append(a.closers, db.Close)
	}
	return db, err
}
