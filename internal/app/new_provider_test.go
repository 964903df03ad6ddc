package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// organize fills in the first page.
func (b *tab) organize(npi, code string) {
	b.t.Helper()
	b.open("/register/new")
	b.fill("NPI", npi)
	b.fill("PROVIDER REGISTRATION CODE", code)
	b.click("NEXT")
}

// enterUser fills in the second.
func (b *tab) enterUser(username, email string) {
	b.t.Helper()
	for label, value := range map[string]string{"USERNAME": username, "FIRST NAME": "Noa", "LAST NAME": "Lindgren", "EMAIL": email, "CONFIRM EMAIL": email, "FAX": "(202) 555-0112"} {
		b.fill(label, value)
	}
}

// T-05: a wrong NPI, a wrong code, another organisation's, an inactive one, an
// expired and a used-up code have one answer, with the same commits and statements.
func TestNobodyLearnsWhichOrganizationsExist(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		s := w.serving.Load().Store
		add := func(npi string, active bool, code string, uses int, life time.Duration) {
			err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
				o := account.Organization{ID: npi, Name: "Org " + npi, NPI: npi, Active: active}
				if err := s.InsertOrganization(tx, o); err != nil {
					return err
				}
				return s.InsertRegistrationCode(tx, store.RegistrationCode{ID: secret.ID(), OrganizationID: npi, Code: code, MostUses: uses, ExpiresAt: tx.Now.Add(life)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		add("1000000004", false, "GONE", 9, time.Hour)
		add("1000000012", true, "USED", 0, time.Hour)
		add("1000000020", true, "OLD", 9, 0)
		type answer struct {
			status int
			page   string
			spent  sqldb.Stats
		}
		try := func(npi, code string) answer {
			w.clock.add(5 * time.Minute) // five in 15 minutes
			b := newTab(w)
			b.open("/register/new")
			b.fill("NPI", npi)
			b.fill("PROVIDER REGISTRATION CODE", code)
			before := s.DB.Stats()
			b.click("NEXT")
			after := s.DB.Stats()
			page := strings.NewReplacer(npi, "NPI", code, "CODE").Replace(blank.ReplaceAllString(b.body, ""))
			return answer{b.status, page, sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}}
		}
		known := try("1234567893", "WRONG-2026")
		if known.status != 422 || !strings.Contains(known.page, "do not belong together") {
			t.Fatalf("%d %s", known.status, known.page)
		}
		for name, typed := range map[string][2]string{"unknown NPI": {"1987654328", "WRONG-2026"}, "another's code": {"1234567893", "HARBOR-2026"}, "inactive": {"1000000004", "GONE"},
			"used up": {"1000000012", "USED"}, "expired": {"1000000020", "OLD"}} {
			other := try(typed[0], typed[1])
			for range 2 { // the program's own work, every few seconds, is counted too
				if other != known {
					known, other = try("1234567893", "WRONG-2026"), try(typed[0], typed[1])
				}
			}
			if other != known {
				t.Errorf("%s: %d %+v\n%s\nknown: %d %+v\n%s", name, other.status, other.spent, other.page, known.status, known.spent, known.page)
			}
		}
	})
}

// TM-23: five wrong codes in 15 minutes from an address, ten a day for an NPI; after
// that the right one is not even compared. Right ones cost nothing.
func TestRegistrationCodesAreGuessedInVain(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for range 8 {
		b := newTab(w)
		if b.organize("1245319599", "HARBOR-2026"); !b.sees("Enter User Information") {
			t.Fatalf("a right code: %s %s", b, b.text())
		}
	}
	for i := range 6 {
		b := newTab(w)
		b.organize("1234567893", fmt.Sprintf("WRONG-%d", i))
		if (b.status == 429) != (i == 5) {
			t.Errorf("try %d: %s", i+1, b)
		}
	}
	w = liteWorld(t)
	for i := range 10 {
		w.clock.add(5 * time.Minute)
		newTab(w).organize("1234567893", fmt.Sprintf("WRONG-%d", i))
	}
	w.clock.add(20 * time.Minute)
	b := newTab(w)
	if b.organize("1234567893", "LAKESIDE-2026"); b.status != 429 || !b.sees("minutes") {
		t.Errorf("the eleventh, with the right code: %s %s", b, b.text())
	}
	if b.organize("1245319599", "HARBOR-2026"); b.status != 200 {
		t.Errorf("another organisation is held up: %s", b)
	}
}

