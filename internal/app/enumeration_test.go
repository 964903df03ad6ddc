package app_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
)

// blank takes out what may differ: ids, sealed starts, what was typed, references.
var blank = regexp.MustCompile(`/j/[a-z0-9-]+|name="start" value="[^"]*"|value="[^"]*@[^"]*"|class="number">[a-z0-9]{8}<`)

// typedName is the username that was typed.
var typedName = regexp.MustCompile(`name="username" value="[^"]*"`)

// T-01: a wrong password, an unknown address, one that is not registered yet and
// a disabled one have one answer, with the same number of commits and statements.
func TestNobodyLearnsWhoExists(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		db := w.serving.Load().Store
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := db.Disable(tx, demo.SampleID("palvarez"), 1); return err }); err != nil {
			t.Fatal(err)
		}
		type answer struct {
			status int
			page   string
			spent  sqldb.Stats
			header []string
		}
		try := func(email, password string) answer {
			b := newTab(w)
			b.open("/signin/phone")
			before := db.DB.Stats()
			b.fill("Email Address", email)
			b.fill("Password", password)
			b.click("Sign in")
			after := db.DB.Stats()
			var names []string
			for name := range b.header {
				names = append(names, name)
			}
			slices.Sort(names)
			return answer{b.status, blank.ReplaceAllString(b.body, ""), sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}, names}
		}
		known := try("dana.phone@lakeside.example", "wrong horse battery staple")
		if known.status != 422 || known.spent.Commits != 2 {
			t.Fatalf("known: %d, %+v", known.status, known.spent)
		}
		for name, other := range map[string]answer{
			"unknown":        try("nobody@lakeside.example", "correct horse battery staple"),
			"not registered": try("jrivera@lakeside.example", "Portal-Pass-2020"),
			"disabled":       try("pat.admin@lakeside.example", "correct horse battery staple"),
		} {
			if other.status != known.status || other.spent != known.spent || !slices.Equal(other.header, known.header) {
				t.Errorf("%s: %d %+v %v, known: %d %+v %v", name, other.status, other.spent, other.header, known.status, known.spent, known.header)
			}
			if other.page != known.page {
				t.Errorf("%s: another page\n%s\n%s", name, other.page, known.page)
			}
		}
	})
}

// T-01, T-30: the time does not tell either. Medians of interleaved tries, so
// that what else the machine does hits both alike.
func TestTimeDoesNotTellWhoExists(t *testing.T) {
	w := liteWorld(t, fullHash, func(c *config.Config) { c.Limits.PasswordWaitFrom, c.Limits.AddressFailures = 50, 5000 })
	b := newTab(w)
	takeEquallyLong(t, "sign in", 16, 422, func(known bool) {
		b.open("/signin/phone")
		b.fill("Email Address", map[bool]string{true: "dana.phone@lakeside.example", false: "nobody@lakeside.example"}[known])
		b.fill("Password", "wrong horse battery staple")
	}, func() int { b.click("Sign in"); return b.status })
}

// takeEquallyLong compares the medians of interleaved pairs: within 5 ms or 10 %.
// What else the machine does may spoil a round, so that one of three must agree;
// a difference in the code spoils all.
func takeEquallyLong(t *testing.T, name string, pairs, want int, prepare func(known bool), act func() int) {
	t.Helper()
	var said []string
	for range 3 {
		took := map[bool][]time.Duration{}
		for n := range 2 * pairs {
			known := n%4 == 0 || n%4 == 3 // every second pair the other way round: what recurs at every second try (the collector, after so much memory) hits both
			prepare(known)
			began := time.Now()
			if status := act(); status != want {
				t.Fatalf("%s: %d", name, status)
			}
			took[known] = append(took[known], time.Since(began))
		}
		median := func(list []time.Duration) time.Duration { slices.Sort(list); return list[len(list)/2] }
		known, unknown := median(took[true]), median(took[false])
		if d := (known - unknown).Abs(); d <= 5*time.Millisecond || d <= known/10 {
			return
		}
		said = append(said, fmt.Sprintf("known %v, unknown %v", known, unknown))
	}
	t.Errorf("%s: %v", name, said)
}

// T-31: neither a page nor the log shows a password, a code, a token, or a number in full.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.open("/signin/phone")
	b.fill("Email Address", "dana.phone@lakeside.example")
	b.fill("Password", "a-very-wrong-password-canary")
	b.click("Sign in")
	pages := b.body
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
	pages += b.body
	b.click("Send Code")
	pages += b.body
	code := w.newest("+12025550185", "sms").Code
	b.fill("Verification code", other(code))
	b.click("Verify Code")
	pages += b.body
	b.fill("Verification code", code)
	b.click("Verify Code")
	pages += b.body
	w.get("/j/none/state")
	secrets := []string{"a-very-wrong-password-canary", "correct horse battery staple", "2025550185", "202-555-0185"}
	for _, s := range append(secrets, code, other(code)) {
		if strings.Contains(pages, s) {
			t.Errorf("a page shows %q", s)
		}
		if strings.Contains(w.log.text(), s) {
			t.Errorf("the log shows %q", s)
		}
	}
	for _, c := range b.client.Jar.Cookies(b.url) {
		if len(c.Value) > 20 && strings.Contains(w.log.text(), c.Value) {
			t.Errorf("the log shows the cookie %s", c.Name)
		}
	}
}
