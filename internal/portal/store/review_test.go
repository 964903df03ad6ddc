package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// submitted adds a case that waits to be decided.
func submitted(t *testing.T, s *Store, who portal.Consumer, urgency string) portal.Case {
	t.Helper()
	c := portal.Case{OrganizationID: "lakeside", Organization: "Lakeside", Owner: "dana", Consumer: who, Request: portal.Request{Type: "therapy", Urgency: urgency,
		Services: []portal.Service{{Code: "97110", Units: "8", From: "2026-12-01", To: "2026-12-31"}}}}
	write(t, s, func(tx *sqldb.Tx) error {
		if err := s.InsertCase(tx, &c, "Dana"); err != nil {
			return err
		}
		c.Submit(tx.Now, time.UTC)
		_, err := s.UpdateCase(tx, &c, "Dana")
		return err
	})
	return c
}

func (s *Store) decided(t *testing.T, c portal.Case, outcome portal.CaseStatus) (done bool) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		held, err := s.AnyCase(tx, c.ID)
		if err != nil || held == nil {
			return err
		}
		if held.Version != c.Version {
			return nil
		}
		d := portal.Determination{Outcome: outcome, By: "Sam", BySubject: "sam", Explanation: "very private", Question: "Which knee?", From: "2026-12-01", To: "2026-12-31", Units: []int{8}}
		done, err = s.Decide(tx, held, &d, "Case "+held.Number, "A message")
		return err
	})
	return done
}

// What is due first stands first, whoever asked for it first; pages neither repeat nor skip.
func TestQueue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		who := withCases(t, s)
		standard := submitted(t, s, who, "standard")
		*now = now.Add(5 * 24 * time.Hour)
		urgent := submitted(t, s, who, "urgent") // due a day after the older one
		*now = now.Add(-time.Hour)
		first := submitted(t, s, who, "urgent")
		var ids []string
		for after := (After{}); ; {
			list, err := s.QueueOf(s.Read(t.Context()), everywhere, Queue{After: after}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			ids, after = append(ids, list[0].ID), After{At: list[0].DueAt, ID: list[0].ID}
		}
		if want := []string{standard.ID, first.ID, urgent.ID}; !slices.Equal(ids, want) {
			t.Errorf("the queue is %v, want %v", ids, want)
		}
		*now = now.Add(71*time.Hour + time.Minute*59)
		claim := func(c portal.Case, from, sub string) (done bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) { done, err = s.Claim(tx, c.ID, from, sub, sub); return err })
			return done
		}
		if !claim(first, "", "sam") || claim(first, "", "ida") || !claim(first, "sam", "ida") || claim(first, "sam", "max") {
			t.Error("a case was taken that somebody has")
		}
		for in, want := range map[Scope]portal.QueueFigures{everywhere: {Waiting: 3, Overdue: 1, Mine: 1}, {AllOrganizations: true, ContractID: "a"}: {Waiting: 3, Overdue: 1, Mine: 1}, {AllOrganizations: true, ContractID: "b"}: {},
			{OrganizationID: "lakeside"}: {Waiting: 3, Overdue: 1, Mine: 1}, {OrganizationID: "harbor"}: {}, {}: {}} {
			if got, err := s.CountQueue(s.Read(t.Context()), in, "ida"); err != nil || got != want {
				t.Errorf("%+v: %+v, want %+v, %v", in, got, want, err)
			}
			if list, err := s.QueueOf(s.Read(t.Context()), in, Queue{}, 9); err != nil || len(list) != want.Waiting {
				t.Errorf("%+v: %d cases, want %d, %v", in, len(list), want.Waiting, err)
			}
		}
		for who, n := range map[string]int{"ida": 1, "sam": 0, "-": 2} {
			if list, err := s.QueueOf(s.Read(t.Context()), everywhere, Queue{ClaimedBy: who}, 9); err != nil || len(list) != n {
				t.Errorf("%s: %d cases, %v", who, len(list), err)
			}
		}
		if draft, err := s.AnyCase(s.Read(t.Context()), first.ID); err != nil || draft == nil {
			t.Errorf("%v, %v", draft, err)
		}
	})
}

