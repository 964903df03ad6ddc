package rp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sallyport/internal/secret"
)

// way is what travels to the provider and back in state, sealed.
type way struct {
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Browser  string    `json:"browser"` // who began it (ASVS 10.1.2, T-17)
	Target   string    `json:"target"`
	Began    time.Time `json:"began"`
	Until    time.Time `json:"until"`
	Freshness
}

// Freshness is how recently a person must have signed in at the provider (OIDC Core
// 3.1.2.1). The zero value accepts every sign-in.
type Freshness struct {
	New    bool   `json:"new,omitempty"`     // not before this request: prompt=login
	MaxAge *int64 `json:"max_age,omitempty"` // seconds ago at most
}

// parameters are those of the authorization request. A provider has to say when the person
// signed in only where it was asked for max_age, so that always goes with prompt=login.
func (f Freshness) parameters() map[string]string {
	all, age := map[string]string{}, int64(skew/time.Second)
	if f.MaxAge != nil {
		age = *f.MaxAge
	}
	if f.New {
		all["prompt"] = "login"
	}
	if f.New || f.MaxAge != nil {
		all["max_age"] = strconv.FormatInt(age, 10)
	}
	return all
}

const (
	// wayLife is how long a person has to sign in.
	wayLife = 4 * time.Hour
	// skew is how far apart the provider's clock and ours can be.
	skew = 5 * time.Minute
)

// stale tells whether the sign-in at authTime is not as recent as was asked. A provider
// that was asked has to say when that was (OIDC Core 3.1.3.7, step 13).
func (w *way) stale(authTime, now time.Time) bool {
	switch {
	case !w.New && w.MaxAge == nil:
		return false
	case authTime.IsZero() || authTime.After(now.Add(skew)):
		return true
	case w.New && authTime.Before(w.Began.Add(-skew)):
		return true
	}
	return w.MaxAge != nil && now.Sub(authTime) > time.Duration(*w.MaxAge)*time.Second+skew
}

// Start returns where to send a person to sign in. Browser is a secret of theirs
// that Finish must see again; target comes back from it. Options are parameters
// of the request, such as login_hint. Finish checks that the sign-in is as fresh as asked.
func (c *Client) Start(ctx context.Context, browser, target string, fresh Freshness, options url.Values) (string, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	now := c.Clock()
	w := way{Nonce: secret.Token(), Verifier: secret.Token(), Browser: browser, Target: target, Began: now, Until: now.Add(wayLife), Freshness: fresh}
	text, err := json.Marshal(w)
	if err != nil {
		return "", err
	}
	parameters := []oauth2.AuthCodeOption{oidc.Nonce(w.Nonce), oauth2.S256ChallengeOption(w.Verifier)}
	for name := range options {
		parameters = append(parameters, oauth2.SetAuthURLParam(name, options.Get(name)))
	}
	for name, value := range fresh.parameters() {
		parameters = append(parameters, oauth2.SetAuthURLParam(name, value))
	}
	return c.oauth(p).AuthCodeURL(c.Keys.SealText("sign-in at "+c.Issuer, text), parameters...), nil
}

// SignedIn is who came back.
type SignedIn struct {
	Target  string
	Subject string
	Claims  json.RawMessage // of the userinfo endpoint; null where there is none
	IDToken json.RawMessage // claims of the ID token
	Session Session
	Tokens  Tokens
}

// Session is what the ID token says of the sign-in.
type Session struct {
	ID       string   `json:"sid"`
	AuthTime int64    `json:"auth_time"` // seconds
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
}

// At is when the person signed in at the provider; zero where it did not say.
func (s *Session) At() time.Time {
	if s.AuthTime <= 0 {
		return time.Time{}
	}
	return time.Unix(s.AuthTime, 0)
}

// Tokens stay on the server.
type Tokens struct {
	ID      string `json:"id"`
	Refresh string `json:"refresh"`
}

// Denied is the provider's own no: its error code (RFC 6749 section 4.1.2.1).
type Denied struct {
	Code   string
	Target string
}

func (d *Denied) Error() string { return "the provider answered " + d.Code }

