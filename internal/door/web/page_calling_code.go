package web

import (
	"sallyport/internal/door/factor"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// CallingCodePage follows a call that reads a code out, and takes the code. What the
// telephone does changes under who types without the page being loaded again.
type CallingCodePage struct {
	Frame
	View   journey.CallingView
	Says   string
	Tone   string // of that: good, warn
	Time   CodeTime
	Denied bool
	Goes   bool // more may come of the call
}

func (CallingCodePage) Template() string { return "page_calling_code" }

func callingCodePage(r *request, f Frame, v journey.CallingView) ui.Page {
	page := CallingCodePage{Frame: f, View: v, Says: callSays(r, v), Time: codeTime(r, v.Code, byText), Denied: v.State == factor.Denied, Goes: !v.Over && v.State != factor.Told}
	page.Title = r.lang.Say("call.title") + " " + v.Masked
	switch {
	case v.State == factor.Told:
		page.Tone = "good"
	case v.Over:
		page.Tone = "warn"
	}
	return page
}
