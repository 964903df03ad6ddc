package op

import (
	"context"
	"net/http"
	"net/url"
)

// back is a request on the back channel: a form, from a client that has shown
// who it is.
type back struct {
	*http.Request
	form   url.Values
	client *Client
	key    string // thumbprint of the DPoP proof's key, or empty
}

// authenticate reads the form and the client's credentials: client_secret_basic,
// client_secret_post, or none for a public client (OIDC Core 9, ASVS 10.4.10).
func (p *Provider) authenticate(ctx context.Context, r *http.Request) (*back, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fault("invalid_request", "the body is no form")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, fault("invalid_request", name+" is there twice")
		}
	}
	id, text, basic, err := credentials(r)
	if err != nil {
		return nil, err
	}
	c, failure := p.client(p.Store.Read(ctx), id)
	if failure != nil {
		return nil, failure
	}
	hash := SecretHash(p.Store.Keys, id, text)
	switch {
	case c != nil && c.Public && text == "":
	case c != nil && !c.Public && c.hasSecret(hash):
	default:
		p.Log.Warn("client not authenticated", "known", c != nil, "basic", basic) // ASVS 16.3.1
		return nil, &problem{Code: "invalid_client", Text: "client id or secret is not right", Status: http.StatusUnauthorized}
	}
	b := &back{Request: r, form: r.PostForm, client: c}
	if proof := r.Header.Values("DPoP"); len(proof) > 0 {
		if b.key, err = p.checkProof(ctx, proof, r.Method, r.URL.Path, ""); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func credentials(r *http.Request) (id, text string, basic bool, err error) {
	id, text = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	name, word, basic := r.BasicAuth()
	if !basic {
		return id, text, false, nil
	}
	if text != "" {
		return "", "", true, fault("invalid_request", "two kinds of client authentication at once")
	}
	user, err1 := url.QueryUnescape(name) // RFC 6749 section 2.3.1
	pass, err2 := url.QueryUnescape(word)
	if err1 != nil || err2 != nil || id != "" && id != user {
		return "", "", true, fault("invalid_request", "the Authorization header does not fit the request")
	}
	return user, pass, true, nil
}

// endpoint wraps a handler of the back channel: errors of the protocol become
// their JSON, others go to the caller.
func endpoint(w http.ResponseWriter, r *http.Request, serve func() error) error {
	w.Header().Set("Cache-Control", "no-store")
	err := serve()
	bad, ok := err.(*problem)
	if !ok {
		return err
	}
	if bad.Status == http.StatusUnauthorized && bad.Code == "invalid_client" {
		w.Header().Set("WWW-Authenticate", `Basic realm="sallyport"`)
	}
	return bad.write(w)
}
