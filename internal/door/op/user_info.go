package op

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// UserInfo is GET and POST /oauth2/userinfo (OIDC Core 5.3).
func (p *Provider) UserInfo(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	claims, err := p.userInfo(r)
	bad, ok := err.(*problem)
	if !ok && err != nil {
		return err
	}
	if ok {
		scheme := "Bearer"
		if bad.Code == "invalid_dpop_proof" {
			scheme = "DPoP"
		}
		detail := ""
		if bad.Code != "" { // RFC 6750 section 3.1: no error where no token was sent
			detail = fmt.Sprintf(` error="%s", error_description="%s"`, bad.Code, bad.Text)
		}
		w.Header().Set("WWW-Authenticate", scheme+detail)
		bad.Status = http.StatusUnauthorized
		return bad.write(w)
	}
	return writeJSON(w, http.StatusOK, claims)
}

func (p *Provider) userInfo(r *http.Request) (map[string]any, error) {
	text, scheme, err := bearer(r)
	if err != nil {
		return nil, err
	}
	none := fault("invalid_token", "the access token has expired, or was never ours")
	token := p.openAccess(text)
	if token == nil || !p.Store.DB.Now().Before(token.Expires) {
		return nil, none
	}
	if (token.Key != "") != (scheme == "dpop") {
		return nil, fault("invalid_token", "the access token is of the other kind")
	}
	g, a, err := p.liveGrant(r.Context(), token.Grant)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, none
	}
	if token.Key != "" {
		jkt, err := p.checkProof(r.Context(), r.Header.Values("DPoP"), r.Method, r.URL.Path, text)
		if err != nil {
			return nil, err
		}
		if jkt != token.Key {
			return nil, fault("invalid_token", "the proof's key is not the token's")
		}
	}
	c, err := p.client(p.Store.Read(r.Context()), g.ClientID)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, none
	}
	asked, err := parseClaims(g.Claims)
	if err != nil {
		return nil, err
	}
	claims := c.about(a, token.Scope, asked.UserInfo)
	claims["sub"] = a.ID
	return claims, nil
}

// bearer finds the access token: in the header, or in a form's body (RFC 6750
// sections 2.1 and 2.2), never in the address.
func bearer(r *http.Request) (token, scheme string, err error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ = strings.Cut(header, " ")
		scheme = strings.ToLower(scheme)
		if scheme == "bearer" || scheme == "dpop" {
			return strings.TrimSpace(token), scheme, nil
		}
	}
	if r.Method == http.MethodPost && r.ParseForm() == nil && r.PostForm.Get("access_token") != "" {
		return r.PostForm.Get("access_token"), "bearer", nil
	}
	return "", "", fault("", "an access token is needed")
}

func (p *Provider) openAccess(text string) *accessToken {
	raw, err := p.Store.Keys.OpenText("access token", text)
	if err != nil {
		return nil
	}
	token := &accessToken{}
	if json.Unmarshal(raw, token) != nil {
		return nil
	}
	return token
}
