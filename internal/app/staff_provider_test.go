package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb/sqldbtest"
)

// staffProvider starts an independent identity provider (npm oidc-provider) beside a
// world whose LOGIN leads there.
func staffProvider(t *testing.T, alg string) (*world, *application) {
	if _, err := os.Stat("testdata/idp/node_modules/oidc-provider"); err != nil {
		t.Fatal("npm's oidc-provider is not there: scripts/parts installs it")
	}
	address := freeAddress(t)
	issuer := "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)
	w := newWorld(t, sqldbtest.SQLite(t, schema), config.Guide, func(c *config.Config) {
		c.Staff = config.Staff{Issuer: issuer, ClientID: "sallyport", ClientSecret: secret.NewText("a-secret-of-this-test-alone-0123456789"), Scopes: []string{"profile", "email"},
			EmailDomains: []string{"sallyport.example"}, Require: map[string]string{"tid": "t-1"}, GroupsClaim: "groups",
			Groups: []config.StaffGroup{{Group: "Help Desk", Roles: []string{"help_desk"}}, {Group: "Audit", Roles: []string{"auditor"}}},
			ACR:    map[string]string{"urn:example:mfa": "urn:sallyport:acr:aal2"}}
	})
	w.clock.live()
	cmd := node(t, "provider.mjs")
	cmd.Dir, _ = filepath.Abs("testdata/idp")
	cmd.Env = append(os.Environ(), "PORT="+address[strings.LastIndex(address, ":")+1:], "REDIRECT="+w.config.PublicURL+"/signin/staff/callback", "ALG="+alg)
	return w, w.run(t, address, cmd)
}

// become tells the provider whom to take every browser for.
func (a *application) become(who map[string]any) {
	a.t.Helper()
	text, err := json.Marshal(who)
	if err != nil {
		a.t.Fatal(err)
	}
	resp, err := http.Get(a.base + "/become?who=" + url.QueryEscape(string(text)))
	if err != nil {
		a.t.Fatal(err)
	}
	resp.Body.Close()
}

// login presses LOGIN as whoever the provider takes the browser for, and comes back.
func (a *application) login(b *tab, who map[string]any) {
	a.t.Helper()
	a.become(who)
	b.open(b.base + "/")
	b.click("LOGIN")
	for range 10 {
		to := b.header.Get("Location")
		if to == "" {
			return
		}
		b.open(to)
	}
	a.t.Fatalf("it leads nowhere: %s %s", b, b.header)
}

func ann(change ...any) map[string]any {
	who := map[string]any{"sub": "ann", "email": "ann@sallyport.example", "email_verified": true, "given_name": "Ann", "family_name": "Lee", "groups": []string{"Help Desk", "Printing"}, "tid": "t-1"}
	for i := 0; i+1 < len(change); i += 2 {
		who[change[i].(string)] = change[i+1]
	}
	return who
}

// 1.9, ASVS 10.5: LOGIN at a provider that is not ours: who comes in as what, what is
// taken over of how they signed in there, and what ends when it changes there.
func TestStaffAtAnIndependentProvider(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			w, a := staffProvider(t, alg)
			b := newTab(w)
			a.login(b, ann())
			if b.url.Path != "/home" || !b.sees("Ann Lee") {
				t.Fatalf("%s %s\n%s", b, b.text(), a.out)
			}
			if b.open("/staff/find?q=dana"); !b.sees("Dana Whitfield") {
				t.Errorf("the help desk: %s", b.text())
			}
			if b.open("/staff/audit"); b.status != http.StatusNotFound {
				t.Errorf("no auditor reads the log: %d", b.status)
			}
			if acr, amr := w.staffSession(); acr != "urn:sallyport:acr:upstream" || amr != "" {
				t.Errorf("nothing was asserted, and it claims %q %q", acr, amr)
			}
			open := b
			b = newTab(w)
			a.login(b, ann("acr", "urn:example:mfa", "amr", []string{"pwd", "mfa"}, "groups", []string{"Audit"}))
			if acr, amr := w.staffSession(); acr != "urn:sallyport:acr:aal2" || amr != "pwd mfa" {
				t.Errorf("what was asserted: %q %q", acr, amr)
			}
			if b.open("/staff/audit"); b.status != http.StatusOK {
				t.Errorf("the auditor: %d", b.status)
			}
			w.settled()
			if open.isHome() {
				t.Error("the session with the old roles goes on")
			}
			for words, who := range map[string]map[string]any{
				"another organization": ann("email", "ann@elsewhere.example"), "verified email": ann("email_verified", false),
				"another part of the organization": ann("tid", "t-2"), "none of the groups": ann("groups", []string{"Printing"}), "belongs to another user": ann("sub", "eve"),
				"not completed": ann("deny", true),
			} {
				c := newTab(w)
				if a.login(c, who); !c.sees(words) || c.isHome() {
					t.Errorf("%s: %s %s", words, c, c.text())
				}
			}
			w.settled()
			if b.isHome() {
				t.Error("who was refused goes on in another browser")
			}
		})
	}
}

// A provider that is not ours says when a person signed in there, where a relying party asks
// for a fresh sign-in.
func TestStaffAgeAtAnIndependentProvider(t *testing.T) {
	t.Parallel()
	w, a := staffProvider(t, "ES256")
	a.become(ann())
	p := w.party(t)
	for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "3600"}, {"max_age", "0"}} {
		b := newTab(w)
		if answer := p.ask(b, p.request(pairs...)); answer != nil {
			t.Fatalf("%v: it did not ask: %v", pairs, answer)
		}
		b.click("LOGIN")
		for range 10 {
			to := b.header.Get("Location")
			if to == "" || strings.HasPrefix(to, p.uri) {
				break
			}
			b.open(to)
		}
		answer := p.answer(b)
		if answer.Get("code") == "" {
			t.Fatalf("%v: %v %s %s\n%s", pairs, answer, b, b.text(), a.out)
		}
		at := time.Unix(int64(p.claims(p.redeem(answer)["id_token"])["auth_time"].(float64)), 0)
		if age := time.Since(at); age < 0 || age > time.Minute {
			t.Errorf("%v: its auth_time is %v old", pairs, age)
		}
	}
}

// staffSession is what the newest session of staff claims.
func (w *world) staffSession() (acr, amr string) {
	w.t.Helper()
	if err := w.serving.Load().Store.Read(w.t.Context()).QueryRow(`SELECT acr, amr FROM session WHERE method = 'staff' ORDER BY auth_time DESC LIMIT 1`).Scan(&acr, &amr); err != nil {
		w.t.Fatal(err)
	}
	return acr, amr
}

// T-17: an answer from the provider counts in the browser that asked, once.
func TestStaffAnswersAreBound(t *testing.T) {
	t.Parallel()
	w, a := staffProvider(t, "RS256")
	b := newTab(w)
	a.login(b, ann())
	b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") || r.URL.Host != strings.TrimPrefix(w.config.PublicURL, "http://") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	b.open(b.base + "/")
	b.click("LOGIN")
	var answer string
	for range 10 {
		to := b.header.Get("Location")
		if strings.Contains(to, "/signin/staff/callback") {
			answer = to
			break
		}
		b.open(to)
	}
	b.client.CheckRedirect = nil
	thief := newTab(w)
	if thief.open(answer); thief.status != http.StatusBadRequest || thief.isHome() {
		t.Errorf("in another browser: %s", thief)
	}
	if b.open(answer); b.url.Path != "/home" {
		t.Errorf("in its own: %s %s", b, b.text())
	}
	if b.open(answer); b.status != http.StatusBadRequest {
		t.Errorf("a second time: %s", b)
	}
}
