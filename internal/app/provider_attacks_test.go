package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/op"
	"sallyport/internal/sqldb"
)

// wantGrantRefused redeems and must be refused.
func (p *party) wantRefused(form url.Values, code string) {
	p.t.Helper()
	if status, out := p.post(op.TokenPath, form); status/100 != 4 || out["error"] != code || out["access_token"] != nil {
		p.t.Errorf("%d %v, want %s", status, out, code)
	}
}

// ASVS 10.4.2, RFC9700-13: codes are for one client, one redirect URI, one
// verifier, and one time.
func TestCodesAreBound(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, eli)
		mine, other := w.party(t), w.party(t, func(s *op.ClientSettings) {
			s.RedirectURIs = []string{"http://127.0.0.1:9/callback", "http://127.0.0.1:9/two"}
		})

		answer := mine.enter(b, eli)
		form := mine.grant(answer)
		other.wantRefused(form, "invalid_grant") // mixed-up clients
		for name, value := range map[string]string{"code_verifier": strings.Repeat("a", 43), "redirect_uri": "http://127.0.0.1:9/two", "code": form.Get("code") + "A"} {
			changed := mine.grant(answer)
			changed.Set(name, value)
			mine.wantRefused(changed, "invalid_grant")
			changed.Del(name)
			mine.wantRefused(changed, "invalid_grant")
		}
		tokens := mine.redeem(answer) // all that spent nothing
		replay := mine.grant(answer)

		first := mine.enter(b, eli)
		firstVerifier := mine.verifier
		second := mine.enter(b, eli)
		swapped := mine.grant(second)
		swapped.Set("code_verifier", firstVerifier)
		mine.wantRefused(swapped, "invalid_grant")
		swapped = mine.grant(first)
		mine.wantRefused(swapped, "invalid_grant")

		w.clock.add(time.Hour) // a replay is recognised however late
		mine.wantRefused(replay, "invalid_grant")
		mine.wantRefused(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}, "invalid_grant")
	})
}

// RFC9700-3: where no challenge was sent a verifier is refused, and a client may
// do without PKCE only where it was allowed to (C-2).
func TestPKCEIsNotTakenOut(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	strict, lax := w.party(t), w.party(t, func(s *op.ClientSettings) { s.WithoutPKCE = true })
	for _, pairs := range [][]string{{"code_challenge", "", "code_challenge_method", ""}, {"code_challenge_method", "plain"}, {"code_challenge_method", ""}, {"code_challenge", "short"}} {
		strict.wantError(strict.ask(b, strict.request(pairs...)), "invalid_request")
	}
	answer := lax.enter(b, eli, "code_challenge", "", "code_challenge_method", "")
	lax.wantRefused(lax.grant(answer), "invalid_grant")
	lax.verifier = ""
	lax.redeem(answer)
	lax.wantError(lax.ask(b, lax.request("code_challenge_method", "plain")), "invalid_request")
}

// T-09: of 20 redemptions at once one wins, and because the others are replays
// its tokens end as well.
func TestCodeIsRedeemedOnceUnderLoad(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, eli)
		p := w.party(t)
		form := p.grant(p.enter(b, eli))
		var won atomic.Int64
		var access atomic.Value
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if status, out := p.post(op.TokenPath, form); status == 200 {
					won.Add(1)
					access.Store(out["access_token"])
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d won", won.Load())
		}
		if status, _ := p.userInfo(access.Load()); status != 401 {
			t.Errorf("the winner's token lives: %d", status)
		}
	})
}

// ASVS 10.4.5: a refresh token that comes twice ends its family, whoever was the
// thief, and it is recorded.
func TestStolenRefreshToken(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		p := w.party(t)
		stolen := p.redeem(p.enter(newTab(w), eli))["refresh_token"].(string)
		refresh := func(token any) url.Values {
			return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}}
		}
		status, mine := p.post(op.TokenPath, refresh(stolen))
		if status != 200 {
			t.Fatal(status, mine)
		}
		p.wantRefused(refresh(stolen), "invalid_grant")
		p.wantRefused(refresh(mine["refresh_token"]), "invalid_grant")
		if status, _ := p.userInfo(mine["access_token"]); status != 401 {
			t.Errorf("the family's access token lives: %d", status)
		}
		s := w.serving.Load().Store
		rows, genuine, err := s.AuditOf(s.Read(t.Context()), demo.SampleID("enavarro"))
		if err != nil || !genuine || !slices.ContainsFunc(rows, func(r audit.Row) bool { return r.Type == audit.TokenReplayed && r.Detail["client"] == p.id }) {
			t.Errorf("not recorded: %+v %v", rows, err)
		}
	})
}

