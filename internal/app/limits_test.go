package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/config"
)

// tryPassword makes one try and returns the status.
func (b *tab) tryPassword(email, password string) int {
	b.t.Helper()
	b.open("/signin/phone")
	b.fill("Email Address", email)
	b.fill("Password", password)
	b.click("Sign in")
	return b.status
}

// TM-20, T-33: a stranger's tries make strangers wait, not the browser that
// completed a sign-in.
func TestStrangersTriesDoNotLockOut(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		dana, stranger := newTab(w), newTab(w)
		dana.signInTo("phone", "dana.phone@lakeside.example")
		dana.click("Send Code")
		dana.fill("Verification code", w.newest("+12025550185", "sms").Code)
		dana.click("Verify Code")
		dana.click("Sign out")
		for i := range 10 {
			if got := stranger.tryPassword("dana.phone@lakeside.example", "guess number one"); got != 422 {
				t.Fatalf("try %d: %d", i+1, got)
			}
		}
		if got := stranger.tryPassword("dana.phone@lakeside.example", "correct horse battery staple"); got != 429 || stranger.header.Get("Retry-After") != "60" {
			t.Errorf("try 11: %d, Retry-After %q", got, stranger.header.Get("Retry-After"))
		}
		if !strings.Contains(stranger.body, `value="dana.phone@lakeside.example"`) || !stranger.sees("Wait 60 seconds") {
			t.Errorf("what the stranger reads: %s", stranger.text())
		}
		if dana.tryPassword("dana.phone@lakeside.example", "correct horse battery staple"); !dana.sees("XXX-XXX-0185") {
			t.Errorf("Dana in her own browser: %s", dana.text())
		}
		w.clock.add(61 * time.Second)
		if stranger.tryPassword("dana.phone@lakeside.example", "correct horse battery staple"); !stranger.sees("XXX-XXX-0185") {
			t.Errorf("after the wait: %s", stranger.text())
		}
	})
}

// NIST-OOB-2: a new code does not reset the count of failures: they add up to
// the wait over codes, journeys and browsers (T-08, TM-07).
func TestWrongCodesAddUpOverJourneys(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		wrong := 0
		for wrong < 10 {
			b := newTab(w)
			b.signInTo("phone", "dana.phone@lakeside.example")
			b.click("Send Code")
			for range 4 {
				if wrong == 10 {
					break
				}
				b.fill("Verification code", other(w.newest("+12025550185", "sms").Code))
				b.click("Verify Code")
				if b.status != 422 {
					t.Fatalf("wrong code %d: %d", wrong+1, b.status)
				}
				wrong++
			}
			w.clock.add(time.Second)
		}
		b := newTab(w)
		b.signInTo("phone", "dana.phone@lakeside.example")
		b.click("Send Code")
		b.fill("Verification code", w.newest("+12025550185", "sms").Code)
		b.click("Verify Code")
		if b.status != 429 {
			t.Fatalf("the eleventh: %d %s", b.status, b.text())
		}
		w.clock.add(time.Minute)
		b.fill("Verification code", w.newest("+12025550185", "sms").Code)
		b.click("Verify Code")
		if !b.sees("Dana Whitfield") {
			t.Errorf("after the wait: %s", b.text())
		}
	})
}

// Rule 7, TM-22: many failures from one address make it wait; completed sign-ins
// cost nothing, and a network of its own limit keeps that.
func TestAddressLimits(t *testing.T) {
	t.Parallel()
	few := func(c *config.Config) { c.Limits.AddressFailures, c.Limits.UnfinishedSends = 5, 5 }
	w := liteWorld(t, few)
	for i := range 12 { // completed ones give back
		b := newTab(w)
		b.signInTo("phone", "dana.phone@lakeside.example")
		b.click("Send Code")
		b.fill("Verification code", w.newest("+12025550185", "sms").Code)
		b.click("Verify Code")
		if !b.sees("Dana Whitfield") {
			t.Fatalf("sign-in %d: %s", i+1, b.text())
		}
		w.clock.add(time.Second)
	}
	b := newTab(w)
	for i := range 5 {
		if got := b.tryPassword(fmt.Sprintf("nobody%d@lakeside.example", i), "guess"); got != 422 {
			t.Fatalf("failure %d: %d", i+1, got)
		}
	}
	if got := b.tryPassword("nobody@lakeside.example", "guess"); got != 429 {
		t.Errorf("the sixth failure: %d", got)
	}
	own := liteWorld(t, few, func(c *config.Config) {
		c.Limits.Networks = []config.Network{{CIDR: "127.0.0.0/8", AddressFailures: 50, UnfinishedSends: 50}}
	})
	b = newTab(own)
	for i := range 8 {
		if got := b.tryPassword(fmt.Sprintf("nobody%d@lakeside.example", i), "guess"); got != 422 {
			t.Fatalf("a known network's failure %d: %d", i+1, got)
		}
	}
}

// TM-08: ten codes a journey, then it says so.
func TestCodesPerJourney(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.signInTo("email", "eli.email@lakeside.example")
	b.click("Send verification code")
	for i := range 9 {
		w.clock.add(21 * time.Second) // the e-mail code's wait never grows (rule 8)
		if b.click("Send new code"); b.status != 200 {
			t.Fatalf("code %d: %d %s", i+2, b.status, b.text())
		}
	}
	w.clock.add(21 * time.Second)
	if b.click("Send new code"); b.status != 429 || !b.sees("You have asked for many codes") {
		t.Errorf("code 11: %d %s", b.status, b.text())
	}
}

// T-29: beyond the queue 503 with Retry-After and a page that says so, the typed
// address kept; nobody's try is counted.
func TestTooManySignInsAtOnce(t *testing.T) {
	w := liteWorld(t, func(c *config.Config) {
		c.Hash = config.Hash{MemoryKiB: 262144, Passes: 4, QueueFor: config.Duration(100 * time.Millisecond)}
	})
	tabs := make([]*tab, 8)
	for i := range tabs {
		tabs[i] = newTab(w)
		tabs[i].open("/signin/phone")
		tabs[i].fill("Email Address", "dana.phone@lakeside.example")
		tabs[i].fill("Password", "wrong horse battery staple")
	}
	var all sync.WaitGroup
	for _, b := range tabs {
		req := b.press("Sign in")
		all.Go(func() { b.take(b.send(req)) })
	}
	all.Wait()
	busy := 0
	for _, b := range tabs {
		if b.status != http.StatusServiceUnavailable {
			continue
		}
		busy++
		if b.header.Get("Retry-After") == "" || !b.sees("Very many people are signing in right now") || !strings.Contains(b.body, `value="dana.phone@lakeside.example"`) {
			t.Errorf("503 without help: %v %s", b.header, b.text())
		}
	}
	if busy == 0 || busy == len(tabs) {
		t.Errorf("%d of %d were turned away", busy, len(tabs))
	}
}
