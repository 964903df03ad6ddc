package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/door/factor"
)

// ask sends one request as it is, without following redirects.
func (w *world) ask(method, path string, change ...func(*http.Request)) *http.Response {
	w.t.Helper()
	req, err := http.NewRequest(method, w.config.PublicURL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range change {
		c(req)
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

func with(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if name == "Host" {
			r.Host = value
			return
		}
		r.Header.Set(name, value)
	}
}

// T-18, ASVS 3.4: on every answer, errors included.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for _, path := range []string{"/", "/signin/phone", "/j/phone-none", "/nowhere", "/home", "/healthz", "/demo", "/demo/messages.json", "/static/door.css", "/static/none.css"} {
		resp := w.ask("GET", path)
		h := resp.Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") ||
			!strings.Contains(csp, "base-uri 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
		if resp.StatusCode == 200 && !strings.Contains(h.Get("Content-Type"), "charset=utf-8") && h.Get("Content-Type") != "" && !strings.HasPrefix(path, "/static") {
			t.Errorf("%s: Content-Type %q", path, h.Get("Content-Type")) // ASVS 4.1.1
		}
		if strings.HasPrefix(path, "/static/door") == (h.Get("Cache-Control") == "no-store") { // ASVS 14.3.2
			t.Errorf("%s: Cache-Control %q", path, h.Get("Cache-Control"))
		}
	}
	for _, method := range []string{"TRACE", "PUT", "DELETE"} { // ASVS 13.4.4
		if resp := w.ask(method, "/home"); resp.StatusCode < 400 {
			t.Errorf("%s /account: %d", method, resp.StatusCode)
		}
	}
}

// T-17, ASVS 3.5.1: no form of another site gets anywhere, before sign-in or after.
func TestCrossSitePosts(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for _, path := range []string{"/signin/phone", "/j/phone-x", "/signout", "/signin/staff"} {
		for name, change := range map[string]func(*http.Request){
			"cross-site": with("Sec-Fetch-Site", "cross-site"), "same-site": with("Sec-Fetch-Site", "same-site"), "old browser": with("Origin", "https://evil.example"), "null": with("Origin", "null"),
		} {
			if resp := w.ask("POST", path, change); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s: %d", path, name, resp.StatusCode)
			}
		}
		if resp := w.ask("POST", path, with("Sec-Fetch-Site", "same-origin")); resp.StatusCode == http.StatusForbidden {
			t.Errorf("%s from ourselves is refused", path)
		}
	}
}

// T-15: no answer is made for, or from, another Host.
func TestOtherHosts(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	if resp := w.ask("GET", "/", with("Host", "evil.example")); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("evil host: %d", resp.StatusCode)
	}
	port := w.config.PublicURL[strings.LastIndex(w.config.PublicURL, ":")+1:]
	if resp := w.ask("GET", "/signin/phone?x=1", with("Host", "127.0.0.1:"+port)); resp.StatusCode != 302 || resp.Header.Get("Location") != w.config.PublicURL+"/signin/phone?x=1" {
		t.Errorf("127.0.0.1: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := w.ask("POST", "/signin/phone", with("Host", "127.0.0.1:"+port)); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("POST under 127.0.0.1: %d", resp.StatusCode)
	}
	for _, path := range []string{"/healthz", "/readyz", "/demo", "/demo/messages", "/demo/messages.json"} { // product.md 3.4
		if resp := w.ask("GET", path, with("Host", "127.0.0.1:"+port)); resp.StatusCode != 200 {
			t.Errorf("%s under 127.0.0.1: %d", path, resp.StatusCode)
		}
	}
}

// NIST-SES-3, ASVS 3.3: over https cookies are Secure, HttpOnly, __Host- and die
// with the browser; a session's token is another after each sign-in (T-16).
func TestCookies(t *testing.T) {
	t.Parallel()
	w := liteWorld(t, func(c *config.Config) { c.PublicURL = "https://signin.example.org" })
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		req := httptest.NewRequest("GET", path, nil)
		req.Host = "signin.example.org"
		w.serving.Load().Handler.ServeHTTP(rec, req)
		return rec
	}
	rec := get("/signin/phone")
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", cookies)
	}
	c := cookies[0]
	if c.Name != "__Host-browser" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || c.SameSite != http.SameSiteLaxMode || len(c.Value) != 43 {
		t.Errorf("cookie: %+v", c)
	}
	if rec.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
	if other := get("/signin/phone").Result().Cookies()[0]; other.Value == c.Value {
		t.Error("two browsers have one cookie")
	}
	if got := get("/").Result().Cookies(); len(got) != 0 {
		t.Errorf("a visit sets cookies: %v", got)
	}
}

