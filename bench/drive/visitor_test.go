package drive

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The visitor against Go's own server: what is sent arrives, cookies are kept and
// forgotten, redirects followed as far as they should be, and a closed connection is
// opened again.
func TestVisitor(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/form":
			http.SetCookie(w, &http.Cookie{Name: "browser", Value: "b1", Path: "/"})
			fmt.Fprintf(w, `<form method="post" action="/j/1?a=b&amp;c=d"><input type="hidden" name="version" value="7"><input name="start" value="s+/="><button name="action" value="go">%s`, strings.Repeat("x", 5000)) // chunked
		case "/j/1":
			cookie, err := r.Cookie("browser")
			if err != nil || cookie.Value != "b1" || r.PostFormValue("version") != "7" || r.PostFormValue("start") != "s+/=" || r.PostFormValue("action") != "go" || r.PostFormValue("name") != "Ann & Bob" ||
				r.Header.Get("X-Forwarded-For") != "198.18.0.1" || r.Header.Get("Sec-Fetch-Site") != "same-origin" || r.URL.RawQuery != "a=b&c=d" {
				t.Errorf("arrived as %v %v %v", r.PostForm, r.Header, r.URL)
			}
			http.SetCookie(w, &http.Cookie{Name: "browser", MaxAge: -1})
			http.Redirect(w, r, "/next", http.StatusSeeOther)
		case "/next":
			w.Header().Set("Connection", "close")
			http.Redirect(w, r, "/portal/in", http.StatusSeeOther)
		case "/busy":
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	v := &Visitor{Server: host, Host: host, Address: "198.18.0.1", Stop: "/portal/"}
	if err := v.Get("/form"); err != nil || v.Status != 200 || !v.Offers("go") || v.Offers("stay") || !v.Has("start") || v.Cookies["browser"] != "b1" {
		t.Fatalf("%d %v %v", v.Status, err, v.Cookies)
	}
	if err := v.Press("go", "name", "Ann & Bob"); err != nil || v.Status != 303 || v.Path != "/next" || v.Header["location"] != "/portal/in" || len(v.Cookies) != 0 {
		t.Fatalf("%d at %s, %v, %v", v.Status, v.Path, err, v.Cookies)
	}
	server.CloseClientConnections()
	if err := v.Get("/busy"); err != nil || v.Status != 503 || v.Header["retry-after"] != "5" {
		t.Errorf("%d %v %v", v.Status, err, v.Header)
	}
	if asked != 4 {
		t.Errorf("%d requests", asked)
	}
	server.Close()
	if err := v.Get("/form"); err == nil || v.Status != 0 {
		t.Errorf("a dead server answered %d", v.Status)
	}
}
