package app_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"sallyport/internal/demo"
)

// TM-17: the portal idles out after 15 minutes; using it keeps the door open, too;
// asking how much time is left does not.
func TestPortalIdlesOut(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, eli)
	left := func() int64 {
		t.Helper()
		b.open("/portal/session")
		var out struct{ Left int64 }
		if err := json.Unmarshal([]byte(content(b.doc)), &out); err != nil {
			t.Fatal(err, b.body)
		}
		return out.Left
	}
	for range 5 {
		w.clock.add(14 * time.Minute)
		if got := left(); got != 60 {
			t.Errorf("left %d s", got)
		}
		if !b.isHome() {
			t.Fatalf("a minute before it has ended: %s", b.text())
		}
	}
	if b.open("/account"); b.url.Path != "/account" {
		t.Errorf("the portal was in use, and the door has ended: %s", b)
	}
	b.isHome()
	w.clock.add(14*time.Minute + 59*time.Second)
	b.send2("POST", "/portal/session")
	if b.status != 200 || left() != 900 {
		t.Errorf("“Stay signed in”: %s, left %d", b, left())
	}
	w.clock.add(15 * time.Minute)
	if left() != 0 || b.isHome() {
		t.Errorf("after 15 minutes: %s", b.text())
	}
	b.send2("POST", "/portal/session")
	if b.url.Path == "/portal/session" {
		t.Errorf("an ended session stays: %s", b)
	}
}

// TM-17: a page that renews itself is no use of the session, and shows nothing once
// that has ended.
func TestRenewalIsNoUse(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signInStaff(b, demo.StaffEmail)
	renew := func() int {
		t.Helper()
		req, _ := http.NewRequest("GET", b.base+"/staff/progress", nil)
		req.Header.Set("X-Renewal", "1")
		b.take(b.send(req))
		return b.status
	}
	for range 14 {
		w.clock.add(time.Minute)
		if got := renew(); got != 200 || !b.sees("By phone") {
			t.Fatalf("renewal: %d %s", got, b.text())
		}
	}
	w.clock.add(time.Minute)
	if got := renew(); got != 204 || b.body != "" {
		t.Errorf("15 minutes of nothing but renewals: %d %q", got, b.body)
	}
	if b.isHome() {
		t.Error("renewals kept the session alive")
	}
}

// send2 sends a request as the page's own script would.
func (b *tab) send2(method, path string) {
	b.t.Helper()
	req, _ := http.NewRequest(method, b.base+path, nil)
	b.take(b.send(req))
}
