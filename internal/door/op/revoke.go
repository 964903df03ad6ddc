package op

import (
	"encoding/json"
	"net/http"

	"sallyport/internal/sqldb"
)

// Revoke is POST /oauth2/revoke (RFC 7009). Either token ends the whole family.
// Whatever is no token of this client is answered alike.
func (p *Provider) Revoke(w http.ResponseWriter, r *http.Request) error {
	return endpoint(w, r, func() error {
		b, err := p.authenticate(r.Context(), r)
		if err != nil {
			return err
		}
		if b.form.Get("token") == "" {
			return fault("invalid_request", "token is missing")
		}
		err = p.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
			g, _, err := p.Store.GrantByID(tx, p.grantOf(b.form.Get("token")))
			if err != nil || g == nil || g.ClientID != b.client.ID {
				return err
			}
			return p.Store.EndGrant(tx, g.ID)
		})
		if err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})
}

// grantOf is the grant of an access or refresh token, or "".
func (p *Provider) grantOf(token string) string {
	if access := p.openAccess(token); access != nil {
		return access.Grant
	}
	raw, err := p.Store.Keys.OpenText("refresh token", token)
	if err != nil {
		return ""
	}
	var t refreshToken
	if json.Unmarshal(raw, &t) != nil {
		return ""
	}
	return t.Grant
}
