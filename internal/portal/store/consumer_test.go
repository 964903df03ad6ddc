package store

import (
	"bytes"
	"testing"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// Consumers are kept sealed, found by all of their name and birth date or by their number,
// and only under the contracts of who asks.
func TestConsumers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		luis := portal.Consumer{ContractID: "a", Number: "A-1", FirstName: "Luis", LastName: "Peña", BirthDate: "1971-11-30"}
		write(t, s, func(tx *sqldb.Tx) error {
			for _, c := range []portal.Contract{{ID: "a", Name: "A", MayAdd: true}, {ID: "b", Name: "B"}} {
				if err := s.PutContract(tx, c); err != nil {
					return err
				}
			}
			if _, err := s.PutOrganizationContract(tx, "lakeside", "a"); err != nil {
				return err
			}
			if added, err := s.InsertConsumer(tx, &luis, ""); err != nil || !added {
				t.Errorf("%v, %v", added, err)
			}
			twice := luis
			twice.ID = ""
			if added, err := s.InsertConsumer(tx, &twice, ""); err != nil || added {
				t.Errorf("the same number twice: %v, %v", added, err)
			}
			own := portal.Consumer{ContractID: "b", FirstName: "Luis", LastName: "Peña", BirthDate: "1971-11-30"}
			_, err := s.InsertConsumer(tx, &own, "pat")
			if len(own.Number) != 11 {
				t.Errorf("number %q", own.Number)
			}
			return err
		})
		tx := s.Read(t.Context())
		in := Scope{OrganizationID: "lakeside"}
		for name, find := range map[string]func() ([]portal.Consumer, error){
			"by number": func() ([]portal.Consumer, error) { return s.ConsumersByNumber(tx, in, "A-1") },
			"by name":   func() ([]portal.Consumer, error) { return s.ConsumersByName(tx, in, "LUIS", "pena", "1971-11-30") },
			"selected": func() ([]portal.Consumer, error) {
				return s.ConsumersByNumber(tx, Scope{OrganizationID: "lakeside", ContractID: "a"}, "A-1")
			},
		} {
			if list, err := find(); err != nil || len(list) != 1 || list[0].Name() != "Peña, Luis" || list[0].Contract != "A" || !list[0].AddedAt.Equal(start) {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
		for name, find := range map[string]func() ([]portal.Consumer, error){
			"another's contract": func() ([]portal.Consumer, error) {
				return s.ConsumersByNumber(tx, Scope{OrganizationID: "harbor"}, "A-1")
			},
			"a contract that is not theirs": func() ([]portal.Consumer, error) {
				return s.ConsumersByNumber(tx, Scope{OrganizationID: "lakeside", ContractID: "b"}, "A-1")
			},
			"another birth date": func() ([]portal.Consumer, error) { return s.ConsumersByName(tx, in, "Luis", "Peña", "1971-11-29") },
		} {
			if list, err := find(); err != nil || len(list) != 0 {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
		if c, err := s.ConsumerByID(tx, Scope{OrganizationID: "harbor"}, luis.ID); err != nil || c != nil {
			t.Errorf("another organisation's: %+v, %v", c, err)
		}
		var raw []byte
		if err := tx.QueryRow(`SELECT person FROM consumer WHERE id = $1`, luis.ID).Scan(&raw); err != nil || bytes.Contains(raw, []byte("Luis")) {
			t.Errorf("the name lies in clear, or %v", err)
		}
	})
}

// Looks are counted by the hour; what is over is not.
func TestCountLookup(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		count := func() (may bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) { may, err = s.CountLookup(tx, "pat", 2); return err })
			return may
		}
		for n := range 3 {
			if count() != (n < 2) {
				t.Errorf("look %d of two in an hour", n+1)
			}
		}
		*now = now.Add(time.Hour)
		if !count() {
			t.Error("nor in the next")
		}
		var n int
		if err := s.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM lookup`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}
