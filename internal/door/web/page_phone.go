package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// ChoosePhonePage is “We have the following number on record for you …” (1.4).
type ChoosePhonePage struct {
	Frame
	View journey.ChoosePhoneView
}

func (ChoosePhonePage) Template() string { return "page_phone" }

func choosePhonePage(r *request, f Frame, v journey.ChoosePhoneView) ui.Page {
	return ChoosePhonePage{f.titled(r, "phone.title").waits(false), v}
}

// NoPhonePage tells who registered by e-mail how to go on.
type NoPhonePage struct{ Frame }

func (NoPhonePage) Template() string { return "page_no_phone" }

func noPhonePage(r *request, f Frame) ui.Page {
	return NoPhonePage{f.titled(r, "nophone.title").waits(false)}
}
