package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// EmailCodePage is “Verification code has been sent to your inbox …” (1.5).
type EmailCodePage struct {
	Frame
	View journey.EmailCodeView
	Time CodeTime
}

func (EmailCodePage) Template() string { return "page_email_code" }

func emailCodePage(r *request, f Frame, v journey.EmailCodeView) ui.Page {
	return EmailCodePage{f.titled(r, "email.code.title").follows(v.Code), v, codeTime(r, v.Code, byMail)}
}
