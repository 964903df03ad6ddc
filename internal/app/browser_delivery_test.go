package app_test

import (
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
)

// What the carrier says became of a code is on the page, beside the field; by scripts
// within seconds, and without taking away what was typed.
func TestBrowserFateOfACode(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		said := func(fate delivery.Fate) {
			t.Helper()
			id := w.newest("+12025550185", "sms").ID
			got, err := store.Outbox{Store: w.serving.Load().Store}.Receive(t.Context(), delivery.Receipt{Carrier: "desk", Message: id, Fate: fate},
				func(delivery.Message, []string) bool { return false })
			if err != nil || !got.Changed {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		scripts := c.scripts
		see := func(words string) {
			t.Helper()
			if !scripts {
				c.click(say("code.look"))
			}
			c.see(words)
		}
		c.signIn(say, "options.phone", dana)
		c.click(say("phone.send"))
		c.see(say("phone.code.enter"))
		if scripts {
			c.fill(say("phone.code.label"), "123")
		}
		said(delivery.Delivered)
		see(say("code.delivered"))
		if typed := c.eval(`document.querySelector("input.code").value`); scripts && typed != "123" {
			t.Errorf("what was typed is %q", typed)
		}
		c.shot(name("84-code-delivered"))
		w.clock.add(time.Minute)
		c.click(say("phone.code.again"))
		c.see(say("phone.code.enter"))
		said(delivery.Unreachable)
		see(say("code.unreachable"))
		c.shot(name("85-code-unreachable"))
	})
}