// Whoever signs out, or is changed, between the two doors does not get through
// the second.
func TestCodeDiesWithTheSession(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	p := w.party(t)
	b := newTab(w)
	answer := p.enter(b, eli)
	b.open("/account")
	b.click("Sign out")
	p.wantRefused(p.grant(answer), "invalid_grant")

	answer = p.enter(b, eli)
	tokens := p.redeem(answer)
	answer = p.enter(b, eli)
	s := w.serving.Load().Store
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := s.ChangeRole(tx, demo.SampleID("enavarro"), 1, account.Admin)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p.wantRefused(p.grant(answer), "invalid_grant")
	p.wantRefused(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}, "invalid_grant")
	if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
		t.Errorf("the access token lives: %d", status)
	}
}

// T-19, RFC9700-1: nothing but the registered address, to the letter.
func TestOpenRedirects(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p := w.party(t, func(s *op.ClientSettings) {
		s.RedirectURIs, s.PostLogoutRedirectURIs = []string{"https://rp.example/callback"}, []string{"https://rp.example/bye"}
	})
	hint := func() string {
		q := w.party(t)
		return q.redeem(q.enter(b, eli))["id_token"].(string)
	}()
	for _, evil := range []string{"", "https://rp.example/callback/", "https://rp.example/callback?x=1", "https://rp.example/callback#x", "https://rp.example/callback%2f..", "https://rp.example/./callback",
		"https://rp.example/callback\r\nSet-Cookie: a=b", "https://rp.example\\@evil.example/callback", "https://rp.example@evil.example/callback", "https://evil.example/callback", "//evil.example", "/\\evil.example",
		"http://rp.example/callback", "https://rp.example:443/callback", "https://RP.example/callback", "https://rp.example.evil.example/callback", "javascript:alert(1)", "data:text/html,x", "https://rp.example/callback ", "%68ttps://rp.example/callback"} {
		q := p.request("redirect_uri", evil)
		if answer := p.ask(b, q); answer != nil || b.status != http.StatusBadRequest || b.header.Get("Location") != "" {
			t.Errorf("redirect_uri %q: %s, to %q", evil, b, b.header.Get("Location"))
		}
		bye := strings.Replace(evil, "callback", "bye", 1)
		if bye == "" {
			continue
		}
		b.open(w.config.PublicURL + op.LogoutPath + "?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}}.Encode())
		if b.status != http.StatusBadRequest || b.header.Get("Location") != "" {
			t.Errorf("post_logout_redirect_uri %q: %s", bye, b)
		}
	}
	twice := p.request()
	twice.Add("redirect_uri", "https://evil.example/")
	if answer := p.ask(b, twice); answer != nil || b.status != http.StatusBadRequest {
		t.Errorf("two redirect URIs (ASVS 15.3.7): %s", b)
	}
	unknown := p.request("client_id", "client-unknown")
	if answer := p.ask(b, unknown); answer != nil || b.status != http.StatusBadRequest {
		t.Errorf("an unknown client: %s", b)
	}
	native := w.party(t, func(s *op.ClientSettings) { s.Public, s.RedirectURIs = true, []string{"http://127.0.0.1/callback"} })
	native.uri = "http://127.0.0.1:51234/callback" // RFC 8252 section 7.3
	native.enter(b, eli)
	native.uri = "http://127.0.0.1:51234/other"
	if answer := native.ask(b, native.request()); answer != nil || b.status != http.StatusBadRequest {
		t.Errorf("another path of a native application: %s", b)
	}
}

// OIDC-6: a request that another site posts comes without cookies. It is brought
// back to ourselves, and then the session counts.
func TestCrossSitePostToAuthorize(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p := w.party(t)
	req, _ := http.NewRequest(http.MethodPost, w.config.PublicURL+op.AuthorizePath, strings.NewReader(p.request("prompt", "none").Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	req.Header.Set("Origin", "https://rp.example")
	resp, err := http.DefaultTransport.RoundTrip(req) // no cookies, no redirects
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, op.AuthorizePath+"?posted=") || strings.Contains(to, p.state) {
		t.Fatalf("%d to %q", resp.StatusCode, to)
	}
	b.open(to)
	p.redeem(p.answer(b))
	for _, path := range []string{"/signin/phone", "/portal/signout", "/oauth2/logout/confirm", "/portal/contract"} { // T-17: nothing else may be posted from there
		req, _ := http.NewRequest(http.MethodPost, w.config.PublicURL+path, nil)
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, resp.StatusCode)
		}
	}
}

