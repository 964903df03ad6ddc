package op

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// Token is POST /oauth2/token (RFC 6749 section 3.2).
func (p *Provider) Token(w http.ResponseWriter, r *http.Request) error {
	return endpoint(w, r, func() error {
		b, err := p.authenticate(r.Context(), r)
		if err != nil {
			return err
		}
		if b.client.RequireDPoP && b.key == "" {
			return fault("invalid_dpop_proof", "this client must send a DPoP proof (RFC 9449)")
		}
		switch b.form.Get("grant_type") {
		case "authorization_code":
			return p.redeem(w, b)
		case "refresh_token":
			return p.refresh(w, b)
		case "":
			return fault("invalid_request", "grant_type is missing")
		}
		return fault("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
	})
}

// redeem exchanges an authorization code. A code that comes twice ends what the
// first one got, however late (ASVS 10.4.2, OIDC-8).
func (p *Provider) redeem(w http.ResponseWriter, b *back) error {
	k := p.openCode(b.form.Get("code"))
	if k == nil || k.ClientID != b.client.ID {
		return fault("invalid_grant", "the code is not this client's")
	}
	if b.form.Get("redirect_uri") != k.RedirectURI {
		return fault("invalid_grant", "redirect_uri is not the one of the authorization request")
	}
	if !k.proves(b.form.Get("code_verifier")) {
		return fault("invalid_grant", "code_verifier does not fit")
	}
	if k.Key != "" && k.Key != b.key {
		return fault("invalid_dpop_proof", "the proof's key is not the one of the authorization request")
	}
	g := p.grant(b.client, k, b.key)
	var a *account.Account
	var bad *problem
	err := p.Store.Write(b.Context(), func(tx *sqldb.Tx) (err error) {
		a, bad, err = p.spend(tx, b, k, g)
		return err
	})
	if err == nil && bad != nil {
		return bad
	}
	if err != nil {
		return err
	}
	return p.writeTokens(w, b, g, a, k.Nonce)
}

// spend inserts the grant. A problem commits what was found out.
func (p *Provider) spend(tx *sqldb.Tx, b *back, k *code, g *store.Grant) (*account.Account, *problem, error) {
	earlier, _, err := p.Store.GrantByID(tx, k.ID)
	if err != nil {
		return nil, nil, err
	}
	if earlier != nil {
		return nil, fault("invalid_grant", "the code was redeemed before"), p.endReplayed(tx, earlier)
	}
	if !tx.Now.Before(k.Expires) {
		return nil, fault("invalid_grant", "the code has expired"), nil
	}
	a, stands, err := p.Store.SessionStands(tx, k.SessionID, k.AccountID, k.Epoch)
	if err != nil {
		return nil, nil, err
	}
	if !stands {
		return nil, fault("invalid_grant", "the person has signed out, or changed, since"), nil
	}
	added, err := p.Store.InsertGrant(tx, g)
	if err != nil {
		return nil, nil, err
	}
	if !added { // another request redeemed it just now
		return nil, fault("invalid_grant", "the code was redeemed before"), p.endReplayed(tx, g)
	}
	if k.PushedID != "" {
		if err := p.Store.SpendPushedRequest(tx, k.PushedID); err != nil {
			return nil, nil, err
		}
	}
	return a, nil, p.Store.Record(tx, audit.Row{Type: audit.ClientEntered, AccountID: a.ID, Detail: map[string]string{"client": b.client.ID, "scope": strings.Join(g.Scope, " ")}})
}

// endReplayed ends a family of tokens of which a code or a refresh token came
// twice: one of the two is a thief's (RFC 9700 sections 2.1.1 and 4.14.2).
func (p *Provider) endReplayed(tx *sqldb.Tx, g *store.Grant) error {
	p.Log.Warn("a code or refresh token came twice; its family ends", "client", g.ClientID)
	if err := p.Store.EndGrant(tx, g.ID); err != nil {
		return err
	}
	return p.Store.Record(tx, audit.Row{Type: audit.TokenReplayed, AccountID: g.AccountID, Detail: map[string]string{"client": g.ClientID}})
}

// accessToken and refreshToken travel sealed; what they are worth is in the grant.
type accessToken struct {
	Grant   string    `json:"grant"`
	Scope   []string  `json:"scope"`
	Key     string    `json:"jkt,omitempty"`
	Expires time.Time `json:"exp"`
}

type refreshToken struct {
	Grant string `json:"grant"`
	No    int64  `json:"no"`
}

func (p *Provider) sealToken(place string, v any) (string, error) {
	text, err := json.Marshal(v)
	return p.Store.Keys.SealText(place, text), err
}

// writeTokens answers a redemption or a refresh, whose nonce is empty.
func (p *Provider) writeTokens(w http.ResponseWriter, b *back, g *store.Grant, a *account.Account, nonce string) error {
	access, err := p.sealToken("access token", accessToken{Grant: g.ID, Scope: g.Scope, Key: b.key, Expires: p.Store.DB.Now().Add(p.Settings.AccessLife)})
	if err != nil {
		return err
	}
	id, err := p.idToken(b.Context(), b.client, g, a, nonce, access)
	if err != nil {
		return err
	}
	kind := "Bearer"
	if b.key != "" {
		kind = "DPoP"
	}
	out := map[string]any{"access_token": access, "token_type": kind, "expires_in": int64(p.Settings.AccessLife / time.Second),
		"scope": strings.Join(g.Scope, " "), "id_token": id}
	if g.RefreshNo > 0 {
		if out["refresh_token"], err = p.sealToken("refresh token", refreshToken{g.ID, g.RefreshNo}); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

// liveGrant returns the grant that a token belongs to, with its person, or nil.
func (p *Provider) liveGrant(ctx context.Context, id string) (*store.Grant, *account.Account, error) {
	tx := p.Store.Read(ctx)
	g, a, err := p.Store.GrantByID(tx, id)
	if err != nil || !g.Stands(tx.Now, a) {
		return nil, nil, err
	}
	return g, a, nil
}
