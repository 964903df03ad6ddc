package store

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/sqldb"
)

func imported(id, oldHash string) account.Account {
	return account.Account{ID: id, OrganizationID: "lake", Username: id, Email: id + "@lakeside.example", FileEmail: id + "@lakeside.example", Role: account.User,
		State: account.Imported, OldHash: oldHash, Epoch: 5}
}

const oldBcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

func TestRegistrationOfAnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error { return s.InsertAccount(tx, imported("jo", oldBcrypt)) })
		half := func(epoch int64, email string) (ok bool, err error) {
			err = s.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
				ok, err = s.BecomeHalf(tx, "jo", epoch, email, "$new", account.PhoneMethod)
				return err
			})
			return ok, err
		}
		if ok, err := half(4, "jo@new.example"); ok || err != nil {
			t.Errorf("under an old epoch: %v %v", ok, err)
		}
		if _, err := half(5, "dana@lakeside.example"); !sqldb.Duplicate(err) {
			t.Errorf("a taken address: %v", err)
		}
		if ok, err := half(5, "jo@new.example"); !ok || err != nil {
			t.Fatalf("%v %v", ok, err)
		}
		if ok, _ := half(6, "jo@new.example"); ok {
			t.Error("a second registration began")
		}
		jo := func() *account.Account {
			a, err := s.AccountByID(s.Read(t.Context()), "jo")
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := jo(); a.State != account.Half || a.OldHash != oldBcrypt || a.Epoch != 6 || a.FileEmail != "jo@lakeside.example" {
			t.Errorf("half: %+v", a)
		}
		complete := func(epoch int64) (ok bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) {
				ok, err = s.BecomeRegistered(tx, "jo", epoch, account.PhoneMethod, "+12025550123", "en")
				return err
			})
			return ok
		}
		if complete(5) || !complete(6) || complete(7) {
			t.Error("a registration completes once, under its epoch")
		}
		if a := jo(); a.State != account.Registered || a.OldHash != "" || a.Phone != "+12025550123" || a.Epoch != 7 || a.PasswordHash != "$new" {
			t.Errorf("registered: %+v", a)
		}
		if n, err := s.AccountsWithPhone(s.Read(t.Context()), "+12025550123"); n != 1 || err != nil {
			t.Errorf("%d accounts, %v", n, err)
		}
		undo := func() (done bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) { done, err = s.UndoRegistration(tx, "jo"); return err })
			return done
		}
		if !undo() {
			t.Error("a registration is not undone")
		}
		if a := jo(); a.State != account.Imported || a.Email != "jo@lakeside.example" || a.PasswordHash != "" || a.OldHash != "" || a.Phone != "" || a.Method != "" || a.Epoch != 8 {
			t.Errorf("undone: %+v", a)
		}
		if undo() {
			t.Error("nothing is undone twice")
		}
	})
}

func TestDecoysOfStoredShapes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error {
			for id, hash := range map[string]string{"a": oldBcrypt, "b": oldBcrypt, "c": "{SSHA}pKqkNr1tq3wtQqk+UcPyA3HnA2NsU5NJ", "d": "of no format"} {
				if err := s.InsertAccount(tx, imported(id, hash)); err != nil {
					return err
				}
			}
			return nil
		})
		decoys, err := s.Decoys(s.Read(t.Context()))
		if err != nil || len(decoys) != 2 || slices.Contains(decoys, oldBcrypt) {
			t.Fatalf("decoys %v, %v", decoys, err)
		}
		for _, decoy := range decoys {
			if shape := passhash.Shape(decoy); shape != passhash.Shape(oldBcrypt) && shape != passhash.Shape("{SSHA}pKqkNr1tq3wtQqk+UcPyA3HnA2NsU5NJ") {
				t.Errorf("a decoy of shape %q", shape)
			}
		}
	})
}

// T-09, TM-33: a link is spent once, in its time, for its purpose.
func TestLinks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error {
			return s.InsertLink(tx, "token", Link{Purpose: "undo", AccountID: "dana", ExpiresAt: tx.Now.Add(time.Hour)})
		})
		if l, err := s.LinkByToken(s.Read(t.Context()), "token"); err != nil || l == nil || l.AccountID != "dana" {
			t.Fatalf("%+v %v", l, err)
		}
		spend := func(token, purpose string) (id string) {
			write(t, s, func(tx *sqldb.Tx) (err error) { id, err = s.SpendLink(tx, token, purpose); return err })
			return id
		}
		if spend("token", "reset") != "" || spend("another", "undo") != "" {
			t.Error("spent for another purpose, or by another token")
		}
		var spent atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if spend("token", "undo") == "dana" {
					spent.Add(1)
				}
			})
		}
		all.Wait()
		if l, _ := s.LinkByToken(s.Read(t.Context()), "token"); spent.Load() != 1 || l != nil {
			t.Errorf("spent %d times, then %+v", spent.Load(), l)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			return s.InsertLink(tx, "late", Link{Purpose: "undo", AccountID: "dana", ExpiresAt: tx.Now.Add(time.Hour)})
		})
		c.add(time.Hour)
		if spend("late", "undo") != "" {
			t.Error("an expired link was spent")
		}
	})
}

// T-24: the secret changes once, and the one before still finds its session.
func TestRotateSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`INSERT INTO session (browser, id, token, account_id, epoch, method, amr, acr, auth_time, remembered, last_seen_at, expires_at)
				VALUES ($1, 's', $2, 'dana', 3, 'phone', 'pwd', 'x', 0, TRUE, 0, 0)`, []byte("b"), []byte("one"))
			return err
		})
		rotate := func(from, to string) (ok bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) {
				ok, err = s.RotateSession(tx, []byte("b"), []byte(from), []byte(to))
				return err
			})
			return ok
		}
		if !rotate("one", "two") || rotate("one", "three") {
			t.Error("a secret changes once")
		}
		for token, found := range map[string]bool{"one": true, "two": true, "three": false} {
			v, _, err := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte(token))
			if err != nil || (v != nil) != found {
				t.Errorf("%s: %+v %v", token, v, err)
			}
			if v != nil && (string(v.Token) != "two" || string(v.OldToken) != "one" || !v.RotatedAt.Equal(c.Now())) {
				t.Errorf("%+v", v)
			}
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.EndSession(tx, "s") })
		if v, _, _ := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte("two")); v != nil {
			t.Error("an ended session is found")
		}
	})
}
