package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"sallyport/internal/app"
)

type backupCommand struct {
	place
	WithKeys bool   `help:"Put the keys file inside. Then the backup alone reads everything: keep it like the keys."`
	File     string `arg:"" type:"path" help:"File to write; it must not exist."`
}

// Run writes the backup, whole or not at all.
func (b *backupCommand) Run(ctx context.Context) error {
	c, err := b.settings()
	if err != nil {
		return err
	}
	if err := app.WriteNewFile(b.File, func(to io.Writer) error {
		return app.Backup(ctx, c, logger(c.Log), b.WithKeys, to, tellRows)
	}); err != nil {
		return err
	}
	if b.WithKeys {
		fmt.Println("The keys file is inside: whoever has this file can read everything.")
	} else {
		fmt.Printf("The keys file is NOT inside: without %s this backup restores nothing. Back it up apart.\n", c.KeysFile)
	}
	return nil
}

func tellRows(table string, rows int64) { fmt.Printf("%-32s %d\n", table, rows) }

type restoreCommand struct {
	Config string `required:"" type:"existingfile" help:"Configuration file (YAML) of the installation to make."`
	File   string `arg:"" type:"existingfile" help:"Backup to restore."`
}

// Run restores into databases that are empty; it overwrites nothing.
func (r *restoreCommand) Run(ctx context.Context) error {
	c, err := loadValid(r.Config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return err
	}
	in, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := app.Restore(ctx, c, logger(c.Log), in, tellRows); err != nil {
		return err
	}
	fmt.Println("Restored. Sessions, codes and links that were mailed are not in a backup: everybody signs in again.")
	return nil
}
