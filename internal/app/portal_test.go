package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// change changes something about a person, as an administrator would.
func (w *world) change(fn func(s *store.Store, tx *sqldb.Tx) error) {
	w.t.Helper()
	a := w.serving.Load()
	if err := a.Store.Write(w.t.Context(), func(tx *sqldb.Tx) error { return fn(a.Store, tx) }); err != nil {
		w.t.Fatal(err)
	}
	a.Engine.Wake()
	w.settled()
}

// isHome tells whether the portal shows HOME.
func (b *tab) isHome() bool {
	b.t.Helper()
	b.open(b.base + "/home")
	return b.url.Path == "/home" && b.status == 200 && (b.sees("Request Saved But Not Submitted") || b.sees("Next due"))
}

// Whatever changes about a person ends their portal session in the middle, by the
// back channel, and on the next page (ASVS 8.3.2).
func TestPortalSessionEndsWithTheAccount(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]func(s *store.Store, tx *sqldb.Tx) error{
		"role": func(s *store.Store, tx *sqldb.Tx) error {
			_, err := s.ChangeRole(tx, demo.SampleID("dwhitfield"), 1, account.Admin)
			return err
		},
		"organisation": func(s *store.Store, tx *sqldb.Tx) error {
			return s.SetOrganization(tx, demo.SampleID("dwhitfield"), "harbor")
		},
		"disabled": func(s *store.Store, tx *sqldb.Tx) error {
			_, err := s.Disable(tx, demo.SampleID("dwhitfield"), 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, config.Guide, func(t *testing.T, w *world) {
				b, other := newTab(w), newTab(w)
				w.signIn(b, dana)
				w.signIn(other, eli)
				w.change(fn)
				if b.isHome() || b.url.Path != "/" {
					t.Errorf("it goes on: %s", b.text())
				}
				if !other.isHome() {
					t.Errorf("somebody else was thrown out: %s", other.text())
				}
				if name == "organisation" {
					w.signIn(b, dana)
					if !b.sees("Harbor Home Health") || b.sees("Children’s Health Program") {
						t.Errorf("after signing in again: %s", b.text())
					}
				}
			})
		})
	}
}

// “Sign out” ends door and portal, whichever of them is asked.
func TestSignOutEndsDoorAndPortal(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		for _, from := range []string{"/home", "/account"} {
			b := newTab(w)
			w.signIn(b, dana)
			b.open(from)
			b.click("Sign out")
			if b.url.Path != "/signed-out" {
				t.Errorf("from %s: %s %s", from, b, b.text())
			}
			w.settled()
			if b.isHome() {
				t.Errorf("from %s: the portal is open", from)
			}
			if b.open("/account"); b.url.Path != "/" {
				t.Errorf("from %s: the door is open", from)
			}
		}
	})
}

// A second application is entered with the same session, and left with it.
func TestSecondApplicationSharesTheSession(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, dana)
	p := w.party(t)
	tokens := p.redeem(p.ask(b, p.request()))
	b.isHome()
	b.click("Sign out")
	if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
		t.Errorf("signed out, and the second application's token lives: %d", status)
	}
	if p.ask(b, p.request()); !b.sees("LOGIN OPTIONS") || !b.sees("You are signing in to Scheduling") {
		t.Errorf("%s", b.text())
	}
	w.signIn(b, eli) // and the way back to it is not lost
	p.redeem(p.answer(b))
	if !b.isHome() || !b.sees("Eli Navarro") {
		t.Errorf("the portal: %s", b.text())
	}
}

// Somebody else signs in in the same browser: whoever was there before is out.
func TestAnotherPersonInTheSameBrowser(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, dana)
	p := w.party(t)
	tokens := p.redeem(p.ask(b, p.request()))
	b.open("/")
	w.signIn(b, eli)
	w.settled()
	if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
		t.Errorf("Dana's token lives: %d", status)
	}
	if !b.isHome() || !b.sees("Eli Navarro") || b.sees("Dana Whitfield") {
		t.Errorf("%s", b.text())
	}
}

