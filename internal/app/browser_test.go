package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/sqldb/sqldbtest"
)

// A look is one way in which people meet the pages: the width in which they use them,
// with or without scripts, and a language. Each page is checked in all widths anyway.
type look struct {
	width   int64
	scripts bool
	lang    string
}

// looks are the ways that `make prove` takes. `make test` takes the first and the last.
var looks = []look{{1280, true, "en"}, {375, true, "es"}, {375, false, "en"}, {1280, false, "es"}}

func looksToTake() []look {
	if sqldbtest.Proving() {
		return looks
	}
	return []look{looks[0], looks[3]}
}

func eachLook(t *testing.T, fn func(t *testing.T, w *world, c *chrome, say func(key string, args ...any) string, name func(string) string)) {
	for _, look := range looksToTake() {
		scripts := map[bool]string{true: "scripts", false: "plain"}[look.scripts]
		t.Run(fmt.Sprintf("%d-%s-%s", look.width, scripts, look.lang), func(t *testing.T) {
			t.Parallel()
			w := liteWorld(t)
			c := newChrome(t, w, look.width, look.scripts, look.lang)
			say := w.serving.Load().Words.In(look.lang).Say
			fn(t, w, c, say, func(page string) string { return page + "-" + scripts + "-" + look.lang })
		})
	}
}

// signIn goes from the login options past the password.
func (c *chrome) signIn(say func(string, ...any) string, button, email string) {
	c.t.Helper()
	c.open("/")
	c.click(say(button))
	c.fill(say("signin.email"), email)
	c.fill(say("signin.password"), "correct horse battery staple")
	c.click(say("signin.submit"))
}

// F-07 in a real browser, by text, with every mistake's page.
func TestBrowserLoginWithPhoneByText(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.shot(name("01-login-options"))
		c.click(say("options.phone"))
		c.shot(name("02-sign-in"))
		c.fill(say("signin.email"), "dana.phone@lakeside.example")
		c.fill(say("signin.password"), "not the password at all")
		c.click(say("signin.submit"))
		c.see(say("error.sign_in"))
		c.shot(name("03-sign-in-refused"))
		c.fill(say("signin.password"), "correct horse battery staple")
		c.click(say("signin.submit"))
		c.see("XXX-XXX-0185")
		c.shot(name("04-send-or-call"))
		c.click(say("phone.send"))
		c.see(say("phone.code.enter"))
		c.shot(name("05-phone-code"))
		c.fill(say("phone.code.label"), other(w.newest("+12025550185", "sms").Code))
		c.click(say("phone.code.verify"))
		c.see(say("error.code_wrong", "N", 4))
		c.shot(name("06-phone-code-wrong"))
		c.fill(say("phone.code.label"), w.newest("+12025550185", "sms").Code)
		c.click(say("phone.code.verify"))
		c.see("Dana Whitfield")
		c.shot(name("07-home"))
		c.visit("/", say("options.signed_in"), name("08-login-options-signed-in"))
		c.click(say("home"))
		c.openMenu()
		c.shot(name("07-home-menu"))
		c.click(say("portal.security"))
		c.see(say("account.how.sms"))
		c.shot(name("07-account"))
		c.open("/home")
		c.openMenu()
		c.click(say("account.sign_out"))
		c.see(say("signed_out.title"))
		c.shot(name("09-signed-out"))
	})
}

// F-07 by call: with scripts the page follows the telephone and moves on by
// itself; without, it loads itself again and “Continue” does it.
func TestBrowserLoginWithPhoneByCall(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.phone", "dana.phone@lakeside.example")
		c.click(say("phone.call"))
		c.see("XXX-XXX-0185")
		c.see(say("call.ringing", "N", 45))
		c.shot(name("10-calling"))
		w.phone("+12025550185", "busy", "")
		c.see(say("call.busy")) // by itself, both ways
		c.shot(name("11-call-busy"))
		w.clock.add(21 * time.Second)
		c.click(say("phone.call"))
		c.see(say("call.ringing", "N", 45))
		w.phone("+12025550185", "answer", "")
		c.see(say("call.answered"))
		c.shot(name("12-call-answered"))
		w.phone("+12025550185", "keys", "#")
		w.clock.add(5 * time.Second)
		w.tick()
		if !c.scripts {
			c.see(say("call.confirmed"))
			c.shot(name("13-call-confirmed"))
			c.click(say("call.continue"))
		}
		c.see("Dana Whitfield")
		c.open("/account")
		c.see(say("account.how.tel"))
	})
}

