package op

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/session"
)

// Decision is what an authorization request comes to: exactly one of Answer (to
// the client), Ask (a person must sign in) or Refused.
type Decision struct {
	Answer  *Answer
	Ask     *Ask
	Refused bool // client and redirect URI do not belong together: a page, no redirect (RFC9700-2)
}

// Answer goes to the client's redirect URI.
type Answer struct {
	URI        string
	FormPost   bool // response_mode=form_post
	Parameters url.Values
}

// Location is where a redirect leads.
func (a *Answer) Location() string {
	separator := "?"
	if strings.Contains(a.URI, "?") {
		separator = "&"
	}
	return a.URI + separator + a.Parameters.Encode()
}

// Ask sends a person to the login options, or to one of the two methods.
type Ask struct {
	Request string // sealed: goes along, and comes back to Resume
	Method  account.Method
	Locales string // ui_locales
}

// Person is who has a live session in this browser; nil where nobody has.
type Person struct {
	Session *session.Session
	Account *account.Account
}

// Authorize decides about a new authorization request. It writes nothing.
func (p *Provider) Authorize(ctx context.Context, q url.Values, person *Person) (Decision, error) {
	tx := p.Store.Read(ctx)
	if len(q["client_id"]) != 1 {
		return Decision{Refused: true}, nil
	}
	c, err := p.client(tx, q.Get("client_id"))
	if err != nil || c == nil {
		return Decision{Refused: c == nil}, err
	}
	pushed := ""
	if id, ours := strings.CutPrefix(q.Get("request_uri"), pushedPrefix); ours {
		if q, err = p.pushed(tx, id, c.ID); err != nil || q == nil {
			return Decision{Refused: q == nil}, err
		}
		pushed = id
	}
	if len(q["redirect_uri"]) != 1 || !c.redirectURI(q.Get("redirect_uri")) {
		p.Log.Warn("authorization request refused: redirect URI is not registered", "client", c.ID)
		return Decision{Refused: true}, nil
	}
	r, bad := c.parse(q, tx.Now)
	if bad == nil && c.RequirePAR && pushed == "" {
		bad = fault("invalid_request", "this client must push its requests (RFC 9126)")
	}
	if hint := q.Get("id_token_hint"); bad == nil && hint != "" {
		token, err := p.readIDToken(ctx, hint)
		if err != nil {
			bad = fault("invalid_request", "id_token_hint is no ID token of ours")
		} else {
			r.HintSub = token.Subject
		}
	}
	if bad != nil {
		return p.answerProblem(r, bad), nil
	}
	r.PushedID = pushed
	return p.decide(c, r, person)
}

// Resume goes on with a request after a sign-in, or where none was needed.
func (p *Provider) Resume(ctx context.Context, sealed string, person *Person) (Decision, error) {
	r := p.open(sealed)
	if r == nil {
		return Decision{Refused: true}, nil
	}
	c, err := p.client(p.Store.Read(ctx), r.ClientID)
	if err != nil || c == nil || !c.redirectURI(r.RedirectURI) { // removed or changed meanwhile
		return Decision{Refused: err == nil}, err
	}
	return p.decide(c, r, person)
}

func (p *Provider) decide(c *Client, r *request, person *Person) (Decision, error) {
	missing := p.missing(r, person)
	switch {
	case missing == nil:
		return p.answerCode(c, r, person)
	case !errors.Is(missing, errSignIn):
		return p.answerProblem(r, missing.(*problem)), nil
	case r.Silent:
		return p.answerProblem(r, fault("login_required", "nobody is signed in who would do")), nil
	}
	sealed, err := p.seal(r)
	return Decision{Ask: &Ask{Request: sealed, Method: r.Method, Locales: r.Locales}}, err
}

var errSignIn = errors.New("a person must sign in")

// missing tells what stands between the request and its code: nil, errSignIn, or
// a *problem that no sign-in would mend. Whoever signed in after the request was
// made is not asked again.
func (p *Provider) missing(r *request, person *Person) error {
	essential := r.essentialACR()
	if len(essential) > 0 && !slices.ContainsFunc(essential, factor.Reachable) {
		return fault("unmet_authentication_requirements", "no sign-in here reaches that acr")
	}
	if person == nil {
		return errSignIn
	}
	s, now := person.Session, p.Store.DB.Now()
	after := !s.AuthTime.Before(r.At) || r.Answer.by(person)
	enough := len(essential) == 0 || slices.Contains(essential, s.ACR)
	rightPerson := r.HintSub == "" || r.HintSub == person.Account.ID
	switch {
	case after && !enough:
		return fault("unmet_authentication_requirements", "the sign-in did not reach that acr")
	case after && !rightPerson:
		return fault("login_required", "somebody else signed in than id_token_hint names")
	case after:
		return nil
	case !enough, !rightPerson, r.Fresh, r.MaxAge != nil && now.Sub(s.AuthTime) > time.Duration(*r.MaxAge)*time.Second,
		r.Method != account.NoMethod && r.Method != s.Method:
		return errSignIn
	}
	return nil
}

func (p *Provider) answerProblem(r *request, bad *problem) Decision {
	return p.answer(r, url.Values{"error": {bad.Code}, "error_description": {bad.Text}})
}

// answer adds what every answer carries; iss against mix-up (RFC 9207).
func (p *Provider) answer(r *request, parameters url.Values) Decision {
	if r.State != "" {
		parameters.Set("state", r.State)
	}
	parameters.Set("iss", p.Issuer)
	return Decision{Answer: &Answer{URI: r.RedirectURI, FormPost: r.FormPost, Parameters: parameters}}
}

// Pending is what the pages on the way need to know of a request.
type Pending struct {
	ClientID string
	Client   string // its name
	Hint     string // login_hint
	Origin   string // where the answer goes, as the Content-Security-Policy names it
	Standing bool   // the session that there is does: nobody need be asked
	Fresh    bool   // prompt=login
	MaxAge   *int64 // max_age, in seconds; nil: not asked
}

// Pending reads a travelling request; nil where it is none of ours, or too old.
func (p *Provider) Pending(ctx context.Context, sealed string, person *Person) (*Pending, error) {
	r := p.open(sealed)
	if r == nil {
		return nil, nil
	}
	c, err := p.client(p.Store.Read(ctx), r.ClientID)
	if err != nil || c == nil {
		return nil, err
	}
	return &Pending{ClientID: c.ID, Client: c.Name, Hint: r.Hint, Origin: Origin(r.RedirectURI), Standing: person != nil && p.missing(r, person) == nil,
		Fresh: r.Fresh, MaxAge: r.MaxAge}, nil
}

// Answered notes in a travelling request that this sign-in at another provider was made for
// it. The caller has checked that it is as fresh as Pending says. What is no request of ours
// stays as it is.
func (p *Provider) Answered(sealed, accountID string, authTime time.Time) (string, error) {
	r := p.open(sealed)
	if r == nil {
		return sealed, nil
	}
	r.Answer = &answered{Account: accountID, AuthTime: authTime}
	return p.seal(r)
}

// Origin is the scheme and host of an address.
func Origin(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
