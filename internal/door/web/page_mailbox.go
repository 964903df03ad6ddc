package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// MailboxPage is “Email Address”, its “Verification Code”, and “Continue” of a
// forgotten password (product.md 1.7).
type MailboxPage struct {
	Frame
	View journey.MailboxView
	Time CodeTime
}

func (MailboxPage) Template() string { return "page_mailbox" }

func mailboxPage(r *request, f Frame, v journey.MailboxView) ui.Page {
	return MailboxPage{f.titled(r, "forgot.title").follows(v.Code), v, codeTime(r, v.Code, byMail)}
}
