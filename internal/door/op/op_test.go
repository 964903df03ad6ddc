package op

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
)

var now = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// RFC9700-1, RFC9700-7: what may be registered at all.
func TestSettingsProblems(t *testing.T) {
	with := func(uri string) ClientSettings { return ClientSettings{RedirectURIs: []string{uri}} }
	for _, good := range []string{"https://rp.example/cb", "https://rp.example/cb?x=1", "http://localhost:9000/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb"} {
		if p := with(good).Problems(); len(p) > 0 {
			t.Errorf("%s: %v", good, p)
		}
	}
	for _, bad := range []string{"", "rp.example/cb", "/cb", "http://rp.example/cb", "https://rp.example/cb#x", "https://rp.example/#", "https://u:p@rp.example/cb", "javascript:alert(1)", "com.example.app:/cb", "https:rp.example", "http://localhost.evil.example/"} {
		if p := with(bad).Problems(); len(p) == 0 {
			t.Errorf("%q can be registered", bad)
		}
	}
	for name, s := range map[string]ClientSettings{
		"no redirect URI":        {},
		"unknown scope":          {RedirectURIs: []string{"https://a.example/"}, Scopes: []string{"everything"}},
		"unknown algorithm":      {RedirectURIs: []string{"https://a.example/"}, Algorithm: "none"},
		"public without PKCE":    {RedirectURIs: []string{"https://a.example/"}, Public: true, WithoutPKCE: true},
		"back channel in clear":  {RedirectURIs: []string{"https://a.example/"}, BackChannelLogoutURI: "http://a.example/"},
		"bad post-logout adress": {RedirectURIs: []string{"https://a.example/"}, PostLogoutRedirectURIs: []string{"//a.example"}},
	} {
		if len(s.Problems()) == 0 {
			t.Errorf("%s can be registered", name)
		}
	}
}

// The loopback port alone may vary, for native applications (RFC 8252 section 7.3).
func TestRedirectURI(t *testing.T) {
	native := &Client{ClientSettings: ClientSettings{Public: true, RedirectURIs: []string{"http://127.0.0.1/cb", "http://[::1]:5000/cb?x=1", "http://localhost/cb"}}}
	web := &Client{ClientSettings: ClientSettings{RedirectURIs: []string{"http://127.0.0.1/cb"}}}
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:1234/cb": true, "http://[::1]:9/cb?x=1": true, "http://localhost/cb": true,
		"http://localhost:1/cb": false, "http://127.0.0.1:1234/other": false, "http://127.0.0.2/cb": false, "https://127.0.0.1/cb": false,
		"http://u@127.0.0.1:1/cb": false, "http://127.0.0.1:1234/cb?x=1": false, "http://127.0.0.1:1@evil.example/cb": false,
	} {
		if got := native.redirectURI(uri); got != want {
			t.Errorf("native %s: %v", uri, got)
		}
	}
	if web.redirectURI("http://127.0.0.1:1234/cb") {
		t.Error("an application with a secret chooses its port")
	}
}

// Nobody gets a claim whose scope the client may not have, also not one by one.
func TestClaimsFollowTheClientsScopes(t *testing.T) {
	a := &account.Account{ID: "a", State: account.Registered, FirstName: "Dana", LastName: "Whitfield", Email: "d@x.example", Phone: "+12025550185", NPI: "1"}
	c := &Client{ClientSettings: ClientSettings{Scopes: []string{"openid", "profile"}}}
	if got := c.scope([]string{"openid", "profile", "phone", "profile", "nonsense"}); !slices.Equal(got, []string{"openid", "profile"}) {
		t.Errorf("scopes %v", got)
	}
	asked := map[string]*claimRequest{"name": nil, "phone_number": {Essential: true}}
	if got := c.about(a, []string{"openid"}, asked); got["name"] != "Dana Whitfield" || len(got) != 1 {
		t.Errorf("one by one: %v", got)
	}
	imported := *a
	imported.State = account.Imported
	if claim(&imported, "email_verified") != false || claim(a, "email_verified") != true {
		t.Error("verified without having been proven, or the reverse")
	}
	if claim(&account.Account{}, "phone_number") != nil || claim(&account.Account{}, "phone_number_verified") != nil {
		t.Error("a telephone that is not there")
	}
}

// RFC 9449 section 4.3, RFC 3986 section 6.2.
func TestSameAddress(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"https://op.example/oauth2/token", "https://op.example/oauth2/token", true},
		{"https://OP.example:443/oauth2/token", "https://op.example/oauth2/token", true},
		{"HTTPS://op.example/oauth2/token?x#y", "https://op.example/oauth2/token", true},
		{"http://op.example/oauth2/token", "https://op.example/oauth2/token", false},
		{"https://op.example/oauth2/token/", "https://op.example/oauth2/token", false},
		{"https://op.example.evil/oauth2/token", "https://op.example/oauth2/token", false},
		{"%", "%", false},
	} {
		if got := sameAddress(tc.a, tc.b); got != tc.want {
			t.Errorf("%s, %s: %v", tc.a, tc.b, got)
		}
	}
}

// RFC 7636 appendix B, and a verifier where there is no challenge.
func TestProves(t *testing.T) {
	k := &code{Challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
	if !k.proves("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") {
		t.Error("the RFC's own pair does not fit")
	}
	for _, bad := range []string{"", "dBjftJeZ4CVP", k.Challenge, strings.Repeat("a", 129)} {
		if k.proves(bad) {
			t.Errorf("%q fits", bad)
		}
	}
	if none := (&code{}); none.proves("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") || !none.proves("") {
		t.Error("without a challenge")
	}
}

func TestAnswerLocation(t *testing.T) {
	for uri, want := range map[string]string{"https://a.example/cb": "https://a.example/cb?code=x%26y", "https://a.example/cb?k=1": "https://a.example/cb?k=1&code=x%26y"} {
		if got := (&Answer{URI: uri, Parameters: url.Values{"code": {"x&y"}}}).Location(); got != want {
			t.Errorf("%s", got)
		}
	}
}

// Where keys stand in their lives.
func TestPublishedKeys(t *testing.T) {
	key := func(id string, generation int64, from time.Duration, withdrawn bool) *signingKey {
		return &signingKey{SigningKey: store.SigningKey{ID: id, Algorithm: "ES256", Generation: generation, SignsFrom: now.Add(from), Withdrawn: withdrawn}}
	}
	keys := []*signingKey{key("old", 1, -48*time.Hour, false), key("stolen", 2, -30*time.Hour, true), key("present", 3, -time.Hour, false), key("next", 4, leadTime, false)}
	at := func(when time.Duration) (signing string, seen []string) {
		for _, k := range published(keys, now.Add(when)) {
			seen = append(seen, k.ID)
		}
		return current(keys, "ES256", now.Add(when)).ID, seen
	}
	for _, tc := range []struct {
		when    time.Duration
		signing string
		seen    []string
	}{
		{-7 * time.Hour, "old", []string{"old", "present", "next"}},
		{0, "present", []string{"present", "next"}},
		{leadTime, "next", []string{"present", "next"}},
		{leadTime + afterTime, "next", []string{"next"}},
	} {
		if signing, seen := at(tc.when); signing != tc.signing || !slices.Equal(seen, tc.seen) {
			t.Errorf("%v: %s signs, %v are published", tc.when, signing, seen)
		}
	}
}
