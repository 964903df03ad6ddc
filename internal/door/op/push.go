package op

import (
	"net/http"
	"net/url"
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// pushedPrefix begins the request_uri of a pushed request (RFC 9126 section 2.2).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// Push is POST /oauth2/par: the client sends its authorization request itself,
// shows who it is, and gets a reference that works once (RFC 9126).
func (p *Provider) Push(w http.ResponseWriter, r *http.Request) error {
	return endpoint(w, r, func() error {
		b, err := p.authenticate(r.Context(), r)
		if err != nil {
			return err
		}
		if b.form.Has("request_uri") {
			return fault("invalid_request", "a pushed request holds no request_uri")
		}
		q := url.Values{}
		for name, values := range b.form {
			q[name] = values
		}
		q.Del("client_secret")
		q.Set("client_id", b.client.ID)
		if b.key != "" {
			if q.Has("dpop_jkt") && q.Get("dpop_jkt") != b.key {
				return fault("invalid_dpop_proof", "dpop_jkt is not the proof's key (RFC 9449 section 10.1)")
			}
			q.Set("dpop_jkt", b.key)
		}
		if !b.client.redirectURI(q.Get("redirect_uri")) {
			return fault("invalid_request", "redirect_uri is not registered")
		}
		if _, bad := b.client.parse(q, p.Store.DB.Now()); bad != nil {
			return bad
		}
		id := secret.Token()
		err = p.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
			return p.Store.InsertPushedRequest(tx, id, b.client.ID, []byte(q.Encode()), tx.Now.Add(p.Settings.PushLife))
		})
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusCreated, map[string]any{"request_uri": pushedPrefix + id, "expires_in": int64(p.Settings.PushLife / time.Second)})
	})
}

// pushed returns the parameters that this client pushed, or nil.
func (p *Provider) pushed(tx *sqldb.Tx, id, clientID string) (url.Values, error) {
	text, err := p.Store.PushedRequest(tx, id, clientID)
	if err != nil || text == nil {
		return nil, err
	}
	return url.ParseQuery(string(text))
}
