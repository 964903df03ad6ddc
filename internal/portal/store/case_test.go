package store

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// withCases is a store with one consumer of Lakeside's contract.
func withCases(t *testing.T, s *Store) portal.Consumer {
	t.Helper()
	who := portal.Consumer{ContractID: "a", Number: "A-1", FirstName: "Luis", LastName: "Peña", BirthDate: "1971-11-30"}
	write(t, s, func(tx *sqldb.Tx) error {
		if err := s.PutContract(tx, portal.Contract{ID: "a", Name: "A"}); err != nil {
			return err
		}
		if _, err := s.PutOrganizationContract(tx, "lakeside", "a"); err != nil {
			return err
		}
		_, err := s.InsertConsumer(tx, &who, "")
		return err
	})
	return who
}

// A case is kept sealed, changes under its version alone, and gets its number once.
func TestCases(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		c := portal.Case{OrganizationID: "lakeside", Consumer: withCases(t, s), Request: portal.Request{Type: "therapy", Program: "P", Notes: "very private"}}
		write(t, s, func(tx *sqldb.Tx) error { return s.InsertCase(tx, &c, "Pat") })
		read := func() *portal.Case {
			t.Helper()
			got, err := s.CaseByID(s.Read(t.Context()), "lakeside", c.ID)
			if err != nil || got == nil {
				t.Fatalf("%+v, %v", got, err)
			}
			return got
		}
		if got := read(); got.Request.Notes != "very private" || got.Consumer.Name() != "Peña, Luis" || got.Status != portal.Draft || got.Number != "" || got.ModifiedBy != "Pat" {
			t.Errorf("%+v", got)
		}
		if got, err := s.CaseByID(s.Read(t.Context()), "harbor", c.ID); err != nil || got != nil {
			t.Errorf("another organisation's: %+v, %v", got, err)
		}
		one, two := read(), read()
		*now = now.Add(time.Minute)
		save := func(c *portal.Case, status portal.CaseStatus) (done bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) {
				c.Status = status
				done, err = s.UpdateCase(tx, c, "Dana")
				return err
			})
			return done
		}
		if !save(one, portal.Submitted) || save(two, portal.Draft) {
			t.Error("the second of two changes was not refused")
		}
		got := read()
		number := got.Number
		if len(number) != 13 || !got.SubmittedAt.Equal(*now) || got.Version != 2 {
			t.Errorf("%+v", got)
		}
		if !save(got, portal.Returned) || !save(got, portal.Submitted) || read().Number != number {
			t.Errorf("the number changed: %q", read().Number)
		}
		if found, err := s.CaseByNumber(s.Read(t.Context()), Scope{OrganizationID: "lakeside"}, number); err != nil || found == nil || found.ID != c.ID {
			t.Errorf("by number: %+v, %v", found, err)
		}
		history, err := s.HistoryOf(s.Read(t.Context()), c.ID)
		if err != nil || len(history) != 4 || history[1].Status != portal.Submitted || history[1].By != "Dana" || !history[0].At.Equal(start) {
			t.Errorf("%+v, %v", history, err)
		}
		var raw []byte
		if err := s.Read(t.Context()).QueryRow(`SELECT body FROM service_request`).Scan(&raw); err != nil || bytes.Contains(raw, []byte("private")) {
			t.Errorf("it lies in clear, or %v", err)
		}
		// Without the contract, there are no cases.
		write(t, s, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM organization_contract`)
			return err
		})
		if got, err := s.CaseByID(s.Read(t.Context()), "lakeside", c.ID); err != nil || got != nil {
			t.Errorf("the contract has ended: %+v, %v", got, err)
		}
	})
}

// Lists go on where they ended, and count what they show.
func TestCasesInPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		who := withCases(t, s)
		for n := range 7 {
			*now = now.Add(time.Duration(n%2) * time.Second) // some at the same moment
			c := portal.Case{OrganizationID: "lakeside", Consumer: who, Request: portal.Request{Program: "P", Notes: fmt.Sprint(n)}}
			write(t, s, func(tx *sqldb.Tx) error { return s.InsertCase(tx, &c, "Pat") })
		}
		in, seen := Scope{OrganizationID: "lakeside"}, map[string]bool{}
		for after := (After{}); ; {
			list, err := s.CasesOf(s.Read(t.Context()), in, portal.Draft, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				if seen[c.ID] {
					t.Errorf("%s twice", c.Request.Notes)
				}
				seen[c.ID] = true
				after = After{At: c.ModifiedAt, ID: c.ID}
			}
			if len(list) < 3 {
				break
			}
		}
		if n, _, err := s.Home(s.Read(t.Context()), in, Reader{}); err != nil || n[portal.Draft] != 7 || len(seen) != 7 {
			t.Errorf("%+v and %d, %v", n, len(seen), err)
		}
		if n, _, err := s.Home(s.Read(t.Context()), Scope{OrganizationID: "lakeside", ContractID: "b"}, Reader{}); err != nil || n[portal.Draft] != 0 {
			t.Errorf("under another contract: %+v, %v", n, err)
		}
		if list, err := s.CasesOfProgram(s.Read(t.Context()), in, "P", After{}, 5); err != nil || len(list) != 5 {
			t.Errorf("of the programme: %d, %v", len(list), err)
		}
	})
}

// A reviewer's lists have the submitted cases of every organization, also where it no longer
// works under the contract, and nobody's drafts, withdrawn or not. Each one that is listed
// opens, by id and by number.
func TestCasesOfAllOrganizations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		who := withCases(t, s)
		add := func(organization string, statuses ...portal.CaseStatus) portal.Case {
			*now = now.Add(time.Second)
			c := portal.Case{OrganizationID: organization, Organization: organization, Consumer: who, Request: portal.Request{Type: "therapy", Program: "P", Urgency: "standard"}}
			write(t, s, func(tx *sqldb.Tx) error {
				if err := s.InsertCase(tx, &c, "Pat"); err != nil {
					return err
				}
				for _, status := range statuses {
					if c.Status = status; status == portal.Submitted {
						c.Submit(tx.Now, time.UTC)
					}
					if _, err := s.UpdateCase(tx, &c, "Pat"); err != nil {
						return err
					}
				}
				return nil
			})
			return c
		}
		draft, unsent := add("lakeside"), add("lakeside", portal.Withdrawn)
		add("lakeside", portal.Submitted)
		decided := add("harbor", portal.Submitted, portal.Certified) // Harbor works under no contract any more
		add("harbor", portal.Submitted)
		add("harbor", portal.Submitted, portal.Returned)
		add("lakeside", portal.Submitted, portal.Withdrawn)
		tx := s.Read(t.Context())
		for in, want := range map[Scope]map[portal.CaseStatus]int{
			everywhere: {portal.Submitted: 2, portal.Certified: 1, portal.Returned: 1, portal.Withdrawn: 1},
			{AllOrganizations: true, ContractID: "a"}: {portal.Submitted: 2, portal.Certified: 1, portal.Returned: 1, portal.Withdrawn: 1},
			{AllOrganizations: true, ContractID: "b"}: {},
			{OrganizationID: "lakeside"}:              {portal.Draft: 1, portal.Submitted: 1, portal.Withdrawn: 2},
			{OrganizationID: "harbor"}:                {},
			{}:                                        {},
		} {
			all := 0
			for _, status := range portal.CaseStatuses {
				list, err := s.CasesOf(tx, in, status, After{}, 9)
				if err != nil || len(list) != want[status] {
					t.Errorf("%+v: %d %s, want %d, %v", in, len(list), status, want[status], err)
				}
				all += len(list)
				for _, c := range list {
					if opened, err := s.AnyCase(tx, c.ID); in.AllOrganizations && (err != nil || opened == nil || c.Number == "") {
						t.Errorf("%+v lists %s, which does not open: %v", in, c.ID, err)
					}
				}
			}
			if list, err := s.CasesOfProgram(tx, in, "P", After{}, 9); err != nil || len(list) != all {
				t.Errorf("%+v: %d of the program, want %d, %v", in, len(list), all, err)
			}
			if found, err := s.CaseByNumber(tx, in, decided.Number); err != nil || (found != nil) != in.AllOrganizations {
				t.Errorf("%+v, by number: %v, %v", in, found, err)
			}
		}
		for _, c := range []portal.Case{draft, unsent} {
			if opened, err := s.AnyCase(tx, c.ID); err != nil || opened != nil {
				t.Errorf("a reviewer opens what was never submitted: %v, %v", opened, err)
			}
		}
	})
}
