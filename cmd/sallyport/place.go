package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/door/store"
	portalstore "sallyport/internal/portal/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// place names the installation that a command works on, while it runs or not: a
// configuration file's, or a demo's by its folder.
type place struct {
	Config string `type:"existingfile" xor:"where" help:"Configuration file (YAML) of the installation."`
	Data   string `type:"path" xor:"where" help:"Folder of a demo; default: sallyport-demo."`
}

// publicURLFile is where the demo notes its address: the port is chosen at start.
const publicURLFile = "public_url"

// settings returns its configuration.
func (i place) settings() (config.Config, error) {
	if i.Config != "" {
		return loadValid(i.Config)
	}
	data := i.Data
	if data == "" {
		data = defaultDemoData
	}
	at, err := os.ReadFile(filepath.Join(data, publicURLFile))
	if errors.Is(err, os.ErrNotExist) {
		return config.Config{}, fmt.Errorf("%s is no demo's folder: name one with --data, or a configuration with --config", data)
	}
	if err != nil {
		return config.Config{}, err
	}
	return demoConfig(config.Guide, data, strings.TrimSpace(string(at))), nil
}

// open opens the door's store for one act. The schema must be this version's.
func (i place) open(ctx context.Context) (s *store.Store, c config.Config, done func() error, err error) {
	return i.openWith(ctx, 0)
}

// openWith is open with so many KiB of cache for SQLite; 0: as usual.
func (i place) openWith(ctx context.Context, cache int) (s *store.Store, c config.Config, done func() error, err error) {
	if c, err = i.settings(); err != nil {
		return nil, c, nil, err
	}
	keys, err := secret.LoadKeys(c.KeysFile)
	if err != nil {
		return nil, c, nil, err
	}
	db, err := sqldb.Open(ctx, c.Database, sqldb.Options{Clock: time.Now, Log: logger(c.Log), Cache: cache, Background: cache > 0})
	if err != nil {
		return nil, c, nil, err
	}
	pending, err := db.Pending(ctx, store.Migrations)
	if err == nil && pending > 0 {
		err = app.ErrPending
	}
	if err != nil {
		return nil, c, nil, errors.Join(err, db.Close())
	}
	return &store.Store{DB: db, Keys: keys}, c, db.Close, nil
}

// openPortal opens the portal's store beside the door's, for an import.
func (i place) openPortal(ctx context.Context, c config.Config, keys *secret.Keys) (*portalstore.Store, func() error, error) {
	db, err := sqldb.Open(ctx, c.PortalDatabase(), sqldb.Options{Clock: time.Now, Log: logger(c.Log), Cache: importCache, Background: true})
	if err != nil {
		return nil, nil, err
	}
	pending, err := db.Pending(ctx, portalstore.Migrations)
	if err == nil && pending > 0 {
		err = app.ErrPending
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return &portalstore.Store{DB: db, Keys: keys}, db.Close, nil
}
