package app_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/config"
	"sallyport/internal/door/op"
	"sallyport/internal/secret"
)

// push sends a pushed authorization request and returns its request_uri.
func (p *party) push(q url.Values, headers ...string) string {
	p.t.Helper()
	q = clone(q)
	q.Del("client_id")
	status, out := p.post(op.PushPath, q, headers...)
	if status != http.StatusCreated || out["expires_in"] != 60.0 {
		p.t.Fatalf("push: %d %v", status, out)
	}
	return out["request_uri"].(string)
}

func clone(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		out[name] = values
	}
	return out
}

// RFC9126-1, and the PAR modules of FAPI2-1 (prefix fapi2-security-profile-final-).
func TestPushedRequests(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, eli)
		p := w.party(t, func(s *op.ClientSettings) { s.RequirePAR = true })
		use := func(uri, client string) url.Values {
			return p.ask(b, url.Values{"client_id": {client}, "request_uri": {uri}})
		}
		t.Run("happy-flow", func(t *testing.T) { p.redeem(use(p.push(p.request()), p.id)) })
		t.Run("ensure-unsigned-authorization-request-without-using-par-fails", func(t *testing.T) {
			p.wantError(p.ask(b, p.request()), "invalid_request")
		})
		t.Run("par-attempt-reuse-request_uri", func(t *testing.T) {
			uri := p.push(p.request())
			p.redeem(use(uri, p.id))
			if answer := use(uri, p.id); answer != nil || b.status != 400 {
				t.Errorf("again: %v", answer)
			}
		})
		t.Run("par-attempt-to-use-expired-request_uri", func(t *testing.T) { // TM-31 at t-1 s and t+1 s
			early, late := p.push(p.request()), p.push(p.request())
			w.clock.add(59 * time.Second)
			if answer := use(early, p.id); answer.Get("code") == "" {
				t.Errorf("a second before: %v", answer)
			}
			w.clock.add(2 * time.Second)
			if answer := use(late, p.id); answer != nil {
				t.Errorf("a second after: %v", answer)
			}
		})
		t.Run("par-attempt-to-use-request_uri-for-different-client", func(t *testing.T) {
			other := w.party(t)
			if answer := use(p.push(p.request()), other.id); answer != nil || b.status != 400 {
				t.Errorf("%v", answer)
			}
		})
		t.Run("par-attempt-invalid-http-method", func(t *testing.T) {
			if status, _ := w.get(op.PushPath); status != 404 && status != 405 {
				t.Errorf("GET: %d", status)
			}
		})
		for name, pairs := range map[string][]string{
			"par-authorization-request-containing-request_uri": {"request_uri", "urn:ietf:params:oauth:request_uri:x"},
			"par-pkce-required":                {"code_challenge", "", "code_challenge_method", ""},
			"par-plain-pkce-rejected":          {"code_challenge_method", "plain"},
			"ensure-response-type-token-fails": {"response_type", "token"},
			"ensure-registered-redirect-uri":   {"redirect_uri", "https://evil.example/"},
		} {
			t.Run(name, func(t *testing.T) {
				q := p.request(pairs...)
				q.Del("client_id")
				if status, out := p.post(op.PushPath, q); status != 400 || out["error"] == nil || out["request_uri"] != nil {
					t.Errorf("%d %v", status, out)
				}
			})
		}
		t.Run("somebody else's credentials", func(t *testing.T) {
			q := p.request()
			q.Set("client_secret", "wrong")
			if status, _ := p.post(op.PushPath, q); status != 401 {
				t.Errorf("%d", status)
			}
		})
	})
}

// prover makes DPoP proofs with one key.
type prover struct {
	t   testing.TB
	w   *world
	key crypto.Signer
}

func newProver(t testing.TB, w *world) *prover {
	key, err := secret.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	return &prover{t, w, key}
}

// proof is a DPoP proof; change is applied to its claims.
func (d *prover) proof(path, access string, change ...func(c map[string]any)) string {
	return d.proofAs("dpop+jwt", path, access, change...)
}

