package app_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
)

// remembered signs in with the box ticked.
func (w *world) remembered(b *tab, email, number string) {
	w.t.Helper()
	b.open(b.base + "/")
	b.fill("Remember Me", "on")
	b.click("LOGIN WITH PHONE")
	b.fill("Email Address", email)
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
	b.click("Send Code")
	b.fill("Verification code", w.newest(number, "sms").Code)
	b.click("Verify Code")
}

// passes tells whether the phone button passes without a question.
func (b *tab) passes() bool {
	b.t.Helper()
	b.open(b.base + "/")
	if !b.sees("You are signed in.") {
		return false
	}
	b.click("LOGIN WITH PHONE")
	return b.url.Path == "/home"
}

func (b *tab) cookies(w *world) []*http.Cookie {
	public, _ := url.Parse(w.config.PublicURL)
	return b.client.Jar.Cookies(public)
}

func (w *world) thief(cookies []*http.Cookie) *tab {
	public, _ := url.Parse(w.config.PublicURL)
	b := newTab(w)
	b.client.Jar.SetCookies(public, cookies)
	return b
}

// T-24: a copied cookie that was used since ends the session, for thief and owner.
func TestReplayedRememberMe(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		dana := newTab(w)
		w.remembered(dana, "dana.phone@lakeside.example", "+12025550185")
		stolen := dana.cookies(w)
		w.clock.add(10 * time.Minute)
		if !dana.passes() { // the box is ticked on return; the secret changes
			t.Fatal(dana.text())
		}
		thief := w.thief(stolen)
		w.clock.add(2 * time.Minute)
		if thief.passes() {
			t.Error("an old secret passes")
		}
		if dana.passes() {
			t.Error("the session outlived the replay of its old secret")
		}
	})
}

func TestStolenRememberMeElsewhere(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	dana := newTab(w)
	w.remembered(dana, "dana.phone@lakeside.example", "+12025550185")
	agent := w.thief(dana.cookies(w))
	agent.agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"
	if agent.passes() {
		t.Error("another kind of browser passes")
	}
	if !dana.passes() {
		t.Error("the owner does not")
	}
	kept := dana.cookies(w)
	dana.open("/home")
	dana.click("Sign out")
	if w.thief(kept).passes() {
		t.Error("after sign-out a copy passes")
	}
	w.remembered(dana, "dana.phone@lakeside.example", "+12025550185")
	kept = dana.cookies(w)
	s := w.serving.Load().Store
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error { return s.EndEverything(tx, demo.SampleID("dwhitfield")) }); err != nil { // as a password change does: the epoch rises
		t.Fatal(err)
	}
	if w.thief(kept).passes() || dana.passes() {
		t.Error("after a change of the account the session passes")
	}
}

// TM-16 at t-1 s and t+1 s, however active.
func TestRememberMeLastsFourHours(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	dana := newTab(w)
	w.remembered(dana, "dana.phone@lakeside.example", "+12025550185")
	for range 8 {
		w.clock.add(29 * time.Minute)
		if !dana.passes() {
			t.Fatalf("at %v: %s", w.clock.Now(), dana.text())
		}
	}
	w.clock.add(8*time.Minute - time.Second)
	if !dana.passes() {
		t.Error("a second before four hours it asks")
	}
	w.clock.add(2 * time.Second)
	if dana.passes() {
		t.Error("after four hours it passes")
	}
}

// 1.6: administrators under profile guide, not under recommended; 0 switches it off.
func TestWhoMayBeRemembered(t *testing.T) {
	t.Parallel()
	for profile, want := range map[config.Profile]bool{config.Guide: true, config.Recommended: false} {
		w := liteWorld(t, func(c *config.Config) { c.SignIn = config.Default(profile).SignIn })
		pat := newTab(w)
		w.remembered(pat, "pat.admin@lakeside.example", "+12025550142")
		pat.open("/account")
		if got := pat.sees("this browser is remembered"); got != want || !pat.sees("Pat Alvarez") {
			t.Errorf("%s: remembered %v: %s", profile, got, pat.text())
		}
	}
	off := newTab(liteWorld(t, func(c *config.Config) { c.Limits.RememberFor = 0 }))
	off.open("/")
	if off.sees("Remember Me") {
		t.Error("switched off, the box is offered")
	}
}

// The help page shows the steps for four browsers.
func TestRememberMeHelp(t *testing.T) {
	t.Parallel()
	b := newTab(liteWorld(t))
	b.open("/")
	b.click("How it works")
	for _, want := range []string{"Chrome (preferred browser)", "Edge", "Firefox", "Safari", "Settings → On startup → Continue where you left off", "Do not use it on a shared device"} {
		if !b.sees(want) {
			t.Errorf("no word of %q: %s", want, b.text())
		}
	}
}
