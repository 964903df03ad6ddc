package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
)

// signInStaff takes somebody of staff through LOGIN, from the login options.
func (w *world) signInStaff(b *tab, email string) {
	w.t.Helper()
	b.open(b.base + "/")
	b.click("LOGIN")
	b.fill("Email Address", email)
	b.fill("Password", demo.Password)
	b.click("Sign in")
}

// 1.9, V8: staff find anybody, see where they are stuck and what was sent, and how far
// the population is; what they looked at is written down.
func TestStaffHelp(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		stuck := newTab(w)
		stuck.signInTo("phone", dana)
		stuck.click("Send Code")
		stuck.fill("Verification code", "000000")
		stuck.click("Verify Code")

		b := newTab(w)
		w.signInStaff(b, demo.StaffEmail)
		if b.url.Path != "/home" || !b.sees("Sam Okoro") {
			t.Fatalf("%s %s", b, b.text())
		}
		b.click("SETUP")
		b.click("Find a user")
		for _, search := range []string{"dana w", "whitfield, dana", "DWHIT", "dana.phone@"} {
			b.fill("Name, username, email, organization, NPI or reference number", search)
			if b.submitGet("Search"); !b.sees("Dana Whitfield (dwhitfield)") || b.sees("Eli Navarro") {
				t.Errorf("%q finds %s", search, b.text())
			}
		}
		b.click("Help Dana Whitfield")
		for _, words := range []string{"Registered by phone", "XXX-XXX-0185", "Code by text", "Handed over", "Code was wrong", "Password was right"} {
			if !b.sees(words) {
				t.Errorf("no %q: %s", words, b.text())
			}
		}
		if strings.Contains(b.body, "2025550185") || strings.Contains(b.body, w.newest("+12025550185", "sms").Code) {
			t.Error("a number or a code is on the page (T-22)")
		}
		b.open("/staff/progress")
		for _, words := range []string{"7 Users", "Not started", "By phone"} {
			if !b.sees(words) {
				t.Errorf("progress: no %q: %s", words, b.text())
			}
		}
		b.open("/staff/progress.csv")
		if want := "Harbor Home Health,1245319599,1,0,0,0,0,0,0,0,0\n"; !strings.Contains(b.body, want) || !strings.HasPrefix(b.header.Get("Content-Type"), "text/csv") {
			t.Errorf("CSV: %q", b.body)
		}
		if err := w.serving.Load().Engine.Toll().Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.open("/staff/delivery?days=7")
		for _, words := range []string{"Texts desk Works All", "Texts desk US 1", "Emails", "20000", "250.00 USD", "7 days"} {
			if !b.sees(words) {
				t.Errorf("delivery: no %q: %s", words, b.text())
			}
		}
		b.open("/staff/audit")
		b.fill("Event", "user.looked_at")
		if b.submitGet("Search"); !b.sees("Staff looked at this user") || !b.sees("Dana Whitfield") {
			t.Errorf("audit: %s", b.text())
		}
		if w.errors() != "" && strings.Contains(w.errors(), "level=ERROR") {
			t.Error(w.errors())
		}
	})
}

// Whoever is in no group that may work here is told so, with a number that staff find.
func TestStaffOfUnknownGroups(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signInStaff(b, "pia.payroll@sallyport.example")
		if b.status != http.StatusForbidden || !b.sees("none of the groups") || b.isHome() {
			t.Fatalf("%s %s", b, b.text())
		}
		w.signInStaff(b, "pia.payroll@sallyport.example")
		number := regexp.MustCompile(`mono">([a-z2-7]{8})<`).FindStringSubmatch(b.body)
		sam := newTab(w)
		w.signInStaff(sam, demo.StaffEmail)
		sam.open("/staff/find?q=" + number[1])
		if !sam.sees("Staff sign-in was refused") {
			t.Errorf("the number finds %s", sam.text())
		}
	})
}

// Where the identity provider does not answer a page says so, and nobody comes in.
func TestStaffProviderIsDown(t *testing.T) {
	t.Parallel()
	w := liteWorld(t, func(c *config.Config) {
		c.Staff = config.Staff{Issuer: "http://localhost:9", ClientID: "x", EmailDomains: []string{"sallyport.example"}, GroupsClaim: "groups", Groups: []config.StaffGroup{{Group: "g", Roles: []string{"help_desk"}}}}
	})
	b := newTab(w)
	b.open("/")
	b.click("LOGIN")
	if b.status != http.StatusServiceUnavailable || b.header.Get("Retry-After") == "" || !b.sees("does not answer") {
		t.Errorf("%s %s", b, b.text())
	}
	b.open("/signin/staff/callback?code=x&state=y")
	if b.status != http.StatusBadRequest || !b.sees("not completed") {
		t.Errorf("an answer to nothing: %s %s", b, b.text())
	}
}

// The demo's identity provider says when a person signed in, so that prompt=login passes.
func TestStaffSignInAgainInTheDemo(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b, p := newTab(w), w.party(t)
	w.signInStaff(b, demo.StaffEmail)
	w.clock.add(10*time.Minute + 300*time.Millisecond)
	if answer := p.ask(b, p.request("prompt", "login")); answer != nil {
		t.Fatalf("it did not ask: %v", answer)
	}
	b.click("LOGIN")
	b.fill("Email Address", demo.StaffEmail)
	b.fill("Password", demo.Password)
	b.click("Sign in")
	answer := p.answer(b)
	if answer.Get("code") == "" {
		t.Fatalf("%v %s %s", answer, b, b.text())
	}
	if at := p.claims(p.redeem(answer)["id_token"])["auth_time"].(float64); int64(at) != w.clock.Now().Unix() {
		t.Errorf("auth_time is %v at %d", at, w.clock.Now().Unix())
	}
}

// A provider's user sees no staff page, and an administrator none either; that they
// tried is written down. Staff without the auditor's role read no audit log.
func TestStaffPagesAreStaffs(t *testing.T) {
	t.Parallel()
	w := liteWorld(t, func(c *config.Config) {})
	for _, who := range []string{eli, pat} {
		b := newTab(w)
		w.signIn(b, who)
		for _, path := range []string{"/staff/find?q=a", "/staff/users/" + demo.SampleID("dwhitfield"), "/staff/progress", "/staff/progress.csv", "/staff/delivery", "/staff/audit"} {
			if b.open(path); b.status != http.StatusNotFound {
				t.Errorf("%s at %s: %d", who, path, b.status)
			}
		}
	}
	if n := w.audited("act.refused"); n != 12 {
		t.Errorf("%d refusals were written down, want 12", n)
	}
}
