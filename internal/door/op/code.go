package op

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// code is an authorization code: it carries, sealed, everything that its
// redemption needs, and nothing of it is written until then. Its id becomes the
// grant's, whose insert spends it.
type code struct {
	ID          string    `json:"id"`
	ClientID    string    `json:"client"`
	RedirectURI string    `json:"redirect_uri"`
	AccountID   string    `json:"account"`
	Epoch       int64     `json:"epoch"`
	SessionID   string    `json:"sid"`
	Scope       []string  `json:"scope"`
	Nonce       string    `json:"nonce,omitempty"`
	Challenge   string    `json:"challenge,omitempty"`
	Claims      string    `json:"claims,omitempty"`
	AMR         []string  `json:"amr"`
	ACR         string    `json:"acr"`
	AuthTime    time.Time `json:"auth_time"`
	Key         string    `json:"jkt,omitempty"`
	PushedID    string    `json:"pushed,omitempty"`
	Expires     time.Time `json:"exp"`
}

func (p *Provider) answerCode(c *Client, r *request, person *Person) (Decision, error) {
	s := person.Session
	text, err := json.Marshal(code{ID: secret.ID(), ClientID: c.ID, RedirectURI: r.RedirectURI, AccountID: person.Account.ID, Epoch: s.Epoch, SessionID: s.ID,
		Scope: r.Scope, Nonce: r.Nonce, Challenge: r.Challenge, Claims: r.Claims, AMR: s.AMR, ACR: s.ACR, AuthTime: s.AuthTime, Key: r.Key, PushedID: r.PushedID,
		Expires: p.Store.DB.Now().Add(p.Settings.CodeLife)})
	if err != nil {
		return Decision{}, err
	}
	return p.answer(r, url.Values{"code": {p.Store.Keys.SealText("authorization code", text)}}), nil
}

// openCode returns nil for what is no code of ours.
func (p *Provider) openCode(text string) *code {
	raw, err := p.Store.Keys.OpenText("authorization code", text)
	if err != nil {
		return nil
	}
	k := &code{}
	if json.Unmarshal(raw, k) != nil {
		return nil
	}
	return k
}

// proves tells whether the verifier is the challenge's (RFC 7636 section 4.6). A
// verifier without a challenge is refused, too: somebody took the challenge out
// (RFC9700-3).
func (k *code) proves(verifier string) bool {
	if k.Challenge == "" || verifier == "" {
		return k.Challenge == verifier
	}
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return secret.Equal([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(k.Challenge))
}

// grant is what the code's redemption makes.
func (p *Provider) grant(c *Client, k *code, jkt string) *store.Grant {
	g := &store.Grant{ID: k.ID, ClientID: c.ID, AccountID: k.AccountID, Epoch: k.Epoch, SessionID: k.SessionID, Scope: k.Scope, Claims: k.Claims,
		AMR: k.AMR, ACR: k.ACR, AuthTime: k.AuthTime, Key: jkt, BackChannel: c.BackChannelLogoutURI != "", ExpiresAt: k.AuthTime.Add(p.Settings.RefreshLife)}
	if c.Refresh {
		g.RefreshNo = 1
	}
	return g
}
