package op

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// refresh exchanges a refresh token for the next one (RFC 6749 section 6). One
// that comes a second time ends its family (ASVS 10.4.5). Using it keeps the door
// session alive (product.md 1.6).
func (p *Provider) refresh(w http.ResponseWriter, b *back) error {
	raw, err := p.Store.Keys.OpenText("refresh token", b.form.Get("refresh_token"))
	if err != nil {
		return fault("invalid_grant", "no refresh token of ours")
	}
	var token refreshToken
	if err := json.Unmarshal(raw, &token); err != nil {
		return fault("invalid_grant", "no refresh token of ours")
	}
	var g *store.Grant
	var a *account.Account
	var bad *problem
	err = p.Store.Write(b.Context(), func(tx *sqldb.Tx) (err error) {
		if g, a, err = p.Store.GrantByID(tx, token.Grant); err != nil {
			return err
		}
		bad, err = p.rotate(tx, b, g, a, token.No)
		return err
	})
	if err == nil && bad != nil {
		return bad
	}
	if err != nil {
		return err
	}
	if asked := strings.Fields(b.form.Get("scope")); len(asked) > 0 { // less than before, never more
		g.Scope = slices.DeleteFunc(g.Scope, func(s string) bool { return s != "openid" && !slices.Contains(asked, s) })
	}
	g.RefreshNo++
	return p.writeTokens(w, b, g, a, "")
}

// rotate spends refresh token number no. A problem commits what was found out.
func (p *Provider) rotate(tx *sqldb.Tx, b *back, g *store.Grant, a *account.Account, no int64) (*problem, error) {
	switch {
	case g == nil || g.ClientID != b.client.ID || !b.client.Refresh:
		return fault("invalid_grant", "not a refresh token of this client"), nil
	case !g.Stands(tx.Now, a):
		return fault("invalid_grant", "the person has signed out, or changed, since"), nil
	case no < g.RefreshNo:
		return fault("invalid_grant", "the refresh token was used before: sign in again"), p.endReplayed(tx, g)
	case !tx.Now.Before(g.RefreshedAt.Add(p.Settings.RefreshIdle)):
		return fault("invalid_grant", "the refresh token was not used for too long"), nil
	case g.Key != "" && b.key == "", g.Key != "" && b.client.Public && b.key != g.Key: // RFC 9449 section 5
		return fault("invalid_dpop_proof", "the proof's key is not the token's"), nil
	}
	rotated, err := p.Store.RotateRefresh(tx, g.ID, no)
	if err != nil {
		return nil, err
	}
	if !rotated { // another request used it just now
		return fault("invalid_grant", "the refresh token was used before: sign in again"), p.endReplayed(tx, g)
	}
	return nil, p.Store.KeepSession(tx, g.SessionID, p.Settings.Sessions.Idle)
}