func (d *prover) proofAs(kind, path, access string, change ...func(c map[string]any)) string {
	d.t.Helper()
	claims := map[string]any{"jti": secret.ID(), "htm": "POST", "htu": d.w.config.PublicURL + path, "iat": d.w.clock.Now().Unix()}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"], claims["htm"] = base64.RawURLEncoding.EncodeToString(sum[:]), "GET"
	}
	for _, c := range change {
		c(claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: d.key}, (&jose.SignerOptions{EmbedJWK: true}).WithType(jose.ContentType(kind)))
	if err != nil {
		d.t.Fatal(err)
	}
	text, _ := json.Marshal(claims)
	signed, err := signer.Sign(text)
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *prover) thumbprint() string {
	key := jose.JSONWebKey{Key: d.key.Public()}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		d.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// RFC9449-1 and the DPoP modules of FAPI2-1.
func TestDPoP(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, eli)
		p := w.party(t, func(s *op.ClientSettings) { s.RequireDPoP, s.Public = true, true })
		d, thief := newProver(t, w), newProver(t, w)
		grant := func(pairs ...string) url.Values {
			form := p.grant(p.enter(b, eli, pairs...))
			form.Set("client_id", p.id)
			return form
		}
		redeem := func(form url.Values, proofs ...string) (int, map[string]any) {
			var headers []string
			for _, proof := range proofs {
				headers = append(headers, "DPoP", proof)
			}
			return p.post(op.TokenPath, form, headers...)
		}
		info := func(access, scheme string, proofs ...string) int {
			req, _ := http.NewRequest(http.MethodGet, w.config.PublicURL+op.UserInfoPath, nil)
			req.Header.Set("Authorization", scheme+" "+access)
			for _, proof := range proofs {
				req.Header.Add("DPoP", proof)
			}
			status, _ := p.send(req)
			return status
		}

		status, tokens := redeem(grant(), d.proof(op.TokenPath, ""))
		if status != 200 || tokens["token_type"] != "DPoP" {
			t.Fatal(status, tokens)
		}
		access := tokens["access_token"].(string)
		good := d.proof(op.UserInfoPath, access)
		for name, got := range map[string]int{
			"its key":                       info(access, "DPoP", good) - 200,
			"the proof again":               info(access, "DPoP", good) - 401,
			"without a proof":               info(access, "DPoP") - 401,
			"as a bearer token":             info(access, "Bearer", d.proof(op.UserInfoPath, access)) - 401,
			"another key":                   info(access, "DPoP", thief.proof(op.UserInfoPath, access)) - 401,
			"a proof for another token":     info(access, "DPoP", d.proof(op.UserInfoPath, "x")) - 401,
			"a proof for another endpoint":  info(access, "DPoP", d.proof(op.TokenPath, access)) - 401,
			"two proofs":                    info(access, "DPoP", d.proof(op.UserInfoPath, access), d.proof(op.UserInfoPath, access)) - 401,
			"a proof with a query is as is": info(access, "DPoP", d.proof(op.UserInfoPath+"?x=1", access)) - 200,
		} {
			if got != 0 {
				t.Errorf("%s: off by %d", name, got)
			}
		}

		at := func(offset time.Duration) func(map[string]any) {
			return func(c map[string]any) { c["iat"] = w.clock.Now().Add(offset).Unix() }
		}
		set := func(name string, value any) func(map[string]any) {
			return func(c map[string]any) { c[name] = value }
		}
		for name, tc := range map[string]struct {
			proof string
			right bool
		}{
			"clock 10 s ahead (FAPI2-2)": {d.proof(op.TokenPath, "", at(10*time.Second)), true},
			"clock 60 s ahead":           {d.proof(op.TokenPath, "", at(60*time.Second)), false},
			"59 s old":                   {d.proof(op.TokenPath, "", at(-59*time.Second)), true},
			"61 s old":                   {d.proof(op.TokenPath, "", at(-61*time.Second)), false},
			"expired":                    {d.proof(op.TokenPath, "", set("exp", w.clock.Now().Unix()-1)), false},
			"not valid yet":              {d.proof(op.TokenPath, "", set("nbf", w.clock.Now().Unix()+60)), false},
			"another method":             {d.proof(op.TokenPath, "", set("htm", "GET")), false},
			"another host":               {d.proof(op.TokenPath, "", set("htu", "https://evil.example"+op.TokenPath)), false},
			"no jti":                     {d.proof(op.TokenPath, "", set("jti", "")), false},
			"another type":               {d.proofAs("JWT", op.TokenPath, ""), false},
			"none":                       {"", false},
			"rubbish":                    {"a.b.c", false},
			"alg none":                   {unsigned(d.proof(op.TokenPath, "")), false},
		} {
			proofs := []string{tc.proof}
			if tc.proof == "" {
				proofs = nil
			}
			if status, out := redeem(grant(), proofs...); (status == 200) != tc.right || !tc.right && out["error"] != "invalid_dpop_proof" {
				t.Errorf("%s: %d %v", name, status, out)
			}
		}

		bound := grant("dpop_jkt", d.thumbprint()) // RFC 9449 section 10
		if status, out := redeem(bound, thief.proof(op.TokenPath, "")); status == 200 {
			t.Errorf("a code bound to another key: %v", out)
		}
		if status, out := redeem(bound, d.proof(op.TokenPath, "")); status != 200 {
			t.Errorf("a code bound to its key: %d %v", status, out)
		}
		refresh := url.Values{"client_id": {p.id}, "grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
		if status, _ := redeem(refresh, thief.proof(op.TokenPath, "")); status == 200 {
			t.Error("a public client's refresh token with another key")
		}
		if status, out := redeem(refresh, d.proof(op.TokenPath, "")); status != 200 {
			t.Errorf("with its own: %d %v", status, out)
		}
	})
}

