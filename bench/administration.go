package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// administration measures what an administrator and the help desk wait for among a
// million people of one organisation: one visitor, one page after the other.
func (r *runCommand) administration(ctx context.Context, database string, inbox *drive.Inbox) (lines []result, err error) {
	fmt.Fprintf(os.Stderr, "filling %s with %d accounts\n", database, million)
	place, err := newPlace(ctx, database, r.Postgres, true, million)
	if err != nil {
		return nil, err
	}
	defer place.remove()
	if err := place.promote(ctx); err != nil {
		return nil, err
	}
	server, err := start(place, inbox, r.profile("administration-"+database))
	if err != nil {
		return nil, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return nil, err
	}
	for _, page := range []struct {
		name string
		who  int
		path string
	}{
		{"users-first", 0, "/setup/users"},
		{"users-by-last", 0, "/setup/users?q=rivera"},
		{"users-by-full-name", 0, "/setup/users?q=Rosa+Nguyen"},
		{"users-by-one-letter", 0, "/setup/users?q=p"},
		{"users-by-username", 0, "/setup/users?q=person77777"},
		{"users-by-address", 0, "/setup/users?q=person555555%40bench"},
		{"users-nobody", 0, "/setup/users?q=zzz"},
		{"find-by-full-name", 1, "/staff/find?q=Chen+Omar"},
		{"find-by-address", 1, "/staff/find?q=person999999%40bench.example"},
	} {
		got, err := place.measurePage(server, inbox, page.who, page.path)
		if err != nil {
			return lines, fmt.Errorf("%s: %w", page.name, err)
		}
		got.Scenario, got.Database, got.Clients = page.name, database, 1
		lines = append(lines, got)
	}
	return lines, nil
}

// promote makes person 0 an administrator, and person 1 of the help desk.
func (p *place) promote(ctx context.Context) error {
	c := (&serveCommand{Data: p.dir, Database: p.address, Listen: "localhost:1", Trivial: p.trivial}).settings()
	keys, err := secret.LoadKeys(c.KeysFile)
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, p.address, sqldb.Options{Clock: time.Now})
	if err != nil {
		return err
	}
	defer db.Close()
	s := &store.Store{DB: db, Keys: keys}
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		for n, set := range []string{`role = 'admin'`, `staff_roles = 'help_desk'`} {
			if _, err := tx.Exec(`UPDATE account SET `+set+` WHERE username = $1`, drive.Username(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask is one request that is measured.
type ask struct {
	name, path string
	form       url.Values // it is posted; nil: it is a page
	contract   string     // that is selected
	status     int        // that is expected; 0: 200
	asks       int        // how often; 0: as usual
}

func (p *place) measurePage(s *server, inbox *drive.Inbox, who int, path string) (result, error) {
	return p.measure(s, inbox, who, ask{path: path})
}

func (p *place) measure(s *server, inbox *drive.Inbox, who int, a ask) (out result, err error) {
	w := &worker{place: p, server: s, inbox: inbox}
	person := w.as(who)
	person.Visitor.Stop = ""
	if err := person.Until("sign-in-phone"); err != nil {
		return out, err
	}
	v := person.Visitor
	if a.contract != "" {
		if err := v.Ask("POST", "/portal/contract", url.Values{"contract": {a.contract}}); err != nil {
			return out, err
		}
	}
	method, status, asks := "GET", max(a.status, 0), 220
	if a.form != nil {
		method = "POST"
	}
	if status == 0 {
		status = 200
	}
	if a.asks > 0 {
		asks = a.asks
	}
	const warm = 20
	var took []time.Duration
	for n := range asks {
		at := time.Now()
		if err := v.Ask(method, a.path, a.form); err != nil {
			return out, err
		}
		if v.Status != status {
			return out, &drive.Refused{Status: v.Status, Path: v.Path}
		}
		if n >= warm {
			took = append(took, time.Since(at))
		}
	}
	out.Bytes = len(v.Page)
	out.P50, out.P95, out.P99 = percentile(took, .50), percentile(took, .95), percentile(took, .99)
	return out, nil
}
