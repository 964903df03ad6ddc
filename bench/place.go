package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/app"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// place is one filled database: real or trivial hashes, SQLite or PostgreSQL.
type place struct {
	database string // sqlite or postgres
	trivial  bool
	dir      string
	address  string
	admin    string       // of the PostgreSQL that it was created on
	people   int          // registered
	used     atomic.Int64 // of the old portal, by first registrations
	pid      int          // of PostgreSQL's postmaster
}

// imported is how many people of the old portal there are.
const imported = 6000

// newPlace makes and fills a database.
func newPlace(ctx context.Context, kind, postgres string, trivial bool, people int) (_ *place, err error) {
	p := &place{database: kind, trivial: trivial, people: people, admin: postgres}
	if p.dir, err = os.MkdirTemp("", "sallyport-bench."); err != nil {
		return nil, err
	}
	if kind == "postgres" {
		if p.address, p.pid, err = newPostgres(ctx, postgres, databaseName(p.dir)); err != nil {
			return nil, err
		}
	} else {
		p.address = "sqlite:" + filepath.Join(p.dir, "door.db")
	}
	return p, p.fill(ctx)
}

// remove deletes what newPlace made.
func (p *place) remove() {
	if p.database == "postgres" {
		if _, err := sqlExec(context.Background(), p.admin, `DROP DATABASE "`+databaseName(p.dir)+`" WITH (FORCE)`); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	os.RemoveAll(p.dir)
}

func databaseName(dir string) string { return strings.ReplaceAll(filepath.Base(dir), ".", "_") }

// newPostgres creates a database and finds the server's process, which is on this
// machine.
func newPostgres(ctx context.Context, address, name string) (string, int, error) {
	if address == "" {
		return "", 0, fmt.Errorf("no PostgreSQL: run make bench, or set SALLYPORT_BENCH_POSTGRES")
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		return "", 0, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `CREATE DATABASE "`+name+`"`); err != nil {
		return "", 0, err
	}
	var dir string
	if err := db.QueryRowContext(ctx, `SHOW data_directory`).Scan(&dir); err != nil {
		return "", 0, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return "", 0, err
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		return "", 0, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", 0, err
	}
	u.Path = "/" + name
	return u.String(), pid, nil
}

// fill adds an organisation and its people.
func (p *place) fill(ctx context.Context) error {
	c := (&serveCommand{Data: p.dir, Database: p.address, Listen: "localhost:1", Trivial: p.trivial}).settings()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if _, err := app.Migrate(ctx, c, log); err != nil {
		return err
	}
	keys, err := secret.LoadOrCreateKeys(c.KeysFile)
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, p.address, sqldb.Options{Clock: time.Now, Log: log})
	if err != nil {
		return err
	}
	defer db.Close()
	people := drive.Population{Registered: p.people, Imported: imported, Cost: passhash.Cost{MemoryKiB: uint32(c.Hash.MemoryKiB), Passes: uint32(c.Hash.Passes)}}
	err = people.Fill(ctx, &store.Store{DB: db, Keys: keys})
	if err != nil || p.database != "postgres" {
		return err
	}
	_, err = sqlExec(ctx, p.address, `VACUUM ANALYZE`)
	return err
}

func sqlExec(ctx context.Context, address, query string) (sql.Result, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.ExecContext(ctx, query)
}

// person is one of the people, with a browser behind an address of its own.
func (p *place) person(n int, s *server, inbox *drive.Inbox) *drive.Person {
	return &drive.Person{Email: drive.Email(n), Password: drive.Password, Username: drive.Username(n), OldPassword: drive.OldPassword, Phone: drive.Phone(n), Inbox: inbox,
		Visitor: &drive.Visitor{Server: strings.Replace(s.host, "localhost", "127.0.0.1", 1), Host: s.host, Address: drive.Address(n)}}
}
