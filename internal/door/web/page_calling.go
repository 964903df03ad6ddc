package web

import (
	"time"

	"sallyport/internal/door/factor"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// CallingPage follows a call: ringing, answered, #, or how it ended (1.4).
type CallingPage struct {
	Frame
	View      journey.CallingView
	Says      string // what the telephone is doing
	Confirmed bool
}

func (CallingPage) Template() string { return "page_calling" }

func callingPage(r *request, f Frame, v journey.CallingView) ui.Page {
	state := string(v.State)
	if v.State == factor.Placing {
		state = "placing"
	}
	page := CallingPage{Frame: f.waits(!v.Over), View: v, Confirmed: v.State == factor.Confirmed,
		Says: r.lang.Say("call."+state, "N", int(v.Ring/time.Second))}
	page.Title = r.lang.Say("call.title") + " " + v.Masked
	return page
}
