package factor

import "time"

// CallMode is what a call proves, and how (docs/operator/voice.md).
type CallMode string

const (
	Pound  CallMode = ""       // # on it approves: no secret is carried (NIST-OOB-3)
	Spoken CallMode = "spoken" // it reads a code out, which is typed in the browser (NIST-OOB-3b)
	Keypad CallMode = "keypad" // a number that the browser shows is keyed in
)

// CallState is what the page says about a telephone call.
type CallState string

const (
	Placing   CallState = ""          // asked for, not ringing yet
	Ringing   CallState = "ringing"   //
	Answered  CallState = "answered"  // the voice speaks, or waits for a key
	Told      CallState = "told"      // its code was read out
	Confirmed CallState = "confirmed" // # counted, or the number
	Busy      CallState = "busy"      //
	NoAnswer  CallState = "no_answer" //
	Declined  CallState = "declined"  // somebody turned it away
	HungUp    CallState = "hung_up"   // ended before # counted
	Machine   CallState = "machine"   // an answering machine took it
	Denied    CallState = "denied"    // * was pressed: “I did not ask for this call”
	CallLost  CallState = "failed"    // the carrier could not place it
)

// CallEvent is what a carrier reports of a call.
type CallEvent string

const (
	EventRinging     CallEvent = "ringing"
	EventAnswered    CallEvent = "answered"
	EventPromptEnded CallEvent = "prompt_ended" // the sentence that asks for # has been spoken
	EventPound       CallEvent = "key_pound"
	EventKeyed       CallEvent = "keyed" // the number that the browser shows
	EventTold        CallEvent = "told"  // the code was read out once
	EventStar        CallEvent = "key_star"
	EventHungUp      CallEvent = "hung_up"
	EventBusy        CallEvent = "busy"
	EventNoAnswer    CallEvent = "no_answer"
	EventDeclined    CallEvent = "declined"
	EventMachine     CallEvent = "machine"
	EventFailed      CallEvent = "failed"
)

// Call is the life of one telephone call, as times. Its deadlines are reckoned
// from them whenever it is looked at, never by a timer.
type Call struct {
	Mode        CallMode
	Note        string // the carrier's words for how it went, for staff
	State       CallState
	RingingAt   time.Time
	AnsweredAt  time.Time
	PromptEnded time.Time
	EndedAt     time.Time
}

// CallLimits are the timers of TM-04.
type CallLimits struct{ Ring, KeyWait, Whole time.Duration }

const (
	// earliestKey: a # before it is an answering machine's or a recorded
	// greeting's, not a person's (T-25).
	earliestKey = 2 * time.Second
	// longestPrompt: by then the sentence has been spoken even where the carrier
	// does not report its end.
	longestPrompt = 8 * time.Second
	// mostPrompt: no call speaks for longer before it asks for a key, who answers listened
	// to included.
	mostPrompt = 30 * time.Second
	// lastWords: what may follow the time for a key, such as that it was a wrong one.
	lastWords = 15 * time.Second
)

// Over tells that nothing more can come of the call.
func (s CallState) Over() bool {
	switch s {
	case Placing, Ringing, Answered, Told:
		return false
	}
	return true
}

// At is the state at now: a call that rang, or waited for a key, too long has
// ended whether or not the carrier said so. Placed is when it was handed over.
func (c Call) At(now, placed time.Time, limits CallLimits) CallState {
	if c.State.Over() || c.State == Told || placed.IsZero() {
		return c.State
	}
	rang := c.RingingAt
	if rang.IsZero() {
		rang = placed
	}
	switch {
	case c.State != Answered && now.After(rang.Add(limits.Ring)):
		return NoAnswer
	case c.State == Answered && now.After(c.waitsUntil(limits)):
		return HungUp
	case now.After(placed.Add(limits.Whole)):
		return HungUp
	}
	return c.State
}

// waitsUntil is when an answered call has waited for a key for long enough.
func (c Call) waitsUntil(limits CallLimits) time.Time {
	if c.PromptEnded.IsZero() {
		return c.AnsweredAt.Add(mostPrompt + limits.KeyWait)
	}
	return c.PromptEnded.Add(limits.KeyWait + lastWords)
}

// Apply returns the call after ev, and whether ev changed it. Events that come
// late, twice or out of order change nothing.
func (c Call) Apply(ev CallEvent, now, placed time.Time, limits CallLimits) (Call, bool) {
	if c.At(now, placed, limits).Over() {
		return c, false
	}
	switch ev {
	case EventRinging:
		return c.ring(now)
	case EventAnswered:
		return c.answer(now)
	case EventPromptEnded:
		if c.State != Answered || !c.PromptEnded.IsZero() {
			return c, false
		}
		c.PromptEnded = now
		return c, true
	case EventPound, EventKeyed:
		if (ev == EventKeyed) != (c.Mode == Keypad) || c.Mode == Spoken || !c.poundCounts(now) {
			return c, false
		}
		return c.end(Confirmed, now)
	case EventTold:
		if c.State != Answered || c.Mode != Spoken {
			return c, false
		}
		c.State = Told
		return c, true
	case EventStar:
		if c.State != Answered && c.State != Told || now.Before(c.AnsweredAt.Add(earliestKey)) {
			return c, false
		}
		return c.end(Denied, now)
	}
	if c.State == Told { // how a call ends that did what it was for says nothing
		return c, false
	}
	if state, ok := endings[ev]; ok {
		return c.end(state, now)
	}
	return c, false
}

var endings = map[CallEvent]CallState{
	EventHungUp: HungUp, EventBusy: Busy, EventNoAnswer: NoAnswer, EventDeclined: Declined, EventMachine: Machine, EventFailed: CallLost,
}

// poundCounts: not before two seconds after the answer, and not before the
// sentence that asks for it has been spoken (T-25).
func (c Call) poundCounts(now time.Time) bool {
	if c.State != Answered || now.Before(c.AnsweredAt.Add(earliestKey)) {
		return false
	}
	return !c.PromptEnded.IsZero() || !now.Before(c.AnsweredAt.Add(longestPrompt))
}

func (c Call) ring(now time.Time) (Call, bool) {
	if c.State != Placing {
		return c, false
	}
	c.State, c.RingingAt = Ringing, now
	return c, true
}

func (c Call) answer(now time.Time) (Call, bool) {
	if c.State == Answered {
		return c, false
	}
	if c.RingingAt.IsZero() {
		c.RingingAt = now
	}
	c.State, c.AnsweredAt = Answered, now
	return c, true
}

func (c Call) end(state CallState, now time.Time) (Call, bool) {
	c.State, c.EndedAt = state, now
	return c, true
}
