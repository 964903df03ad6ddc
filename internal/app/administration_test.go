package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
)

// users opens Manage Users as Pat, who administers Lakeside.
func (w *world) users() *tab {
	w.t.Helper()
	b := newTab(w)
	w.signIn(b, pat)
	b.click("SETUP")
	b.click("Manage Users")
	return b
}

// resetEli resets Eli's registration on the pages of Manage Users.
func (w *world) resetEli(b *tab) {
	w.t.Helper()
	b.open("/setup/users")
	b.click("Edit Eli Navarro")
	if !b.sees("ACCOUNT INFORMATION") || !b.sees("SIGN-IN USERNAME") || !b.sees("eli.email@lakeside.example") {
		w.t.Fatalf("no account information: %s", b.text())
	}
	b.click("RESET REGISTRATION")
	b.fill("Reason", "lost the mailbox")
	b.fill("How was the person verified?", "in person, badge seen")
	b.click("RESET REGISTRATION")
	if b.status != http.StatusOK || !b.sees("was reset") {
		w.t.Fatalf("%d %s", b.status, b.text())
	}
	w.settled()
}

// F-12, T-22: an administrator resets Eli, whose open session ends at once and who
// registers again by the mailed link, and once more by the login page's link.
func TestResetRegistration(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		open := newTab(w)
		w.signIn(open, eli)
		b := w.users()
		if !b.sees("Manage Users (6)") || !b.sees("Eli Navarro (enavarro)") || !b.sees("XXX-XXX-0185") || b.sees("Hal Soto") {
			t.Fatalf("manage users: %s %s", b.text(), w.errors())
		}
		w.resetEli(b)
		if open.isHome() {
			t.Error("Eli's session goes on")
		}
		if b.open("/setup/users"); !b.sees("Reset: to register again") {
			t.Errorf("state: %s", b.text())
		}
		again := newTab(w)
		if got := again.tryPassword("eli.email@lakeside.example", demo.Password); got != 422 || !again.sees("first login") {
			t.Errorf("the login page lets a reset person in: %d %s", got, again.text())
		}

		w.clock.add(23 * time.Hour)
		mail := w.newest("eli.email@lakeside.example", "email")
		if mail.Kind != "link" || len(mail.Links) != 1 {
			t.Fatalf("mail %+v", mail)
		}
		by := newTab(w)
		by.open(mail.Links[0])
		by.click("Continue")
		by.fill("Email Address", "eli.email@lakeside.example")
		by.fill("Password", demo.Password)
		by.click("Sign in")
		by.click("EMAIL")
		if !by.isHome() {
			t.Fatalf("by the link: %s", by)
		}

		b = w.users()
		w.resetEli(b)
		if by.isHome() {
			t.Error("the second session goes on")
		}
		w.registerAgain("enavarro", "eli.new@lakeside.example")
		if told := w.newest("eli.email@lakeside.example", "email"); len(told.Links) != 1 || !strings.Contains(told.Links[0], "/undo/") {
			t.Errorf("the old address was not told of the new one: %+v", told)
		}
	})
}

// enrolByEmail goes from the choice of a method to the new password's “Create”.
func (w *world) enrolByEmail(b *tab, email string) {
	w.t.Helper()
	b.click("EMAIL")
	b.fill("Email Address", email)
	b.click("Send verification code")
	b.fill("Verification Code", w.newest(email, "email").Code)
	b.click("Verify code")
	b.fill("New Password", "violet tractor umbrella")
	b.fill("Confirm New Password", "violet tractor umbrella")
	b.click("Create")
}

// registerAgain registers somebody whose registration was reset by the login page's
// “click here”, with another address.
func (w *world) registerAgain(username, email string) {
	w.t.Helper()
	b := newTab(w)
	b.open("/register/first")
	b.fill("USERNAME", username)
	b.fill("PASSWORD", demo.Password)
	b.click("LOGIN")
	w.enrolByEmail(b, email)
	if !b.isHome() {
		w.t.Fatalf("by the login page: %s %s", b, b.text())
	}
}

// What is typed into the reset stays after a mistake, and nothing happens.
func TestResetAsksWhy(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := w.users()
	b.click("Edit Eli Navarro")
	b.click("RESET REGISTRATION")
	b.fill("Reason", "new number")
	b.click("RESET REGISTRATION")
	if b.status != http.StatusUnprocessableEntity || !strings.Contains(b.body, `value="new number"`) || !b.sees("how you made sure") {
		t.Errorf("%d %s", b.status, b.text())
	}
	e := newTab(w)
	w.signIn(e, eli)
	if !e.isHome() {
		t.Error("it was reset all the same")
	}
}

// audited counts rows of the audit log.
func (w *world) audited(kind string) (n int) {
	w.t.Helper()
	if err := w.serving.Load().Store.Read(w.t.Context()).QueryRow(`SELECT COUNT(*) FROM audit WHERE type = $1`, kind).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
