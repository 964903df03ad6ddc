package store

import (
	"io/fs"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// clock is moved by hand.
type clock struct {
	sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time      { c.Lock(); defer c.Unlock(); return c.now }
func (c *clock) add(d time.Duration) { c.Lock(); defer c.Unlock(); c.now = c.now.Add(d) }

// each runs a test on both databases with a fresh store.
func each(t *testing.T, fn func(t *testing.T, s *Store, c *clock)) {
	sqldbtest.Each(t, Migrations, func(t *testing.T, address string) {
		c := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
		fn(t, &Store{DB: sqldbtest.Open(t, address, c.Now), Keys: secret.NewKeys()}, c)
	})
}

func write(t *testing.T, s *Store, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func dana() account.Account {
	return account.Account{ID: "dana", OrganizationID: "lake", Organization: "Lakeside", Username: "dwhitfield", Email: "dana@lakeside.example",
		FirstName: "Dana", LastName: "Whitfield", Role: account.User, State: account.Registered, Method: account.PhoneMethod,
		Phone: "+12025550185", PasswordHash: "$argon2id$x", Epoch: 3, NPI: "1234567893", RegisteredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

// seed adds an organisation and Dana.
func seed(t *testing.T, s *Store) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		if err := s.InsertOrganization(tx, account.Organization{ID: "lake", Name: "Lakeside", NPI: "1234567893", Active: true}); err != nil {
			return err
		}
		return s.InsertAccount(tx, dana())
	})
}

func TestMigrationsArePaired(t *testing.T) {
	t.Parallel()
	lite, err1 := fs.ReadDir(Migrations, "sqlite")
	post, err2 := fs.ReadDir(Migrations, "postgres")
	if err1 != nil || err2 != nil || len(lite) == 0 {
		t.Fatal(err1, err2)
	}
	names := func(files []fs.DirEntry) (names []string) {
		for _, f := range files {
			names = append(names, f.Name())
		}
		return names
	}
	if !slices.Equal(names(lite), names(post)) {
		t.Errorf("sqlite has %v, postgres %v", names(lite), names(post))
	}
}

func TestAccountRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		got, err := s.AccountByEmail(s.Read(t.Context()), "dana@lakeside.example")
		want := dana()
		want.CreatedAt = c.Now()
		if err != nil || got == nil || !reflect.DeepEqual(*got, want) {
			t.Fatalf("got %+v, %v", got, err)
		}
		var sealed []byte
		if err := s.Read(t.Context()).QueryRow(`SELECT phone FROM account`).Scan(&sealed); err != nil || slices.Contains([]string{want.Phone}, string(sealed)) {
			t.Errorf("the number is in clear: %v", err)
		}
		if nobody, err := s.AccountByEmail(s.Read(t.Context()), "nobody@lakeside.example"); nobody != nil || err != nil {
			t.Errorf("nobody: %v, %v", nobody, err)
		}
		write(t, s, func(tx *sqldb.Tx) error { _, err := s.Disable(tx, "dana", 3); return err })
		if got, _ := s.AccountByID(s.Read(t.Context()), "dana"); got.State != account.Disabled || got.Epoch != 4 {
			t.Errorf("after Disable: %s, epoch %d", got.State, got.Epoch)
		}
	})
}

func TestImportedAccountIsNotFoundByAddressOnFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		for _, name := range []string{"jrivera", "mchen"} { // two people, one address on file, and Dana's at that
			write(t, s, func(tx *sqldb.Tx) error {
				return s.InsertAccount(tx, account.Account{ID: name, OrganizationID: "lake", Username: name, Email: "dana@lakeside.example",
					Role: account.User, State: account.Imported})
			})
		}
		if got, err := s.AccountByEmail(s.Read(t.Context()), "dana@lakeside.example"); err != nil || got.ID != "dana" {
			t.Errorf("found %+v, %v", got, err)
		}
		err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			twin := dana()
			twin.ID, twin.Username = "twin", "twin"
			return s.InsertAccount(tx, twin)
		})
		if !sqldb.Duplicate(err) {
			t.Errorf("two accounts sign in with one address: %v", err)
		}
	})
}

