package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/sqldb"
)

// another adds somebody who signs in by e-mail with the sample password.
func (w *world) another(a account.Account) string {
	w.t.Helper()
	a.State, a.Method, a.Epoch = account.Registered, account.EmailMethod, 1
	a.PasswordHash = passhash.Hash(demo.Password, passhash.Cost{MemoryKiB: 8, Passes: 1})
	s := w.serving.Load().Store
	if err := s.Write(w.t.Context(), func(tx *sqldb.Tx) error { return s.InsertAccount(tx, a) }); err != nil {
		w.t.Fatal(err)
	}
	return a.Email
}

func harborAdmin() account.Account {
	return account.Account{ID: "harboradmin", OrganizationID: "harbor", Username: "hadmin", Email: "hal.admin@harbor.example", FirstName: "Hal", LastName: "Admin", Role: account.Admin}
}

// T-23, ASVS 8.2.2: another organisation's administrator finds nobody behind a swapped
// id, on any route, changes nothing, and is written down each time.
func TestIDSwap(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, w.another(harborAdmin()))
		target := demo.SampleID("enavarro")
		before := w.account(target)
		at := "/setup/users/" + target
		full := url.Values{"epoch": {"1"}, "reason": {"x"}, "verified": {"y"}, "role": {"admin"}}
		tries := 0
		try := func(what string, do func()) {
			tries++
			if do(); b.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", what, b.status, b.text())
			}
			if n := w.audited("act.refused"); n != tries {
				t.Errorf("after %s: %d refusals were written down, want %d", what, n, tries)
			}
		}
		for _, path := range []string{at, at + "/reset", "/setup/users/none", "/staff/users/" + target} {
			try("GET "+path, func() { b.open(b.base + path) })
		}
		for _, path := range []string{at + "/reset", at + "/reset/confirm", at + "/disable", at + "/enable", at + "/role", at + "/resend", "/setup/codes/lakeside/expire"} {
			try("POST "+path, func() { b.post(path, full) })
		}
		if after := w.account(target); after.Epoch != before.Epoch || after.State != before.State || after.Role != before.Role {
			t.Errorf("it changed: %+v", after)
		}
		if b.open("/setup/users?q=navarro"); b.sees("Eli") {
			t.Errorf("the search finds: %s", b.text())
		}
	})
}

// account reads somebody anew.
func (w *world) account(id string) *account.Account {
	w.t.Helper()
	s := w.serving.Load().Store
	a, err := s.AccountByID(s.Read(w.t.Context()), id)
	if err != nil || a == nil {
		w.t.Fatal(a, err)
	}
	return a
}

// A role that was lost while the page was open counts no more, even where the portal
// does not know yet.
func TestRoleLostInTheMiddleOfAPage(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := w.users()
		b.click("Edit Eli Navarro")
		s := w.serving.Load().Store
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE account SET role = 'user' WHERE id = $1`, demo.SampleID("palvarez"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if b.click("Disable"); b.status != http.StatusNotFound || w.account(demo.SampleID("enavarro")).State != account.Registered {
			t.Errorf("%d %s", b.status, b.text())
		}
	})
}

// Two administrators who reset one user at once: one does, the other is told; one mail.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		second := harborAdmin()
		second.OrganizationID, second.Email, second.ID = "lakeside", "lou.admin@lakeside.example", "lou"
		tabs := []*tab{newTab(w), newTab(w)}
		w.signIn(tabs[0], pat)
		w.signIn(tabs[1], w.another(second))
		var all sync.WaitGroup
		answers := make([]*http.Response, len(tabs))
		for i, b := range tabs {
			b.open("/setup/users/" + demo.SampleID("enavarro") + "/reset")
			b.fill("Reason", "lost")
			b.fill("How was the person verified?", "seen")
			req := b.press("RESET REGISTRATION")
			all.Go(func() { answers[i] = b.send(req) })
		}
		all.Wait()
		told := 0
		for i, b := range tabs {
			if b.take(answers[i]); b.status == http.StatusConflict {
				told++
				if !b.sees("Somebody else changed this user") {
					t.Errorf("told: %s", b.text())
				}
			}
		}
		if told != 1 || w.audited("registration.reset") != 1 {
			t.Errorf("%d were told, %d resets", told, w.audited("registration.reset"))
		}
		w.newest(eli, "email")
		if n := len(w.desk(eli)); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// A reset in the middle of the user's own sign-in ends it: what was proven before is
// worth nothing.
func TestResetInTheMiddleOfASignIn(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		e := newTab(w)
		e.signInTo("email", eli)
		e.click("Send verification code")
		code := w.newest(eli, "email").Code
		w.resetEli(w.users())
		e.fill("Verification code", code)
		e.click("Verify code")
		if !e.sees("Let's start again") || e.isHome() {
			t.Errorf("%s %s", e, e.text())
		}
	})
}

// Nobody resets or disables themselves, and staff are not there for administrators.
func TestNotOneselfAndNotStaff(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	w.signInStaff(newTab(w), demo.StaffEmail)
	b := w.users()
	b.click("Edit Pat Alvarez")
	if buttons, _ := b.names(); strings.Contains(strings.Join(buttons, " "), "RESET") || !b.sees("This is you") {
		t.Errorf("one's own page: %v", buttons)
	}
	var sam string
	if err := w.serving.Load().Store.Read(t.Context()).QueryRow(`SELECT account_id FROM staff_identity WHERE subject = 'sam'`).Scan(&sam); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{demo.SampleID("palvarez"), sam} {
		before := w.account(id)
		for _, act := range []string{"disable", "role", "resend", "reset/confirm"} {
			b.post("/setup/users/"+id+"/"+act, url.Values{"epoch": {"1"}, "reason": {"x"}, "verified": {"y"}, "role": {"user"}})
			if b.status != http.StatusNotFound {
				t.Errorf("%s %s: %d", act, id, b.status)
			}
		}
		if after := w.account(id); after.Epoch != before.Epoch {
			t.Errorf("%s changed", id)
		}
	}
}

// The help desk gets people in again, and does nothing else; who breaks the glass may,
// and that is written down as such.
func TestHelpDeskAndBrokenGlass(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signInStaff(b, demo.StaffEmail)
	target := demo.SampleID("enavarro")
	if b.post("/setup/users/"+target+"/disable", url.Values{"epoch": {"1"}}); b.status != http.StatusNotFound {
		t.Errorf("the help desk disables: %d", b.status)
	}
	b.open("/staff/users/" + target)
	b.click("RESET REGISTRATION")
	b.fill("Reason", "lost")
	b.fill("How was the person verified?", "called back")
	if b.click("RESET REGISTRATION"); w.account(target).State != account.Reset {
		t.Errorf("the help desk could not reset: %s", b.text())
	}
	s := w.serving.Load().Store
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE account SET staff_roles = 'break_glass' WHERE staff_roles <> ''`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	other := demo.SampleID("dwhitfield")
	b.post("/setup/users/"+other+"/disable", url.Values{"epoch": {"1"}})
	if w.account(other).State != account.Disabled || w.audited("glass.broken") != 1 {
		t.Errorf("%s: %d, glass broken %d times", w.account(other).State, b.status, w.audited("glass.broken"))
	}
}

