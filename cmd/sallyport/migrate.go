package main

import (
	"context"
	"fmt"
	"os"

	"sallyport/internal/app"
	"sallyport/internal/secret"
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
	applied, err := app.Migrate(ctx, c, logger(c.Log))
	for _, name := range applied {
		fmt.Println("applied", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Println("The databases are up to date.")
	}
	if err == nil {
		_, err = secret.LoadOrCreateKeys(c.KeysFile) // so that users can be imported before the first start
	}
	return err
}
