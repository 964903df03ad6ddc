package app_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// oldLogin tries the old portal's username and password.
func (b *tab) oldLogin(username, password string) int {
	b.t.Helper()
	b.open("/register/first")
	b.fill("USERNAME", username)
	b.fill("PASSWORD", password)
	b.click("LOGIN")
	return b.status
}

// toNewPassword goes on from the old login to the page of the new password.
func (w *world) toNewPassword(b *tab, username, method, email string) {
	w.t.Helper()
	if b.oldLogin(username, "Portal-Pass-2020"); b.status != 200 {
		w.t.Fatal(b.text())
	}
	b.click(method)
	b.fill("Email Address", email)
	b.click("Send verification code")
	b.fill("Verification Code", w.newest(email, "email").Code)
	b.click("Verify code")
	if !b.sees("The code has been verified") {
		w.t.Fatal(b.text())
	}
	b.fill("New Password", "violet tractor umbrella")
	b.fill("Confirm New Password", "violet tractor umbrella")
}

// T-21, T-30: wrong, unknown, registered and undone usernames have one answer,
// with the same commits and statements.
func TestRegistrationTellsNobodyWhoExists(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		s := w.serving.Load().Store
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			id := demo.SampleID("mchen")
			if _, err := s.BecomeHalf(tx, id, 1, "someone@elsewhere.example", "$argon2id$x", account.PhoneMethod); err != nil {
				return err
			}
			_, err := s.UndoRegistration(tx, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		newTab(w).oldLogin("nobody-at-all", "warms the list of decoys")
		type answer struct {
			page  string
			spent sqldb.Stats
		}
		try := func(username, password string) answer {
			b := newTab(w)
			b.open("/register/first")
			before := s.DB.Stats()
			b.fill("USERNAME", username)
			b.fill("PASSWORD", password)
			b.click("LOGIN")
			after := s.DB.Stats()
			if b.status != 422 {
				t.Errorf("%s: %d", username, b.status)
			}
			return answer{blank.ReplaceAllString(typedName.ReplaceAllString(b.body, ""), ""), sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}}
		}
		known := try("jrivera", "not the password")
		for name, other := range map[string]answer{"unknown": try("nobody", "x"), "registered": try("dwhitfield", "correct horse battery staple"), "undone": try("mchen", "Portal-Pass-2020")} {
			if other != known {
				t.Errorf("%s: %+v\nknown: %+v", name, other, known)
			}
		}
	})
}

// importedHashes are published ones of every format, each with a cost that a test can pay.
var importedHashes = map[string]string{
	"bcrypt":  "$2a$08$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	"argon2":  "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	"pbkdf2":  "$pbkdf2-sha256$40000$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o",
	"django":  "pbkdf2_sha256$40000$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=",
	"scrypt":  "$scrypt$ln=13,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
	"sha512":  "$6$rounds=20000$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
	"aspnet3": "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
	"ssha":    "{SSHA}pKqkNr1tq3wtQqk+UcPyA3HnA2NsU5NJ",
}

// T-30: for each format that a portal may have kept, known and unknown usernames
// take equally long, over 200 interleaved pairs. Each name is tried 40 times at
// most, so that nobody waits.
func TestImportedHashesTakeEquallyLong(t *testing.T) {
	w := liteWorld(t, fullHash, func(c *config.Config) {
		c.Limits.PasswordWaitFrom, c.Limits.AddressFailures, c.Limits.AlarmFailures = 50, 5000, 100_000
	})
	s := w.serving.Load().Store
	for format, hash := range importedHashes {
		if passhash.Known(hash) == "" {
			t.Fatalf("%s is not known", format)
		}
		err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`DELETE FROM decoy`); err != nil {
				return err
			}
			for n := range 16 {
				name := fmt.Sprintf("known-%s-%d", format, n)
				if err := s.InsertAccount(tx, account.Account{ID: secret.ID(), OrganizationID: "lakeside", Username: name, Email: name + "@x.example", FirstName: "K", LastName: "N",
					Role: account.User, State: account.Imported, OldHash: hash, FileEmail: name + "@x.example", Epoch: 1}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w.clock.add(6 * time.Minute) // the list of decoys is read again, and the address has its failures back
		b, tries := newTab(w), 0
		takeEquallyLong(t, format, 200, 422, func(known bool) {
			b.open("/register/first")
			b.fill("USERNAME", fmt.Sprintf("%s-%s-%d", map[bool]string{true: "known", false: "unknown"}[known], format, tries/80))
			b.fill("PASSWORD", "not the password")
			tries++
		}, func() int { b.click("LOGIN"); return b.status })
	}
}

// Two people enrol one address at once: one has it, the other is told, nothing breaks.
func TestTwoPeopleEnrolOneAddress(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		tabs := []*tab{newTab(w), newTab(w)}
		for i, username := range []string{"jrivera", "mchen"} {
			w.toNewPassword(tabs[i], username, "EMAIL", "office@lakeside.example")
		}
		var all sync.WaitGroup
		for _, b := range tabs {
			req := b.press("Create")
			all.Go(func() { b.take(b.send(req)) })
		}
		all.Wait()
		welcome, taken := 0, 0
		for _, b := range tabs {
			switch {
			case b.sees("You are registered!"):
				welcome++
			case b.status == 422 && b.sees("already belongs to an account"):
				taken++
				b.click("Change")
				if !b.sees("We recommend that you use your work email.") {
					t.Errorf("after Change: %s", b.text())
				}
			default:
				t.Errorf("%d %s", b.status, b.text())
			}
		}
		if welcome != 1 || taken != 1 {
			t.Errorf("%d registered, %d told", welcome, taken)
		}
	})
}