// T-06, ASVS 2.3.1: the second page opens after the first alone.
func TestEnterUserNeedsAnOrganization(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.open("/register/new")
	req := b.press("NEXT")
	form := mustForm(t, readAll(t, req))
	form.Set("action", "user")
	form.Set("username", "dwhitfield")
	b.post(req.URL.Path, form)
	if b.status >= 500 || b.sees("taken") || !b.sees("start again") {
		t.Errorf("%s: %s", b, b.text())
	}
}

// A taken address gives the ordinary page, and its owner a mail; nothing is added.
func TestTakenAddressIsToldToItsOwnerAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		page := func(username, email string) string {
			b := newTab(w)
			b.organize("1234567893", "LAKESIDE-2026")
			b.enterUser(username, email)
			if b.click("NEXT"); !b.sees("you must click the link in your email within 20 minutes") {
				t.Fatalf("%s: %s", b, b.text())
			}
			return blank.ReplaceAllString(b.body, "")
		}
		if page("nlindgren", "noa@lakeside.example") != page("nlindgren.two", eli) {
			t.Error("the page tells")
		}
		if m := w.newest(eli, "email"); m.Subject != "You are registered already" {
			t.Errorf("Eli was told %q", m.Subject)
		}
		s := w.serving.Load().Store
		if a, err := s.AccountByUsername(s.Read(t.Context()), "nlindgren.two"); a != nil || err != nil {
			t.Errorf("%+v %v", a, err)
		}
		a, err := s.AccountByUsername(s.Read(t.Context()), "nlindgren")
		if err != nil || a == nil || a.State != account.Imported || a.PasswordHash != "" || a.OldHash != "" || a.Role != account.User || a.OrganizationID != "lakeside" {
			t.Fatalf("%+v %v", a, err)
		}
		p, err := s.ProfileOf(s.Read(t.Context()), a.ID)
		if err != nil || p == nil || p.Fax != "+12025550112" {
			t.Errorf("%+v %v", p, err)
		}
		var raw []byte
		if err := s.Read(t.Context()).QueryRow(`SELECT fax FROM account_profile WHERE account_id = $1`, a.ID).Scan(&raw); err != nil || strings.Contains(string(raw), "5550112") {
			t.Errorf("the fax number lies open: %v", err)
		}
	})
}

// … and costs as many commits and statements (T-06).
func TestTakenAddressCostsTheSame(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		w.serving.Load().Engine.Wake = func() {}
		cost := func(username, email string) sqldb.Stats {
			b := newTab(w)
			b.organize("1234567893", "LAKESIDE-2026")
			b.enterUser(username, email)
			db := w.serving.Load().Store.DB
			before := db.Stats()
			if b.click("NEXT"); !b.sees("you must click the link") {
				t.Fatal(b.text())
			}
			after := db.Stats()
			return sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}
		}
		if free, taken := cost("free.one", "free@lakeside.example"), cost("taken.one", eli); free != taken {
			t.Errorf("a free address: %+v, a taken one: %+v", free, taken)
		}
	})
}

// Two who race for one username, or for the last use of a code: one gets it, and
// nobody sees trouble (TM-24).
func TestRegistrationsRace(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		s := w.serving.Load().Store
		err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			return s.InsertRegistrationCode(tx, store.RegistrationCode{ID: "last", OrganizationID: "lakeside", Code: "LAST-ONE", MostUses: 1, ExpiresAt: tx.Now.Add(time.Hour)})
		})
		if err != nil {
			t.Fatal(err)
		}
		race := func(code string, username func(i int) string) (done, refused int) {
			tabs := make([]*tab, 4)
			for i := range tabs {
				tabs[i] = newTab(w)
				tabs[i].organize("1234567893", code)
				tabs[i].enterUser(username(i), fmt.Sprintf("racer%d@%s.example", i, strings.ToLower(code)))
			}
			var all sync.WaitGroup
			for _, b := range tabs {
				req := b.press("NEXT")
				all.Go(func() { b.take(b.send(req)) })
			}
			all.Wait()
			for _, b := range tabs {
				switch {
				case b.status == 422:
					refused++
				case b.sees("you must click the link"):
					done++
				default:
					t.Errorf("%s: %s\n%s", b, b.text(), w.errors())
				}
			}
			return done, refused
		}
		if done, refused := race("LAKESIDE-2026", func(int) string { return "same.name" }); done != 1 || refused != 3 {
			t.Errorf("one username: %d got it, %d were refused", done, refused)
		}
		if done, refused := race("LAST-ONE", func(i int) string { return fmt.Sprintf("racer.%d", i) }); done != 1 || refused != 3 {
			t.Errorf("one use: %d got it, %d were refused", done, refused)
		}
	})
}

