package app

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// inProcess answers requests for our own public address from our own handler,
// without a network; others go out. The portal reaches the provider by it, and
// the provider the portal.
type inProcess struct {
	host    string
	handler func() http.Handler
	out     http.RoundTripper
}

// newBackChannel is the client of every call from server to server. It follows no
// redirects (ASVS 15.3.2).
func newBackChannel(host string, handler func() http.Handler) *http.Client {
	out := http.DefaultTransport.(*http.Transport).Clone()
	out.ResponseHeaderTimeout, out.MaxIdleConnsPerHost = 5*time.Second, 4
	return &http.Client{Transport: inProcess{host, handler, out}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.host {
		return t.out.RoundTrip(req)
	}
	inward := req.Clone(req.Context())
	inward.Host, inward.RequestURI = req.URL.Host, req.URL.RequestURI()
	if inward.Body == nil {
		inward.Body = http.NoBody
	}
	defer inward.Body.Close()
	w := &answer{header: http.Header{}, status: http.StatusOK}
	t.handler().ServeHTTP(w, inward)
	return &http.Response{Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req}, nil
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
}

func (a *answer) Write(text []byte) (int, error) {
	a.wrote = true
	return a.body.Write(text)
}
