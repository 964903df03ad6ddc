package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/internal/config"
	"sallyport/internal/sqldb/sqldbtest"
)

// What strangers send never makes trouble of ours: an answer below 500, with every
// header that protects, and nothing of what was sent in the log. Run for longer with
// `make fuzz`; what was found is kept in testdata/fuzz.

// fuzzWorld is one world for all inputs: limits are what they are, and wide.
func fuzzWorld(f *testing.F) *world {
	f.Helper()
	return newWorld(f, sqldbtest.SQLite(f, schema), config.Guide, behindProxy, func(c *config.Config) {
		c.Limits.AddressFailures, c.Limits.UnfinishedSends, c.Limits.CodeTriesPerAddress = 5000, 5000, 500
	})
}

func (w *world) survives(t *testing.T, method, target, body string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Skip("no HTTP server is ever asked for this")
	}
	r.URL, r.RequestURI, r.Host = u, target, strings.TrimPrefix(w.config.PublicURL, "http://")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	out := httptest.NewRecorder()
	w.serving.Load().Handler.ServeHTTP(out, r)
	if out.Code >= 500 {
		t.Fatalf("%s %q: %d\n%s", method, target, out.Code, w.log.text())
	}
	if out.Code != http.StatusMovedPermanently && out.Code != http.StatusTemporaryRedirect && out.Header().Get("X-Frame-Options") != "DENY" { // the router's own redirects to a clean path have no page
		t.Errorf("%s %q: %d without headers", method, target, out.Code)
	}
	return out
}

func FuzzForm(f *testing.F) {
	w := fuzzWorld(f)
	for _, seed := range []string{"", "version=1&action=sign_in&email=a%40b.example&password=x", "version=9999999999999999999&action=%00", "start=%zz&version=-1", "action=sign_in&action=verify&code=%F0%9F%92%A9", "email[]=1;version=1", strings.Repeat("a=b&", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		shown := w.survives(t, "GET", "/signin/phone", "")
		page := shown.Body.String()
		form := url.Values{}
		_, rest, _ := strings.Cut(page, `<form method="post" action="`)
		path, rest, _ := strings.Cut(rest, `"`)
		for _, name := range []string{"start", "version"} {
			_, value, _ := strings.Cut(rest, `name="`+name+`" value="`)
			value, _, _ = strings.Cut(value, `"`)
			form.Set(name, value)
		}
		cookies := shown.Result().Cookies()
		w.survives(t, "POST", path, form.Encode()+"&"+body, cookies...)
		w.survives(t, "POST", path, body, cookies...)
		w.survives(t, "GET", path, "", cookies...)
	})
}

func FuzzJourneyID(f *testing.F) {
	w := fuzzWorld(f)
	for _, seed := range []string{"", "phone-", "phone-aaaaaaaaaaaaaaaaaaaaaaaaaa", "../home", "%2e%2e%2f", "nothing-x", "phone-%00", strings.Repeat("x", 4000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		id = url.PathEscape(id)
		browser := &http.Cookie{Name: "sallyport_browser", Value: "somebody"}
		w.survives(t, "GET", "/j/"+id, "", browser)
		w.survives(t, "GET", "/j/"+id+"/state?seen="+id, "", browser)
		out := w.survives(t, "POST", "/j/"+id, "version=1&action=sign_in&start="+id, browser)
		if out.Header().Get("Set-Cookie") != "" && strings.Contains(out.Header().Get("Set-Cookie"), "session") {
			t.Errorf("an id made a session: %q", id)
		}
	})
}

func FuzzLinkToken(f *testing.F) {
	w := fuzzWorld(f)
	for _, seed := range []string{"", "a", strings.Repeat("A", 43), "../undo/x", "%00", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		token = url.PathEscape(token)
		for _, path := range []string{"/link/", "/undo/"} {
			w.survives(t, "GET", path+token, "")
			if out := w.survives(t, "POST", path+token, ""); strings.HasPrefix(out.Header().Get("Location"), "/j/") {
				t.Errorf("a made-up token began a journey: %q", token)
			}
		}
	})
}

func FuzzAuthorizationRequest(f *testing.F) {
	w := fuzzWorld(f)
	for _, seed := range []string{"", "client_id=portal", "client_id=portal&redirect_uri=https://evil.example&response_type=code", "client_id=portal&response_type=code&scope=openid&prompt=none&max_age=-1",
		"request_uri=urn:ietf:params:oauth:request_uri:x&client_id=portal", "claims={&client_id=portal", "resume=%00", "id_token_hint=a.b.c", "scope=openid%20openid&state=" + strings.Repeat("x", 3000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/oauth2/authorize", "/oauth2/logout"} {
			out := w.survives(t, "GET", path+"?"+query, "")
			if to := out.Header().Get("Location"); to != "" {
				if u, err := url.Parse(to); err != nil || u.Host != "" && "http://"+u.Host != w.config.PublicURL {
					t.Errorf("led to %q", to)
				}
			}
			w.survives(t, "POST", path, query)
		}
		for _, path := range []string{"/oauth2/token", "/oauth2/par", "/oauth2/revoke", "/oauth2/userinfo", "/portal/logout"} {
			w.survives(t, "POST", path, query)
		}
		w.survives(t, "GET", "/portal/callback?"+query, "")
		w.survives(t, "GET", "/portal/signin?"+query, "")
	})
}

// FuzzWalk lets the fuzzer choose what TestRandomWalk draws by chance.
func FuzzWalk(f *testing.F) {
	f.Fuzz(func(t *testing.T, chosen []byte) {
		rapid.MakeFuzz(func(rt *rapid.T) {
			w := liteWorld(t)
			defer w.serving.Load().stop()
			p := &walker{world: w, tab: newTab(w)}
			p.open("/")
			for range rapid.IntRange(8, 25).Draw(rt, "length") {
				p.step(rt)
				p.check(rt)
			}
		})(t, chosen)
	})
}