// Stale means that the provider vouches for the person, and not for a sign-in as recent as
// Start asked for.
type Stale struct{ In *SignedIn }

func (s *Stale) Error() string {
	return fmt.Sprintf("the sign-in is not as fresh as asked: its auth_time is %d", s.In.Session.AuthTime)
}

// Finish reads what the provider answered to our redirect URI. The error is
// *Denied, *Refused (not an answer to what this browser asked), *Stale or trouble.
func (c *Client) Finish(ctx context.Context, browser string, q url.Values) (*SignedIn, error) {
	w, err := c.openWay(browser, q.Get("state"))
	if err != nil {
		return nil, err
	}
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.checkIssuer(p, q); err != nil {
		return nil, err
	}
	if code := q.Get("error"); code != "" {
		return nil, &Denied{code, w.Target}
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, c.HTTP), finishWithin)
	defer cancel()
	tokens, err := c.oauth(p).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(w.Verifier))
	if err != nil {
		return nil, refusedOr(err)
	}
	in, err := c.read(ctx, p, tokens, w.Nonce)
	if err != nil {
		return nil, err
	}
	in.Target = w.Target
	if w.stale(in.Session.At(), c.Clock()) {
		return nil, &Stale{in}
	}
	return in, nil
}

// checkIssuer: an answer that names its issuer must name ours, and must name it where
// the provider says that it does (RFC 9207: mix-up).
func (c *Client) checkIssuer(p *oidc.Provider, q url.Values) error {
	var also struct {
		Says bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&also); err != nil {
		return err
	}
	if (also.Says || q.Has("iss")) && q.Get("iss") != c.Issuer {
		return &Refused{errors.New("the answer is another issuer's")}
	}
	return nil
}

func (c *Client) openWay(browser, state string) (*way, error) {
	text, err := c.Keys.OpenText("sign-in at "+c.Issuer, state)
	if err != nil {
		return nil, &Refused{err}
	}
	w := &way{}
	if err := json.Unmarshal(text, w); err != nil {
		return nil, &Refused{err}
	}
	if browser == "" || !secret.Equal([]byte(w.Browser), []byte(browser)) || !c.Clock().Before(w.Until) {
		return nil, &Refused{errors.New("another browser began this, or it was too long ago")}
	}
	return w, nil
}

// read checks the ID token and asks who it is.
func (c *Client) read(ctx context.Context, p *oidc.Provider, tokens *oauth2.Token, nonce string) (*SignedIn, error) {
	raw, _ := tokens.Extra("id_token").(string)
	token, err := c.verifier(p).Verify(ctx, raw)
	if err != nil {
		return nil, &Refused{err}
	}
	if nonce != "" && token.Nonce != nonce {
		return nil, &Refused{errors.New("the ID token is for another request")}
	}
	in := &SignedIn{Subject: token.Subject, Tokens: Tokens{ID: raw, Refresh: tokens.RefreshToken}}
	if err := errors.Join(token.Claims(&in.Session), token.Claims(&in.IDToken)); err != nil {
		return nil, &Refused{err}
	}
	if p.UserInfoEndpoint() == "" {
		return in, nil
	}
	about, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, err
	}
	if about.Subject != token.Subject { // OIDC Core 5.3.2
		return nil, &Refused{errors.New("userinfo is about somebody else")}
	}
	return in, about.Claims(&in.Claims)
}

// Refresh exchanges a refresh token, which keeps the session at the provider
// alive. *Refused means that it has ended there: so does ours.
func (c *Client) Refresh(ctx context.Context, refreshToken, subject string) (*SignedIn, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, c.HTTP)
	tokens, err := c.oauth(p).TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return nil, refusedOr(err)
	}
	in, err := c.read(ctx, p, tokens, "")
	if err == nil && in.Subject != subject { // OIDC Core 12.2
		err = &Refused{errors.New("the refreshed token is somebody else's")}
	}
	return in, err
}

// refusedOr tells the provider's no from trouble on the way.
func refusedOr(err error) error {
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answer.ErrorCode == "invalid_grant" {
		return &Refused{err}
	}
	return err
}
