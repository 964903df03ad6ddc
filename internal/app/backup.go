package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// A backup is one file, gzipped lines of JSON, which restores on SQLite and on
// PostgreSQL alike. What is open is not in it: sessions, journeys, codes, mailed links,
// tokens, messages under way. Everybody signs in again, and nothing that was ended or
// used comes back to life.

// volatile are the tables that no backup has.
var volatile = []string{"session", "journey", "challenge", "link", "outbox", "authorization_grant", "pushed_request", "dpop_proof", "rate", "pulse", "known_network", "portal_session"}

// referred are the tables that others refer to: they are restored first.
var referred = []string{"organization", "account", "person", "contract", "consumer", "service_request", "attachment", "thread"}

// backupHead is a backup's first line.
type backupHead struct {
	Format int       `json:"sallyport_backup"`
	At     time.Time `json:"at"`
	Keys   string    `json:"keys,omitempty"` // the keys file; empty: it is not inside
}

// backupHouse begins the tables of one database.
type backupHouse struct {
	Name    string `json:"database"`
	Version int64  `json:"version"` // newest migration
	Tables  int    `json:"tables"`
}

const backupFormat = 1

// Backup writes a backup of an installation, running or not. WithKeys puts the keys
// file inside: without it the backup restores nothing, with it it reads everything.
func Backup(ctx context.Context, c config.Config, log *slog.Logger, withKeys bool, to io.Writer, told func(table string, rows int64)) error {
	head := backupHead{Format: backupFormat, At: time.Now().UTC()}
	if withKeys {
		keys, err := os.ReadFile(c.KeysFile)
		if err != nil {
			return err
		}
		head.Keys = string(keys)
	}
	zipped := gzip.NewWriter(to)
	lines := json.NewEncoder(zipped)
	if err := lines.Encode(head); err != nil {
		return err
	}
	for _, h := range houses(c) {
		if err := backupOne(ctx, h, log, zipped, told); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return zipped.Close()
}

func backupOne(ctx context.Context, h house, log *slog.Logger, to io.Writer, told func(string, int64)) error {
	db, err := sqldb.Open(ctx, h.address, sqldb.Options{Clock: time.Now, Log: log})
	if err != nil {
		return err
	}
	defer db.Close()
	has, newest, err := db.Version(ctx, h.migrations)
	if err == nil && has != newest {
		err = ErrPending
	}
	if err != nil {
		return err
	}
	return db.Snapshot(ctx, func(tx *sqldb.Tx) error {
		tables, err := tx.Tables(referred, volatile)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(to).Encode(backupHouse{h.name, has, len(tables)}); err != nil {
			return err
		}
		for _, t := range tables {
			var rows int64
			if err := tx.QueryRow(`SELECT COUNT(*) FROM ` + t.Name).Scan(&rows); err != nil {
				return err
			}
			if err := tx.Dump(to, t); err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
			told(h.name+"."+t.Name, rows)
		}
		return nil
	})
}

// ErrNotEmpty means that a backup would have overwritten something.
var ErrNotEmpty = errors.New("there is an installation already: nothing was overwritten")

// Restore makes an installation of a backup, where there is none yet. It is whole or not
// at all, for each database.
func Restore(ctx context.Context, c config.Config, log *slog.Logger, from io.Reader, told func(table string, rows int64)) error {
	zipped, err := gzip.NewReader(from)
	if err != nil {
		return fmt.Errorf("%w: %w", sqldb.ErrDump, err)
	}
	in := json.NewDecoder(zipped)
	var head backupHead
	if err := in.Decode(&head); err != nil || head.Format != backupFormat {
		return fmt.Errorf("%w: it is no backup of this program, or of a newer one", sqldb.ErrDump)
	}
	if err := restoreKeys(c.KeysFile, head.Keys); err != nil {
		return err
	}
	for _, h := range houses(c) {
		if err := restoreOne(ctx, h, log, in, told); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return nil
}

// restoreKeys puts the keys file where there is none. One that is there must be the
// same: with others nothing could be read.
func restoreKeys(path, keys string) error {
	there, err := os.ReadFile(path)
	switch {
	case err == nil && (keys == "" || bytes.Equal(there, []byte(keys))):
		return nil
	case err == nil:
		return fmt.Errorf("%s: %w: the backup has other keys", path, ErrNotEmpty)
	case !errors.Is(err, os.ErrNotExist):
		return err
	case keys == "":
		return fmt.Errorf("the keys are not inside this backup: put the keys file of that installation at %s first", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return WriteNewFile(path, func(to io.Writer) error {
		_, err := io.WriteString(to, keys)
		return err
	})
}

// WriteNewFile makes a file that only its owner can read, whole or not at all. Another
// user may be able to write to the folder: the text goes into a new file of a random name,
// which gets its own name only if that is not taken. No symbolic link is followed.
func WriteNewFile(path string, write func(to io.Writer) error) error {
	if err := mustNotExist(path); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	err = write(part)
	if err == nil {
		err = part.Sync()
	}
	if err := errors.Join(err, part.Close()); err != nil {
		return err
	}
	err = os.Link(part.Name(), path)
	if taken := mustNotExist(path); err != nil && taken != nil {
		return taken // since we looked
	}
	return err
}

// mustNotExist returns an error that says what to do where there is something at path.
func mustNotExist(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&os.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link: nothing was written. Remove the link, or name the file that you mean", path)
	}
	return fmt.Errorf("%s is there already: nothing was written. Move it away, or choose another name", path)
}

func restoreOne(ctx context.Context, h house, log *slog.Logger, in *json.Decoder, told func(string, int64)) error {
	var head backupHouse
	if err := in.Decode(&head); err != nil || head.Name != h.name {
		return fmt.Errorf("%w: the %s database does not follow", sqldb.ErrDump, h.name)
	}
	db, err := openForMigration(ctx, h, log)
	if err != nil {
		return err
	}
	defer db.Close()
	has, newest, err := db.Version(ctx, h.migrations)
	switch {
	case err != nil:
		return err
	case head.Version > newest:
		return fmt.Errorf("the backup is of a newer version (%d, this is %d): use that one", head.Version, newest)
	case has > head.Version:
		return fmt.Errorf("%w: the database is of a newer version than the backup", ErrNotEmpty)
	}
	if err := db.MigrateTo(ctx, h.migrations, head.Version); err != nil {
		return err
	}
	err = db.Write(ctx, func(tx *sqldb.Tx) error { return restoreTables(tx, head, in, told) })
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx, h.migrations)
	return err
}

func restoreTables(tx *sqldb.Tx, head backupHouse, in *json.Decoder, told func(string, int64)) error {
	tables, err := tx.Tables(referred, nil)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Name == "audit_tree" { // migrations put its row there
			continue
		}
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM ` + t.Name + ` LIMIT 1) AS one`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: the table %s has rows", ErrNotEmpty, t.Name)
		}
	}
	for range head.Tables {
		t, err := tx.Restore(in, tables)
		if err != nil {
			return err
		}
		told(head.Name+"."+t.Name, t.Rows)
	}
	return nil
}