// 1.6: with Remember Me the portal's idle end costs nobody anything for four
// hours; prompt=login and max_age ask all the same, also through the button.
func TestRememberMeThroughTheProvider(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.remembered(b, dana, phones[dana])
	w.clock.add(3 * time.Hour)
	if !b.isHome() {
		t.Fatalf("after three hours it asks: %s", b.text())
	}
	p := w.party(t)
	claims := p.claims(p.redeem(p.ask(b, p.request()))["id_token"])
	if at := time.Unix(int64(claims["auth_time"].(float64)), 0); w.clock.Now().Sub(at) < 3*time.Hour || jsonText(claims["amr"]) != `["pwd","sms","mfa"]` {
		t.Errorf("it claims a new sign-in: %v", claims)
	}
	for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "3600"}} {
		if answer := p.ask(b, p.request(pairs...)); answer != nil || !b.sees("LOGIN OPTIONS") {
			t.Fatalf("%v passes: %v", pairs, answer)
		}
		b.fill("Remember Me", "on")
		b.click("LOGIN WITH PHONE")
		if !b.sees("Sign in with your email address") {
			t.Errorf("%v: the button passes: %s", pairs, b.text())
		}
		if !b.isHome() {
			t.Errorf("%v: the first session did not stand meanwhile", pairs)
		}
	}
	w.clock.add(time.Hour + time.Second)
	if b.ask2(); b.url.Path != "/" {
		t.Errorf("after four hours: %s", b)
	}
}

// ask2 begins a sign-in at the portal.
func (b *tab) ask2() { b.open(b.base + "/portal/signin") }

// The provider is asked every five minutes whether its session stands: where the
// back channel was lost, the portal ends by itself.
func TestPortalNoticesLostLogouts(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	s := w.serving.Load().Store
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error { // the grants end, and nobody is told
		_, err := tx.Exec(`UPDATE authorization_grant SET ended_at = 1`)
		if err == nil {
			_, err = tx.Exec(`DELETE FROM session`)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.clock.add(4 * time.Minute)
	if !b.isHome() {
		t.Fatal("before five minutes nobody is asked")
	}
	w.clock.add(time.Minute)
	if b.isHome() {
		t.Error("the portal goes on without its provider's session")
	}
}

// ASVS 10.1.1: tokens never reach the browser.
func TestTokensStayOnTheServer(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, dana)
	public, _ := url.Parse(w.config.PublicURL)
	for _, c := range b.client.Jar.Cookies(public) {
		if strings.Contains(c.Value, "eyJ") || len(c.Value) > 200 {
			t.Errorf("cookie %s holds %d characters: %.20s", c.Name, len(c.Value), c.Value)
		}
	}
	if strings.Contains(b.body, "eyJ") || strings.Contains(b.body, "access_token") {
		t.Error("a page holds a token")
	}
	if strings.Contains(w.log.text(), "eyJ") {
		t.Error("the log holds a token")
	}
}

// T-17, ASVS 10.1.2: an answer counts only in the browser that asked, for the
// request that it made, from the issuer that it asked.
func TestPortalCallbackIsBound(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	capture := func(b *tab) string { // the callback's address, not followed
		follow := b.client.CheckRedirect
		defer func() { b.client.CheckRedirect = follow }()
		b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if r.URL.Path == "/portal/callback" {
				return http.ErrUseLastResponse
			}
			return nil
		}
		b.ask2()
		return b.header.Get("Location")
	}
	attacker := newTab(w)
	w.signIn(attacker, eli)
	theirs, _ := url.Parse(capture(attacker))
	victim := newTab(w)
	victim.open(theirs.String())
	if victim.isHome() {
		t.Error("login CSRF: the victim is in somebody else's session")
	}
	for name, change := range map[string]func(q url.Values){
		"another issuer":   func(q url.Values) { q.Set("iss", "https://evil.example") },
		"no issuer":        func(q url.Values) { q.Del("iss") },
		"another state":    func(q url.Values) { q.Set("state", theirs.Query().Get("state")) },
		"an injected code": func(q url.Values) { q.Set("code", theirs.Query().Get("code")) },
	} {
		b := newTab(w)
		w.signIn(b, dana)
		mine, _ := url.Parse(capture(b))
		q := mine.Query()
		change(q)
		b.open("/portal/callback?" + q.Encode())
		if b.status >= 400 || b.sees("Eli Navarro") || !b.isHome() || !b.sees("Dana Whitfield") {
			t.Errorf("%s: %s %s", name, b, b.text())
		}
	}
	for _, denied := range []string{"access_denied", "login_required"} {
		b := newTab(w)
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		b.ask2()
		to, _ := url.Parse(b.header.Get("Location"))
		b.open("/portal/callback?" + url.Values{"error": {denied}, "state": {to.Query().Get("state")}, "iss": {w.config.PublicURL}}.Encode())
		if b.status != 400 || !b.sees("You are not signed in yet") {
			t.Errorf("%s: %s %s", denied, b, b.text())
		}
	}
}