func newJourney(s *Store) *Journey {
	return &Journey{ID: "j1", Kind: "login-with-phone", Browser: []byte("b"), Lang: "en", Facts: []byte(`{"a":1}`), Version: 1,
		ExpiresAt: s.DB.Now().Add(time.Hour)}
}

func TestJourneyRoundTripAndVersions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		j := newJourney(s)
		write(t, s, func(tx *sqldb.Tx) error {
			for i, want := range []bool{true, false} {
				if ok, err := s.InsertJourney(tx, j); err != nil || ok != want {
					t.Errorf("insert %d: %v, %v", i, ok, err)
				}
			}
			return s.InsertChallenge(tx, &factor.Challenge{ID: "c1", JourneyID: "j1", AccountID: "dana", Purpose: "signin", Channel: factor.Text,
				Destination: []byte("d"), CodeHash: []byte("h"), Life: time.Minute})
		})
		l, err := s.LoadJourney(s.Read(t.Context()), "j1", false)
		if err != nil || l.Account != nil || l.Challenge != nil || string(l.Facts) != `{"a":1}` || !l.ExpiresAt.Equal(j.ExpiresAt) {
			t.Fatalf("loaded %+v, %v", l, err)
		}
		l.AccountID, l.ChallengeID, l.Version, l.Facts = "dana", "c1", 2, []byte(`{"a":2}`)
		l.Epoch = dana().Epoch - 1
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error { return s.UpdateJourney(tx, &l.Journey, 1) }); err != ErrMoved {
			t.Errorf("written under an epoch that is gone: %v", err)
		}
		l.Epoch = dana().Epoch
		write(t, s, func(tx *sqldb.Tx) error { return s.UpdateJourney(tx, &l.Journey, 1) })
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error { return s.UpdateJourney(tx, &l.Journey, 1) }); err != ErrMoved {
			t.Errorf("an old version was written: %v", err)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			l, err = s.LoadJourney(tx, "j1", true)
			return err
		})
		if l.Account == nil || l.Account.Phone != dana().Phone || l.Challenge == nil || l.Challenge.Life != time.Minute || string(l.Facts) != `{"a":2}` {
			t.Errorf("loaded %+v", l)
		}
		found, err := s.GlanceJourneys(s.Read(t.Context()), []string{"none", "j1", "j1"})
		if g := found["j1"]; err != nil || len(found) != 1 || g.Version != 2 || !g.Waiting || g.State != "queued " || string(g.Browser) != "b" {
			t.Errorf("glance %+v, %v", found, err)
		}
		if l, err := s.LoadJourney(s.Read(t.Context()), "none", false); l != nil || err != nil {
			t.Errorf("no journey: %+v, %v", l, err)
		}
	})
}

func TestOnlyOneClaimsAJourney(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		write(t, s, func(tx *sqldb.Tx) error { _, err := s.InsertJourney(tx, newJourney(s)); return err })
		won := make(chan bool, 20)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				write(t, s, func(tx *sqldb.Tx) error {
					ok, err := s.ClaimJourney(tx, "j1", 1, tx.Now.Add(10*time.Second))
					if ok {
						won <- true
					}
					return err
				})
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Errorf("%d claimed it", len(won))
		}
		c.add(11 * time.Second) // who claimed it died: the next may
		write(t, s, func(tx *sqldb.Tx) error {
			if ok, err := s.ClaimJourney(tx, "j1", 1, tx.Now.Add(time.Second)); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
			if ok, _ := s.ClaimJourney(tx, "j1", 2, tx.Now.Add(time.Hour)); ok {
				t.Error("a version that is not there was claimed")
			}
			return nil
		})
	})
}
