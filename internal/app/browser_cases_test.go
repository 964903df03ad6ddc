package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// toCase signs Dana in by text and opens her first draft from HOME.
func (c *chrome) toCase(w *world, say func(string, ...any) string) {
	c.t.Helper()
	c.signIn(say, "options.phone", "dana.phone@lakeside.example")
	c.click(say("phone.send"))
	c.fill(say("phone.code.label"), w.newest("+12025550185", "sms").Code)
	c.click(say("phone.code.verify"))
	c.see(say("home.saved"))
	c.click("Okonkwo, Amara")
	c.see(say("case.what"))
}

// The pages of cases, completed and submitted as a person does, with scripts and without.
func TestBrowserCases(t *testing.T) {
	t.Parallel()
	eachMode(t, "pound", func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.toCase(w, say)
		c.shot(name("90-case-draft"))
		c.click(say("case.submit"))
		c.see(say("case.urgency_missing"))
		c.shot(name("91-case-incomplete"))
		plan := filepath.Join(t.TempDir(), "plan of care.pdf")
		if err := os.WriteFile(plan, aPDF(300_000), 0o600); err != nil {
			t.Fatal(err)
		}
		c.attach("#files", plan)
		c.click(say("case.save"))
		c.see("plan of care.pdf")
		c.shot(name("97-case-with-attachment"))
		c.open("/home")
		c.shot(name("92-home-with-drafts"))
		c.visit("/cases?status=submitted", "Peña, Luis", name("93-cases"))
		c.click("Peña, Luis")
		c.see("97110 × 24")
		c.shot(name("94-case-submitted"))
		c.visit("/consumers", say("consumers.sub"), name("95-consumers"))
		c.fill(say("home.col.consumer_id"), "SM-204811")
		c.click(say("consumers.find"))
		c.click("Okonkwo, Amara")
		c.see(say("consumers.about"))
		c.shot(name("96-consumer"))
		c.open("/home")
		c.click("O’Shea, Wyatt")
		w.endPortalSessions()
		c.click(say("case.save"))
		c.see(say("portal.meanwhile.title"))
		c.shot(name("98-signed-out-meanwhile"))
	})
}

// What is typed saves itself; where the session is gone it waits in the tab, and stands in
// the form again after the sign-in.
func TestBrowserAutosave(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	c := newChrome(t, w, 1280, true, "en")
	say := w.serving.Load().Words.In("en").Say
	c.toCase(w, say)
	path := c.path()
	c.fill(say("case.notes.label"), "Typed and never saved by hand.")
	c.see(say("case.autosaved"))
	c.open(path)
	if got := c.eval(`document.getElementById("notes").value`); got != "Typed and never saved by hand." {
		t.Errorf("after loading it again: %q", got)
	}
	s := w.serving.Load().PortalStore
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM portal_session`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	c.trouble.expect("/save answered 403")
	c.fill(say("case.notes.label"), "Typed while the session was gone.")
	c.see(strings.Split(say("case.autosave_failed"), ":")[0])
	c.open(path) // the door's session stands: it leads back here
	c.see(say("case.what"))
	if got := c.eval(`document.getElementById("notes").value`); got != "Typed while the session was gone." {
		t.Errorf("after signing in again: %q", got)
	}
}

// Where the operator has a list of codes, they are offered while one is typed.
func TestBrowserCodesAreOffered(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	s := w.serving.Load().PortalStore
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		return s.PutCodes(tx, portal.DiagnosisCodes, []portal.Code{{Code: "I69.351", Description: "Hemiplegia after a stroke"}, {Code: "E11.9", Description: "Diabetes"}}, "run", func(bool, bool) {})
	}); err != nil {
		t.Fatal(err)
	}
	c := newChrome(t, w, 1280, true, "en")
	say := w.serving.Load().Words.In("en").Say
	c.toCase(w, say)
	c.see("Hemiplegia after a stroke")
	c.fill(say("case.diagnosis")+" 2", "stroke")
	until(t, "the code is offered", func() bool {
		return c.eval(`document.querySelector("#offers option")?.value ?? ""`) == "I69.351"
	})
	if got := c.eval(`[...document.querySelectorAll("#offers option")].map((o) => o.label).join()+" "+document.activeElement.getAttribute("list")`); got != "I69.351 – Hemiplegia after a stroke offers" {
		t.Errorf("offered: %q", got)
	}
	c.visit("/messages/new", say("messages.subject"), "99-new-message")
}
