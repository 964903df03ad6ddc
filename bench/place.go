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
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/app"
	"sallyport/internal/door/account"
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
	people   int // registered
	fresh    int // of the old portal, not yet used by a first registration
	pid      int // of PostgreSQL's postmaster
}

const (
	password    = "correct horse battery staple"
	oldPassword = "Portal-Pass-2020"
	imported    = 6000 // people of the old portal
)

// newPlace makes and fills a database.
func newPlace(ctx context.Context, kind, postgres string, trivial bool, people int) (_ *place, err error) {
	p := &place{database: kind, trivial: trivial, people: people}
	if p.dir, err = os.MkdirTemp("", "sallyport-bench."); err != nil {
		return nil, err
	}
	if kind == "postgres" {
		if p.address, p.pid, err = newPostgres(ctx, postgres, filepath.Base(p.dir)); err != nil {
			return nil, err
		}
	} else {
		p.address = "sqlite:" + filepath.Join(p.dir, "door.db")
	}
	return p, p.fill(ctx)
}

// remove deletes what newPlace made.
func (p *place) remove() { os.RemoveAll(p.dir) }

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
	name = strings.ReplaceAll(name, ".", "_")
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

// fill adds an organisation and its people. All share one hash: what a check costs
// does not depend on the salt.
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
	s := &store.Store{DB: db, Keys: keys}
	cost := passhash.Cost{MemoryKiB: uint32(c.Hash.MemoryKiB), Passes: uint32(c.Hash.Passes)}
	hash, old := passhash.Hash(password, cost), passhash.Hash(oldPassword, cost)
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		return s.InsertOrganization(tx, account.Organization{ID: "bench", Name: "Bench Clinic", NPI: "1234567893", Active: true})
	})
	const batch = 5000
	for from := 0; from < p.people+imported && err == nil; from += batch {
		err = s.Write(ctx, func(tx *sqldb.Tx) error {
			for n := from; n < min(from+batch, p.people+imported); n++ {
				if err := s.InsertAccount(tx, p.account(n, hash, old)); err != nil {
					return err
				}
			}
			return nil
		})
	}
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

// account number n: registered below people, of the old portal above. Two methods
// take turns in blocks of a thousand.
func (p *place) account(n int, hash, old string) account.Account {
	a := account.Account{ID: secret.ID(), OrganizationID: "bench", Username: username(n), FirstName: "P", LastName: fmt.Sprint(n), Role: account.User, Epoch: 1}
	if n >= p.people {
		a.State, a.Email, a.FileEmail, a.OldHash = account.Imported, email(n), email(n), old
		return a
	}
	a.State, a.Method, a.Email, a.PasswordHash, a.Phone = account.Registered, account.PhoneMethod, email(n), hash, phone(n)
	return a
}

func username(n int) string { return fmt.Sprintf("person%d", n) }
func email(n int) string    { return fmt.Sprintf("person%d@bench.example", n) }

// phone is a number of the 2XX area codes, of which exchanges begin at 200.
func phone(n int) string {
	areas := []int{202, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231}
	return fmt.Sprintf("+1%d%03d%04d", areas[n/50_000], 200+n%50_000/10_000, n%10_000)
}

// person is one of the people, with a browser behind an address of its own.
func (p *place) person(n int, s *server, inbox *drive.Inbox) *drive.Person {
	return &drive.Person{Email: email(n), Password: password, Username: username(n), OldPassword: oldPassword, Phone: phone(n), Inbox: inbox,
		Visitor: &drive.Visitor{Server: strings.Replace(s.host, "localhost", "127.0.0.1", 1), Host: s.host, Address: fmt.Sprintf("198.18.%d.%d", n/250%250, n%250+1)}}
}
