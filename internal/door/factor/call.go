package factor

import "time"

// CallState is what the page says about a telephone call.
type CallState string

const (
	Placing   CallState = ""          // asked for, not ringing yet
	Ringing   CallState = "ringing"   //
	Answered  CallState = "answered"  // the voice speaks, or waits for a key
	Confirmed CallState = "confirmed" // # counted
	Busy      CallState = "busy"      //
	NoAnswer  CallState = "no_answer" //
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
	EventStar        CallEvent = "key_star"
	EventHungUp      CallEvent = "hung_up"
	EventBusy        CallEvent = "busy"
	EventNoAnswer    CallEvent = "no_answer"
	EventMachine     CallEvent = "machine"
	EventFailed      CallEvent = "failed"
)

// Call is the life of one telephone call, as times. Its deadlines are reckoned
// from them whenever it is looked at, never by a timer.
type Call struct {
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
)

// Over tells that nothing more can come of the call.
func (s CallState) Over() bool {
	switch s {
	case Placing, Ringing, Answered:
		return false
	}
	return true
}

// At is the state at now: a call that rang, or waited for a key, too long has
// ended whether or not the carrier said so. Placed is when it was handed over.
func (c Call) At(now, placed time.Time, limits CallLimits) CallState {
	if c.State.Over() || placed.IsZero() {
		return c.State
	}
	rang := c.RingingAt
	if rang.IsZero() {
		rang = placed
	}
	switch {
	case c.State != Answered && now.After(rang.Add(limits.Ring)):
		return NoAnswer
	case c.State == Answered && now.After(c.AnsweredAt.Add(longestPrompt+limits.KeyWait)):
		return HungUp
	case now.After(placed.Add(limits.Whole)):
		return HungUp
	}
	return c.State
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
	case EventPound:
		if !c.poundCounts(now) {
			return c, false
		}
		return c.end(Confirmed, now)
	case EventStar:
		if c.State != Answered {
			return c, false
		}
		return c.end(Denied, now)
	}
	if state, ok := endings[ev]; ok {
		return c.end(state, now)
	}
	return c, false
}

var endings = map[CallEvent]CallState{
	EventHungUp: HungUp, EventBusy: Busy, EventNoAnswer: NoAnswer, EventMachine: Machine, EventFailed: CallLost,
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
