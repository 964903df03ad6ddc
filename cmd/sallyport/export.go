package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sallyport/internal/door/importer"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
)

type exportCommand struct {
	Users exportUsers `cmd:"" help:"Write all users, for import elsewhere. The file holds password hashes and telephone numbers."`
}

type exportUsers struct {
	place
	Format string `enum:"csv,jsonl" default:"csv" help:"csv or jsonl."`
	File   string `arg:"" type:"path" help:"File to write; it must not exist."`
}

// Run exports.
func (c *exportUsers) Run(ctx context.Context) error {
	return withStore(ctx, c.place, func(s *store.Store) error {
		out, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		n, err := (&importer.Importer{Store: s}).Export(ctx, out, intake.Format(c.Format))
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return errors.Join(err, os.Remove(c.File))
		}
		fmt.Printf("%d users. The file holds password hashes and telephone numbers: keep it like the keys.\n", n)
		return nil
	})
}
