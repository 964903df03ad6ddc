package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// PhoneCodePage is “Enter your verification code below, or send a new code” (1.4).
type PhoneCodePage struct {
	Frame
	View journey.PhoneCodeView
	Time CodeTime
}

func (PhoneCodePage) Template() string { return "page_phone_code" }

func phoneCodePage(r *request, f Frame, v journey.PhoneCodeView) ui.Page {
	way := byText
	if v.Voice {
		way = textCall
	}
	return PhoneCodePage{f.titled(r, "phone.code.title").follows(v.Code), v, codeTime(r, v.Code, way)}
}
