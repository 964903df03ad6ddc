package store

import (
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

func grant(id, client, sid string, c *clock) *Grant {
	return &Grant{ID: id, ClientID: client, AccountID: "dana", Epoch: 3, SessionID: sid, Scope: []string{"openid", "email"}, Claims: `{}`,
		AMR: []string{"pwd", "sms", "mfa"}, ACR: "2step", AuthTime: c.Now(), Key: "thumb", RefreshNo: 1, BackChannel: true, ExpiresAt: c.Now().Add(time.Hour)}
}

func addGrants(t *testing.T, s *Store, grants ...*Grant) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		for _, g := range grants {
			if added, err := s.InsertGrant(tx, g); err != nil || !added {
				t.Fatalf("%s: %v, %v", g.ID, added, err)
			}
		}
		return nil
	})
}

// queued returns the logouts that wait, as client and sid.
func queued(t *testing.T, s *Store) (list []string) {
	t.Helper()
	jobs, err := Outbox{Store: s, BackChannel: true}.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if job.Message.Kind != delivery.Logout || job.Message.Subject != "dana" {
			t.Errorf("queued %+v", job.Message)
		}
		list = append(list, job.Message.To+" "+job.Message.Text)
	}
	return list
}

// ASVS 10.4.2, RFC9700-13: the insert of its id spends the code.
func TestGrantIsInsertedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		g := grant("code", "client-a", "sid", c)
		addGrants(t, s, g)
		write(t, s, func(tx *sqldb.Tx) error {
			if added, err := s.InsertGrant(tx, g); err != nil || added {
				t.Errorf("a second time: %v, %v", added, err)
			}
			return nil
		})
		got, a, err := s.GrantByID(s.Read(t.Context()), "code")
		if err != nil || a.ID != "dana" || got.ClientID != "client-a" || got.SessionID != "sid" || len(got.Scope) != 2 || len(got.AMR) != 3 ||
			got.Key != "thumb" || got.RefreshNo != 1 || !got.AuthTime.Equal(c.Now()) || !got.BackChannel || !got.Stands(c.Now(), a) {
			t.Errorf("%+v %+v %v", got, a, err)
		}
		if none, _, err := s.GrantByID(s.Read(t.Context()), "other"); none != nil || err != nil {
			t.Errorf("%+v %v", none, err)
		}
	})
}

func TestGrantStands(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	a, g := dana(), grant("g", "c", "s", c)
	later := a
	later.Epoch++
	ended := *g
	ended.EndedAt = c.Now()
	var none *Grant
	for name, tc := range map[string]struct {
		g    *Grant
		a    *account.Account
		at   time.Duration
		want bool
	}{
		"stands":        {g, &a, time.Hour - time.Second, true},
		"expired":       {g, &a, time.Hour, false},
		"ended":         {&ended, &a, 0, false},
		"epoch rose":    {g, &later, 0, false},
		"no account":    {g, nil, 0, false},
		"no such grant": {none, &a, 0, false},
	} {
		if got := tc.g.Stands(c.Now().Add(tc.at), tc.a); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// ASVS 10.4.5: a refresh token works once, and its family can be ended.
func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		addGrants(t, s, grant("g", "c", "sid", c))
		write(t, s, func(tx *sqldb.Tx) error {
			for _, want := range []bool{true, false} {
				if ok, err := s.RotateRefresh(tx, "g", 1); ok != want || err != nil {
					t.Errorf("rotate 1: %v, %v", ok, err)
				}
			}
			if err := s.EndGrant(tx, "g"); err != nil {
				return err
			}
			if ok, err := s.RotateRefresh(tx, "g", 2); ok || err != nil {
				t.Errorf("rotate an ended one: %v, %v", ok, err)
			}
			return nil
		})
		if q := queued(t, s); len(q) != 0 {
			t.Errorf("the client that lost its token was told to log out: %v", q)
		}
	})
}

// Every client of a session is told once of its end; those of other sessions,
// those that do not ask for it, and those long expired are not.
func TestLogoutIsQueuedForEveryClientOfTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		silent, old := grant("g4", "silent", "one", c), grant("g5", "old", "one", c)
		silent.BackChannel, old.ExpiresAt = false, c.Now()
		addGrants(t, s, grant("g1", "a", "one", c), grant("g2", "a", "one", c), grant("g3", "b", "two", c), silent, old)
		write(t, s, func(tx *sqldb.Tx) error { return s.EndGrantsOfSession(tx, "one") })
		if q := queued(t, s); len(q) != 1 || q[0] != "a one" {
			t.Errorf("told %v", q)
		}
		if due, err := (Outbox{Store: s}).Claim(t.Context(), 10, time.Minute); err != nil || len(due) != 0 {
			t.Errorf("the worker of messages got %v, %v", due, err)
		}
		write(t, s, func(tx *sqldb.Tx) error { _, err := s.ChangeRole(tx, "dana", dana().Epoch, account.Admin); return err })
		if q := queued(t, s); len(q) != 1 || q[0] != "b two" {
			t.Errorf("after the role changed: told %v", q)
		}
		_, a, err := s.GrantByID(s.Read(t.Context()), "g3")
		if err != nil || a.Role != account.Admin || a.Epoch != 4 {
			t.Errorf("%+v %v", a, err)
		}
	})
}

func TestSessionOfAnotherEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		v := sessionOf("b", c)
		write(t, s, func(tx *sqldb.Tx) error { return s.PutSession(tx, v) })
		addGrants(t, s, grant("g", "a", v.ID, c))
		write(t, s, func(tx *sqldb.Tx) error { return s.DeleteSessionOfAnother(tx, v.Browser, "dana") })
		if q := queued(t, s); len(q) != 0 {
			t.Errorf("it was the same person's: %v", q)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.DeleteSessionOfAnother(tx, v.Browser, "eli") })
		if q := queued(t, s); len(q) != 1 {
			t.Errorf("told %v", q)
		}
	})
}

// A relying party's use keeps a session alive, and never raises a dead one.
func TestKeepSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		v := sessionOf("b", c)
		write(t, s, func(tx *sqldb.Tx) error { return s.PutSession(tx, v) })
		keep := func(after time.Duration, want time.Time) {
			t.Helper()
			c.add(after)
			write(t, s, func(tx *sqldb.Tx) error { return s.KeepSession(tx, v.ID, 15*time.Minute) })
			if got, _, err := s.SessionOf(s.Read(t.Context()), v.Browser, v.Token); err != nil || !got.LastSeenAt.Equal(want) {
				t.Errorf("last seen %v, %v; want %v", got.LastSeenAt, err, want)
			}
		}
		began := c.Now()
		keep(14*time.Minute, began.Add(14*time.Minute))
		keep(16*time.Minute, began.Add(14*time.Minute)) // it had idled out
	})
}
