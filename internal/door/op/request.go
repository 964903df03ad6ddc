package op

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/door/account"
)

// request is an authorization request as it travels, sealed, until a person has
// signed in (OIDC Core 3.1.2.1).
type request struct {
	ClientID    string         `json:"client"`
	RedirectURI string         `json:"redirect_uri"`
	State       string         `json:"state,omitempty"`
	FormPost    bool           `json:"form_post,omitempty"`
	Scope       []string       `json:"scope"`
	Nonce       string         `json:"nonce,omitempty"`
	Challenge   string         `json:"code_challenge,omitempty"`
	Claims      string         `json:"claims,omitempty"`
	Silent      bool           `json:"silent,omitempty"` // prompt=none
	Fresh       bool           `json:"fresh,omitempty"`  // prompt=login: a sign-in from before does not do
	MaxAge      *int64         `json:"max_age,omitempty"`
	Method      account.Method `json:"method,omitempty"` // by acr_values: which of the two buttons
	Hint        string         `json:"login_hint,omitempty"`
	HintSub     string         `json:"hint_sub,omitempty"` // of id_token_hint
	Locales     string         `json:"ui_locales,omitempty"`
	Key         string         `json:"dpop_jkt,omitempty"`
	PushedID    string         `json:"pushed,omitempty"`
	At          time.Time      `json:"at"` // microseconds
	Answer      *answered      `json:"answered,omitempty"`
}

// answered is the sign-in at another provider that was made for a request. Its auth_time can
// be from before the request.
type answered struct {
	Account  string    `json:"account"`
	AuthTime time.Time `json:"auth_time"`
}

// by tells whether the person's session is by that sign-in.
func (a *answered) by(person *Person) bool {
	return a != nil && a.Account == person.Account.ID && a.AuthTime.Equal(person.Session.AuthTime)
}

// Names of the sign-in methods in acr_values: a relying party can place the two
// buttons of the login options itself.
const (
	PhoneMethodACR = "urn:sallyport:method:phone"
	EmailMethodACR = "urn:sallyport:method:email"
)

const (
	mostParameters = 8 << 10 // bytes of an authorization request
	mostNonce      = 512
	mostState      = 2048
)

// parse reads what may be answered at the client's redirect URI: from here on
// the client and the URI are known to belong together, and errors go there.
func (c *Client) parse(q url.Values, now time.Time) (*request, *problem) {
	r := &request{ClientID: c.ID, RedirectURI: q.Get("redirect_uri"), State: q.Get("state"), At: now}
	r.FormPost = q.Get("response_mode") == "form_post"
	for name, values := range q {
		if len(values) > 1 {
			return r, fault("invalid_request", name+" is there twice") // RFC 6749 section 3.1
		}
	}
	switch mode := q.Get("response_mode"); {
	case len(q.Encode()) > mostParameters || len(r.State) > mostState || len(q.Get("nonce")) > mostNonce:
		return r, fault("invalid_request", "the request is too large")
	case q.Has("request"):
		return r, fault("request_not_supported", "request objects are not supported: push the request instead (RFC 9126)")
	case q.Has("request_uri"):
		return r, fault("request_uri_not_supported", "request_uri is for pushed requests of ours alone (RFC 9126)")
	case q.Has("registration"):
		return r, fault("registration_not_supported", "clients are registered by the operator")
	case q.Get("response_type") == "":
		return r, fault("invalid_request", "response_type is missing")
	case q.Get("response_type") != "code":
		return r, fault("unsupported_response_type", "response_type must be code")
	case mode != "" && mode != "query" && mode != "form_post":
		return r, fault("invalid_request", "response_mode must be query or form_post")
	}
	r.Scope = c.scope(strings.Fields(q.Get("scope")))
	if !slices.Contains(r.Scope, "openid") {
		return r, fault("invalid_scope", "scope must contain openid")
	}
	r.Nonce, r.Hint, r.Locales, r.Key = q.Get("nonce"), q.Get("login_hint"), q.Get("ui_locales"), q.Get("dpop_jkt")
	for _, read := range []func(*request, url.Values) *problem{c.readPKCE, readPrompt, readMaxAge, readMethod, readClaims} {
		if p := read(r, q); p != nil {
			return r, p
		}
	}
	return r, nil
}

// readPKCE: S256 alone; required unless the client was allowed to do without
// (RFC 7636, ASVS 10.4.6, conflict C-2).
func (c *Client) readPKCE(r *request, q url.Values) *problem {
	r.Challenge = q.Get("code_challenge")
	switch method := q.Get("code_challenge_method"); {
	case r.Challenge == "" && method == "" && c.WithoutPKCE:
		return nil
	case r.Challenge == "":
		return fault("invalid_request", "code_challenge is missing (PKCE, RFC 7636)")
	case method != "S256":
		return fault("invalid_request", "code_challenge_method must be S256")
	case len(r.Challenge) != 43:
		return fault("invalid_request", "code_challenge is not the base64url of a SHA-256 hash")
	}
	return nil
}

func readPrompt(r *request, q url.Values) *problem {
	prompts := strings.Fields(q.Get("prompt"))
	r.Silent = slices.Contains(prompts, "none")
	if r.Silent && len(prompts) > 1 {
		return fault("invalid_request", "prompt=none goes with no other")
	}
	r.Fresh = slices.Contains(prompts, "login") || slices.Contains(prompts, "select_account")
	return nil
}

func readMaxAge(r *request, q url.Values) *problem {
	text := q.Get("max_age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<31 {
		return fault("invalid_request", "max_age is no number of seconds")
	}
	r.MaxAge = &seconds
	return nil
}

func readMethod(r *request, q url.Values) *problem {
	for _, value := range strings.Fields(q.Get("acr_values")) {
		switch {
		case r.Method != account.NoMethod:
		case value == PhoneMethodACR:
			r.Method = account.PhoneMethod
		case value == EmailMethodACR:
			r.Method = account.EmailMethod
		}
	}
	return nil
}

func readClaims(r *request, q url.Values) *problem {
	r.Claims = q.Get("claims")
	if _, err := parseClaims(r.Claims); err != nil {
		return fault("invalid_request", err.Error())
	}
	return nil
}

// essentialACR are the acr values of which the client insists on one (ACR-1).
func (r *request) essentialACR() []string {
	c, err := parseClaims(r.Claims)
	if err != nil || c.IDToken["acr"] == nil || !c.IDToken["acr"].Essential {
		return nil
	}
	return c.IDToken["acr"].texts()
}

// seal makes the request travel: no browser and no log can read it.
func (p *Provider) seal(r *request) (string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	return p.Store.Keys.SealText("authorization request", text), nil
}

// open returns a request that seal made, not too long ago; nil otherwise.
func (p *Provider) open(sealed string) *request {
	text, err := p.Store.Keys.OpenText("authorization request", sealed)
	if err != nil {
		return nil
	}
	r := &request{}
	if json.Unmarshal(text, r) != nil || !p.Store.DB.Now().Before(r.At.Add(p.Settings.RequestLife)) {
		return nil
	}
	return r
}
