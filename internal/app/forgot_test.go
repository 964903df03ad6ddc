package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/audit"
	"sallyport/internal/sqldb"
)

const newPassword = "seven quiet lanterns"

// forget goes to the code page for an address.
func (b *tab) forget(email string) {
	b.t.Helper()
	b.open("/signin/forgot")
	b.fill("Email Address", email)
	b.click("Send verification code")
}

// mailbox proves the address.
func (w *world) mailbox(b *tab, email string) {
	w.t.Helper()
	b.forget(email)
	b.fill("Verification Code", w.newest(email, "email").Code)
	b.click("Verify code")
	b.click("Continue")
}

func (b *tab) choose(password string) {
	b.t.Helper()
	b.fill("New Password", password)
	b.fill("Confirm New Password", password)
	b.click("Continue")
}

// T-02: any address reaches the code page, by the same page, status, headers,
// commits and statements; what it is told differs in the mail alone, and no code
// works for who has no account.
func TestNobodyLearnsWhoForgot(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		db := w.serving.Load().Store
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := db.Disable(tx, demo.SampleID("palvarez"), 1); return err }); err != nil {
			t.Fatal(err)
		}
		w.settled()
		type answer struct {
			pages  []string
			status []int
			spent  sqldb.Stats
		}
		try := func(email string) (a answer) {
			b := newTab(w)
			b.open("/signin/forgot")
			before := db.DB.Stats()
			look := func() {
				a.pages = append(a.pages, strings.ReplaceAll(blank.ReplaceAllString(b.body, ""), email, "ADDRESS"))
				a.status = append(a.status, b.status)
			}
			b.fill("Email Address", email)
			b.click("Send verification code")
			until(t, "the page says that the code was sent", func() bool {
				sent := b.sees("Please copy it to the input box below")
				if !sent {
					b.reload()
				}
				return sent
			})
			look()
			spent := db.DB.Stats()
			for range 5 {
				b.fill("Verification Code", "000000")
				b.click("Verify code")
				look()
			}
			after := db.DB.Stats()
			a.spent = sqldb.Stats{Commits: after.Commits - spent.Commits, Statements: after.Statements - spent.Statements}
			if commits := spent.Commits - before.Commits; commits != 2 { // the request, the hand-off
				t.Errorf("%s: %d commits to send", email, commits)
			}
			return a
		}
		known := try(eli)
		for _, email := range []string{"nobody@lakeside.example", "jrivera@lakeside.example", pat} {
			other := try(email)
			if !slices.Equal(known.status, other.status) || known.spent != other.spent {
				t.Errorf("%s: %v %+v, known: %v %+v", email, other.status, other.spent, known.status, known.spent)
			}
			for i := range known.pages {
				if known.pages[i] != other.pages[i] {
					t.Errorf("%s: page %d differs:\n%s\n%s", email, i, other.pages[i], known.pages[i])
				}
			}
			if m := w.newest(email, "email"); m.Code != "" || m.Subject != "No user with this address" {
				t.Errorf("%s was sent %q", email, m.Subject)
			}
		}
	})
}

// After a reset everything else that was open has ended, here and at relying
// parties; every address on file is told, and can undo it (NIST-NOT-1, TM-33).
func TestResetEndsEverythingAndCanBeUndone(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		elsewhere := newTab(w)
		w.remembered(elsewhere, dana, phones[dana])
		p := w.party(t)
		tokens := p.redeem(p.ask(elsewhere, p.request()))
		half := newTab(w)
		half.signInTo("phone", dana) // a journey on its way

		thief := newTab(w)
		w.mailbox(thief, dana)
		thief.click("Send Code")
		thief.fill("Verification code", w.newest(phones[dana], "sms").Code)
		thief.click("Verify Code")
		thief.choose(newPassword)
		if thief.url.Path != "/home" {
			t.Fatalf("%s %s", thief, thief.text())
		}
		w.settled()
		if elsewhere.isHome() {
			t.Error("a remembered browser stays in")
		}
		if status, _ := p.userInfo(tokens["access_token"]); status != 401 {
			t.Errorf("a relying party's token lives: %d", status)
		}
		if half.click("Send Code"); !half.sees("Begin again") && half.sees("Verification code") {
			t.Errorf("a journey of before goes on: %s", half.text())
		}
		mail, text := w.newest(dana, "email"), w.newest(phones[dana], "sms")
		if mail.Subject != "Your password was changed" || len(mail.Links) != 1 || !strings.Contains(text.Text, mail.Links[0]) || strings.Contains(mail.Text+text.Text, newPassword) {
			t.Fatalf("told %q and %q", mail.Text, text.Text)
		}
		link, _ := url.Parse(mail.Links[0])
		owner := newTab(w)
		for range 3 { // scanners open it (T-14)
			if owner.open(link.Path); !owner.sees("Wasn't it you?") {
				t.Fatal(owner.text())
			}
		}
		if !thief.isHome() {
			t.Error("opening the link was enough")
		}
		owner.click("Continue")
		if !owner.sees("The new password is undone") {
			t.Fatal(owner.text())
		}
		w.settled()
		if thief.isHome() {
			t.Error("undone, and the thief is in")
		}
		for _, password := range []string{newPassword, "correct horse battery staple"} {
			b := newTab(w)
			b.open("/signin/phone")
			b.fill("Email Address", dana)
			b.fill("Password", password)
			if b.click("Sign in"); b.status != 422 {
				t.Errorf("a password still opens: %s", b)
			}
		}
		if owner.open(link.Path); !owner.sees("This link has expired") {
			t.Errorf("the link works twice: %s", owner.text())
		}
		again := newTab(w)
		w.mailbox(again, dana)
		if !again.sees("XXX-XXX-0185") {
			t.Errorf("the owner can't reset: %s", again.text())
		}
		s := w.serving.Load().Store
		rows, genuine, err := s.AuditOf(s.Read(t.Context()), demo.SampleID("dwhitfield"))
		kinds := map[audit.Type]bool{}
		for _, r := range rows {
			kinds[r.Type] = true
		}
		if err != nil || !genuine || !kinds[audit.PasswordReset] || !kinds[audit.ResetUndone] {
			t.Errorf("recorded %v, %v", kinds, err)
		}
	})
}

