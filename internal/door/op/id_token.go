package op

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
)

// idToken signs what the client may know of the sign-in (OIDC Core 2): honest
// acr, amr and auth_time, and sid for logout. Claims about the person are at
// userinfo, but for those that were asked for here one by one: an ID token comes
// back in addresses, as a hint (ASVS 14.2.1).
func (p *Provider) idToken(ctx context.Context, c *Client, g *store.Grant, a *account.Account, nonce, access string) (string, error) {
	now := p.Store.DB.Now()
	asked, err := parseClaims(g.Claims)
	if err != nil {
		return "", err
	}
	claims := c.about(a, nil, asked.IDToken)
	claims["iss"], claims["sub"], claims["aud"] = p.Issuer, a.ID, c.ID
	claims["iat"], claims["exp"] = now.Unix(), now.Add(p.Settings.IDLife).Unix()
	claims["auth_time"], claims["acr"], claims["amr"], claims["sid"] = g.AuthTime.Unix(), g.ACR, g.AMR, g.SessionID
	if nonce != "" {
		claims["nonce"] = nonce
	}
	half := sha256.Sum256([]byte(access)) // OIDC Core 3.1.3.6
	claims["at_hash"] = base64.RawURLEncoding.EncodeToString(half[:16])
	return p.sign(ctx, c.algorithm(), "JWT", claims)
}

func (p *Provider) sign(ctx context.Context, algorithm, kind string, claims map[string]any) (string, error) {
	k, err := p.signing(ctx, algorithm)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: crypto.PrivateKey(k.signer), KeyID: k.ID}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(kind)))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// tokenHint is an ID token that comes back to us as a hint.
type tokenHint struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	SessionID string `json:"sid"`
}

var errHint = errors.New("not an ID token of ours")

// readIDToken checks that we signed it, with a key that we have not withdrawn.
// That it has expired does not matter (OIDC RP-Initiated Logout 1.0 section 4).
func (p *Provider) readIDToken(ctx context.Context, text string) (*tokenHint, error) {
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, errHint
	}
	header := signed.Signatures[0].Header
	keys, err := p.allKeys(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k *signingKey) bool {
		return k.ID == header.KeyID && k.Algorithm == header.Algorithm && !k.Withdrawn
	})
	if i < 0 || header.ExtraHeaders[jose.HeaderType] != "JWT" { // a logout token is none (ASVS 9.2.2)
		return nil, errHint
	}
	body, err := signed.Verify(keys[i].signer.Public())
	if err != nil {
		return nil, errHint
	}
	var hint tokenHint
	if err := json.Unmarshal(body, &hint); err != nil || hint.Issuer != p.Issuer || hint.Subject == "" {
		return nil, errHint
	}
	return &hint, nil
}
