package app_test

import (
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/account"
)

// A thief has the old portal's password of jrivera, and a mailbox of his own.
const (
	thief = "thief@elsewhere.example"
	owner = "jrivera@lakeside.example"
)

// links are the paths of the links that were mailed to an address, the newest first.
func (w *world) links(to string) (paths []string) {
	w.t.Helper()
	w.handedOver()
	for _, m := range w.desk(to) {
		if m.Kind == "link" && len(m.Links) > 0 {
			paths = append(paths, strings.TrimPrefix(m.Links[0], w.config.PublicURL))
		}
	}
	return paths
}

// H1, T-21: the thief stops after Create. The owner of the address on file hears of it,
// and every way back leads to that address, not to the thief's.
func TestHalfRegistrationOfAThief(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.half("jrivera", thief)
		told := w.links(owner)
		if len(told) != 1 || !strings.HasPrefix(told[0], "/undo/") {
			t.Fatalf("at Create the owner was told %q", told)
		}
		w.askByUsername("jrivera")
		portal := newTab(w)
		portal.open("/register/forgot")
		portal.fill("USERNAME", "jrivera")
		portal.click("Submit")
		until(t, "the owner has both links", func() bool { return len(w.links(owner)) == 3 })
		if got := w.links(thief); len(got) != 0 {
			t.Fatalf("the thief was sent %q", got)
		}
		// The owner's link: a new password, the method as chosen, the missing steps.
		b := newTab(w)
		b.open(w.links(owner)[0])
		b.click("Continue")
		if !b.sees("New Password") || !b.sees(owner) || b.sees(thief) {
			t.Fatalf("the owner's link: %s", b.text())
		}
		b.fill("New Password", newPassword)
		b.fill("Confirm New Password", newPassword)
		b.click("Continue")
		b.fill("Phone Number", "202-555-0123")
		b.click("Send Code")
		b.fill("Verification code", w.newest("+12025550123", "sms").Code)
		b.click("Verify Code")
		if !b.isHome() {
			t.Fatalf("the owner: %s %s", b, b.text())
		}
		if a := w.account(demo.SampleID("jrivera")); a.Email != owner || a.FileEmail != owner || a.State != account.Registered {
			t.Errorf("%+v", a)
		}
		for _, email := range []string{thief, owner} {
			if got := newTab(w).tryPassword(email, halfPassword); got != 422 {
				t.Errorf("the thief's password at %s: %d", email, got)
			}
		}
		late := newTab(w)
		if late.open(told[0]); !late.sees("expired") {
			t.Errorf("the link that undoes the thief's registration still works: %s", late.text())
		}
	})
}

// H1: the owner undoes it before the thief goes on.
func TestUndoBeforeTheThiefGoesOn(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.toNewPassword(b, "jrivera", "PHONE", thief)
		b.click("Create")
		o := newTab(w)
		o.open(w.links(owner)[0])
		o.click("Continue")
		b.fill("Phone Number", "202-555-0123")
		if b.click("Send Code"); b.sees("Enter your verification code") {
			t.Errorf("the thief goes on: %s", b.text())
		}
		if got := newTab(w).tryPassword(thief, halfPassword); got != 422 {
			t.Errorf("the thief's password: %d", got)
		}
		if a := w.account(demo.SampleID("jrivera")); a.State != account.Imported || a.Email != owner || a.PasswordHash != "" || a.OldHash != "" {
			t.Errorf("%+v", a)
		}
	})
}

