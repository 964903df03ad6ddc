package app_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/config"
	"sallyport/internal/secret"
)

// oldProvider is an identity provider where a person stays signed in. It can ignore what it
// is asked for, as some do.
type oldProvider struct {
	t      *testing.T
	server *httptest.Server
	signer crypto.Signer
	now    func() time.Time

	sync.Mutex
	signedIn time.Time  // when the person signed in there
	silent   bool       // it never says when
	ignores  bool       // it asks for no new sign-in
	asked    url.Values // the last authorization request
}

func newOldProvider(t *testing.T) *oldProvider {
	signer, err := secret.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	p := &oldProvider{t: t, signer: signer}
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	answer := func(w http.ResponseWriter, body any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(body)
	}
	at := p.server.URL
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": at, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token", "jwks_uri": at + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: signer.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		p.Lock()
		defer p.Unlock()
		p.asked = r.URL.Query()
		if age := p.asked.Get("max_age"); !p.ignores && (p.asked.Get("prompt") == "login" || age != "" && p.now().Sub(p.signedIn) > seconds(t, age)) {
			p.signedIn = p.now()
		}
		back := url.Values{"code": {p.asked.Get("nonce")}, "state": {p.asked.Get("state")}}
		http.Redirect(w, r, p.asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		p.Lock()
		defer p.Unlock()
		claims := map[string]any{"iss": at, "sub": "ann", "aud": "sallyport", "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(), "nonce": r.PostFormValue("code"),
			"email": "ann@sallyport.example", "email_verified": true, "name": "Ann Lee", "groups": []string{"desk"}}
		if !p.silent {
			claims["auth_time"] = p.signedIn.Unix()
		}
		text, _ := json.Marshal(claims)
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: crypto.PrivateKey(signer), KeyID: "k"}}, nil)
		if err != nil {
			t.Error(err)
			return
		}
		signed, err := s.Sign(text)
		if err != nil {
			t.Error(err)
			return
		}
		token, _ := signed.CompactSerialize()
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token})
	})
	return p
}

func seconds(t *testing.T, text string) time.Duration {
	d, err := time.ParseDuration(text + "s")
	if err != nil {
		t.Error(err)
	}
	return d
}

// set changes the provider: when the person signed in there, and its faults.
func (p *oldProvider) set(ago time.Duration, silent, ignores bool) {
	p.Lock()
	defer p.Unlock()
	p.signedIn, p.silent, p.ignores, p.asked = p.now().Add(-ago), silent, ignores, nil
}

func (p *oldProvider) request() url.Values { p.Lock(); defer p.Unlock(); return p.asked }

// login presses LOGIN on the page in front, and follows the provider's redirects.
func (p *oldProvider) login(b *tab) {
	p.t.Helper()
	b.click("LOGIN")
	for range 6 {
		to := b.header.Get("Location")
		if !strings.HasPrefix(to, p.server.URL) && !strings.Contains(to, "/signin/staff/callback") {
			return
		}
		b.open(to)
	}
	p.t.Fatalf("it leads nowhere: %s %s", b, b.header)
}

func oldWorld(t *testing.T) (*world, *oldProvider) {
	p := newOldProvider(t)
	w := liteWorld(t, func(c *config.Config) {
		c.Staff = config.Staff{Issuer: p.server.URL, ClientID: "sallyport", EmailDomains: []string{"sallyport.example"}, GroupsClaim: "groups", Groups: []config.StaffGroup{{Group: "desk", Roles: []string{"help_desk"}}}}
	})
	p.now = w.clock.Now
	w.clock.add(300 * time.Millisecond) // auth_time has whole seconds
	return w, p
}

