package app_test

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// half leaves a registration half-way: the address is proven, the password chosen.
func (w *world) half(username, email string) {
	w.t.Helper()
	b := newTab(w)
	w.toNewPassword(b, username, "PHONE", email)
	if b.click("Create"); !b.sees("Phone Number") {
		w.t.Fatal(b.text())
	}
}

const halfPassword = "violet tractor umbrella"

// path of a link, for a tab.
func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// T-03, T-04: whatever is entered, one answer.
func TestRescueTellsNobodyWhoExists(t *testing.T) {
	t.Parallel()
	reference := regexp.MustCompile(`class="mono">[a-z0-9]{8}<`)
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.half("jrivera", "jo@lakeside.example")
		type answer struct {
			status int
			page   string
		}
		try := func(path string, fill func(b *tab), button string) answer {
			b := newTab(w)
			b.open(path)
			fill(b)
			b.click(button)
			return answer{b.status, reference.ReplaceAllString(blank.ReplaceAllString(b.body, ""), "")}
		}
		byPassword := func(email, password string) answer {
			return try("/help/unfinished", func(b *tab) { b.fill("Email Address", email); b.fill("Password", password) }, "Send link")
		}
		byUsername := func(username string) answer {
			return try("/help/registration-error", func(b *tab) { b.fill("USERNAME", username) }, "Submit")
		}
		check := func(known answer, others map[string]answer) {
			t.Helper()
			if known.status != 200 || !strings.Contains(known.page, "Reference number") {
				t.Fatalf("known: %d %s", known.status, known.page)
			}
			for name, other := range others {
				if other.status != known.status || other.page != known.page {
					t.Errorf("%s: %d\n%s\nknown:\n%s", name, other.status, other.page, known.page)
				}
			}
		}
		check(byPassword("jo@lakeside.example", halfPassword), map[string]answer{
			"wrong password": byPassword("jo@lakeside.example", "not the password at all"), "unknown": byPassword("nobody@lakeside.example", halfPassword),
			"registered": byPassword(eli, "correct horse battery staple"), "imported": byPassword("mchen@lakeside.example", "Portal-Pass-2020"),
		})
		check(byUsername("jrivera"), map[string]answer{"unknown": byUsername("nobody"), "imported": byUsername("mchen"), "registered": byUsername("enavarro")})
		if m := w.newest("mchen@lakeside.example", "email"); m.Subject != "Your registration has not begun" || len(m.Links) != 0 {
			t.Errorf("imported: %q", m.Subject)
		}
		if m := w.newest(eli, "email"); m.Subject != "You are registered already" {
			t.Errorf("registered: %q", m.Subject)
		}
	})
}

// The statements of a request alone, without the worker that carries mails.
func TestRescueCostsTheSameForEverybody(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.half("jrivera", "jo@lakeside.example")
		w.quiet = true // only what the person does is counted
		w.restart()
		engine := w.serving.Load().Engine
		engine.Wake = func() {} // mails wait
		cost := func(path string, fields ...string) sqldb.Stats {
			b := newTab(w)
			b.open(path)
			for i := 0; i < len(fields)-1; i += 2 {
				b.fill(fields[i], fields[i+1])
			}
			db := w.serving.Load().Store.DB
			before := db.Stats()
			b.click(fields[len(fields)-1])
			after := db.Stats()
			return sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}
		}
		known := cost("/help/registration-error", "USERNAME", "jrivera", "Submit")
		for _, other := range []string{"nobody", "mchen", "enavarro"} {
			if got := cost("/help/registration-error", "USERNAME", other, "Submit"); got != known {
				t.Errorf("%s: %+v, half-finished: %+v", other, got, known)
			}
		}
		known = cost("/help/unfinished", "Email Address", "jo@lakeside.example", "Password", halfPassword, "Send link")
		for email, password := range map[string]string{"jo@lakeside.example": "wrong", "nobody@lakeside.example": halfPassword, eli: "correct horse battery staple"} {
			if got := cost("/help/unfinished", "Email Address", email, "Password", password, "Send link"); got != known {
				t.Errorf("%s: %+v, half-finished: %+v", email, got, known)
			}
		}
	})
}