// F-08 in a real browser, to the end and too late.
func TestBrowserLoginWithEmail(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.email", "eli.email@lakeside.example")
		c.see(say("email.need"))
		c.shot(name("14-email"))
		c.click(say("email.more"))
		c.see(say("email.more.given", "Life", say("time.minutes", "N", 5)))
		c.shot(name("15-email-more-time"))
		c.click(say("email.send"))
		c.see(say("email.sent"))
		c.shot(name("16-email-code"))
		w.clock.add(5*time.Minute + time.Second)
		c.fill(say("email.code.label"), w.newest("eli.email@lakeside.example", "email").Code)
		c.click(say("email.code.verify"))
		c.see(say("error.code_expired"))
		c.shot(name("17-email-code-expired"))
		c.click(say("email.code.again"))
		c.fill(say("email.code.label"), w.newest("eli.email@lakeside.example", "email").Code)
		c.click(say("email.code.verify"))
		c.see(say("email.verified"))
		c.shot(name("18-email-verified"))
		c.click(say("email.continue"))
		c.see("Eli Navarro")
	})
}

// The remaining pages.
func TestBrowserOtherPages(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		for _, p := range []struct{ path, shot, see string }{
			{"/nowhere", "21-not-found", "missing.title"},
			{"/j/phone-gone", "22-start-again", "gone.title"}, {"/demo", "23-demo", "demo.title"}, {"/demo/messages", "24-desk-empty", "desk.empty"},
		} {
			c.visit(p.path, say(p.see), name(p.shot))
		}
		c.signIn(say, "options.phone", "eli.email@lakeside.example")
		c.see(say("nophone.title"))
		c.shot(name("25-no-phone"))
		c.signIn(say, "options.email", "eli.email@lakeside.example")
		c.click(say("email.send"))
		c.signIn(say, "options.phone", "dana.phone@lakeside.example")
		c.click(say("phone.send"))
		c.signIn(say, "options.phone", "pat.admin@lakeside.example")
		c.click(say("phone.call"))
		c.visit("/demo/messages", say("desk.phone.incoming"), name("26-desk-ringing"))
		c.click(say("desk.answer"))
		c.see(say("desk.phone.connected"))
		c.shot(name("27-desk-connected"))
		c.click("#")
		w.clock.add(5 * time.Second)
		w.tick()
		c.see(say("desk.status.completed"))
		c.shot(name("28-desk-after"))
	})
}

// With scripts: the countdown runs in words, at its end the page says what to do
// and stays; a hidden code page never navigates.
func TestBrowserCountdown(t *testing.T) {
	t.Parallel()
	w := liteWorld(t, func(c *config.Config) { c.Limits.EmailCodeLife = config.Duration(30 * time.Second) })
	c := newChrome(t, w, 1280, true, "en")
	say := w.serving.Load().Words.In("en").Say
	c.signIn(say, "options.email", "eli.email@lakeside.example")
	c.click(say("email.send"))
	w.clock.add(22 * time.Second)
	c.open(c.path())
	c.fill(say("email.code.label"), "12")
	if strings.Contains(c.text(), say("code.expired")) {
		t.Error("it says that the code has run out while it works")
	}
	c.see("0:02")
	c.see(say("code.expired"))
	if typed := c.eval(`document.getElementById("code").value`); typed != "12" {
		t.Errorf("at expiry the page lost what was typed: %q", typed)
	}
}

// Dark mode is as readable as light: axe checks its contrasts on every kind of page.
func TestBrowserDark(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	c := newChrome(t, w, 1280, true, "en")
	c.dark = true
	c.prefer(c.dark)
	say := w.serving.Load().Words.In("en").Say
	c.open("/")
	c.shot("30-dark-login-options")
	c.signIn(say, "options.phone", "dana.phone@lakeside.example")
	c.shot("31-dark-send-or-call")
	c.click(say("phone.call"))
	c.shot("32-dark-calling")
	c.click(say("call.text"))
	c.shot("33-dark-phone-code")
	c.fill(say("phone.code.label"), "1")
	c.click(say("phone.code.verify"))
	c.shot("34-dark-mistake")
	c.open("/demo/messages")
	c.shot("35-dark-desk")
}
