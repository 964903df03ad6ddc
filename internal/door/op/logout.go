package op

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"sallyport/internal/sqldb"
)

// Leaving is what a request to sign out comes to (OpenID Connect RP-Initiated
// Logout 1.0).
type Leaving struct {
	Refused bool   // no redirect, nothing ends: the request is not one that we can follow
	Confirm string // sealed: ask the person first; what comes back goes to ConfirmLogout (ASVS 10.6.2)
	Client  string // name of who asks, for that page
	Origin  string // of To
	To      string // then go there; empty: our own page
}

// leave is a sign-out that waits for the person.
type leave struct {
	To string `json:"to"`
}

// Logout decides about a request to sign out. The caller ends the session where
// neither Refused nor Confirm says otherwise.
func (p *Provider) Logout(ctx context.Context, q url.Values, person *Person) (Leaving, error) {
	for _, values := range q {
		if len(values) > 1 {
			return Leaving{Refused: true}, nil
		}
	}
	var hint *tokenHint
	id := q.Get("client_id")
	if text := q.Get("id_token_hint"); text != "" {
		var err error
		if hint, err = p.readIDToken(ctx, text); err != nil {
			return Leaving{Refused: true}, nil
		}
		if id != "" && id != hint.Audience {
			return Leaving{Refused: true}, nil
		}
		id = hint.Audience
	}
	l, err := p.leaving(p.Store.Read(ctx), id, q)
	if err != nil || l.Refused || person == nil {
		return l, err
	}
	if hint != nil && hint.Subject == person.Account.ID && (hint.SessionID == "" || hint.SessionID == person.Session.ID) {
		return l, nil
	}
	text, err := json.Marshal(leave{To: l.To})
	l.Confirm = p.Store.Keys.SealText("logout", text)
	return l, err
}

// leaving finds where the person goes afterwards: to an address that the client
// registered, exactly, or nowhere (T-19). Without a client there is no redirect.
func (p *Provider) leaving(tx *sqldb.Tx, id string, q url.Values) (Leaving, error) {
	c, err := p.client(tx, id)
	if err != nil {
		return Leaving{}, err
	}
	l := Leaving{}
	if c != nil {
		l.Client = c.Name
	}
	uri := q.Get("post_logout_redirect_uri")
	switch {
	case uri == "" || c == nil && id == "":
		return l, nil
	case c == nil || !slices.Contains(c.PostLogoutRedirectURIs, uri):
		return Leaving{Refused: true}, nil
	}
	answer := Answer{URI: uri, Parameters: url.Values{}}
	l.To, l.Origin = uri, Origin(uri)
	if state := q.Get("state"); state != "" {
		answer.Parameters.Set("state", state)
		l.To = answer.Location()
	}
	return l, nil
}

// ConfirmLogout returns where to go after the person pressed “Sign out”; empty:
// our own page.
func (p *Provider) ConfirmLogout(sealed string) string {
	text, err := p.Store.Keys.OpenText("logout", sealed)
	if err != nil {
		return ""
	}
	var l leave
	if json.Unmarshal(text, &l) != nil {
		return ""
	}
	return l.To
}