// A decision is one act: status, determination, number, message, figures; sealed; and made
// once.
func TestDecide(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		who := withCases(t, s)
		c, late := submitted(t, s, who, "standard"), submitted(t, s, who, "urgent")
		*now = now.Add(80 * time.Hour)
		if !s.decided(t, c, portal.Pended) || s.decided(t, c, portal.Certified) {
			t.Error("the same version was decided twice")
		}
		c.Version++
		if !s.decided(t, c, portal.Certified) || !s.decided(t, late, portal.NotCertified) {
			t.Error("not decided")
		}
		tx := s.Read(t.Context())
		list, err := s.DeterminationsOf(tx, c.ID)
		if err != nil || len(list) != 2 || list[0].Outcome != portal.Certified || list[0].Authorization == "" || list[1].Authorization != "" || list[0].Units[0] != 8 {
			t.Errorf("%+v, %v", list, err)
		}
		counts, _, err := s.Home(tx, Scope{OrganizationID: "lakeside"}, Reader{})
		if err != nil || counts[portal.Certified] != 1 || counts[portal.NotCertified] != 1 || counts[portal.Submitted] != 0 || counts[portal.Pended] != 0 {
			t.Errorf("%v, %v", counts, err)
		}
		if home, err := s.ReviewerHome(tx, everywhere, "sam"); err != nil || home.Waiting != 0 || home.Decided != 2 {
			t.Errorf("%+v, %v", home, err)
		}
		figures, err := s.Turnaround(tx, everywhere, 12)
		if err != nil || len(figures) != 2 {
			t.Fatalf("%v, %v", figures, err)
		}
		for _, f := range figures {
			if want := map[string]int{"urgent": 1, "standard": 0}[f.Urgency]; f.Decided != 1 || f.Late != want || f.Took != 80*time.Hour {
				t.Errorf("%+v", f)
			}
		}
		history, err := s.HistoryOf(tx, c.ID)
		if err != nil || len(history) != 4 || history[3].Status != portal.Certified || history[3].By != "Sam" {
			t.Errorf("%+v, %v", history, err)
		}
		for _, table := range []string{"determination", "message"} {
			var n int
			if err := tx.QueryRow(`SELECT COUNT(*) FROM ` + table + ` WHERE CAST(body AS TEXT) LIKE '%private%' OR CAST(body AS TEXT) LIKE '%message%'`).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s in clear: %d, %v", table, n, err)
			}
		}
	})
}

