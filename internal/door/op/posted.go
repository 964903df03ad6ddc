package op

import "net/url"

// Posted seals the parameters of a posted request, so that they travel through a
// redirect to ourselves: what another site posts comes without our cookies, and
// what comes back has them (OIDC-6).
func (p *Provider) Posted(q url.Values) string {
	return p.Store.Keys.SealText("posted request", []byte(q.Encode()))
}

// OpenPosted returns them; none where Posted did not make the text.
func (p *Provider) OpenPosted(sealed string) url.Values {
	text, err := p.Store.Keys.OpenText("posted request", sealed)
	if err != nil {
		return url.Values{}
	}
	q, err := url.ParseQuery(string(text))
	if err != nil {
		return url.Values{}
	}
	return q
}