// T-13: ten registrations an hour may write to one mailbox.
func TestRegistrationMailsAreLimited(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for i := range 11 {
		b := newTab(w)
		b.organize("1234567893", "LAKESIDE-2026")
		b.enterUser(fmt.Sprintf("bomber.%d", i), "target@lakeside.example")
		if b.click("NEXT"); (b.status == 429) != (i == 10) {
			t.Fatalf("mail %d: %s %s", i+1, b, b.text())
		}
	}
}

// T-20: whoever registers somebody else's address gets nothing of it, and its
// owner can register it.
func TestPreHijackingByRegistration(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	attacker := newTab(w)
	attacker.organize("1234567893", "LAKESIDE-2026")
	attacker.enterUser("victim.one", "victim@lakeside.example")
	attacker.click("NEXT")
	for _, path := range []string{"/signin/phone", "/signin/email"} {
		b := newTab(w)
		b.open(path)
		b.fill("Email Address", "victim@lakeside.example")
		b.fill("Password", "anything at all here")
		if b.click("Sign in"); b.status != 422 {
			t.Errorf("%s: %s", path, b)
		}
	}
	owner := newTab(w)
	owner.organize("1234567893", "LAKESIDE-2026")
	owner.enterUser("victim", "victim@lakeside.example")
	if owner.click("NEXT"); !owner.sees("you must click the link") {
		t.Errorf("%s", owner.text())
	}
}

func TestBrowserNewProvider(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.visit("/register/new", say("neworg.title"), name("90-organization"))
		c.fill(say("neworg.npi"), "1234567893")
		c.fill(say("neworg.code"), "LAKESIDE-2026")
		c.click(say("newuser.next"))
		c.see(say("newuser.title"))
		c.shot(name("91-user"))
		c.fill(say("oldlogin.username"), "dwhitfield")
		c.fill(say("newuser.first"), "Noa")
		c.fill(say("newuser.last"), "Lindgren")
		c.fill(say("newuser.email"), "noa@lakeside.example")
		c.fill(say("newuser.confirm"), "noa@lakeside.example")
		c.fill(say("newuser.fax"), "2025550112")
		c.click(say("newuser.next"))
		c.see(say("error.username_taken"))
		c.shot(name("92-user-taken"))
		c.fill(say("oldlogin.username"), "nlindgren")
		c.click(say("newuser.next"))
		c.see(say("mailsent.text", "N", 20))
		c.shot(name("93-mail-sent"))
		c.open(pathOf(t, w.newestLink("noa@lakeside.example")))
		c.click(say("email.continue"))
		c.see(say("method.title"))
		c.click(say("method.email"))
		c.shot(name("94-address-prefilled"))
	})
}

// T-05, T-30: nor does the time tell which organisations exist.
func TestTimeDoesNotTellWhichOrganizationsExist(t *testing.T) {
	w := liteWorld(t, fullHash, func(c *config.Config) { c.Limits.CodeTriesPerAddress, c.Limits.CodeTriesPerNPI = 500, 100 })
	var b *tab
	takeEquallyLong(t, "organization", 16, 422, func(known bool) {
		w.clock.add(time.Hour)
		b = newTab(w)
		b.open("/register/new")
		b.fill("NPI", map[bool]string{true: "1234567893", false: "1987654328"}[known])
		b.fill("PROVIDER REGISTRATION CODE", "WRONG-2026")
	}, func() int { b.click("NEXT"); return b.status })
}
