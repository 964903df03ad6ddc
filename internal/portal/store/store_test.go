package store

import (
	"bytes"
	"io/fs"
	"testing"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// each runs a test on both databases, on which two hands move one clock.
func each(t *testing.T, fn func(t *testing.T, s *Store, now *time.Time)) {
	sqldbtest.Each(t, Migrations, func(t *testing.T, address string) {
		now := start
		fn(t, &Store{DB: sqldbtest.Open(t, address, func() time.Time { return now }), Keys: secret.NewKeys()}, &now)
	})
}

func write(t *testing.T, s *Store, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func pat() portal.Person {
	return portal.Person{Subject: "pat", Name: "Pat Alvarez", OrganizationID: "o", Organization: "Lakeside", NPI: "1234567893", Roles: []string{"admin"}}
}

// enter adds sessions of Pat's.
func enter(t *testing.T, s *Store, sessions ...*portal.Session) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		p := pat()
		if err := s.PutPerson(tx, &p); err != nil {
			return err
		}
		for _, v := range sessions {
			v.Person, v.ExpiresAt = p, start.Add(time.Hour)
			if err := s.InsertSession(tx, v, []byte(`{"refresh":"very secret"}`)); err != nil {
				return err
			}
		}
		return nil
	})
}

func find(t *testing.T, s *Store, token string) *portal.Session {
	t.Helper()
	v, err := s.SessionByToken(s.Read(t.Context()), []byte(token))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func tokens(t *testing.T, s *Store, v *portal.Session) string {
	t.Helper()
	text, err := s.TokensOf(s.Read(t.Context()), v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMigrationsAreTwins(t *testing.T) {
	t.Parallel()
	lite, err1 := fs.ReadFile(Migrations, "sqlite/0001_portal.sql")
	post, err2 := fs.ReadFile(Migrations, "postgres/0001_portal.sql")
	if err1 != nil || err2 != nil || !bytes.Equal(lite, post) {
		t.Error("they differ", err1, err2)
	}
}

func TestSessionRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, now *time.Time) {
		enter(t, s, &portal.Session{ID: "s1", Token: []byte("t1"), SessionID: "sid"})
		v := find(t, s, "t1")
		if v == nil || v.ID != "s1" || v.SessionID != "sid" || tokens(t, s, v) != `{"refresh":"very secret"}` || v.Person.Name != "Pat Alvarez" || !v.Person.IsAdmin() ||
			!v.CreatedAt.Equal(start) || !v.LastSeenAt.Equal(start) || !v.RefreshedAt.Equal(start) || !v.ExpiresAt.Equal(start.Add(time.Hour)) {
			t.Fatalf("%+v", v)
		}
		var raw []byte
		if err := s.Read(t.Context()).QueryRow(`SELECT tokens FROM portal_session`).Scan(&raw); err != nil || bytes.Contains(raw, []byte("secret")) {
			t.Errorf("tokens lie open: %v", err)
		}
		*now = start.Add(time.Minute)
		write(t, s, func(tx *sqldb.Tx) error {
			for _, want := range []bool{true, false} { // of two requests one asks the provider
				if got, err := s.ClaimRefresh(tx, v); got != want || err != nil {
					t.Errorf("claimed %v, %v", got, err)
				}
			}
			if err := s.PutTokens(tx, v, []byte("next")); err != nil {
				return err
			}
			if err := s.SelectContract(tx, v, "c"); err != nil {
				return err
			}
			return s.TouchSessions(tx, map[string]int64{"s1": sqldb.Micros(tx.Now), "gone": 1})
		})
		if v = find(t, s, "t1"); tokens(t, s, v) != "next" || v.ContractID != "c" || !v.LastSeenAt.Equal(*now) || !v.RefreshedAt.Equal(*now) {
			t.Errorf("%+v", v)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.RetryRefresh(tx, v, start) })
		if v = find(t, s, "t1"); !v.RefreshedAt.Equal(start) {
			t.Errorf("%+v", v)
		}
		*now = start.Add(3 * time.Hour)
		if n, err := s.Sweep(t.Context()); err != nil || n != 1 || find(t, s, "t1") != nil {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

// What a logout token names ends, and nothing else.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, _ *time.Time) {
		all := []string{"t1", "t2", "t3"}
		left := func() (list string) {
			for _, token := range all {
				if find(t, s, token) != nil {
					list += token
				}
			}
			return list
		}
		enter(t, s, &portal.Session{ID: "s1", Token: []byte("t1"), SessionID: "a"}, &portal.Session{ID: "s2", Token: []byte("t2"), SessionID: "a"}, &portal.Session{ID: "s3", Token: []byte("t3"), SessionID: "b"})
		for _, step := range []struct{ sub, sid, left string }{{"eli", "a", "t1t2t3"}, {"pat", "c", "t1t2t3"}, {"eli", "", "t1t2t3"}, {"pat", "a", "t3"}, {"pat", "", ""}} {
			write(t, s, func(tx *sqldb.Tx) error { _, err := s.EndSessions(tx, step.sub, step.sid); return err })
			if left() != step.left {
				t.Errorf("%+v: left %s", step, left())
			}
		}
		enter(t, s, &portal.Session{ID: "s4", Token: []byte("t1"), SessionID: "a"})
		write(t, s, func(tx *sqldb.Tx) error { return s.EndSession(tx, []byte("t1")) })
		if left() != "" {
			t.Error("ended, and there")
		}
	})
}

func TestContracts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, _ *time.Time) {
		write(t, s, func(tx *sqldb.Tx) error {
			for _, c := range []portal.Contract{{ID: "b", Name: "Medicaid"}, {ID: "a", Name: "Old name"}, {ID: "a", Name: "Children"}} {
				if err := s.PutContract(tx, c); err != nil {
					return err
				}
			}
			for _, pair := range [][2]string{{"o", "a"}, {"o", "b"}, {"o", "b"}, {"other", "b"}} {
				if _, err := s.PutOrganizationContract(tx, pair[0], pair[1]); err != nil {
					return err
				}
			}
			return nil
		})
		list, err := s.ContractsOf(s.Read(t.Context()), "o")
		if err != nil || len(list) != 2 || list[0].Name != "Children" || list[1].ID != "b" {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := s.ContractsOf(s.Read(t.Context()), "nobody"); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}