// TM-28 to TM-30, each at t-1 s and t+1 s.
func TestProviderTimes(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p := w.party(t)
	refresh := func(tokens map[string]any) (int, map[string]any) {
		return p.post(op.TokenPath, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}})
	}
	early := p.grant(p.enter(b, eli))
	late := p.grant(p.enter(b, eli))
	w.clock.add(59 * time.Second)
	status, tokens := p.post(op.TokenPath, early)
	if status != 200 {
		t.Errorf("a code after 59 s: %d %v", status, tokens)
	}
	w.clock.add(2 * time.Second)
	p.wantRefused(late, "invalid_grant")

	tokens = p.redeem(p.enter(b, eli))
	w.clock.add(10*time.Minute - time.Second)
	if status, _ := p.userInfo(tokens["access_token"]); status != 200 {
		t.Errorf("an access token after 9:59: %d", status)
	}
	w.clock.add(2 * time.Second)
	if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
		t.Errorf("an access token after 10:01: %d", status)
	}

	w.clock.add(8*time.Hour - 10*time.Minute - 2*time.Second)
	status, tokens = refresh(tokens)
	if status != 200 {
		t.Fatalf("a refresh token idle for 7:59:59: %d %v", status, tokens)
	}
	w.clock.add(12*time.Hour - 8*time.Hour - 3*time.Minute)
	status, tokens = refresh(tokens)
	if status != 200 {
		t.Fatalf("before 12 hours: %d %v", status, tokens)
	}
	w.clock.add(3 * time.Minute)
	if status, out := refresh(tokens); status == 200 {
		t.Errorf("after 12 hours: %v", out)
	}
	idle := p.redeem(p.enter(b, eli))
	w.clock.add(8*time.Hour + time.Second)
	if status, out := refresh(idle); status == 200 {
		t.Errorf("idle for 8:00:01: %v", out)
	}
}

// OIDC-10: a new key is published before it signs, the old one stays while it is
// of use; a compromised one is worth nothing at once.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	p := w.party(t)
	provider := w.serving.Load().OP
	kid := func() string {
		w.clock.add(11 * time.Second) // every replica reads the keys again after ten
		token := p.redeem(p.enter(b, eli))["id_token"]
		p.claims(token) // its key is published
		return headerOf(t, token)["kid"].(string)
	}
	published := func() int {
		_, body := w.get(op.KeysPath)
		return strings.Count(body, `"kid"`)
	}
	first := kid()
	old := p.redeem(p.enter(b, eli))["id_token"].(string)
	if err := provider.Rotate(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if kid() != first || published() != 4 {
		t.Errorf("a new key signs at once, or is not published: %d", published())
	}
	w.clock.add(10 * time.Minute)
	second := kid()
	if second == first || published() != 4 {
		t.Errorf("after ten minutes the old key signs, or is gone: %d", published())
	}
	w.clock.add(24 * time.Hour)
	if published() != 2 {
		t.Errorf("after a day %d keys are published", published())
	}
	w.signIn(b, eli)
	if answer := p.ask(b, p.request("prompt", "none", "id_token_hint", old)); answer.Get("code") == "" {
		t.Errorf("an old hint is not known any more: %v", answer)
	}
	if err := provider.Rotate(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if third := kid(); third == second || published() != 2 {
		t.Errorf("a compromised key signs on, or is published: %d", published())
	}
	if answer := p.ask(b, p.request("prompt", "none", "id_token_hint", old)); answer.Get("error") != "invalid_request" {
		t.Errorf("a hint of a withdrawn key is believed: %v", answer)
	}
	w.clock.add(91 * 24 * time.Hour)
	if err := provider.Tend(t.Context()); err != nil { // the schedule
		t.Fatal(err)
	}
	if list, err := provider.KeyList(t.Context()); err != nil || list[len(list)-1].State != "next" {
		t.Errorf("%+v %v", list, err)
	}
}