// T-19: a sign-in leads to a page of ours, whatever was asked for.
func TestPortalTargets(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	for _, evil := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%0d%0aSet-Cookie:a=b", "javascript:alert(1)", "http:evil.example",
		w.config.PublicURL + "@evil.example/", w.config.PublicURL + ".evil.example/", "/portal/signin", "/portal/callback?x", "", "home", "/\t/evil.example"} {
		b.open("/portal/signin?target_link_uri=" + url.QueryEscape(evil))
		if to := b.header.Get("Location"); to != "" || "http://"+b.url.Host != w.config.PublicURL || b.status >= 500 {
			t.Errorf("%q led to %s %s", evil, b, to)
		}
	}
	b.open("/portal/signin?target_link_uri=" + url.QueryEscape(w.config.PublicURL+"/home?x=1"))
	if b.url.RequestURI() != "/home?x=1" {
		t.Errorf("our own page: %s", b)
	}
	if b.open("/portal/signin?iss=https://evil.example"); b.status != 404 {
		t.Errorf("another issuer begins a sign-in: %s", b)
	}
}

// The contract selector shows the own organisation's contracts and keeps the
// choice; another organisation's is none (ASVS 8.2.2).
func TestContractSelector(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, dana)
		selected := func() string {
			for n := range b.doc.Descendants() {
				if n.Data == "option" && has(n, "selected") {
					return content(n)
				}
			}
			return ""
		}
		if b.isHome(); selected() != "" || !b.sees("Children’s Health Program") {
			t.Errorf("%s", b.text())
		}
		b.fill("Contract:", "childrens-health")
		b.click("Show")
		if selected() != "Children’s Health Program" || b.url.Path != "/home" {
			t.Errorf("selected %q on %s", selected(), b)
		}
		b.fill("Contract:", "nobodys")
		b.click("Show")
		if selected() != "" {
			t.Errorf("nobody's contract is selected: %q", selected())
		}
	})
}

// product.md 2 and 1.2: HOME's words, and “You are registered!” once.
func TestHome(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, dana)
	for _, want := range []string{"HOME", "Lakeside Family Clinic", "2 NEW MESSAGES", "Go to Message Center", "WORK-IN-PROGRESS 1", "NOT SUBMITTED 2", "SUBMITTED 2", "Okonkwo, Amara", "Request Saved But Not Submitted",
		"CONTRACT CASE TYPE CONSUMER ID CONSUMER NAME DATE OF BIRTH LAST MODIFIED", "Dana Whitfield", "Contract:", "CASES", "CREATE CASE", "CONSUMERS", "SETUP", "MESSAGE CENTER", "REPORTS", "Help", "Having trouble logging in?", "Sign out"} {
		if !b.sees(want) {
			t.Errorf("no %q in %s", want, b.text())
		}
	}
	if b.sees("You are registered!") {
		t.Error("nobody registered just now")
	}
}
