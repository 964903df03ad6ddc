package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/net/html"

	"sallyport/internal/door/op"
	"sallyport/internal/secret"
)

// party is a relying party that says and sees every byte itself, so that tests can
// do what no library would.
type party struct {
	*world
	t        testing.TB
	id, text string // client id and secret
	uri      string // redirect URI
	mode     string // response_mode of every request
	state    string // of the last request
	nonce    string
	verifier string
}

// party registers one, as `sallyport client add` does.
func (w *world) party(t testing.TB, change ...func(*op.ClientSettings)) *party {
	t.Helper()
	set := op.ClientSettings{RedirectURIs: []string{"http://127.0.0.1:9/callback"}, PostLogoutRedirectURIs: []string{"http://127.0.0.1:9/bye"}, Scopes: op.AllScopes(), Refresh: true}
	for _, c := range change {
		c(&set)
	}
	id, text, err := op.Register(t.Context(), w.serving.Load().Store, "Scheduling", set)
	if err != nil {
		t.Fatal(err)
	}
	return &party{world: w, t: t, id: id, text: text, uri: set.RedirectURIs[0]}
}

// request is an authorization request with everything that belongs in one; pairs
// change it, and an empty value takes a parameter out.
func (p *party) request(pairs ...string) url.Values {
	p.state, p.nonce, p.verifier = secret.ID(), secret.ID(), secret.Token()
	sum := sha256.Sum256([]byte(p.verifier))
	q := url.Values{"client_id": {p.id}, "redirect_uri": {p.uri}, "response_type": {"code"}, "scope": {"openid profile email"}, "state": {p.state}, "nonce": {p.nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	if p.mode != "" {
		q.Set("response_mode", p.mode)
	}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return q
}

// ask sends the browser with a request, and returns the answer that came to the
// redirect URI; nil where the browser stands on a page of ours.
func (p *party) ask(b *tab, q url.Values) url.Values {
	p.t.Helper()
	b.open(b.base + op.AuthorizePath + "?" + q.Encode())
	return p.answer(b)
}

// answer reads what came to the redirect URI by a redirect or a form.
func (p *party) answer(b *tab) url.Values {
	p.t.Helper()
	if to := b.header.Get("Location"); strings.HasPrefix(to, p.uri) {
		u, err := url.Parse(to)
		if err != nil {
			p.t.Fatal(err)
		}
		return u.Query()
	}
	form := b.find(func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == p.uri })
	if form == nil {
		return nil
	}
	values := url.Values{}
	each(form, func(n *html.Node) {
		if n.Data == "input" {
			values.Add(attr(n, "name"), attr(n, "value"))
		}
	})
	return values
}

// enter is the whole way: request, sign-in where one is asked for, and the answer.
func (p *party) enter(b *tab, email string, pairs ...string) url.Values {
	p.t.Helper()
	answer := p.ask(b, p.request(pairs...))
	if answer == nil {
		p.signIn(b, email)
		answer = p.answer(b)
	}
	if answer.Get("code") == "" || answer.Get("state") != p.state || answer.Get("iss") != p.config.PublicURL {
		p.t.Fatalf("no code: %v\n%s\n%s\n%s", answer, b, b.text(), p.errors())
	}
	return answer
}

// post sends a form to an endpoint, with the client's credentials in the header
// unless the form brings its own.
func (p *party) post(path string, form url.Values, headers ...string) (int, map[string]any) {
	p.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, p.config.PublicURL+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !form.Has("client_id") {
		req.SetBasicAuth(p.id, p.text)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return p.send(req)
}

func (p *party) send(req *http.Request) (int, map[string]any) {
	p.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var out map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			p.t.Fatalf("%d %s: %v", resp.StatusCode, text, err)
		}
	}
	if strings.HasPrefix(req.URL.Path, "/oauth2/") && resp.Header.Get("Cache-Control") != "no-store" && req.URL.Path != op.KeysPath {
		p.t.Errorf("%s may be kept: %q", req.URL.Path, resp.Header.Get("Cache-Control"))
	}
	return resp.StatusCode, out
}

// grant is the form that redeems the answer's code.
func (p *party) grant(answer url.Values) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {p.uri}, "code_verifier": {p.verifier}}
}

// redeem exchanges the code, which must work.
func (p *party) redeem(answer url.Values) map[string]any {
	p.t.Helper()
	status, tokens := p.post(op.TokenPath, p.grant(answer))
	if status != 200 || tokens["access_token"] == nil || tokens["id_token"] == nil {
		p.t.Fatalf("token: %d %v\n%s", status, tokens, p.errors())
	}
	return tokens
}

// claims checks an ID token's signature with the published keys, and its header.
func (p *party) claims(raw any) map[string]any {
	p.t.Helper()
	text, _ := raw.(string)
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		p.t.Fatal(err)
	}
	status, body := p.get(op.KeysPath)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(body), &set); status != 200 || err != nil {
		p.t.Fatal(status, err)
	}
	keys := set.Key(signed.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		p.t.Fatalf("%d keys of that id are published", len(keys))
	}
	payload, err := signed.Verify(keys[0])
	if err != nil {
		p.t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		p.t.Fatal(err)
	}
	return claims
}

// userInfo asks with an access token in the header.
func (p *party) userInfo(access any) (int, map[string]any) {
	p.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, p.config.PublicURL+op.UserInfoPath, nil)
	token, _ := access.(string)
	req.Header.Set("Authorization", "Bearer "+token)
	return p.send(req)
}

// wantError fails unless the answer is this error, for our request.
func (p *party) wantError(answer url.Values, code string) {
	p.t.Helper()
	if answer == nil || answer.Get("error") != code || answer.Get("code") != "" || answer.Get("state") != p.state || answer.Get("iss") != p.config.PublicURL {
		p.t.Errorf("answer %v, want %s", answer, code)
	}
}

// discovery is the provider's own description.
func (p *party) discovery() map[string]any {
	p.t.Helper()
	status, body := p.get("/.well-known/openid-configuration")
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); status != 200 || err != nil {
		p.t.Fatal(status, err)
	}
	return out
}

// headerOf is a JWT's header.
func headerOf(t testing.TB, raw any) map[string]any {
	t.Helper()
	text, _ := raw.(string)
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(head, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func jsonText(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
