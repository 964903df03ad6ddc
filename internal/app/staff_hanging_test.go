package app_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
)

// hangingProvider is an identity provider that accepts connections and never answers,
// until it is told to answer.
type hangingProvider struct {
	server *httptest.Server
	wakes  chan struct{} // closed: it answers
	asked  atomic.Int64  // requests for its configuration
}

func newHangingProvider(t *testing.T) *hangingProvider {
	p := &hangingProvider{wakes: make(chan struct{})}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		select {
		case <-p.wakes:
		case <-r.Context().Done():
			return
		}
		at := p.server.URL
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"issuer":"` + at + `","authorization_endpoint":"` + at + `/authorize","token_endpoint":"` + at + `/token","jwks_uri":"` + at + `/keys"}`))
	}))
	t.Cleanup(p.server.Close)
	return p
}

// While staff's identity provider hangs, the login options answer at once, LOGIN says in
// time that the provider is down, and many who press LOGIN do not queue up behind each
// other. When it answers again, LOGIN works without a restart.
func TestStaffProviderHangs(t *testing.T) {
	t.Parallel()
	p := newHangingProvider(t)
	w := liteWorld(t, func(c *config.Config) {
		c.Staff = config.Staff{Issuer: p.server.URL, ClientID: "x", EmailDomains: []string{"sallyport.example"}, GroupsClaim: "groups", Groups: []config.StaffGroup{{Group: "g", Roles: []string{"help_desk"}}}}
	})
	w.clock.live()
	press := func() (status int, took time.Duration, b *tab) {
		b = newTab(w)
		began := time.Now()
		b.open(b.base + "/signin/staff")
		return b.status, time.Since(began), b
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if status, took, b := press(); status != http.StatusServiceUnavailable || took > 5*time.Second || !b.sees("does not answer") {
				t.Errorf("LOGIN: %d after %v", status, took)
			}
		})
	}
	all.Go(func() {
		for range 20 {
			b, began := newTab(w), time.Now()
			if b.open(b.base + "/"); b.status != http.StatusOK || time.Since(began) > 2*time.Second {
				t.Errorf("the login options: %d after %v", b.status, time.Since(began))
				return
			}
		}
	})
	all.Wait()
	if status, took, _ := press(); status != http.StatusServiceUnavailable || took > time.Second {
		t.Errorf("LOGIN right after a failure: %d after %v", status, took)
	}
	if n := p.asked.Load(); n > 2 {
		t.Errorf("it was asked %d times", n)
	}
	close(p.wakes)
	until(t, "LOGIN leads to the provider again", func() bool {
		_, _, b := press()
		to := b.header.Get("Location")
		return b.status == http.StatusSeeOther && len(to) > len(p.server.URL) && to[:len(p.server.URL)] == p.server.URL
	})
}
