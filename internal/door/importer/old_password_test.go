package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

const otherBcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"

// eachLater is each with a clock that the test moves: an import is later than what the owner
// did, or earlier.
func eachLater(t *testing.T, fn func(t *testing.T, i *Importer, later func())) {
	t.Parallel()
	sqldbtest.Each(t, store.Migrations, func(t *testing.T, address string) {
		now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
		s := &store.Store{DB: sqldbtest.Open(t, address, func() time.Time { return now }), Keys: secret.NewKeys()}
		i := &Importer{Store: s}
		i.write(t, func(tx *sqldb.Tx) error {
			return s.InsertOrganization(tx, account.Organization{ID: "lake", Name: "Lakeside", NPI: "1234567893", Active: true})
		})
		fn(t, i, func() { now = now.Add(time.Hour) })
	})
}

func (i *Importer) write(t *testing.T, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := i.Store.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// replace is “Forgot Password?” of the old portal.
func (i *Importer) replace(t *testing.T, username, hash string) {
	t.Helper()
	a := i.find(t, username)
	i.write(t, func(tx *sqldb.Tx) error {
		done, err := i.Store.SetOldPassword(tx, a.ID, a.Epoch, hash)
		return errors.Join(err, oneOf(done))
	})
}

// registerAndUndo registers the user by somebody else's address, which the owner undoes.
func (i *Importer) registerAndUndo(t *testing.T, username string) {
	t.Helper()
	a := i.find(t, username)
	i.write(t, func(tx *sqldb.Tx) error {
		done, err := i.Store.BecomeHalf(tx, a.ID, a.Epoch, username+"@thief.example", ours, account.EmailMethod)
		if err != nil || !done {
			return errors.Join(err, oneOf(done))
		}
		done, err = i.Store.UndoRegistration(tx, a.ID)
		return errors.Join(err, oneOf(done))
	})
}

func oneOf(done bool) error {
	if !done {
		return errors.New("the account changed")
	}
	return nil
}

func (i *Importer) wantOldHash(t *testing.T, when, username, hash, email string) {
	t.Helper()
	if a := i.find(t, username); a.OldHash != hash || a.FileEmail != email {
		t.Errorf("%s: %s has the hash %q and the address %s, want %q and %s", when, username, a.OldHash, a.FileEmail, hash, email)
	}
}

func row(username, email, hash string) string {
	return username + "," + username + ",Rivera,lake," + email + ",," + hash + "\n"
}

// The owner undid a registration that somebody else made with the old password: no file
// opens the account again, neither the same nor a corrected one.
func TestNoImportRestoresThePasswordOfAnUndoneRegistration(t *testing.T) {
	eachLater(t, func(t *testing.T, i *Importer, later func()) {
		path := file(t, "a.csv", head+row("jo", "jo@a.example", bcrypt)+row("min", "min@a.example", bcrypt))
		i.imports(t, "users", path)
		later()
		i.registerAndUndo(t, "jo")
		for range 2 {
			later()
			i.imports(t, "users", path)
			i.wantOldHash(t, "the same file", "jo", "", "jo@a.example")
		}
		later()
		i.imports(t, "users", file(t, "b.csv", head+row("jo", "jo@b.example", ssha)))
		i.wantOldHash(t, "a new hash and address", "jo", "", "jo@b.example")
		i.wantOldHash(t, "somebody else", "min", bcrypt, "min@a.example")
	})
}

// The owner chose another password of the old portal here: the file's is not restored, until
// a later file has one that the owner set in the old portal afterwards.
func TestNoImportRestoresAReplacedPassword(t *testing.T) {
	eachLater(t, func(t *testing.T, i *Importer, later func()) {
		first := file(t, "a.csv", head+row("jo", "jo@a.example", otherBcrypt))
		second := file(t, "b.csv", head+row("jo", "jo@a.example", bcrypt))
		i.imports(t, "users", first)
		later()
		i.imports(t, "users", second)
		i.wantOldHash(t, "before", "jo", bcrypt, "jo@a.example")
		for _, chosen := range []string{ours, strings.Replace(ours, "c2FsdA$", "c2FsdB$", 1)} { // twice
			later()
			i.replace(t, "jo", chosen)
			later()
			i.imports(t, "users", second)
			i.wantOldHash(t, "the same file", "jo", chosen, "jo@a.example")
			i.imports(t, "users", first)
			i.wantOldHash(t, "an older file", "jo", chosen, "jo@a.example")
			i.imports(t, "users", file(t, "c.csv", head+row("jo", "jo@c.example", bcrypt)))
			i.wantOldHash(t, "a corrected file", "jo", chosen, "jo@c.example")
			i.imports(t, "users", file(t, "d.csv", head+row("jo", "jo@a.example", "")))
			i.wantOldHash(t, "a file without hashes", "jo", chosen, "jo@a.example")
		}
		later()
		newer := file(t, "e.csv", head+row("jo", "jo@a.example", ssha))
		i.imports(t, "users", newer)
		i.wantOldHash(t, "a new hash", "jo", ssha, "jo@a.example")
		for _, older := range []string{first, second, file(t, "f.csv", head+row("jo", "jo@f.example", bcrypt))} {
			later()
			i.imports(t, "users", older)
			if a := i.find(t, "jo"); a.OldHash != ssha {
				t.Errorf("after a new hash, a replaced one was restored: %q", a.OldHash)
			}
		}
	})
}

// A completed registration is not touched, and neither is one that was reset.
func TestNoImportTouchesACompletedRegistration(t *testing.T) {
	eachLater(t, func(t *testing.T, i *Importer, later func()) {
		path := file(t, "a.csv", head+row("jo", "jo@a.example", bcrypt))
		i.imports(t, "users", path)
		a := i.find(t, "jo")
		i.write(t, func(tx *sqldb.Tx) error {
			done, err := i.Store.BecomeHalf(tx, a.ID, a.Epoch, "jo@own.example", ours, account.EmailMethod)
			if err != nil || !done {
				return errors.Join(err, oneOf(done))
			}
			done, err = i.Store.BecomeRegistered(tx, a.ID, a.Epoch+1, account.EmailMethod, "", "en")
			return errors.Join(err, oneOf(done))
		})
		later()
		i.imports(t, "users", path)
		i.wantOldHash(t, "registered", "jo", "", "jo@a.example")
	})
}

// Rows that keep a password are counted and named, once each: in a dry run, after an import
// that was interrupted, and in the same file again. They are not rejected.
func TestKeptRowsAreReported(t *testing.T) {
	eachLater(t, func(t *testing.T, i *Importer, later func()) {
		i.imports(t, "users", file(t, "a.csv", head+row("jo", "jo@a.example", bcrypt)+row("min", "min@a.example", bcrypt)+row("bea", "bea@a.example", bcrypt)))
		if i.Kept.String() != "" {
			t.Errorf("nothing was kept, and the report says %q", i.Kept)
		}
		later()
		i.registerAndUndo(t, "jo")
		i.replace(t, "min", ours)
		later()
		var text strings.Builder
		text.WriteString(head + row("jo", "jo@b.example", ssha) + row("min", "min@b.example", bcrypt) + row("bea", "bea@b.example", ssha))
		for n := range 600 { // more than one transaction takes
			text.WriteString(row(fmt.Sprintf("user%d", n), "u@a.example", bcrypt))
		}
		path := file(t, "b.csv", text.String())
		notes := path + ".notes.csv"
		dry := i.imports(t, "users", path, func(o *intake.Options) { o.DryRun = true })
		if counts(dry) != "600 added, 3 changed, 0 unchanged, 0 rejected" || i.Kept != (Kept{Rows: 2}) {
			t.Errorf("dry: %s; %+v", counts(dry), i.Kept)
		}
		if _, err := os.Stat(notes); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a dry run wrote its notes: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := i.Users(ctx, intake.Options{File: path, Clock: time.Now, Progress: func(intake.Progress) { cancel() }}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		later() // the lease of the interrupted one ends
		want := "line,field,reason\n2,password_hash," + store.KeptUndone + "\n3,password_hash," + store.KeptReplaced + "\n"
		for n, counted := range []string{"600 added, 3 changed, 0 unchanged, 0 rejected", "0 added, 0 changed, 603 unchanged, 0 rejected"} {
			p := i.imports(t, "users", path)
			if counts(p) != counted || i.Kept != (Kept{2, notes}) || !strings.HasPrefix(i.Kept.String(), "2 kept their revoked password") {
				t.Errorf("import %d: %s; %s", n, counts(p), i.Kept)
			}
			if text, err := os.ReadFile(notes); err != nil || string(text) != want {
				t.Errorf("import %d: the notes are %q, %v", n, text, err)
			}
			later()
		}
		for username, hash := range map[string]string{"jo": "", "min": ours, "bea": ssha} {
			i.wantOldHash(t, "imported", username, hash, username+"@b.example")
		}
		for _, username := range []string{"jo", "min"} {
			a := i.find(t, username)
			i.write(t, func(tx *sqldb.Tx) error {
				done, err := i.Store.BecomeHalf(tx, a.ID, a.Epoch, username+"@own.example", ours, account.EmailMethod)
				return errors.Join(err, oneOf(done))
			})
		}
		i.imports(t, "users", path)
		if _, err := os.Stat(notes); i.Kept != (Kept{}) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("both registered: %+v, and the old notes: %v", i.Kept, err)
		}
	})
}
