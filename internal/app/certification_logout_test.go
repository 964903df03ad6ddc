package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/op"
	"sallyport/internal/secret"
)

// OIDC-2: Config OP, and the discovery modules of the two logout plans.
func TestConfigOP(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		p := w.party(t)
		d := p.discovery()
		t.Run("oidcc-discovery-endpoint-verification", func(t *testing.T) {
			if d["issuer"] != w.config.PublicURL || !strings.Contains(jsonText(d["id_token_signing_alg_values_supported"]), `"RS256"`) ||
				!strings.Contains(jsonText(d["scopes_supported"]), `"openid"`) || jsonText(d["code_challenge_methods_supported"]) != `["S256"]` ||
				jsonText(d["subject_types_supported"]) != `["public"]` || jsonText(d["response_types_supported"]) != `["code"]` || d["authorization_response_iss_parameter_supported"] != true {
				t.Errorf("%v", d)
			}
			for name, value := range d {
				if text, ok := value.(string); ok && strings.HasSuffix(name, "_endpoint") && !strings.HasPrefix(text, w.config.PublicURL+"/") {
					t.Errorf("%s is elsewhere: %s", name, text)
				}
			}
			status, body := w.get(strings.TrimPrefix(d["jwks_uri"].(string), w.config.PublicURL))
			if status != 200 || strings.Contains(body, `"d"`) || !strings.Contains(body, `"kid"`) {
				t.Errorf("keys: %d %s", status, body)
			}
			_, second := w.get("/.well-known/oauth-authorization-server")
			if same := strings.TrimSpace(second); !strings.Contains(same, w.config.PublicURL+op.TokenPath) {
				t.Errorf("RFC 8414: %s", same)
			}
		})
		t.Run("oidcc-rp-initiated-logout-discovery-endpoint-verification", func(t *testing.T) {
			if d["end_session_endpoint"] != w.config.PublicURL+op.LogoutPath {
				t.Errorf("%v", d["end_session_endpoint"])
			}
		})
		t.Run("oidcc-backchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
			if d["backchannel_logout_supported"] != true || d["backchannel_logout_session_supported"] != true {
				t.Errorf("%v", d)
			}
		})
	})
}

// rpInitiated are the modules of the RP-initiated logout plan (OIDC-4). Each gets
// a browser in which Eli is signed in, and the ID token of it.
var rpInitiated = map[string]func(c *candidate, idToken string){
	"oidcc-rp-initiated-logout": func(c *candidate, idToken string) {
		to := c.leave(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}, "state": {"abc"}})
		if to != "http://127.0.0.1:9/bye?state=abc" {
			c.Errorf("led to %q: %s", to, c.b.text())
		}
		c.isOut()
	},
	"oidcc-rp-initiated-logout-no-state": func(c *candidate, idToken string) {
		if to := c.leave(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}}); to != "http://127.0.0.1:9/bye" {
			c.Errorf("led to %q: %s", to, c.b.text())
		}
		c.isOut()
	},
	"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": func(c *candidate, idToken string) {
		c.staysIn(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"https://evil.example/"}})
	},
	"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": func(c *candidate, idToken string) {
		c.staysIn(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye?extra=1"}})
	},
	"oidcc-rp-initiated-logout-modified-id-token-hint": func(c *candidate, idToken string) {
		c.staysIn(url.Values{"id_token_hint": {unsigned(idToken)}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}})
	},
	"oidcc-rp-initiated-logout-bad-id-token-hint": func(c *candidate, idToken string) {
		c.staysIn(url.Values{"id_token_hint": {signedAnew(c, idToken)}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}})
	},
	"oidcc-rp-initiated-logout-no-id-token-hint": func(c *candidate, _ string) {
		c.confirms(url.Values{"post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}}, "/signed-out")
	},
	"oidcc-rp-initiated-logout-no-params": func(c *candidate, _ string) { c.confirms(url.Values{}, "/signed-out") },
	"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": func(c *candidate, idToken string) {
		c.leave(url.Values{"id_token_hint": {idToken}})
		if c.b.url.Path != "/signed-out" {
			c.Errorf("%s", c.b)
		}
		c.isOut()
	},
	"oidcc-rp-initiated-logout-only-state": func(c *candidate, _ string) { c.confirms(url.Values{"state": {"abc"}}, "/signed-out") },
	"client_id instead of a hint: confirmed, then back": func(c *candidate, _ string) {
		c.confirms(url.Values{"client_id": {c.id}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}, "state": {"abc"}}, "http://127.0.0.1:9/bye?state=abc")
	},
	"posted from another site": func(c *candidate, idToken string) {
		form := url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}}
		req, _ := http.NewRequest(http.MethodPost, c.config.PublicURL+op.LogoutPath, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://rp.example")
		resp := c.b.send(req)
		if c.b.take(resp); c.b.header.Get("Location") != "http://127.0.0.1:9/bye" {
			c.Errorf("%s: %s", c.b, c.b.text())
		}
		c.isOut()
	},
	"an expired hint is as good": func(c *candidate, idToken string) {
		c.clock.add(6 * time.Minute)
		if to := c.leave(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}}); to != "http://127.0.0.1:9/bye" {
			c.Errorf("led to %q: %s", to, c.b.text())
		}
	},
	"another person's hint asks first": func(c *candidate, idToken string) {
		c.b = c.fresh()
		c.enter(c.b, dana)
		c.confirms(url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://127.0.0.1:9/bye"}}, "http://127.0.0.1:9/bye")
	},
}

