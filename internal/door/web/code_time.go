package web

import (
	"fmt"
	"time"

	"sallyport/internal/door/factor"
	"sallyport/internal/door/journey"
)

// CodeTime is a code's remaining life as a page shows it, and where it stands.
type CodeTime struct {
	State       string // sending, sent, expired, spent, failed, unknown
	Left        string // 0:28
	LeftMillis  int64
	LeftSeconds int64
	Life        int64  // seconds, for the bar
	Fate        string // what the carrier says became of it, in words
	Tone        string // of that: good, warn, bad
}

func codeTime(r *request, c journey.CodeStatus, way string) CodeTime {
	seconds := int64((c.Left + time.Second - 1) / time.Second)
	t := CodeTime{State: c.State, Left: fmt.Sprintf("%d:%02d", seconds/60, seconds%60), LeftMillis: c.Left.Milliseconds(),
		LeftSeconds: seconds, Life: int64(c.Life / time.Second)}
	switch c.Receipt {
	case factor.Delivered:
		t.Fate, t.Tone = r.lang.Say("code.delivered"), "good"
	case factor.Again:
		t.Fate, t.Tone = r.lang.Say("code.again"), "warn"
	case factor.Undelivered:
		t.Fate, t.Tone = r.lang.Say("code.undelivered"), "bad"
	case factor.Unreachable:
		t.Fate, t.Tone = r.lang.Say(unreachable[way]), "bad"
	}
	return t
}

// How a code went, for the words of what to do where it can't be delivered.
const (
	byMail   = "mail"
	byText   = "text"   // and nobody can call
	textCall = "texted" // and a call can be tried
)

var unreachable = map[string]string{byMail: "code.unreachable.mail", byText: "code.unreachable.nocall", textCall: "code.unreachable"}

// follows makes a page wait for a code that is on its way, and afterwards follow what
// becomes of it, without loading itself again under who types.
func (f Frame) follows(c journey.CodeStatus) Frame {
	if c.State == "sent" && (c.Receipt == "" || c.Receipt == factor.Again) {
		return f
	}
	return f.waits(c.State == "sending")
}