func TestSessionTokenChangesWithEachSignIn(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	seen := map[string]bool{}
	for range 2 {
		b.signInTo("email", "eli.email@lakeside.example")
		b.click("Send verification code")
		b.fill("Verification code", w.newest("eli.email@lakeside.example", "email").Code)
		b.click("Verify code")
		b.click("Continue")
		for _, c := range b.client.Jar.Cookies(b.url) {
			if c.Name == "sallyport_session" {
				seen[c.Value] = true
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d tokens in two sign-ins", len(seen))
	}
	public, _ := url.Parse(w.config.PublicURL)
	before := b.client.Jar.Cookies(public)
	b.open("/home")
	b.click("Sign out")
	thief := newTab(w) // ASVS 7.4.1: what was stolen before opens nothing after
	thief.client.Jar.SetCookies(public, before)
	thief.open("/home")
	if thief.url.Path != "/" {
		t.Errorf("after sign-out the old cookies open %s", thief.url)
	}
}

// ASVS 4.1.3: a client's address is taken from trusted proxies only.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	few := func(c *config.Config) { c.Limits.AddressFailures = 5 }
	failures := func(w *world, forwarded func(i int) string) (allowed int) {
		for i := range 8 {
			b := newTab(w)
			b.open("/signin/phone")
			b.fill("Email Address", "nobody@lakeside.example")
			b.fill("Password", "x")
			req := b.press("Sign in")
			req.Header.Set("X-Forwarded-For", forwarded(i))
			if b.take(b.send(req)); b.status == 422 {
				allowed++
			}
		}
		return allowed
	}
	each := func(i int) string { return "198.51.100." + string(rune('1'+i)) }
	if got := failures(liteWorld(t, few), each); got != 5 {
		t.Errorf("nobody is trusted, yet a header made %d of 8", got)
	}
	trusting := func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.0/8"} }
	if got := failures(liteWorld(t, few, trusting), each); got != 8 {
		t.Errorf("the trusted proxy's clients are one: %d of 8", got)
	}
	if got := failures(liteWorld(t, few, trusting), func(i int) string { return each(i) + ", 203.0.113.9" }); got != 5 {
		t.Errorf("a client made its address up through the proxy: %d of 8", got)
	}
	if got := failures(liteWorld(t, few, trusting), func(i int) string { return "2001:db8::" + string(rune('1'+i)) }); got != 5 {
		t.Errorf("one IPv6 /64 has many addresses: %d of 8", got)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := w.get(path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := w.get("/metrics"); status != 404 { // ASVS 13.4.5: apart
		t.Errorf("/metrics on the public address: %d", status)
	}
	rec := httptest.NewRecorder()
	w.serving.Load().Metrics.ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"sallyport_http_request_seconds", "sallyport_hash_queue", "sallyport_db_commits_total"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}

func TestHugeFormsAreRefused(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	resp, err := http.PostForm(w.config.PublicURL+"/j/phone-x", url.Values{"password": {strings.Repeat("x", 100<<10)}})
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v %v", resp, err)
	}
	if resp != nil {
		resp.Body.Close()
	}
}

// Our trouble shows a reference that is in the log, and nothing of itself (ASVS 16.5.1).
func TestTroubleShowsAReference(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.open("/signin/phone")
	w.serving.Load().Store.DB.Close()
	b.fill("Email Address", "dana.phone@lakeside.example")
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
	if b.status != 500 || !b.sees("Something went wrong on our side") || strings.Contains(b.body, "sql") {
		t.Fatalf("%d %s", b.status, b.text())
	}
	words := strings.Fields(b.text())
	found := false
	for _, word := range words {
		found = found || len(word) == 8 && strings.Contains(w.log.text(), "reference="+word)
	}
	if !found {
		t.Errorf("no reference on the page is in the log: %s", b.text())
	}
	if status, _ := w.get("/readyz"); status != 503 {
		t.Errorf("/readyz: %d", status)
	}
}

// TM-R1: what sessions may claim, and why not more, is there to be read.
func TestAssuranceIsPublished(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	status, body := w.get("/.well-known/assurance")
	var said struct {
		Profile    string
		Ways       map[string]struct{ ACR string }
		Deviations []string
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil || status != 200 || said.Profile != "guide" {
		t.Fatalf("%d %v %s", status, err, body)
	}
	for name, way := range said.Ways {
		if way.ACR != factor.TwoStep {
			t.Errorf("%s claims %s", name, way.ACR)
		}
	}
	if len(said.Ways) != 3 || !slices.Equal(said.Deviations, w.config.Deviations()) {
		t.Errorf("%+v", said)
	}
}

// ASVS 14.3.1: what the browser kept of us goes with the session.
func TestSignOutClearsTheBrowser(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, "dana.phone@lakeside.example")
	b.open("/account")
	cleared := ""
	b.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if c := r.Response.Header.Get("Clear-Site-Data"); c != "" {
			cleared = c
		}
		return nil
	}
	if b.click("Sign out"); cleared == "" || !b.sees("signed out") {
		t.Errorf("Clear-Site-Data %q: %s", cleared, b.text())
	}
}

// ASVS 13.4.4: TRACE echoes nothing, and methods that a page does not have are refused.
func TestOtherMethods(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for _, method := range []string{"TRACE", "PUT", "DELETE", "PATCH"} {
		for _, path := range []string{"/", "/signin/phone", "/oauth2/token"} {
			req, err := http.NewRequest(method, w.config.PublicURL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Canary", "canary-in-the-header")
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 404 && resp.StatusCode != 405 || strings.Contains(string(body), "canary") {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
		}
	}
}
