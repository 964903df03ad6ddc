package op

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Client is a relying party.
type Client struct {
	ID      string
	Name    string
	Secrets [][]byte // keyed hashes of those that work; none: a public client
	ClientSettings
}

// ClientSettings are what a client may do and where it lives.
type ClientSettings struct {
	RedirectURIs           []string `json:"redirect_uris" yaml:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty" yaml:"post_logout_redirect_uris"`
	BackChannelLogoutURI   string   `json:"backchannel_logout_uri,omitempty" yaml:"backchannel_logout_uri"`
	InitiateLoginURI       string   `json:"initiate_login_uri,omitempty" yaml:"initiate_login_uri"`
	Scopes                 []string `json:"scopes" yaml:"scopes"`                       // that it may ask for
	Public                 bool     `json:"public,omitempty" yaml:"public"`             // keeps no secret
	Refresh                bool     `json:"refresh,omitempty" yaml:"refresh"`           // gets refresh tokens
	WithoutPKCE            bool     `json:"without_pkce,omitempty" yaml:"without_pkce"` // may leave PKCE out; never a public one
	RequirePAR             bool     `json:"require_par,omitempty" yaml:"require_par"`   // must push its requests
	RequireDPoP            bool     `json:"require_dpop,omitempty" yaml:"require_dpop"` // must prove a key
	Algorithm              string   `json:"id_token_alg,omitempty" yaml:"id_token_alg"` // ES256 (default) or RS256
}

// DefaultScopes are what a client may ask for unless it says otherwise.
var DefaultScopes = []string{"openid", "profile", "email"}

// Problems lists what is wrong with the settings; none is fine.
func (s ClientSettings) Problems() (list []string) {
	if len(s.RedirectURIs) == 0 {
		list = append(list, "a client needs at least one redirect URI")
	}
	for _, uri := range slices.Concat(s.RedirectURIs, s.PostLogoutRedirectURIs, optional(s.BackChannelLogoutURI), optional(s.InitiateLoginURI)) {
		if err := checkURI(uri); err != nil {
			list = append(list, err.Error())
		}
	}
	for _, scope := range s.Scopes {
		if scopeClaims[scope] == nil && scope != "openid" {
			list = append(list, fmt.Sprintf("there is no scope %q: choose from %s", scope, strings.Join(AllScopes(), ", ")))
		}
	}
	if s.Algorithm != "" && !slices.Contains(algorithms, s.Algorithm) {
		list = append(list, fmt.Sprintf("ID tokens are signed with %s, not %q", strings.Join(algorithms, " or "), s.Algorithm))
	}
	if s.Public && s.WithoutPKCE {
		list = append(list, "a public client can't do without PKCE (RFC 9700 section 2.1.1)")
	}
	return list
}

func optional(uri string) []string {
	if uri == "" {
		return nil
	}
	return []string{uri}
}

// checkURI: absolute, https or loopback http, without fragment or userinfo
// (RFC9700-1, RFC9700-7).
func checkURI(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%q is not an absolute address", text)
	case u.Fragment != "" || strings.Contains(text, "#"):
		return fmt.Errorf("%q has a fragment (RFC 6749 section 3.1.2)", text)
	case u.User != nil:
		return fmt.Errorf("%q holds credentials", text)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q must be https (http for this machine alone)", text)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// redirectURI tells whether the client may be answered at uri: exactly as
// registered, but that a native application on a loopback address chooses its
// port (RFC 8252 section 7.3, RFC9700-1).
func (c *Client) redirectURI(uri string) bool {
	if slices.Contains(c.RedirectURIs, uri) {
		return true
	}
	asked, err := url.Parse(uri)
	if err != nil || !c.Public || asked.Scheme != "http" || !isLoopback(asked.Hostname()) || asked.User != nil || asked.Hostname() == "localhost" {
		return false
	}
	return slices.ContainsFunc(c.RedirectURIs, func(registered string) bool {
		r, err := url.Parse(registered)
		return err == nil && r.Scheme == "http" && r.Hostname() == asked.Hostname() && strings.Replace(uri, asked.Host, r.Host, 1) == registered
	})
}

// scope keeps of what was asked for what the client may have.
func (c *Client) scope(asked []string) (kept []string) {
	for _, s := range asked {
		if (s == "openid" || slices.Contains(c.Scopes, s)) && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (c *Client) algorithm() string {
	if c.Algorithm == "" {
		return algorithms[0]
	}
	return c.Algorithm
}

// hasSecret compares with every secret that works.
func (c *Client) hasSecret(hash []byte) bool {
	right := false
	for _, s := range c.Secrets {
		right = secret.Equal(s, hash) || right
	}
	return right
}

// SecretHash is what is kept of a client's secret. They are 256 random bits, so a
// keyed hash is enough (NIST SP 800-63B-4 section 3.1.2).
func SecretHash(keys *secret.Keys, clientID, text string) []byte {
	return keys.Hash("client secret", clientID, text)
}

// client returns the relying party of this id, or nil.
func (p *Provider) client(tx *sqldb.Tx, id string) (*Client, error) {
	for _, c := range p.Clients {
		if c.ID == id {
			return c, nil
		}
	}
	row, err := p.Store.ClientByID(tx, id)
	if err != nil || row == nil {
		return nil, err
	}
	return ReadClient(row, tx.Now)
}

// ReadClient makes a client of its row, with the secrets that work at now.
func ReadClient(row *store.ClientRow, now time.Time) (*Client, error) {
	c := &Client{ID: row.ID, Name: row.Name}
	if err := json.Unmarshal(row.Settings, &c.ClientSettings); err != nil {
		return nil, fmt.Errorf("client %s: %w", row.ID, err)
	}
	if row.Secret != nil {
		c.Secrets = append(c.Secrets, row.Secret)
	}
	if row.OldSecret != nil && now.Before(row.OldSecretUntil) {
		c.Secrets = append(c.Secrets, row.OldSecret)
	}
	return c, nil
}
