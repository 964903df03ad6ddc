package app_test

import (
	"testing"

	"sallyport/internal/demo"
	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// Manage Users and the staff pages in a real browser: an administrator resets Eli, who
// registers again by the mailed link; staff see where everybody stands.
func TestBrowserAdministration(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.signIn(say, "options.phone", pat)
		c.click(say("phone.send"))
		c.fill(say("phone.code.label"), w.newest(phones[pat], "sms").Code)
		c.click(say("phone.code.verify"))
		c.see(say("home.saved"))
		c.click(say("portal.setup"))
		c.see(say("codes.title"))
		c.shot(name("70-setup"))
		c.click(say("users.title"))
		c.see("Eli Navarro")
		c.shot(name("71-manage-users"))
		c.click(say("users.edit") + " Eli Navarro")
		c.see(say("users.state.registered_email"))
		c.shot(name("72-account-information"))
		c.click(say("users.reset"))
		c.see(say("users.reset.text"))
		c.shot(name("73-reset-registration"))
		c.fill(say("users.reset.reason"), "lost the mailbox")
		c.fill(say("users.reset.verified"), "in person")
		c.click(say("users.reset"))
		c.see(say("users.done.reset", "Name", "Eli Navarro"))
		c.shot(name("74-was-reset"))
		c.open("/setup/users/invite")
		c.fill(say("users.invite.username"), "nnew")
		c.shot(name("75-invite"))
		c.open("/setup/users?q=nobody-of-this-name")
		c.see(say("users.nobody"))
		c.open("/setup/codes")
		c.click(say("codes.issue"))
		c.see(say("codes.new"))
		c.shot(name("76-registration-codes"))
		c.openMenu()
		c.click(say("account.sign_out"))

		c.open("/")
		c.click(say("options.staff.login"))
		c.see(say("idp.title"))
		c.shot(name("77-stand-in-provider"))
		c.fill(say("signin.email"), demo.StaffEmail)
		c.fill(say("signin.password"), demo.Password)
		c.click(say("signin.submit"))
		c.see(say("home.due"))
		c.open("/setup")
		c.click(say("find.title"))
		c.fill(say("find.label"), "navarro")
		c.click(say("users.search.go"))
		c.see("Eli Navarro")
		c.shot(name("78-find"))
		c.click(say("find.open") + " Eli Navarro")
		c.see(say("event.registration_reset"))
		c.shot(name("79-help-desk"))
		c.visit("/staff/progress", say("stage.reset"), name("80-progress"))
		w.change(func(s *store.Store, tx *sqldb.Tx) error {
			return s.AddDeliveries(tx, "sample", map[delivery.Slot]delivery.Counts{
				{Channel: "sms", Carrier: "trunk", Country: "US"}:   {Sent: 1840, Failed: 12, Unknown: 3, Delivered: 1771, Undelivered: 41, Codes: 1790, Used: 1650, Segments: 1840, Cost: 14_536_000},
				{Channel: "sms", Carrier: "gateway", Country: "PR"}: {Sent: 61, Delivered: 60, Codes: 61, Used: 58, Segments: 61, Cost: 640_500},
				{Channel: "email", Carrier: "smtp"}:                 {Sent: 932, Undelivered: 4, Codes: 700, Used: 655}})
		})
		c.open("/setup")
		c.click(say("delivery.title"))
		c.see("gateway")
		c.shot(name("83-delivery"))
		c.visit("/staff/audit", say("event.staff_signed_in"), name("81-audit-log"))
	})
}

// What staff are told who can't come in.
func TestBrowserStaffRefused(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.open("/")
		c.click(say("options.staff.login"))
		c.fill(say("signin.email"), "pia.payroll@sallyport.example")
		c.fill(say("signin.password"), demo.Password)
		c.click(say("signin.submit"))
		c.see(say("staff.refused.groups"))
		c.shot(name("82-staff-refused"))
	})
}

// Registration progress renews itself while somebody looks at it, and leaves what was
// opened open.
func TestBrowserProgressRenewsItself(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	c := newChrome(t, w, 1280, true, "en")
	say := w.serving.Load().Words.In("en").Say
	c.open("/")
	c.click(say("options.staff.login"))
	c.fill(say("signin.email"), demo.StaffEmail)
	c.fill(say("signin.password"), demo.Password)
	c.click(say("signin.submit"))
	c.see(say("home.due"))
	organization := w.account(demo.SampleID("enavarro")).OrganizationID
	c.open("/staff/progress?organization=" + organization)
	c.see(say("progress.days.none"))
	person := account.Account{ID: "early", Username: "early", Email: "eve.early@lakeside.example", FirstName: "Eve", LastName: "Early", Role: account.User, OrganizationID: organization, RegisteredAt: w.clock.Now()}
	w.another(person)
	c.open("/staff/progress?organization=" + organization)
	c.see(say("progress.days.table"))
	c.eval(`document.querySelector("details.more-table").open = true, ""`)
	if rows := c.eval(`String(document.querySelectorAll("[data-live]").length)`); rows != "1" {
		t.Fatalf("%s parts renew themselves", rows)
	}
	before := c.eval(`document.querySelector(".tile b").textContent`)
	person.ID, person.Username, person.Email = "late", "late", "lea.late@lakeside.example"
	w.another(person)
	c.eval(`setTimeout(() => document.dispatchEvent(new Event("visibilitychange")), 1100), ""`)
	until(t, "the page shows one person more than "+before, func() bool { return c.eval(`document.querySelector(".tile b").textContent`) != before })
	if open := c.eval(`String(document.querySelector("details.more-table").open)`); open != "true" {
		t.Error("the table closed under the reader's eyes")
	}
}