// OIDC Core 3.1.2.1, 3.1.3.7: a relying party's max_age and prompt=login reach staff's own
// identity provider, its auth_time reaches the relying party, and a sign-in there that is
// too old, or that it tells no time of, is refused and written down.
func TestStaffSignInsAreAsFreshAsAsked(t *testing.T) {
	t.Parallel()
	w, idp := oldWorld(t)
	p := w.party(t)
	authTime := func(answer url.Values) time.Duration {
		t.Helper()
		return w.clock.Now().Sub(time.Unix(int64(p.claims(p.redeem(answer)["id_token"])["auth_time"].(float64)), 0)).Truncate(time.Second)
	}
	for name, tc := range map[string]struct {
		ask             []string
		ago             time.Duration // since the sign-in there
		silent, ignores bool
		sent            string        // max_age and prompt that the provider saw
		want            time.Duration // age of auth_time for the relying party
		refused         bool
	}{
		"nothing asked":                      {nil, 3 * time.Hour, false, false, " ", 3 * time.Hour, false},
		"nothing asked, nothing said":        {nil, 3 * time.Hour, true, false, " ", 0, false},
		"prompt=login":                       {[]string{"prompt", "login"}, 3 * time.Hour, false, false, "300 login", 0, false},
		"prompt=login ignored":               {[]string{"prompt", "login"}, 3 * time.Hour, false, true, "300 login", 0, true},
		"prompt=login, nothing said":         {[]string{"prompt", "login"}, 0, true, false, "300 login", 0, true},
		"max_age, recent":                    {[]string{"max_age", "3600"}, 30 * time.Minute, false, false, "3600 ", 30 * time.Minute, false},
		"max_age, old":                       {[]string{"max_age", "3600"}, 3 * time.Hour, false, false, "3600 ", 0, false},
		"max_age, clocks apart":              {[]string{"max_age", "3600"}, 64 * time.Minute, false, true, "3600 ", 64 * time.Minute, false},
		"max_age ignored":                    {[]string{"max_age", "3600"}, 66 * time.Minute, false, true, "3600 ", 0, true},
		"max_age, nothing said":              {[]string{"max_age", "3600"}, 0, true, false, "3600 ", 0, true},
		"max_age=0":                          {[]string{"max_age", "0"}, time.Hour, false, false, "0 ", 0, false},
		"asked, and their clock is far away": {[]string{"max_age", "3600"}, -time.Hour, false, true, "3600 ", 0, true},
		"their clock is ahead":               {nil, -time.Hour, false, false, " ", 0, false},
	} {
		b := newTab(w)
		idp.set(tc.ago, tc.silent, tc.ignores)
		if answer := p.ask(b, p.request(tc.ask...)); answer != nil {
			t.Fatalf("%s: it did not ask: %v", name, answer)
		}
		before := w.audited("staff.refused")
		idp.login(b)
		if sent := idp.request().Get("max_age") + " " + idp.request().Get("prompt"); sent != tc.sent {
			t.Errorf("%s: the provider was asked for %q, want %q", name, sent, tc.sent)
		}
		switch answer := p.answer(b); {
		case tc.refused && (answer != nil || b.status != http.StatusForbidden || !b.sees("did not confirm a recent sign-in") || w.audited("staff.refused") != before+1):
			t.Errorf("%s: not refused: %v %s %s", name, answer, b, b.text())
		case tc.refused:
			// Trying again, after a new sign-in there, goes on with the same request.
			idp.set(0, false, false)
			b.click("Try again")
			b.open(b.header.Get("Location"))
			if answer := p.answer(b); answer == nil || authTime(answer) != 0 {
				t.Errorf("%s: trying again: %v %s %s", name, answer, b, b.text())
			}
		case answer.Get("code") == "" || authTime(answer) != tc.want:
			t.Errorf("%s: %v %s %s", name, answer, b, b.text())
		}
	}
}

// A refusal for age ends nothing that the person has elsewhere.
func TestOldStaffSignInsEndNothing(t *testing.T) {
	t.Parallel()
	w, idp := oldWorld(t)
	open := newTab(w)
	idp.set(0, false, true)
	open.open(open.base + "/")
	if idp.login(open); open.url.Path != "/home" {
		t.Fatalf("%s %s", open, open.text())
	}
	w.clock.add(10 * time.Minute)
	p, b := w.party(t), newTab(w)
	p.ask(b, p.request("prompt", "login"))
	if idp.login(b); b.status != http.StatusForbidden {
		t.Errorf("not refused: %s", b)
	}
	w.settled()
	if open.open("/home"); !open.sees("Ann Lee") {
		t.Errorf("the other session has ended: %s %s\n%s", open, open.text(), w.errors())
	}
	// A session that is there does not count for prompt=login, also after a sign-in that did.
	p.ask(open, p.request("prompt", "login"))
	if answer := p.answer(open); answer != nil || !open.sees("LOGIN OPTIONS") {
		t.Errorf("a standing session passes: %v", answer)
	}
}

// A session lives as long as allowed from the sign-in at the identity provider, which is
// asked for a new one where that is over.
func TestStaffSessionsLiveFromTheSignIn(t *testing.T) {
	t.Parallel()
	w, idp := oldWorld(t)
	whole := w.config.Limits.SessionLife.D()
	b := newTab(w)
	b.open(b.base + "/")
	idp.set(whole-10*time.Minute, false, false)
	if idp.login(b); b.url.Path != "/home" || idp.request().Get("prompt") != "" {
		t.Fatalf("%s %s", b, b.text())
	}
	w.clock.add(11 * time.Minute)
	if b.open("/home"); b.sees("Ann Lee") {
		t.Error("it lives on")
	}
	b.open(b.base + "/")
	if idp.login(b); b.url.Path != "/home" || idp.request().Get("prompt") != "login" {
		t.Errorf("with a sign-in that is over: %v %s %s", idp.request(), b, b.text())
	}
	idp.set(whole+time.Minute, false, true)
	b = newTab(w)
	b.open(b.base + "/")
	if idp.login(b); b.status != http.StatusForbidden {
		t.Errorf("it asks for no new one, and lets the person in: %s %s", b, b.text())
	}
}
