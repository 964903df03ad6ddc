package store

import (
	"fmt"
	"testing"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

const (
	benchCases         = 20_000 // in all
	benchOrganizations = 40     // of which one has half of them
)

// filled is a store of many cases, in one organisation as many as in all others together.
func filled(b *testing.B, s *Store) {
	b.Helper()
	if err := s.Write(b.Context(), func(tx *sqldb.Tx) error {
		for _, c := range []string{"a", "b"} {
			if err := s.PutContract(tx, portal.Contract{ID: c, Name: c}); err != nil {
				return err
			}
			for o := range benchOrganizations {
				if _, err := s.PutOrganizationContract(tx, fmt.Sprint("o", o), c); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for n := 0; n < benchCases; {
		if err := s.Write(b.Context(), func(tx *sqldb.Tx) error {
			who := portal.Consumer{ContractID: string("ab"[n/1000%2]), FirstName: "Luis", LastName: "Peña", BirthDate: "1971-11-30"}
			if _, err := s.InsertConsumer(tx, &who, ""); err != nil {
				return err
			}
			for range 1000 {
				o := 0
				if n%2 == 1 {
					o = n % benchOrganizations
				}
				c := portal.Case{OrganizationID: fmt.Sprint("o", o), Consumer: who, Request: portal.Request{Program: "P", Notes: "twice a week"}}
				if err := s.InsertCase(tx, &c, "Pat"); err != nil {
					return err
				}
				if n%4 == 0 {
					c.Submit(tx.Now, time.UTC)
					if _, err := s.UpdateCase(tx, &c, "Pat"); err != nil {
						return err
					}
				}
				n++
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Write(b.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(`ANALYZE`); return err }); err != nil { // as servers do by themselves
		b.Fatal(err)
	}
}

// HOME's figures and table, for the organisation that has half of all cases.
func BenchmarkHome(b *testing.B) {
	schema := sqldbtest.Of(Migrations)
	for name, database := range map[string]func(testing.TB, sqldbtest.Schema) string{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s := &Store{DB: sqldbtest.Open(b, database(b, schema), time.Now), Keys: secret.NewKeys()}
			filled(b, s)
			in := Scope{OrganizationID: "o0"}
			for b.Loop() {
				tx := s.Read(b.Context())
				if _, _, err := s.Home(tx, in, Reader{Subject: "pat"}); err != nil {
					b.Fatal(err)
				}
				if _, err := s.CasesOf(tx, in, portal.Draft, After{}, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A reviewer's HOME and CASES, over all organizations.
func BenchmarkReviewerLists(b *testing.B) {
	schema := sqldbtest.Of(Migrations)
	for name, database := range map[string]func(testing.TB, sqldbtest.Schema) string{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		s := &Store{DB: sqldbtest.Open(b, database(b, schema), time.Now), Keys: secret.NewKeys()}
		filled(b, s)
		for list, read := range map[string]func(tx *sqldb.Tx, in Scope) error{
			"figures": func(tx *sqldb.Tx, in Scope) error { _, err := s.ReviewerHome(tx, in, "sam"); return err },
			"due":     func(tx *sqldb.Tx, in Scope) error { _, err := s.QueueOf(tx, in, Queue{}, 10); return err },
			"cases": func(tx *sqldb.Tx, in Scope) error {
				_, err := s.CasesOf(tx, in, portal.Submitted, After{}, 26)
				return err
			},
			"program": func(tx *sqldb.Tx, in Scope) error { _, err := s.CasesOfProgram(tx, in, "P", After{}, 26); return err },
		} {
			for under, in := range map[string]Scope{"all": everywhere, "contract": {AllOrganizations: true, ContractID: "a"}} {
				b.Run(name+"/"+list+"/"+under, func(b *testing.B) {
					for b.Loop() {
						if err := read(s.Read(b.Context()), in); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// What waits by age, for the organisation that has most of it, and for staff.
func BenchmarkOpenByAge(b *testing.B) {
	schema := sqldbtest.Of(Migrations)
	for name, database := range map[string]func(testing.TB, sqldbtest.Schema) string{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		s := &Store{DB: sqldbtest.Open(b, database(b, schema), time.Now), Keys: secret.NewKeys()}
		filled(b, s)
		for who, in := range map[string]Scope{"organization": {OrganizationID: "o0"}, "staff": everywhere} {
			b.Run(name+"/"+who, func(b *testing.B) {
				for b.Loop() {
					if _, _, err := s.OpenByAge(s.Read(b.Context()), in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
