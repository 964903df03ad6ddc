package app_test

import "testing"

// F-11 in a real browser, with the notice and its undoing.
func TestBrowserForgotPassword(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.open("/signin/phone")
		c.click(say("signin.forgot"))
		c.see(say("forgot.title"))
		c.shot(name("70-forgot"))
		c.fill(say("signin.email"), dana)
		c.click(say("enrol.email.send"))
		c.see(say("enrol.email.sent"))
		c.shot(name("71-forgot-code"))
		c.fill(say("enrol.email.label"), other(w.newest(dana, "email").Code))
		c.click(say("enrol.email.verify"))
		c.see(say("error.code_wrong", "N", 4))
		c.fill(say("enrol.email.label"), w.newest(dana, "email").Code)
		c.click(say("enrol.email.verify"))
		c.see(say("enrol.email.verified"))
		c.shot(name("72-forgot-verified"))
		c.click(say("email.continue"))
		c.click(say("phone.send"))
		c.fill(say("phone.code.label"), w.newest(phones[dana], "sms").Code)
		c.click(say("phone.code.verify"))
		c.see(say("newpassword.title"))
		c.shot(name("73-forgot-new-password"))
		c.fill(say("newpassword.new"), newPassword)
		c.fill(say("newpassword.confirm"), newPassword)
		c.click(say("email.continue"))
		c.see(say("home.saved"))
		link := w.newest(dana, "email").Links[0]
		c.visit(link[len(w.config.PublicURL):], say("undo.title"), name("74-undo-reset"))
		c.click(say("undo.continue"))
		c.see(say("undone.reset.title"))
		c.shot(name("75-undone-reset"))
	})
}
