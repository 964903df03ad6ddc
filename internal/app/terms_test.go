package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
)

// A new version of the terms asks everyone once, at the next sign-in, by every
// way in; what was agreed to is kept with version, time, language and the hash of
// the text that was read.
func TestTermsOfUse(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		if w.signIn(b, dana); b.url.Path != "/home" { // sample users agreed to what was in force
			t.Fatalf("%s %s", b, b.text())
		}
		dir := t.TempDir()
		english := filepath.Join(dir, "en.txt")
		if err := os.WriteFile(english, []byte("First <rule> of the house.\r\n\r\nSecond rule.\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Minute)
		w.config.Terms = config.Terms{Version: "2026-12", Texts: map[string]string{"en": english}}
		w.restart()
		if !b.isHome() {
			t.Error("who is signed in already is thrown out")
		}
		b = newTab(w)
		w.signIn(b, dana)
		if !b.sees("Terms of Use Agreement") || !b.sees("First <rule> of the house.") || !b.sees("Second rule.") || !b.sees("Version 2026-12") {
			t.Fatalf("%s", b.text())
		}
		other := b.sibling()
		if other.isHome() {
			t.Error("signed in without having agreed")
		}
		if b.click("CONTINUE"); b.status != 422 || !b.sees("tick the box") {
			t.Errorf("unticked: %s %s", b, b.text())
		}
		w.restart()
		b.open("?lang=es") // no text in Spanish: the English one, and it says so
		b.fill("He leído y acepto estas condiciones de uso.", "yes")
		b.click("CONTINUAR")
		if b.url.Path != "/home" {
			t.Fatalf("%s %s", b, b.text())
		}
		again := newTab(w)
		if w.signIn(again, dana); again.url.Path != "/home" {
			t.Errorf("asked twice: %s", again.text())
		}
		s := w.serving.Load().Store
		sum := sha256.Sum256([]byte("First <rule> of the house.\r\n\r\nSecond rule.\n"))
		list, err := s.AcceptancesOf(s.Read(t.Context()), demo.SampleID("dwhitfield"))
		if err != nil || len(list) != 1 || list[0].Version != "2026-12" || list[0].Lang != "en" || list[0].Hash != hex.EncodeToString(sum[:]) || !list[0].At.Equal(w.clock.Now()) {
			t.Errorf("%+v %v", list, err)
		}

		mail := newTab(w) // by e-mail, by a forgotten password, and at a first registration
		if w.signIn(mail, eli); !mail.sees("Terms of Use Agreement") {
			t.Errorf("by e-mail: %s", mail.text())
		}
		reset := newTab(w)
		w.mailbox(reset, eli)
		if reset.choose(newPassword); !reset.sees("Terms of Use Agreement") {
			t.Errorf("after a reset: %s", reset.text())
		}
		first := newTab(w)
		w.toNewPassword(first, "hsoto", "EMAIL", "hal@harbor.example")
		if first.click("Create"); !first.sees("Terms of Use Agreement") {
			t.Errorf("at the first registration: %s", first.text())
		}
		first.fill("I have read and agree to these terms of use.", "yes")
		if first.click("CONTINUE"); first.url.Path != "/home" || !first.sees("You are registered!") {
			t.Errorf("%s %s", first, first.text())
		}
		w.config.Terms.Version = "" // none any more
		w.restart()
		none := newTab(w)
		if w.signIn(none, pat); none.url.Path != "/home" {
			t.Errorf("there are none: %s", none.text())
		}
	})
}

func TestBrowserTerms(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		w.clock.add(time.Minute)
		w.config.Terms.Version = "2"
		w.restart()
		c.signIn(say, "options.email", eli)
		c.click(say("email.send"))
		c.fill(say("email.code.label"), w.newest(eli, "email").Code)
		c.click(say("email.code.verify"))
		c.click(say("email.continue"))
		c.see(say("terms.title"))
		c.shot(name("76-terms"))
		c.click(say("terms.continue"))
		c.see(say("error.terms"))
		c.shot(name("77-terms-unticked"))
		c.eval(`document.getElementById("agree").click(); ""`)
		c.click(say("terms.continue"))
		c.see(say("home.saved"))
	})
}
