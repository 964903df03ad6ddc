package demo

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/secret"
	"sallyport/internal/ui"
)

// Provider stands in for the operating organisation's own identity provider: a small
// OpenID Connect provider with one client, ours, and the sample staff. It exists in
// the demo alone.
type Provider struct {
	Issuer   string
	Redirect string // the one redirect URI
	UI       *ui.Renderer
	Wrap     func(h ui.Handler) http.Handler
	Keys     *secret.Keys
	Clock    func() time.Time

	once   sync.Once
	signer crypto.Signer
	mu     sync.Mutex
	spent  map[string]bool // codes
}

// How LOGIN knows the stand-in.
const (
	ProviderPath   = "/demo/idp"
	ProviderClient = "sallyport"
	ProviderSecret = "the demo has no secrets"
)

// Staff are the sample staff, with their groups.
var Staff = []Member{
	{"sam", StaffEmail, "Sam", "Okoro", []string{"help-desk", "reviewers", "auditors"}},
	{"ida", SecondReviewer, "Ida", "Brandt", []string{"reviewers"}},
	{"pia", "pia.payroll@sallyport.example", "Pia", "Payroll", []string{"payroll"}}, // in no group that may do anything
}

// Member is somebody of staff.
type Member struct {
	Subject, Email, First, Last string
	Groups                      []string
}

// Mount adds the stand-in's addresses.
func (p *Provider) Mount(mux *http.ServeMux) {
	plain := func(h func(http.ResponseWriter, *http.Request) error) http.Handler {
		return p.Wrap(func(w http.ResponseWriter, r *http.Request, _ ui.Around) error { return h(w, r) })
	}
	mux.Handle("GET "+ProviderPath+"/.well-known/openid-configuration", plain(p.discovery))
	mux.Handle("GET "+ProviderPath+"/keys", plain(p.keys))
	mux.Handle("GET "+ProviderPath+"/authorize", p.Wrap(p.authorize))
	mux.Handle("POST "+ProviderPath+"/authorize", p.Wrap(p.signIn))
	mux.Handle("POST "+ProviderPath+"/token", plain(p.token))
}

func (p *Provider) key() crypto.Signer {
	p.once.Do(func() {
		signer, err := secret.NewSigningKey("ES256")
		if err != nil {
			panic(err) // crypto/rand.Reader never fails (Go 1.24)
		}
		p.signer, p.spent = signer, map[string]bool{}
	})
	return p.signer
}

func answer(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"}, "authorization_response_iss_parameter_supported": true})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key().Public(), KeyID: "demo", Algorithm: "ES256", Use: "sig"}}})
}

// ProviderPage asks staff for address and password.
type ProviderPage struct {
	ui.Base
	Request string // the authorization request's query
	Email   string
	Problem *ui.Problem
}

func (ProviderPage) Template() string { return "page_idp" }

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, around ui.Around) error {
	return p.page(w, around, http.StatusOK, ProviderPage{Request: r.URL.RawQuery})
}

func (p *Provider) page(w http.ResponseWriter, around ui.Around, status int, page ProviderPage) error {
	q, err := url.ParseQuery(page.Request)
	if err != nil || q.Get("client_id") != ProviderClient || q.Get("redirect_uri") != p.Redirect || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		return ui.ErrMissing
	}
	page.Base = around.Base("idp.title", "/demo")
	page.Switch = nil
	return p.UI.Page(w, status, around.Lang.Tag, page)
}

// code is what travels from the sign-in to the token endpoint, sealed.
type code struct {
	ID, Subject, Nonce, Challenge string
	At                            time.Time // of the sign-in: nobody stays signed in here
	Until                         time.Time
}

func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, around ui.Around) error {
	page := ProviderPage{Request: r.PostFormValue("request"), Email: r.PostFormValue("email")}
	who := member(func(m Member) bool { return m.Email == page.Email })
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("password")), []byte(Password)) != 1 || who == nil {
		page.Problem = &ui.Problem{Message: around.Lang.Say("idp.wrong")}
		return p.page(w, around, http.StatusUnprocessableEntity, page)
	}
	q, err := url.ParseQuery(page.Request)
	if err != nil || q.Get("redirect_uri") != p.Redirect {
		return ui.ErrMissing
	}
	now := p.Clock()
	text, err := json.Marshal(code{secret.ID(), who.Subject, q.Get("nonce"), q.Get("code_challenge"), now, now.Add(time.Minute)})
	if err != nil {
		return err
	}
	back := url.Values{"code": {p.Keys.SealText("demo code", text)}, "state": {q.Get("state")}, "iss": {p.Issuer}}
	w.Header().Set("Location", p.Redirect+"?"+back.Encode())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func member(is func(Member) bool) *Member {
	for _, m := range Staff {
		if is(m) {
			return &m
		}
	}
	return nil
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	id, password, _ := r.BasicAuth()
	if id != ProviderClient || password != url.QueryEscape(ProviderSecret) {
		return answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	}
	var c code
	text, err := p.Keys.OpenText("demo code", r.PostFormValue("code"))
	if err != nil || json.Unmarshal(text, &c) != nil || !p.Clock().Before(c.Until) || !p.spend(c.ID) || !verified(r.PostFormValue("code_verifier"), c.Challenge) {
		return answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	}
	m := member(func(m Member) bool { return m.Subject == c.Subject })
	now := p.Clock()
	claims, err := json.Marshal(map[string]any{"iss": p.Issuer, "sub": m.Subject, "aud": ProviderClient, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": c.Nonce, "auth_time": c.At.Unix(),
		"email": m.Email, "email_verified": true, "given_name": m.First, "family_name": m.Last, "name": m.First + " " + m.Last, "groups": m.Groups, "amr": []string{"pwd"}})
	if err != nil {
		return err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: crypto.PrivateKey(p.key()), KeyID: "demo"}}, nil)
	if err != nil {
		return err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return err
	}
	idToken, err := signed.CompactSerialize()
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"access_token": secret.Token(), "token_type": "Bearer", "expires_in": 300, "id_token": idToken})
}

// spend tells whether the code was not used before.
func (p *Provider) spend(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spent == nil || len(p.spent) > 10_000 {
		p.spent = map[string]bool{}
	}
	if p.spent[id] {
		return false
	}
	p.spent[id] = true
	return true
}

func verified(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}
