package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/portal"
	portalstore "sallyport/internal/portal/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

const (
	manyCases     = 100_000 // half of them one organisation's
	manyConsumers = million
)

// portal measures what a provider waits for among a hundred thousand cases and a million
// consumers: one visitor, one page after the other.
func (r *runCommand) portal(ctx context.Context, database string, inbox *drive.Inbox) (lines []result, err error) {
	place, err := newPlace(ctx, database, r.Postgres, true, 64)
	if err != nil {
		return nil, err
	}
	defer place.remove()
	fmt.Fprintf(os.Stderr, "filling %s with %d consumers and %d cases\n", database, manyConsumers, manyCases)
	known, err := place.fillPortal(ctx)
	if err != nil {
		return nil, err
	}
	server, err := start(place, inbox, r.profile("portal-"+database))
	if err != nil {
		return nil, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return nil, err
	}
	for who, page := range []ask{
		{name: "home", path: "/home"},
		{name: "home-one-contract", path: "/home", contract: "b"},
		{name: "cases-drafts", path: "/cases?status=draft"},
		{name: "cases-submitted", path: "/cases?status=submitted"},
		{name: "cases-one-contract", path: "/cases?status=submitted", contract: "b"},
		{name: "cases-page-500", path: "/cases?status=submitted&after=" + known.after},
		{name: "case", path: "/cases/" + known.id},
		{name: "search-number", path: "/search?q=" + known.number, status: 303},
		{name: "search-program", path: "/search?q=B-1"},
		{name: "reports", path: "/reports"},
		{name: "messages", path: "/messages"},
		{name: "consumer-by-id", path: "/consumers/find", form: url.Values{"number": {"B-777777"}}, asks: 110},
		{name: "consumer-by-name", path: "/consumers/find", form: url.Values{"first_name": {"Ada"}, "last_name": {"Person qpx"}, "birth": {"1950-01-02"}}, asks: 110},
	} {
		got, err := place.measure(server, inbox, who, page)
		if err != nil {
			return lines, fmt.Errorf("%s: %w", page.name, err)
		}
		got.Scenario, got.Database, got.Clients = page.name, database, 1
		lines = append(lines, got)
	}
	return lines, nil
}

// known is what there is to ask for.
type known struct{ id, number, after string }

func (p *place) fillPortal(ctx context.Context) (k known, err error) {
	c := (&serveCommand{Data: p.dir, Database: p.address, Listen: "localhost:1", Trivial: p.trivial}).settings()
	keys, err := secret.LoadKeys(c.KeysFile)
	if err != nil {
		return k, err
	}
	db, err := sqldb.Open(ctx, c.PortalDatabase(), sqldb.Options{Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return k, err
	}
	defer db.Close()
	s := &portalstore.Store{DB: db, Keys: keys}
	if err := s.Write(ctx, func(tx *sqldb.Tx) error { return putContracts(tx, s) }); err != nil {
		return k, err
	}
	const batch = 2000
	for n := 0; n < manyConsumers; n += batch {
		contract := string("ab"[n/batch%2])
		var list []portal.Consumer
		for i := range batch {
			list = append(list, portal.Consumer{ContractID: contract, Number: fmt.Sprintf("B-%d", n+i), FirstName: "Ada", LastName: "Person " + letters(n+i), BirthDate: portal.Date(fmt.Sprintf("1950-01-%02d", 1+(n+i)%28))})
		}
		if err := s.Write(ctx, func(tx *sqldb.Tx) error { return s.PutConsumers(tx, contract, list, func(bool, bool) {}) }); err != nil {
			return k, err
		}
	}
	for n := 0; n < manyCases; n += batch / 4 {
		if err := s.Write(ctx, func(tx *sqldb.Tx) error { return k.putCases(tx, s, n, batch/4) }); err != nil {
			return k, err
		}
	}
	if p.database == "postgres" {
		_, err = sqlExec(ctx, p.address, `VACUUM ANALYZE`)
	}
	return k, err
}

const otherOrganizations = 40

func putContracts(tx *sqldb.Tx, s *portalstore.Store) error {
	for _, c := range []string{"a", "b"} {
		if err := s.PutContract(tx, portal.Contract{ID: c, Name: "Contract " + c}); err != nil {
			return err
		}
		if err := s.PutProgram(tx, portal.Program{ID: "B-1" + c, ContractID: c, Name: "Home health"}); err != nil {
			return err
		}
		for o := range otherOrganizations {
			if _, err := s.PutOrganizationContract(tx, fmt.Sprint("other", o), c); err != nil {
				return err
			}
		}
		if _, err := s.PutOrganizationContract(tx, "bench", c); err != nil {
			return err
		}
	}
	return nil
}

// putCases adds cases number from to from+n: every second one the visitor's
// organisation's, four of five submitted.
func (k *known) putCases(tx *sqldb.Tx, s *portalstore.Store, from, n int) error {
	for i := from; i < from+n; i++ {
		who := "bench"
		if i%2 == 1 {
			who = fmt.Sprint("other", i/2%otherOrganizations)
		}
		found, err := s.ConsumersByNumber(tx, portalstore.Scope{OrganizationID: who}, fmt.Sprintf("B-%d", i*7))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("consumer %d: %d, %w", i*7, len(found), err)
		}
		c := portal.Case{OrganizationID: who, Consumer: found[0], Request: portal.Request{Type: "home_health", Program: "B-1", Kind: "prior", Urgency: "standard", Requesting: drive.NPI, Servicing: drive.NPI,
			Diagnoses: []string{"I69.351"}, Services: []portal.Service{{Code: "G0151", Units: "12", From: "2026-12-01", To: "2027-01-31"}}, Notes: "Twice a week, as the plan of care says."}}
		if err := s.InsertCase(tx, &c, "Pat Alvarez"); err != nil {
			return err
		}
		if i%5 == 0 {
			continue
		}
		c.Submit(tx.Now, time.UTC)
		if _, err := s.UpdateCase(tx, &c, "Pat Alvarez"); err != nil {
			return err
		}
		if who == "bench" && i < manyCases/2 {
			k.id, k.number, k.after = c.ID, c.Number, fmt.Sprintf("%d.%s", tx.Now.UnixMicro(), c.ID)
		}
	}
	return nil
}

// letters writes a number with letters alone, as names have.
func letters(n int) (text string) {
	for ; n > 0 || text == ""; n /= 26 {
		text += string(rune('a' + n%26))
	}
	return text
}