// T-09, T-14: however often a link is opened, one “Continue” of many spends it; in
// whatever browser; and not after 20 minutes (TM-14), or once the person is done.
func TestFinishLink(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.half("jrivera", "jo@lakeside.example")
		last := ""
		ask := func() string {
			w.askByPassword("jo@lakeside.example")
			before := last
			until(t, "another link arrives", func() bool {
				last = pathOf(t, w.newestLink("jo@lakeside.example"))
				return last != before
			})
			return last
		}
		link := ask()
		for range 3 {
			scanner := newTab(w)
			if scanner.open(link); !scanner.sees("Press Continue") {
				t.Fatal(scanner.text())
			}
		}
		var began atomic.Int64
		var all sync.WaitGroup
		tabs := make([]*tab, 50)
		for i := range tabs {
			tabs[i] = newTab(w)
			tabs[i].open(link)
		}
		for _, b := range tabs {
			req := b.press("Continue")
			all.Go(func() {
				resp := b.send(req)
				resp.Body.Close()
				if strings.HasPrefix(resp.Request.URL.Path, "/j/") {
					began.Add(1)
				}
			})
		}
		all.Wait()
		if began.Load() != 1 {
			t.Errorf("one link began %d journeys", began.Load())
		}
		for _, b := range tabs { // who began it, and lost the answer, gets it again
			b.open(link)
			if strings.HasPrefix(b.url.Path, "/j/") {
				began.Add(1)
			}
		}
		if began.Load() != 2 {
			t.Errorf("%d browsers got the journey again", began.Load()-1)
		}
		w.clock.add(20 * time.Minute)
		early := ask()
		w.clock.add(20*time.Minute - time.Second)
		b := newTab(w)
		if b.open(early); !b.sees("Press Continue") {
			t.Errorf("a second before 20 minutes: %s", b.text())
		}
		w.clock.add(2 * time.Second)
		if b.click("Continue"); !b.sees("This link has expired") {
			t.Errorf("a second after: %s", b.text())
		}
		w.clock.add(time.Hour)
		late := ask()
		done := newTab(w) // finished on the login page meanwhile
		done.open("/signin/email")
		done.fill("Email Address", "jo@lakeside.example")
		done.fill("Password", halfPassword)
		done.click("Sign in")
		done.click("EMAIL")
		w.secondStep(done, "jo@lakeside.example")
		if done.url.Path != "/home" {
			t.Fatal(done.text())
		}
		b = newTab(w)
		if b.open(late); !b.sees("This link has expired") {
			t.Errorf("a registered person's link: %s", b.text())
		}
	})
}

// askByUsername asks for a link on the page “Registration Error”.
func (w *world) askByUsername(username string) {
	w.t.Helper()
	b := newTab(w)
	b.open("/help/registration-error")
	b.fill("USERNAME", username)
	b.click("Submit")
}

// askByPassword asks for a link as a person does who stopped half-way.
func (w *world) askByPassword(email string) {
	w.t.Helper()
	b := newTab(w)
	b.open("/help/unfinished")
	b.fill("Email Address", email)
	b.fill("Password", halfPassword)
	b.click("Send link")
}

// The link's journey is its own person's: somebody else's right password opens
// nothing there.
func TestFinishLinkIsOnePersons(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	w.half("jrivera", "jo@lakeside.example")
	w.askByPassword("jo@lakeside.example")
	b := newTab(w)
	b.open(pathOf(t, w.newestLink("jo@lakeside.example")))
	b.click("Continue")
	b.fill("Email Address", eli)
	b.fill("Password", "correct horse battery staple")
	if b.click("Sign in"); b.status != 422 {
		t.Errorf("%s: %s", b, b.text())
	}
}

// T-03: three an hour for a username.
func TestRescuesAreLimited(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for _, username := range []string{"jrivera", "nobody"} {
		for i := range 4 {
			b := newTab(w)
			b.open("/help/registration-error")
			b.fill("USERNAME", username)
			if b.click("Submit"); (b.status == 429) != (i == 3) {
				t.Errorf("%s, %d: %s", username, i+1, b)
			}
		}
	}
}

