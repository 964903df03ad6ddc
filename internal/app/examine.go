package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// Examine opens one of the two databases (door, portal), and looks whether it is migrated and
// answers.
func Examine(ctx context.Context, c config.Config, name string) (says string, err error) {
	for _, h := range houses(c) {
		if h.name == name {
			return h.examine(ctx)
		}
	}
	return "", fmt.Errorf("there is no database of the %s", name)
}

func (h house) examine(ctx context.Context) (says string, err error) {
	db, err := sqldb.Open(ctx, h.address, sqldb.Options{Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if h.schema != "" && db.Dialect == sqldb.Postgres {
		if there, err := db.HasSchema(ctx, h.schema); err != nil || !there {
			return "", errors.Join(err, ErrPending)
		}
	}
	pending, err := db.Pending(ctx, h.migrations)
	if err == nil && pending > 0 {
		err = ErrPending
	}
	if err != nil {
		return "", err
	}
	began := time.Now()
	if err := db.Ping(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, migrated; answers in %.1f ms", map[sqldb.Dialect]string{sqldb.SQLite: "SQLite", sqldb.Postgres: "PostgreSQL"}[db.Dialect], time.Since(began).Seconds()*1000), nil
}
