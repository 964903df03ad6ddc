package op

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/sqldb"
)

// proofAlgorithms sign DPoP proofs: asymmetric ones alone (RFC 9449 section 4.3).
var proofAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.PS256, jose.EdDSA, jose.RS256}

const (
	proofAge   = time.Minute      // how old a proof may be
	proofAhead = 15 * time.Second // how far ahead its clock may be
)

type proof struct {
	ID       string `json:"jti"`
	Method   string `json:"htm"`
	URI      string `json:"htu"`
	IssuedAt *int64 `json:"iat"`
	Expires  *int64 `json:"exp"`
	Not      *int64 `json:"nbf"`
	Token    string `json:"ath"`
}

// checkProof checks a DPoP proof (RFC 9449 section 4.3) for this request, with
// the access token that it goes with or "", and returns its key's thumbprint.
func (p *Provider) checkProof(ctx context.Context, headers []string, method, path, access string) (string, error) {
	bad := func(text string) error { return fault("invalid_dpop_proof", text) }
	if len(headers) != 1 {
		return "", bad("there must be one DPoP header")
	}
	signed, err := jose.ParseSignedCompact(headers[0], proofAlgorithms)
	if err != nil {
		return "", bad("the proof is no JWT signed with an algorithm that we know")
	}
	header := signed.Signatures[0].Protected
	key := header.JSONWebKey
	if header.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || key == nil || !key.IsPublic() || !key.Valid() {
		return "", bad("the proof needs typ dpop+jwt and a public jwk")
	}
	body, err := signed.Verify(key)
	if err != nil {
		return "", bad("the proof's signature does not hold")
	}
	var claims proof
	if err := json.Unmarshal(body, &claims); err != nil || claims.ID == "" || len(claims.ID) > 256 || claims.IssuedAt == nil {
		return "", bad("the proof lacks jti or iat")
	}
	now := p.Store.DB.Now()
	at := time.Unix(*claims.IssuedAt, 0)
	switch {
	case claims.Method != method || !sameAddress(claims.URI, p.Issuer+path):
		return "", bad("the proof is for another request (htm, htu)")
	case at.Before(now.Add(-proofAge)) || at.After(now.Add(proofAhead)):
		return "", bad("the proof's iat is not now")
	case claims.Expires != nil && !now.Before(time.Unix(*claims.Expires, 0)), claims.Not != nil && now.Add(proofAhead).Before(time.Unix(*claims.Not, 0)):
		return "", bad("the proof has expired, or is not valid yet")
	case access != "" && claims.Token != hashOf(access):
		return "", bad("the proof is for another access token (ath)")
	}
	print, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", bad("the proof's key has no thumbprint")
	}
	jkt := base64.RawURLEncoding.EncodeToString(print)
	var fresh bool
	err = p.Store.Write(ctx, func(tx *sqldb.Tx) (err error) {
		fresh, err = p.Store.AddProof(tx, p.Store.Keys.Hash("dpop", jkt, claims.ID), at.Add(proofAge+proofAhead))
		return err
	})
	if err == nil && !fresh {
		err = bad("the proof was used before (jti)")
	}
	return jkt, err
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sameAddress compares without query and fragment, letter case of scheme and
// host, and default ports (RFC 9449 section 4.3, RFC 3986 section 6.2).
func sameAddress(a, b string) bool {
	normal := func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		host := strings.ToLower(u.Host)
		if port := map[string]string{"https": ":443", "http": ":80"}[strings.ToLower(u.Scheme)]; port != "" {
			host = strings.TrimSuffix(host, port)
		}
		return strings.ToLower(u.Scheme) + "://" + host + u.EscapedPath()
	}
	return normal(a) == normal(b) && normal(a) != ""
}
