package op

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"sallyport/internal/door/delivery"
)

// BackChannel tells relying parties that a session ended (OpenID Connect
// Back-Channel Logout 1.0). It is the outbox's carrier for logouts, which tries
// again with growing pauses: a relying party that is down holds up nobody's
// sign-out, and hears of it when it is back.
type BackChannel struct {
	Provider *Provider
	HTTP     *http.Client // follows no redirects
}

func (b *BackChannel) Name() string { return "backchannel" }

// Send signs a logout token and posts it.
func (b *BackChannel) Send(ctx context.Context, m delivery.Message) (delivery.Handed, error) {
	p := b.Provider
	c, err := p.client(p.Store.Read(ctx), m.To)
	if err != nil {
		return delivery.Handed{}, err
	}
	if c == nil || c.BackChannelLogoutURI == "" { // removed, or changed its mind
		return delivery.Handed{}, nil
	}
	now := p.Store.DB.Now()
	token, err := p.sign(ctx, c.algorithm(), "logout+jwt", map[string]any{
		"iss": p.Issuer, "aud": c.ID, "iat": now.Unix(), "exp": now.Add(LogoutTokenLife).Unix(), "jti": m.ID, "sub": m.Subject, "sid": m.Text,
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	})
	if err != nil {
		return delivery.Handed{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BackChannelLogoutURI, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return delivery.Handed{}, &delivery.Refused{Reason: "back-channel address"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "Sallyport")
	resp, err := b.HTTP.Do(req)
	if err != nil {
		return delivery.Handed{}, fmt.Errorf("back-channel logout of %s: %w", c.ID, err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	if resp.StatusCode/100 == 2 {
		return delivery.Handed{}, nil
	}
	return delivery.Handed{}, &delivery.Refused{Temporary: resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests,
		Reason: fmt.Sprintf("%s answered %d to its logout", c.ID, resp.StatusCode)}
}