// ASVS 10.4.10: clients show who they are, in one way, with their own secret.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p, other, public := w.party(t), w.party(t), w.party(t, func(s *op.ClientSettings) { s.Public = true })
	form := p.grant(p.enter(b, eli))
	with := func(id, text string) url.Values {
		out := url.Values{"client_id": {id}}
		for name, values := range form {
			out[name] = values
		}
		if text != "" {
			out.Set("client_secret", text)
		}
		return out
	}
	for name, tc := range map[string]struct {
		form   url.Values
		status int
		header string
	}{
		"wrong secret":                {with(p.id, "wrong"), 401, ""},
		"another client's secret":     {with(p.id, other.text), 401, ""},
		"no secret":                   {with(p.id, ""), 401, ""},
		"unknown client":              {with("client-none", "x"), 401, ""},
		"no client":                   {with("", ""), 401, ""},
		"a public one with a secret":  {with(public.id, "x"), 401, ""},
		"two kinds at once":           {with(p.id, p.text), 400, "Basic eDp5"},
		"a header of another client":  {with(p.id, ""), 400, "Basic eDp5"},
		"somebody else's public name": {with(public.id, ""), 400, ""},
	} {
		var headers []string
		if tc.header != "" {
			headers = []string{"Authorization", tc.header}
		}
		if status, out := p.post(op.TokenPath, tc.form, headers...); status != tc.status || out["access_token"] != nil {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, _ := p.post(op.TokenPath, form); status != 200 {
		t.Errorf("after all that the client's own: %d", status)
	}
	text, err := op.RotateSecret(t.Context(), w.serving.Load().Store, p.id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(word string) int {
		status, _ := p.post(op.RevokePath, url.Values{"client_id": {p.id}, "client_secret": {word}, "token": {"x"}})
		return status
	}
	if revoke(p.text) != 200 || revoke(text) != 200 {
		t.Error("while both secrets work, one does not")
	}
	w.clock.add(time.Hour)
	if revoke(p.text) != 401 || revoke(text) != 200 {
		t.Error("the old secret works on, or the new one does not")
	}
	if err := op.Remove(t.Context(), w.serving.Load().Store, p.id); err != nil || revoke(text) != 401 {
		t.Errorf("removed: %v", err)
	}
}

// RFC 7009: either token ends the family; another client's ends nothing.
func TestRevoke(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p, other := w.party(t), w.party(t)
	for _, kind := range []string{"access_token", "refresh_token"} {
		tokens := p.redeem(p.enter(b, eli))
		if status, _ := other.post(op.RevokePath, url.Values{"token": {tokens[kind].(string)}}); status != 200 {
			t.Errorf("another client: %d", status)
		}
		if status, _ := p.userInfo(tokens["access_token"]); status != 200 {
			t.Errorf("another client ended it: %d", status)
		}
		if status, _ := p.post(op.RevokePath, url.Values{"token": {tokens[kind].(string)}}); status != 200 {
			t.Errorf("%s: %d", kind, status)
		}
		if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
			t.Errorf("%s: revoked, and it lives: %d", kind, status)
		}
		p.wantRefused(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}, "invalid_grant")
	}
}

// ACR-1: an acr that nobody can reach, or that the sign-in did not reach, is an
// error and never silently less.
func TestEssentialACR(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p := w.party(t)
	strong := `{"id_token":{"acr":{"essential":true,"values":["urn:sallyport:acr:aal2"]}}}`
	p.wantError(p.ask(b, p.request("claims", strong)), "unmet_authentication_requirements")
	enough := `{"id_token":{"acr":{"essential":true,"values":["urn:sallyport:acr:aal2","urn:sallyport:acr:2step"]}}}`
	p.redeem(p.enter(b, eli, "claims", enough))
	p.wantError(p.ask(b, p.request("claims", "{")), "invalid_request")
	p.wantError(p.ask(b, p.request("id_token_hint", "x.y.z")), "invalid_request")
	p.wantError(p.ask(b, p.request("scope", "profile")), "invalid_scope")
	p.wantError(p.ask(b, p.request("prompt", "none login")), "invalid_request")
	p.wantError(p.ask(b, p.request("max_age", "-1")), "invalid_request")
	p.wantError(p.ask(b, p.request("response_type", "token")), "unsupported_response_type")
	p.wantError(p.ask(b, p.request("response_mode", "fragment")), "invalid_request")
	p.wantError(p.ask(b, p.request("nonce", strings.Repeat("n", 600))), "invalid_request")
}

// A relying party can place the two buttons itself: acr_values names the method.
func TestMethodByACRValues(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	p := w.party(t)
	b := newTab(w)
	if p.ask(b, p.request("acr_values", op.PhoneMethodACR)); b.url.Path != "/signin/phone" {
		t.Fatalf("%s", b)
	}
	b.fill("Email Address", dana)
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
	w.secondStep(b, dana)
	if amr := jsonText(p.claims(p.redeem(p.answer(b))["id_token"])["amr"]); amr != `["pwd","sms","mfa"]` {
		t.Errorf("amr %s", amr)
	}
	p.redeem(p.ask(b, p.request("acr_values", op.PhoneMethodACR))) // the same method passes at once
	w.clock.add(time.Second)
	if p.ask(b, p.request("acr_values", op.EmailMethodACR)); b.url.Path != "/signin/email" {
		t.Errorf("another method does not ask: %s", b)
	}
}