// Invite, disable, enable, change role, resend, registration codes: what an
// administrator does all day.
func TestManageUsers(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := w.users()
		b.click("Invite a user")
		b.fill("USERNAME", "nnew")
		b.fill("FIRST NAME", "Nia")
		b.fill("LAST NAME", "New")
		b.fill("EMAIL", "nia@sallyport.example")
		if b.click("Send invitation"); b.status != 422 || !b.sees("LOGIN") || !strings.Contains(b.body, `value="Nia"`) {
			t.Errorf("a staff address: %d %s", b.status, b.text())
		}
		b.fill("EMAIL", "nia.new@lakeside.example")
		b.fill("Role", "admin")
		if b.click("Send invitation"); !b.sees("Nia New was invited") || !b.sees("Not registered") {
			t.Fatalf("%d %s", b.status, b.text())
		}
		nia := b.url.Path
		b.click("Send the link again")
		if b.sees("was sent again"); !b.sees("was sent again") {
			t.Errorf("resend: %s", b.text())
		}
		if err := w.register("nia.new@lakeside.example"); err != "" {
			t.Error(err)
		}
		b.open(nia)
		if !b.sees("Registered by email") || !b.sees("Provider administrator") {
			t.Errorf("after it: %s", b.text())
		}
		b.fill("Role", "user")
		b.click("Change role")
		b.click("Disable")
		if !b.sees("was disabled") {
			t.Errorf("disable: %s", b.text())
		}
		if got := newTab(w).tryPassword("nia.new@lakeside.example", "violet tractor umbrella"); got != 422 {
			t.Errorf("a disabled person signs in: %d", got)
		}
		b.click("Enable")
		if !b.sees("Registered by email") || !b.sees("Provider user") {
			t.Errorf("enable: %s", b.text())
		}

		w.clock.add(time.Second) // newer than the sample code
		b.open("/setup/codes")
		b.click("Issue a code")
		code := content(b.find(func(n *html.Node) bool { return attr(n, "class") == "mono new" }))
		p := newTab(w)
		p.open("/register/new")
		p.fill("NPI", "1234567893")
		p.fill("PROVIDER REGISTRATION CODE", code)
		if p.click("NEXT"); !p.sees("Enter User Information") {
			t.Errorf("the code %q does not work: %s", code, p.text())
		}
		b.open("/setup/codes")
		if strings.Contains(b.body, code) {
			t.Error("the code is shown again")
		}
		b.click(content(b.find(func(n *html.Node) bool { return n.Data == "button" && strings.HasPrefix(content(n), "End now") })))
		p.open(p.base + "/register/new")
		p.fill("NPI", "1234567893")
		p.fill("PROVIDER REGISTRATION CODE", code)
		if p.click("NEXT"); p.status != 422 {
			t.Errorf("an ended code works: %s", p.text())
		}
		for _, kind := range []string{"user.invited", "link.sent", "role.changed", "user.disabled", "user.enabled", "registration_code.issued", "registration_code.expired"} {
			if n := w.audited(kind); n != 1 {
				t.Errorf("%s was written down %d times", kind, n)
			}
		}
	})
}

// register follows the newest link mailed to somebody new, by e-mail; what went wrong,
// or nothing.
func (w *world) register(email string) string {
	w.t.Helper()
	b := newTab(w)
	b.open(w.newest(email, "email").Links[0])
	b.click("Continue")
	w.enrolByEmail(b, email)
	b.fill("I have read and agree to these terms of use.", "yes")
	b.click("CONTINUE")
	if !b.isHome() {
		return b.text()
	}
	return ""
}
