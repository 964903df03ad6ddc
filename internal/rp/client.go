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

	"sallyport/internal/background"
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

	mu       sync.Mutex // never held over I/O
	provider *oidc.Provider
	asking   chan struct{} // closed when the request for the endpoints that is under way has ended; nil: none is
	trouble  error         // why the last one failed
	failed   int           // how many failed in a row
	again    time.Time     // until then trouble is the answer
}

const (
	discoverWithin = 3 * time.Second        // how long the provider has to tell its endpoints
	finishWithin   = 8 * time.Second        // and to answer, in all, the calls that end a sign-in
	failedFirst    = 250 * time.Millisecond // how long a failure is the answer at least; doubles
	failedMost     = 10 * time.Second
)

// discover returns the provider's endpoints. The first caller asks for them, and everybody
// who needs them meanwhile waits for the same answer. For a while after a failure,
// longer where the provider hung, callers get it at once: nobody queues up for it.
func (c *Client) discover(ctx context.Context) (*oidc.Provider, error) {
	asking, p, err := c.known(ctx)
	if asking == nil {
		return p, err
	}
	select {
	case <-asking:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.provider, c.trouble
}

// known returns what is known of the provider, or what to wait for.
func (c *Client) known(ctx context.Context) (asking chan struct{}, p *oidc.Provider, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil || c.Clock().Before(c.again) {
		return nil, c.provider, c.trouble
	}
	if c.asking == nil {
		c.asking = make(chan struct{})
		go c.ask(context.WithoutCancel(ctx)) // the others wait for it, too
	}
	return c.asking, nil, nil
}

// ask asks the provider for its endpoints.
func (c *Client) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, discoverWithin)
	defer cancel()
	var found *oidc.Provider
	var err error
	if broke := background.Try(func() { found, err = oidc.NewProvider(oidc.ClientContext(ctx, c.HTTP), c.Issuer) }); broke != nil {
		err = broke
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provider, c.trouble = found, err
	if err != nil {
		wait := min(failedFirst<<min(c.failed, 8), failedMost)
		if ctx.Err() != nil { // it did not answer at all
			wait = max(wait, discoverWithin)
		}
		c.failed, c.again = c.failed+1, c.Clock().Add(wait+secret.Jitter(wait/2))
	}
	close(c.asking)
	c.asking = nil
}

// Origin is the origin that people are sent to: of the provider's authorization
// endpoint or, as long as that is not known, of its issuer. It waits for nobody.
func (c *Client) Origin() string {
	c.mu.Lock()
	p := c.provider
	c.mu.Unlock()
	at := c.Issuer
	if p != nil {
		at = p.Endpoint().AuthURL
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
