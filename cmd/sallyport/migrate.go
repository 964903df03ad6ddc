package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

type migrateCommand struct {
	Config string `required:"" type:"existingfile" help:"Configuration file (YAML)."`
}

// Run applies what is missing. Old replicas keep running on the new schema.
func (m *migrateCommand) Run(ctx context.Context) error {
	c, err := loadValid(m.Config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, c.Database, sqldb.Options{Clock: time.Now, Log: logger(c.Log)})
	if err != nil {
		return err
	}
	defer db.Close()
	applied, err := db.Migrate(ctx, store.Migrations)
	for _, name := range applied {
		fmt.Println("applied", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Println("The database is up to date.")
	}
	return err
}
