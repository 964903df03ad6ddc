package app_test

import (
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/factor"
)

// eachMode is eachLook with calls of a mode.
func eachMode(t *testing.T, mode string, fn func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string)) {
	for _, look := range looksToTake() {
		t.Run(map[bool]string{true: "scripts", false: "plain"}[look.scripts]+"-"+look.lang, func(t *testing.T) {
			t.Parallel()
			w := liteWorld(t, func(c *config.Config) { c.Voice.Mode = mode })
			c := newChrome(t, w, look.width, look.scripts, look.lang)
			say := w.serving.Load().Words.In(look.lang).Say
			fn(t, w, c, say, func(page string) string {
				return page + "-" + map[bool]string{true: "scripts", false: "plain"}[look.scripts] + "-" + look.lang
			})
		})
	}
}

// event reports one of the newest call, as its carrier does.
func (w *world) event(e factor.CallEvent) {
	w.t.Helper()
	if err := w.serving.Load().Engine.CallEvent(w.t.Context(), w.newest("+12025550185", "voice").ID, e, ""); err != nil {
		w.t.Fatal(err)
	}
}

// A code that a call reads out: the page follows the call under who types, and loses
// nothing of it.
func TestBrowserSpokenCode(t *testing.T) {
	t.Parallel()
	eachMode(t, "spoken", func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.phone", "dana.phone@lakeside.example")
		c.click(say("phone.call"))
		c.see(say("call.spoken"))
		c.shot(name("36-spoken-ringing"))
		w.phone("+12025550185", "answer", "")
		if !c.scripts {
			c.click(say("code.look"))
		}
		c.see(say("call.spoken.answered"))
		c.fill(say("call.code"), "12")
		w.clock.add(3 * time.Second)
		w.event(factor.EventPromptEnded)
		w.event(factor.EventTold)
		if !c.scripts {
			c.click(say("code.look"))
		}
		c.see(say("call.told"))
		if c.scripts {
			if typed := c.eval(`document.getElementById("code").value`); typed != "12" {
				t.Errorf("what was typed is %q", typed)
			}
		}
		c.shot(name("37-spoken-told"))
		c.fill(say("call.code"), other(w.newest("+12025550185", "voice").Code))
		c.click(say("call.verify"))
		c.see(say("error.code_wrong", "N", 4))
		c.shot(name("38-spoken-wrong"))
		c.fill(say("call.code"), w.newest("+12025550185", "voice").Code)
		c.click(say("call.verify"))
		c.see("Dana Whitfield")
		c.open("/account")
		c.see(say("account.how.tel_code"))
	})
}

// A number that is keyed in.
func TestBrowserKeypad(t *testing.T) {
	t.Parallel()
	eachMode(t, "keypad", func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.phone", "dana.phone@lakeside.example")
		c.click(say("phone.call"))
		c.see(w.newest("+12025550185", "voice").Code)
		c.shot(name("39-keypad-ringing"))
		w.phone("+12025550185", "answer", "")
		c.see(say("call.keypad.answered"))
		c.shot(name("40-keypad-answered"))
		w.clock.add(3 * time.Second)
		w.event(factor.EventPromptEnded)
		w.event(factor.EventPound)
		w.event(factor.EventKeyed)
		if !c.scripts {
			c.see(say("call.confirmed"))
			c.click(say("call.continue"))
		}
		c.see("Dana Whitfield")
	})
}

// A reported call: what the page of who was reported says, and that of who tries again.
func TestBrowserReportedCall(t *testing.T) {
	t.Parallel()
	eachMode(t, "pound", func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.phone", "dana.phone@lakeside.example")
		c.click(say("phone.call"))
		w.phone("+12025550185", "answer", "")
		w.clock.add(3 * time.Second)
		w.event(factor.EventStar)
		c.see(say("call.denied"))
		c.shot(name("41-call-reported"))
		c.signIn(say, "options.email", "dana.phone@lakeside.example")
		c.see(say("error.reported"))
		c.shot(name("42-account-closed"))
	})
}