// H1, T-22: resetting a hijacked account does not put the thief's address on file, tells
// the owner with a link that undoes the registration, and that works.
func TestResetOfAHijackedAccount(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.toNewPassword(b, "jrivera", "EMAIL", thief)
		if b.click("Create"); !b.isHome() {
			t.Fatal(b.text())
		}
		before := w.links(owner)
		w.reset("jrivera")
		if a := w.account(demo.SampleID("jrivera")); a.FileEmail != owner {
			t.Fatalf("on file is %s", a.FileEmail)
		}
		late := newTab(w)
		if late.open(before[0]); !late.sees("expired") {
			t.Errorf("a link from before the reset works: %s", late.text())
		}
		told := w.links(owner)
		if len(told) != len(before)+1 || !strings.HasPrefix(told[0], "/undo/") {
			t.Fatalf("at the reset the owner was told %q", told)
		}
		o := newTab(w)
		o.open(told[0])
		o.click("Continue")
		if a := w.account(demo.SampleID("jrivera")); a.State != account.Imported || a.Email != owner || a.PasswordHash != "" {
			t.Errorf("after the undo: %+v", a)
		}
		again := newTab(w)
		if again.open(w.links(thief)[0]); !again.sees("expired") {
			t.Errorf("the thief's link still works: %s", again.text())
		}
	})
}

// reset resets a person's registration as Pat, on the pages of Manage Users.
func (w *world) reset(username string) {
	w.t.Helper()
	b := w.users()
	b.open("/setup/users/" + demo.SampleID(username))
	b.click("RESET REGISTRATION")
	b.fill("Reason", "somebody else registered")
	b.fill("How was the person verified?", "in person")
	if b.click("RESET REGISTRATION"); !b.sees("was reset") {
		w.t.Fatalf("%d %s", b.status, b.text())
	}
}

// H2: a disabled person does not come back by the link that undoes a registration.
func TestUndoOfADisabledAccount(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.toNewPassword(b, "jrivera", "EMAIL", "jo@elsewhere.example")
		b.click("Create")
		undo := w.links(owner)[0]
		a := w.users()
		a.open("/setup/users/" + demo.SampleID("jrivera"))
		if a.click("Disable"); w.account(demo.SampleID("jrivera")).State != account.Disabled {
			t.Fatalf("%d %s", a.status, a.text())
		}
		o := newTab(w)
		if o.open(undo); !o.sees("expired") {
			o.click("Continue")
		}
		if got := w.account(demo.SampleID("jrivera")).State; got != account.Disabled {
			t.Errorf("after the undo link the account is %s", got)
		}
	})
}

// Rule 5: a link from before the account's epoch changed opens nothing.
func TestLinksEndWithTheEpoch(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.half("jrivera", "jo@lakeside.example")
		w.askByPassword("jo@lakeside.example")
		link := pathOf(t, w.newestLink("jo@lakeside.example"))
		w.reset("jrivera")
		late := newTab(w)
		if late.open(link); !late.sees("expired") {
			t.Errorf("a link from before the reset: %s", late.text())
		}
		w.clock.add(time.Minute)
	})
}

// M3: a link that finishes a registration was opened while the account was half-finished,
// and is used after the person has registered elsewhere: it is no second factor.
func TestFinishLinkIsNoFactorOnceRegistered(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{true, false} {
		w := liteWorld(t, func(c *config.Config) { c.SignIn.EmailForPhoneUsers = allowed })
		w.half("jrivera", "jo@lakeside.example")
		w.askByPassword("jo@lakeside.example")
		opened := newTab(w)
		opened.open(pathOf(t, w.newestLink("jo@lakeside.example")))
		opened.click("Continue")
		elsewhere := newTab(w)
		if got := elsewhere.tryPassword("jo@lakeside.example", halfPassword); got != 200 {
			t.Fatal(elsewhere.text())
		}
		elsewhere.click("PHONE")
		elsewhere.fill("Phone Number", "202-555-0123")
		elsewhere.click("Send Code")
		elsewhere.fill("Verification code", w.newest("+12025550123", "sms").Code)
		if elsewhere.click("Verify Code"); !elsewhere.isHome() {
			t.Fatal(elsewhere.text())
		}
		opened.fill("Password", halfPassword)
		opened.click("Sign in")
		if opened.isHome() {
			t.Errorf("email_for_phone_users %v: a password and an opened link sign a phone user in", allowed)
		}
	}
}