// leave goes to the logout endpoint and returns where that leads, off our site.
func (c *candidate) leave(q url.Values) string {
	c.Helper()
	c.b.open(c.config.PublicURL + op.LogoutPath + "?" + q.Encode())
	return c.b.header.Get("Location")
}

func (c *candidate) isOut() {
	c.Helper()
	c.wantError(c.ask(c.b, c.request("prompt", "none")), "login_required")
	c.settled()
	c.b.open(c.config.PublicURL + "/home")
	if c.b.url.Path != "/" {
		c.Errorf("the portal is still open: %s", c.b)
	}
}

func (c *candidate) isIn() {
	c.Helper()
	if answer := c.ask(c.b, c.request("prompt", "none")); answer.Get("code") == "" {
		c.Errorf("signed out: %v", answer)
	}
}

// staysIn: an error page, no redirect, and nobody is signed out.
func (c *candidate) staysIn(q url.Values) {
	c.Helper()
	if to := c.leave(q); to != "" || c.b.status != http.StatusBadRequest {
		c.Errorf("led to %q: %s", to, c.b)
	}
	c.isIn()
}

// confirms: nothing happens before the person has pressed “Sign out”.
func (c *candidate) confirms(q url.Values, end string) {
	c.Helper()
	if to := c.leave(q); to != "" || !c.b.sees("Sign out?") {
		c.Fatalf("led to %q: %s", to, c.b.text())
	}
	page := *c.b
	c.isIn()
	*c.b = page
	c.b.click("Sign out")
	if to := c.b.header.Get("Location"); to != end && c.b.url.Path != end {
		c.Errorf("it ended at %q, %s", to, c.b)
	}
	c.isOut()
}

func TestRPInitiatedLogoutOP(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		for name, module := range rpInitiated {
			t.Run(name, func(t *testing.T) {
				c := &candidate{T: t, party: w.party(t), b: newTab(w)}
				tokens := c.redeem(c.enter(c.b, eli))
				c.b.open(w.config.PublicURL + "/home") // the portal, by the same session
				module(c, tokens["id_token"].(string))
			})
		}
	})
}

// unsigned is the token with alg none, foreign one that somebody else signed.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + "."
}

func signedAnew(t testing.TB, token string) string {
	t.Helper()
	key, err := secret.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	old, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: old.Signatures[0].Header.KeyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(old.UnsafePayloadWithoutVerification())
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// OIDC-5: every relying party of the session is told, with a token of its own.
func TestBackChannelLogoutOP(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		t.Run("oidcc-backchannel-rp-initiated-logout", func(t *testing.T) {
			told := make(chan string, 9)
			answers := make(chan int, 9)
			rp := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rw.WriteHeader(<-answers)
				told <- r.PostFormValue("logout_token")
			}))
			defer rp.Close()
			p := w.party(t, func(s *op.ClientSettings) { s.BackChannelLogoutURI = rp.URL + "/logout" })
			b := newTab(w)
			tokens := p.redeem(p.enter(b, eli))
			id := p.claims(tokens["id_token"])
			answers <- 503 // it is down: the person is out all the same, and it is told again
			answers <- 200
			b.open(w.config.PublicURL + op.LogoutPath + "?" + url.Values{"id_token_hint": {tokens["id_token"].(string)}}.Encode())
			if b.url.Path != "/signed-out" {
				t.Fatalf("%s", b)
			}
			first := <-told
			var second string
			for second == "" {
				w.clock.add(2 * time.Second)
				select {
				case second = <-told:
				case <-time.After(200 * time.Millisecond):
				case <-t.Context().Done():
					t.Fatal("it is not told again")
				}
			}
			for _, token := range []string{first, second} {
				c := p.claims(token)
				events, _ := json.Marshal(c["events"])
				if c["iss"] != w.config.PublicURL || c["aud"] != p.id || c["sub"] != id["sub"] || c["sid"] != id["sid"] || c["sub"] != demo.SampleID("enavarro") || c["nonce"] != nil || c["jti"] == nil ||
					c["exp"].(float64)-c["iat"].(float64) != 120 || string(events) != `{"http://schemas.openid.net/event/backchannel-logout":{}}` || headerOf(t, token)["typ"] != "logout+jwt" {
					t.Errorf("%v", c)
				}
			}
			if p.claims(first)["jti"] != p.claims(second)["jti"] {
				t.Error("told twice of one logout under two ids")
			}
			if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
				t.Errorf("the access token lives on: %d", status)
			}
			c := &candidate{T: t, party: p, b: b}
			if c.leave(url.Values{"id_token_hint": {first}}); b.status != http.StatusBadRequest {
				t.Errorf("a logout token serves as an ID token (ASVS 9.2.2): %s", b)
			}
		})
	})
}
