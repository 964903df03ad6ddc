package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// SendEmailPage is “Verification is necessary. Please click Send button.” (1.5).
type SendEmailPage struct {
	Frame
	View  journey.SendEmailView
	Works string
	Given string // “You have more time …”, empty where it was not chosen
}

func (SendEmailPage) Template() string { return "page_email" }

func sendEmailPage(r *request, f Frame, v journey.SendEmailView) ui.Page {
	page := SendEmailPage{Frame: f.titled(r, "email.title").waits(false), View: v, Works: r.lang.Say("email.works", "Life", v.Life)}
	if v.Given {
		page.Given = r.lang.Say("email.more.given", "Life", v.Life)
	}
	return page
}

// EmailVerifiedPage is “E-mail address verified. You can now continue.”
type EmailVerifiedPage struct {
	Frame
	Email string
}

func (EmailVerifiedPage) Template() string { return "page_email_verified" }

func emailVerifiedPage(r *request, f Frame, v journey.EmailVerifiedView) ui.Page {
	return EmailVerifiedPage{f.titled(r, "email.verified.title").waits(false), v.Email}
}

// EmailNotAllowedPage sends people back to the telephone they registered, where
// the operator's policy says so.
type EmailNotAllowedPage struct{ Frame }

func (EmailNotAllowedPage) Template() string { return "page_email_not_allowed" }

func emailNotAllowedPage(r *request, f Frame) ui.Page {
	return EmailNotAllowedPage{f.titled(r, "email.denied.title").waits(false)}
}