// Unread counts are each person's own; who has not seen the last one is mailed once; under a
// contract that ended a case's thread is not there.
func TestThreads(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		c := submitted(t, s, withCases(t, s), "standard")
		unread := func(sub string) int {
			_, n, err := s.Home(s.Read(t.Context()), Scope{OrganizationID: "lakeside"}, Reader{Subject: sub})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		notices := func() (subs []string) {
			list, err := s.Notices(s.Read(t.Context()), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				subs = append(subs, n.Subject)
				write(t, s, func(tx *sqldb.Tx) error { return s.RemoveNotice(tx, n) })
			}
			return subs
		}
		s.decided(t, c, portal.Pended)
		if unread("dana") != 1 || unread("pat") != 1 || fmt.Sprint(notices()) != "[dana]" {
			t.Errorf("after a question: %d, %d", unread("dana"), unread("pat"))
		}
		id, err := s.ThreadOfCase(s.Read(t.Context()), c.ID)
		if err != nil || id == "" {
			t.Fatal(err)
		}
		say := func(staff bool, sub string) {
			write(t, s, func(tx *sqldb.Tx) error {
				held, err := s.ThreadByID(tx, sub, "", id)
				if err != nil {
					return err
				}
				return s.InsertMessage(tx, held, &portal.Message{By: sub, Staff: staff, Body: "b"}, sub)
			})
		}
		*now = now.Add(time.Minute)
		say(true, "sam")
		if got := notices(); unread("dana") != 2 || len(got) != 0 {
			t.Errorf("a second one, unseen: %d, mailed %v", unread("dana"), got)
		}
		see := func(sub string) {
			write(t, s, func(tx *sqldb.Tx) error {
				held, err := s.ThreadByID(tx, sub, "lakeside", id)
				if err != nil {
					return err
				}
				return s.SeeThread(tx, held, sub)
			})
		}
		see("dana")
		if unread("dana") != 0 || unread("pat") != 2 {
			t.Errorf("Dana has seen them: %d, %d", unread("dana"), unread("pat"))
		}
		say(false, "pat")
		for contract, want := range map[string]int{"": 1, "a": 1, "b": 0} {
			if home, err := s.ReviewerHome(s.Read(t.Context()), Scope{AllOrganizations: true, ContractID: contract}, "sam"); err != nil || home.Messages != want || unread("dana") != 0 {
				t.Errorf("an answer, contract %q: %d wait, want %d, %v", contract, home.Messages, want, err)
			}
		}
		if _, n, err := s.Home(s.Read(t.Context()), Scope{}, Reader{Staff: true}); err != nil || n != 0 {
			t.Errorf("who sees no cases is shown %d, %v", n, err)
		}
		say(true, "sam")
		if got := notices(); len(got) != 1 || got[0] != "dana" || unread("dana") != 1 { // Pat has not seen the first yet
			t.Errorf("mailed %v", got)
		}
		if home, err := s.ReviewerHome(s.Read(t.Context()), everywhere, "sam"); err != nil || home.Messages != 0 {
			t.Errorf("%d wait, %v", home.Messages, err)
		}
		list, err := s.MessagesOf(s.Read(t.Context()), id)
		if err != nil || len(list) != 4 || list[0].Body != "A message" || list[2].Staff {
			t.Errorf("%+v, %v", list, err)
		}
		if other, err := s.ThreadByID(s.Read(t.Context()), "x", "harbor", id); err != nil || other != nil {
			t.Errorf("another organisation's: %v, %v", other, err)
		}
		write(t, s, func(tx *sqldb.Tx) error { _, err := s.RemoveOrganizationContract(tx, "lakeside", "a"); return err })
		if own, err := s.ThreadByID(s.Read(t.Context()), "dana", "lakeside", id); err != nil || own != nil || unread("dana") != 0 {
			t.Errorf("after the contract: %v, %v, %d new", own, err, unread("dana"))
		}
	})
}

// Ages are counted in their bounds, each case once.
func TestOpenByAge(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		who, at := withCases(t, s), *now
		for _, age := range []time.Duration{0, 23 * time.Hour, 25 * time.Hour, 100 * time.Hour, 8 * 24 * time.Hour, 13 * 24 * time.Hour, 40 * 24 * time.Hour} {
			*now = at.Add(-age)
			submitted(t, s, who, "standard")
		}
		*now = at
		for _, in := range []Scope{everywhere, {OrganizationID: "lakeside"}, {AllOrganizations: true, ContractID: "a"}} {
			ages, overdue, err := s.OpenByAge(s.Read(t.Context()), in)
			var got []int
			for _, a := range ages {
				got = append(got, a.N)
			}
			if err != nil || overdue != 3 || !slices.Equal(got, []int{2, 1, 1, 2, 1}) {
				t.Errorf("%+v: %v, %d overdue, %v", in, got, overdue, err)
			}
		}
		for _, in := range []Scope{{OrganizationID: "harbor"}, {}} {
			if ages, overdue, err := s.OpenByAge(s.Read(t.Context()), in); err != nil || ages[0].N != 0 || overdue != 0 {
				t.Errorf("%+v: %v, %v", in, ages, err)
			}
		}
	})
}
