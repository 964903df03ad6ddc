package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/config"
)

// TM-06, T-08: a code takes five tries, wherever they arrive; then the right one is
// as wrong as any.
func TestFiveTriesPerCodeAcrossReplicas(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		b.signInTo("phone", "dana.phone@lakeside.example")
		b.click("Send Code")
		code := w.newest("+12025550185", "sms").Code
		for i := range 5 {
			w.otherReplica()
			b.fill("Verification code", other(code))
			if b.click("Verify Code"); b.status != 422 {
				t.Fatalf("try %d: %d", i+1, b.status)
			}
		}
		w.otherReplica()
		b.fill("Verification code", code)
		if b.click("Verify Code"); b.url.Path == "/home" || !b.sees("send a new code") {
			t.Errorf("the sixth try, right: %s", b.text())
		}
	})
}

// TM-10, rule 7: what was asked for and never used makes its network wait, over all
// replicas; completed sign-ins cost nothing, and another network goes on.
func TestUnfinishedSendsAcrossReplicas(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		alice, bob := w.arrives("203.0.113.7"), w.arrives("203.0.113.8")
		for i := range 6 {
			w.otherReplica()
			if got := tries(alice, "dana.phone@lakeside.example", "correct horse battery staple"); got != 200 {
				t.Fatalf("password %d: %d", i+1, got)
			}
			if err := alice.Press("send_code"); err != nil {
				t.Fatal(err)
			}
			want := map[bool]int{true: 200, false: 429}[i < 5]
			if alice.Status != want {
				t.Fatalf("send %d: %d, want %d", i+1, alice.Status, want)
			}
			w.clock.add(time.Second)
		}
		if retry := alice.Header["retry-after"]; retry == "" || !strings.Contains(alice.Page, "Wait") {
			t.Errorf("no word on how long (Retry-After %q)", retry)
		}
		if tries(bob, "dana.phone@lakeside.example", "correct horse battery staple"); bob.Press("send_code") != nil || bob.Status != 200 {
			t.Errorf("another network: %d", bob.Status)
		}
		if n := w.count("audit", "type = 'limit.reached'"); n != 1 {
			t.Errorf("%d records for staff", n)
		}
	}, behindProxy, func(c *config.Config) { c.Limits.UnfinishedSends = 5 })
}

// TM-22, TM-20: wrong passwords of one network and of one address add up over replicas.
func TestFailuresAcrossReplicas(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		v := w.arrives("203.0.113.7")
		for i := range 7 {
			w.otherReplica()
			want := map[bool]int{true: 422, false: 429}[i < 6]
			if got := tries(v, fmt.Sprintf("nobody%d@lakeside.example", i), "guess"); got != want {
				t.Fatalf("failure %d of the network: %d, want %d", i+1, got, want)
			}
		}
		for i := range 11 {
			w.otherReplica()
			want := map[bool]int{true: 422, false: 429}[i < 10]
			if got := tries(w.arrives(fmt.Sprintf("203.0.113.%d", 100+i)), "dana.phone@lakeside.example", "guess"); got != want {
				t.Fatalf("failure %d of the address: %d, want %d", i+1, got, want)
			}
		}
	}, behindProxy, func(c *config.Config) { c.Limits.AddressFailures = 6 })
}

// Rule 7: IPv6 clients are counted by their /64, and what a client says of its own
// address counts for nothing.
func TestNetworksOfLimits(t *testing.T) {
	t.Parallel()
	w := liteWorld(t, behindProxy, func(c *config.Config) { c.Limits.AddressFailures = 5 })
	for i := range 6 {
		want := map[bool]int{true: 422, false: 429}[i < 5]
		if got := tries(w.arrives(fmt.Sprintf("2001:db8:1:2::%x", i+1)), fmt.Sprintf("nobody%d@x.example", i), "guess"); got != want {
			t.Fatalf("failure %d of a /64: %d, want %d", i+1, got, want)
		}
	}
	if got := tries(w.arrives("2001:db8:1:3::1"), "nobody@x.example", "guess"); got != 422 {
		t.Errorf("the next /64: %d", got)
	}
	bare := liteWorld(t, func(c *config.Config) { c.Limits.AddressFailures = 5 })
	for i := range 6 {
		want := map[bool]int{true: 422, false: 429}[i < 5]
		if got := tries(bare.arrives(fmt.Sprintf("198.51.100.%d", i+1)), fmt.Sprintf("nobody%d@x.example", i), "guess"); got != want {
			t.Fatalf("failure %d with a forged address: %d, want %d", i+1, got, want)
		}
	}
}

// TM-09, rule 8: a text can be asked for again after 20 seconds, not after 19; the
// other channel at once, and so can who signed out and in again.
func TestResendCoolDowns(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.signInTo("phone", "dana.phone@lakeside.example")
	b.click("Send Code")
	w.clock.add(19 * time.Second)
	if b.click("send a new code"); b.status != 429 || !b.sees("1 second") {
		t.Errorf("after 19 s: %d %s", b.status, b.text())
	}
	w.clock.add(time.Second)
	if b.click("send a new code"); b.status != 200 {
		t.Errorf("after 20 s: %d %s", b.status, b.text())
	}
	if b.click("Call Me"); b.status != 200 || !b.sees("#") {
		t.Errorf("a call at once: %d %s", b.status, b.text())
	}
	again := newTab(w)
	again.signInTo("phone", "dana.phone@lakeside.example")
	if again.click("Send Code"); again.status != 200 {
		t.Errorf("another journey at once: %d %s", again.status, again.text())
	}
}

// T-08: five hundred guesses at once, from many tabs of one browser and over two
// replicas, are at most five that are compared, and at most one session.
func TestFiveHundredGuesses(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.otherReplica()
		v := w.arrives("203.0.113.7")
		tries(v, "dana.phone@lakeside.example", "correct horse battery staple")
		if err := v.Press("send_code"); err != nil || !v.Offers("verify") {
			t.Fatalf("%d %v", v.Status, err)
		}
		code := w.newest("+12025550185", "sms").Code
		var sessions sync.Map
		eightAtOnce(500, func(worker, i int) {
			tab := *v
			again := *w.arrives(v.Address)
			again.Cookies, again.Page, again.Path, again.Status = map[string]string{}, tab.Page, tab.Path, tab.Status
			for name, value := range tab.Cookies {
				again.Cookies[name] = value
			}
			guess := fmt.Sprintf("%06d", i)
			if i == 250 || guess == code {
				guess = code
			}
			if err := again.Press("verify", "code", guess); err != nil {
				t.Error(err)
			}
			again.Hangup()
			if s := again.Cookies["sallyport_session"]; s != "" {
				sessions.Store(s, true)
			}
			if i%50 == 0 {
				w.otherReplica()
			}
		})
		compared := w.count("audit", "type = 'code.refused'") + w.count("audit", "type = 'signed_in'")
		n := 0
		sessions.Range(func(any, any) bool { n++; return true })
		if compared > 5 || compared == 0 || n > 1 {
			t.Errorf("%d compared, %d sessions", compared, n)
		}
	}, behindProxy)
}
