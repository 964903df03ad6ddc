package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// EnrolEmailPage is “Email Address”, then “Verification Code” (1.2, step 3).
type EnrolEmailPage struct {
	Frame
	View journey.EnrolEmailView
	Time CodeTime
}

func (EnrolEmailPage) Template() string { return "page_enrol_email" }

func enrolEmailPage(r *request, f Frame, v journey.EnrolEmailView) ui.Page {
	return EnrolEmailPage{f.titled(r, "enrol.email.title").follows(v.Code), v, codeTime(r, v.Code, byMail)}
}
