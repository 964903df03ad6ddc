package web

import (
	"time"

	"sallyport/internal/door/factor"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// CallingPage follows a call: ringing, answered, #, or how it ended (1.4). In the mode
// keypad it shows the number that is keyed in.
type CallingPage struct {
	Frame
	View      journey.CallingView
	Says      string // what the telephone is doing
	Confirmed bool
	Denied    bool
	Keypad    bool
}

func (CallingPage) Template() string { return "page_calling" }

func callingPage(r *request, f Frame, v journey.CallingView) ui.Page {
	if v.Mode == factor.Spoken {
		return callingCodePage(r, f, v)
	}
	page := CallingPage{Frame: f.waits(!v.Over), View: v, Confirmed: v.State == factor.Confirmed, Denied: v.State == factor.Denied, Keypad: v.Mode == factor.Keypad, Says: callSays(r, v)}
	page.Title = r.lang.Say("call.title") + " " + v.Masked
	return page
}

// callSays is what the telephone is doing, in words.
func callSays(r *request, v journey.CallingView) string {
	key := string(v.State)
	if v.State == factor.Placing {
		key = "placing"
	}
	switch mode := string(v.Mode); {
	case v.State == factor.Denied && v.Enrolling:
		key = "denied.enrol"
	case v.Mode == factor.Pound:
	case v.State == factor.Answered:
		key = mode + ".answered"
	case v.Mode == factor.Spoken && v.State == factor.Ringing:
		key = mode + ".ringing"
	case v.Mode == factor.Spoken && v.State == factor.HungUp:
		key = mode + ".over"
	}
	return r.lang.Say("call."+key, "N", int(v.Ring/time.Second))
}