// T-28: the reset's phone step verifies the number on file and takes no other.
func TestResetNeverEnrolsAPhone(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.mailbox(b, dana)
	req := b.press("Send Code")
	body, _ := url.ParseQuery(readAll(t, req))
	body.Set("phone", "202-555-0199")
	body.Set("country", "US")
	b.post(b.url.Path, body)
	if m := w.newest(phones[dana], "sms"); m.Code == "" {
		t.Error("the number on file was not used")
	}
	if _, list := w.get("/demo/messages.json?to=%2B12025550199"); strings.TrimSpace(list) != "[]" {
		t.Errorf("a number of the form's was used: %s", list)
	}
	for _, action := range []string{"change_number", "other_method", "phone"} {
		body.Set("action", action)
		b.post(b.url.Path, body)
		if b.status >= 500 || b.sees("Phone Number") {
			t.Errorf("%s: %s", action, b.text())
		}
	}
	mail := newTab(w) // who has no phone is asked for none
	w.mailbox(mail, eli)
	if !mail.sees("New Password") || mail.sees("Phone Number") {
		t.Errorf("%s", mail.text())
	}
}

// Who stopped a registration half-way, and forgot the new password, is led on.
func TestForgotHalfWay(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.toNewPassword(b, "jrivera", "PHONE", "jo@lakeside.example")
		b.fill("New Password", "forgotten at once by Jo")
		b.fill("Confirm New Password", "forgotten at once by Jo")
		b.click("Create")
		again := newTab(w)
		w.clock.add(time.Minute)
		w.mailbox(again, "jo@lakeside.example")
		again.click("EMAIL")
		again.choose(newPassword)
		if again.url.Path != "/home" || !again.sees("You are registered!") || !again.sees("Jo Rivera") {
			t.Errorf("%s %s", again, again.text())
		}
	})
}

// TM-12, T-13: ten mails an hour to a mailbox, whoever asks; the wait is said, and
// the codes to sign in with are not used up by it.
func TestResetMailsAreLimited(t *testing.T) {
	t.Parallel()
	for _, email := range []string{eli, "nobody@lakeside.example"} {
		w := liteWorld(t)
		for i := range 11 {
			b := newTab(w)
			b.forget(email)
			if limited := b.status == 429; limited != (i == 10) {
				t.Fatalf("%s: mail %d: %s %s", email, i+1, b, b.text())
			} else if limited && !b.sees("minutes") {
				t.Errorf("how long? %s", b.text())
			}
		}
	}
	w := liteWorld(t)
	for range 10 {
		newTab(w).forget(eli)
	}
	w.signIn(newTab(w), eli)
}

// The rest of the codes' rules: five tries, waits after ten, and never off: a
// stranger can't take the reset away from anybody (NIST-THR-1).
func TestResetCodesAreGuessedInVain(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	for round := range 3 {
		b := newTab(w)
		b.forget(eli)
		for try := range 5 {
			b.fill("Verification Code", fmt.Sprintf("%06d", 7*round+try))
			if b.click("Verify code"); b.status == 200 {
				t.Fatal("guessed")
			}
		}
	}
	b := newTab(w)
	b.forget(eli)
	b.fill("Verification Code", w.newest(eli, "email").Code)
	if b.click("Verify code"); b.status != 429 {
		t.Errorf("after ten wrong codes nobody waits: %s", b)
	}
	w.clock.add(2 * time.Minute)
	w.mailbox(newTab(w), eli)
	w.signIn(newTab(w), eli) // and signing in was never held up
}

// post sends a form that no page offered.
func (b *tab) post(path string, form url.Values) {
	b.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.take(b.send(req))
}

// readAll is the body of a request that was not sent.
func readAll(t *testing.T, req *http.Request) string {
	t.Helper()
	text, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustForm(t *testing.T, text string) url.Values {
	t.Helper()
	form, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// T-02, T-30: nor does the time that a typed code takes tell. (For asking: rescue_test.go.)
func TestTimeDoesNotTellWhoForgot(t *testing.T) {
	w := liteWorld(t, fullHash, func(c *config.Config) { c.Limits.UnfinishedSends, c.Limits.CodeWaitFrom = 5000, 20 })
	var b *tab
	address := map[bool]string{true: eli, false: "nobody@lakeside.example"}
	takeEquallyLong(t, "verify", 16, 422, func(known bool) {
		w.clock.add(20 * time.Minute)
		b = newTab(w)
		b.open("/signin/forgot")
		b.fill("Email Address", address[known])
		b.click("Send verification code")
		b.fill("Verification Code", "000000")
	}, func() int { b.click("Verify code"); return b.status })
}