// 1.8: every branch of the help page leads somewhere: to something to do, or to a
// named contact with a number that is on record.
func TestHelpLeadsSomewhere(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		start := newTab(w)
		start.open("/help")
		_, branches := start.names()
		if len(branches) != 9 {
			t.Fatalf("%d branches: %q", len(branches), branches)
		}
		numbers := 0
		for _, branch := range branches {
			b := newTab(w)
			b.open("/help")
			if b.click(branch); b.status != 200 || !b.sees(branch) {
				t.Errorf("%s: %s", branch, b)
			}
			buttons, links := b.names()
			for _, name := range links {
				if strings.Contains(name, "@") || name == "Back" {
					continue
				}
				on := b.sibling()
				on.open(b.url.Path)
				if on.click(name); on.status != 200 || on.sees("Not switched on here") {
					t.Errorf("%s → %s: %s", branch, name, on)
				}
			}
			for _, name := range buttons {
				if b.click(name); b.status != 200 {
					t.Errorf("%s → %s: %s", branch, name, b)
				}
			}
			if b.sees("Tell them this number") {
				numbers++
			}
			if len(links)+len(buttons) < 2 {
				t.Errorf("%s is a dead end", branch)
			}
		}
		var recorded int
		if err := w.serving.Load().Store.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM audit WHERE type = 'help.asked'`).Scan(&recorded); err != nil || recorded != numbers || numbers != 6 {
			t.Errorf("%d numbers, %d on record, %v", numbers, recorded, err)
		}
		b := newTab(w)
		if b.open("/help/topic/nothing"); b.status != 404 {
			t.Errorf("%s", b)
		}
	})
}

func TestBrowserHelp(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		w.half("jrivera", "jo@lakeside.example")
		c.visit("/help", say("help.title"), name("80-help"))
		c.click(say("help.locked.title"))
		c.shot(name("81-help-locked"))
		c.click(say("help.get_number"))
		c.see(say("help.number"))
		c.shot(name("82-help-number"))
		c.open("/help/topic/registration_error")
		c.shot(name("83-registration-error"))
		c.click(say("help.reset"))
		c.shot(name("84-registration-error-username"))
		c.fill(say("oldlogin.username"), "jrivera")
		c.click(say("regerror.submit"))
		c.see(say("linksent.title"))
		c.shot(name("85-link-sent"))
		c.open(pathOf(t, w.newestLink(owner))) // by username: to the address on file
		c.click(say("email.continue"))
		c.see(say("newpassword.new"))
		c.shot(name("87-link-new-password"))
		w.askByPassword("jo@lakeside.example")
		c.visit(pathOf(t, w.newestLink("jo@lakeside.example")), say("link.text"), name("86-link"))
		c.click(say("email.continue"))
		c.shot(name("87-link-password"))
		c.fill(say("signin.password"), halfPassword)
		c.click(say("signin.submit"))
		c.see(say("method.title"))
		w.askByUsername("jrivera")
		c.open(pathOf(t, w.newestLink(owner)))
		c.click(say("email.continue"))
		c.fill(say("newpassword.new"), newPassword)
		c.fill(say("newpassword.confirm"), newPassword)
		c.click(say("email.continue"))
		c.see(say("enrol.phone.intro")) // the method is preselected
		c.open("/help/unfinished")
		c.shot(name("88-unfinished"))
	})
}

// T-02, T-03, T-30: the time does not tell who is there either.
func TestTimeDoesNotTellWhoIsRescued(t *testing.T) {
	w := liteWorld(t, fullHash)
	w.half("jrivera", "jo@lakeside.example")
	b := newTab(w)
	takeEquallyLong(t, "forgot", 20, 200, func(known bool) {
		w.clock.add(10 * time.Minute)
		b.open("/signin/forgot")
		b.fill("Email Address", map[bool]string{true: eli, false: "nobody@lakeside.example"}[known])
	}, func() int { b.click("Send verification code"); return b.status })
	takeEquallyLong(t, "registration error", 20, 200, func(known bool) {
		w.clock.add(20 * time.Minute)
		b.open("/help/registration-error")
		b.fill("USERNAME", map[bool]string{true: "jrivera", false: "nobody"}[known])
	}, func() int { b.click("Submit"); return b.status })
}