// Registering in two browsers: the first “Create” counts, the other starts again.
func TestRegisteringInTwoBrowsers(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		first, second := newTab(w), newTab(w)
		w.toNewPassword(first, "jrivera", "EMAIL", "one@lakeside.example")
		w.toNewPassword(second, "jrivera", "EMAIL", "two@lakeside.example")
		if first.click("Create"); !first.sees("You are registered!") {
			t.Fatal(first.text())
		}
		if second.click("Create"); !second.sees("Let's start again") {
			t.Errorf("the second: %s", second.text())
		}
	})
}

// NIST-OOB-7, TM-11: a number has so many accounts, and so many sends a day.
func TestSharedNumbers(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.config.Limits.AccountsPerPhone = 1
		w.restart()
		enter := func(username string) *tab {
			b := newTab(w)
			w.toNewPassword(b, username, "PHONE", username+"@lakeside.example")
			b.click("Create")
			b.fill("Phone Number", "202-555-0199")
			b.click("Send Code")
			return b
		}
		b := enter("jrivera")
		b.fill("Verification code", w.newest("+12025550199", "sms").Code)
		if b.click("Verify Code"); !b.sees("You are registered!") {
			t.Fatal(b.text())
		}
		if b = enter("mchen"); b.status != 422 || !b.sees("already used by very many accounts") {
			t.Errorf("%d %s", b.status, b.text())
		}
		b.fill("Phone Number", "202-555-0177")
		b.click("Send Code")
		for range 8 {
			w.clock.add(5*time.Minute + time.Second)
			b.click("send a new code")
		}
		if b.status != 200 {
			t.Errorf("nine in a day: %d %s", b.status, b.text())
		}
	})
}

// T-21: what may happen with another address than the one on file.
func TestEmailMatch(t *testing.T) {
	t.Parallel()
	for match, want := range map[string]string{"require": "Use the email address that is on file", "admin": "needs your provider administrator"} {
		w := liteWorld(t, func(c *config.Config) { c.Enroll.EmailMatch = match })
		b := newTab(w)
		b.oldLogin("jrivera", "Portal-Pass-2020")
		b.click("EMAIL")
		b.fill("Email Address", "another@lakeside.example")
		b.click("Send verification code")
		if b.status != 422 || !b.sees(want) {
			t.Errorf("%s: %d %s", match, b.status, b.text())
		}
		b.fill("Email Address", "JRivera@Lakeside.example")
		if b.click("Send verification code"); !b.sees("Verification code has been sent") {
			t.Errorf("%s, the one on file: %s", match, b.text())
		}
	}
}

// TM-33: the undo link at t-1 s and t+1 s of its ten days; opening it, as mail
// scanners do, spends nothing (T-14); fifty presses at once undo it once (T-09).
func TestUndoLink(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		link := func(username string) string {
			b := newTab(w)
			w.toNewPassword(b, username, "EMAIL", username+"@elsewhere.example")
			b.click("Create")
			return w.newestLink(username + "@lakeside.example")[len(w.config.PublicURL):]
		}
		early, late := link("jrivera"), link("mchen")
		w.clock.add(10*24*time.Hour - time.Second)
		for range 5 {
			w.ask("HEAD", early)
			w.ask("GET", early)
		}
		b := newTab(w)
		b.open(early)
		var all sync.WaitGroup
		var undone atomic.Int64
		for range 50 {
			req := b.press("Continue")
			all.Go(func() {
				one := b.sibling()
				if one.take(one.send(req)); one.sees("The registration is undone") {
					undone.Add(1)
				} else if !one.sees("This link has expired") {
					t.Errorf("%d %s", one.status, one.text())
				}
			})
		}
		all.Wait()
		if undone.Load() != 1 {
			t.Errorf("undone %d times", undone.Load())
		}
		w.clock.add(2 * time.Second)
		if b.open(late); !b.sees("This link has expired") {
			t.Errorf("after ten days: %s", b.text())
		}
	})
}
