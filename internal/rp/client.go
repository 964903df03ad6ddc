package rp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sallyport/internal/secret"
)

// Client is one registration at one provider.
type Client struct {
	Issuer      string
	ID          string
	Secret      secret.Text
	RedirectURL string
	Scopes      []string // beside openid
	HTTP        *http.Client
	Clock       func() time.Time
	Keys        *secret.Keys // seal what travels

	mu       sync.Mutex
	provider *oidc.Provider
}

// discover asks the provider for its endpoints, the first time; where it does not
// answer, again at the next sign-in.
func (c *Client) discover(ctx context.Context) (*oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	// The provider fetches keys later, with the context that it got here.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.HTTP), c.Issuer)
	if err == nil {
		c.provider = found
	}
	return found, err
}

// Origin is the origin that people are sent to: of the provider's authorization
// endpoint or, as long as that is not known, of its issuer.
func (c *Client) Origin() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.Issuer
	if c.provider != nil {
		at = c.provider.Endpoint().AuthURL
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Discover asks for the provider's endpoints ahead of the first sign-in.
func (c *Client) Discover(ctx context.Context) error {
	_, err := c.discover(ctx)
	return err
}

func (c *Client) oauth(p *oidc.Provider) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret.Reveal(), RedirectURL: c.RedirectURL, Endpoint: endpoint,
		Scopes: append([]string{oidc.ScopeOpenID}, c.Scopes...)}
}

// verifier accepts what this provider signed for us with an algorithm that it
// names; never none (ASVS 9.1.2).
func (c *Client) verifier(p *oidc.Provider) *oidc.IDTokenVerifier {
	return p.Verifier(&oidc.Config{ClientID: c.ID, Now: c.Clock, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256}})
}

// LogoutURL is where a person is sent to end the session at the provider, too
// (OpenID Connect RP-Initiated Logout 1.0); afterwards they come to back.
func (c *Client) LogoutURL(ctx context.Context, idToken, back string) (string, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	var also struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := p.Claims(&also); err != nil || also.EndSession == "" {
		return "", errors.Join(err, errors.New("the provider has no end_session_endpoint"))
	}
	return also.EndSession + "?" + url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {back}}.Encode(), nil
}

// Logout is whose session a back-channel logout token ends.
type Logout struct{ Subject, SessionID string }

// ReadLogout checks a logout token (OpenID Connect Back-Channel Logout 1.0 section
// 2.6, ASVS 10.5.5).
func (c *Client) ReadLogout(ctx context.Context, token string) (Logout, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return Logout{}, err
	}
	t, err := c.verifier(p).VerifyLogout(oidc.ClientContext(ctx, c.HTTP), token)
	if err != nil {
		return Logout{}, &Refused{err}
	}
	return Logout{t.Subject, t.SessionID}, nil
}

// Refused means that what came is not what the provider should have sent.
type Refused struct{ err error }

func (r *Refused) Error() string { return "refused: " + r.err.Error() }
func (r *Refused) Unwrap() error { return r.err }
