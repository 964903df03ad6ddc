package app_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/internal/demo"
)

// The pages of a reviewer's day, and what the provider sees of it.
func TestBrowserReviews(t *testing.T) {
	t.Parallel()
	eachMode(t, "pound", func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.open("/")
		c.click(say("options.staff.login"))
		c.see(say("idp.title"))
		c.fill(say("signin.email"), demo.StaffEmail)
		c.fill(say("signin.password"), demo.Password)
		c.click(say("signin.submit"))
		c.see(say("home.due"))
		c.shot(name("99-home-staff"))
		c.open("/cases")
		c.shot(name("99-cases-staff"))
		c.open("/staff/queue")
		c.shot(name("100-queue"))
		c.open(c.eval(`document.querySelector("main table a").getAttribute("href")`))
		c.click(say("review.claim"))
		c.see(say("review.decide"))
		c.shot(name("101-review"))
		c.eval(`(document.querySelector("input[value=not_certified]").click(), "")`)
		c.click(say("review.go"))
		c.see(say("review.reason_missing"))
		c.shot(name("102-review-problem"))
		c.eval(`(document.querySelector("input[value=partial]").click(), "")`)
		c.eval(`document.getElementById("reason").value = "necessity"`)
		c.fill(say("review.explanation"), "The notes support nursing twice a week for the first month, not for three.")
		c.fill(say("review.units")+" G0299", "12")
		c.click(say("review.go"))
		c.see(say("review.done.decided"))
		c.shot(name("103-reviewed"))
		c.click(say("letter.open"))
		c.see(say("letter.terms"))
		c.shot(name("104-letter"))
		if c.scripts {
			c.printsTheLetter(say("letter.print"))
			c.sendsOnce()
		}
		c.visit("/messages?all=1", say("messages.sub.staff"), name("105-messages-staff"))
		c.open(c.eval(`document.querySelector("main table a").getAttribute("href")`))
		c.see(say("messages.reply"))
		c.shot(name("106-thread"))
		c.visit("/reports", say("reports.turnaround"), name("107-reports"))
		c.visit("/guide", say("guide.what.title"), name("108-guide"))
		c.open("/guide/decide")
		c.shot(name("109-guide-topic"))
	})
}

// printsTheLetter presses Print, which shows only where scripts can print.
func (c *chrome) printsTheLetter(label string) {
	c.t.Helper()
	c.see(label)
	c.eval(`window.print = () => { document.body.dataset.printed = "yes"; }; ""`)
	c.do(chromedp.Click(chromedp.CSS("[data-print]")))
	if got := c.eval(`document.body.dataset.printed ?? "nothing"`); got != "yes" {
		c.t.Errorf("the Print button printed %s", got)
	}
}

// sendsOnce submits a form twice: the portal's pages guard against a double click, too.
func (c *chrome) sendsOnce() {
	c.t.Helper()
	sent := c.eval(`(() => {
		const form = document.createElement("form");
		let sent = 0;
		addEventListener("submit", (event) => { if (!event.defaultPrevented) sent++; event.preventDefault(); });
		document.body.append(form);
		form.requestSubmit();
		form.requestSubmit();
		form.remove();
		return String(sent);
	})()`)
	if sent != "1" {
		c.t.Errorf("a form that was submitted twice was sent %s times", sent)
	}
}
