package app_test

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// T-29: where the queue for a password check is full, who has typed nothing yet is
// asked to wait by a page that tries again by itself, and who is past the password
// goes on.
func TestFullQueueAsksBeforeAnythingIsTyped(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	dana, late := newTab(w), newTab(w)
	dana.signInTo("phone", "dana.phone@lakeside.example")
	gate := w.serving.Load().Engine.Gate
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for range runtime.NumCPU() {
		done, err := gate.Enter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	var all sync.WaitGroup
	for range 64 * runtime.NumCPU() { // passhash.perCore
		all.Go(func() {
			if done, err := gate.Enter(ctx); err == nil {
				done()
			}
		})
	}
	until(t, "the queue is full", gate.Full)
	for _, path := range []string{"/signin/phone", "/signin/email?lang=es", "/register/first", "/help/unfinished"} {
		late.open(path)
		after, err := strconv.Atoi(late.header.Get("Retry-After"))
		if late.status != http.StatusServiceUnavailable || err != nil || after < 5 || after > 10 || late.header.Get("Refresh") != late.header.Get("Retry-After") {
			t.Errorf("%s: %d, Retry-After %q, Refresh %q", path, late.status, late.header.Get("Retry-After"), late.header.Get("Refresh"))
		}
		if again := attr(late.find(func(n *html.Node) bool {
			return n.Data == "a" && (same(content(n), "Try again now") || same(content(n), "Intentar ahora"))
		}), "href"); !strings.HasPrefix(again, strings.Split(path, "?")[0]) {
			t.Errorf("%s: try again leads to %q", path, again)
		}
	}
	if late.open("/"); late.status != http.StatusOK {
		t.Errorf("the login options: %d", late.status)
	}
	dana.click("Send Code")
	dana.fill("Verification code", w.newest("+12025550185", "sms").Code)
	if dana.click("Verify Code"); dana.url.Path != "/home" {
		t.Errorf("dana stands at %s", dana.url)
	}
	leave()
	all.Wait()
	if late.open("/signin/phone"); late.status != http.StatusOK {
		t.Errorf("when it is over: %d", late.status)
	}
}
