package delivery

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sallyport/internal/prompts"
	"sallyport/internal/trunk"
)

// SIPTrunk places calls by a SIP trunk, and leads them itself: it speaks, listens for keys
// and tells what happens.
type SIPTrunk struct {
	Label    string
	Trunk    *trunk.Trunk
	Prompts  *prompts.Set
	KeyWait  time.Duration // for a key, after it was asked for
	Machines bool          // hang up on answering machines (T-25)
	Calls    CallFollower
	Receive  func(Receipt)
	Log      *slog.Logger
	leads    sync.WaitGroup // calls that are led, and what is told of them
}

// CallFollower is told what happens to the calls that this process leads, and tells
// whether anybody still waits for one.
type CallFollower interface {
	Told(ctx context.Context, id, event, note string) error // event as in CallReport; note for staff
	Stands(ctx context.Context, id string) (CallStanding, error)
}

// CallStanding is what a call is still good for.
type CallStanding struct {
	Wanted    bool // the page waits for it
	Confirmed bool // # counted, or the number
}

func (s *SIPTrunk) Name() string { return s.Label }

// Run keeps the trunk up, and returns when all was told of its calls.
func (s *SIPTrunk) Run(ctx context.Context) {
	s.Trunk.Run(ctx)
	s.leads.Wait()
}

// Check looks whether the trunk answers, and takes our registration.
func (s *SIPTrunk) Check(ctx context.Context) error { return s.Trunk.Check(ctx) }

// Patience: a trunk has ten seconds to its first answer, and one more to be told that it had.
func (s *SIPTrunk) Patience() time.Duration { return 11 * time.Second }

// Send calls, and returns with the trunk's first answer. What happens afterwards is told
// as it does; a call that the trunk takes and then can't place goes to the next carrier.
func (s *SIPTrunk) Send(ctx context.Context, m Message) (Handed, error) {
	call, err := s.Trunk.Place(ctx, m.To)
	if err == nil {
		s.leads.Go(func() { s.lead(call, m) })
		return Handed{Receipts: true}, nil
	}
	if event, note := endedBy(err); event != "" {
		s.leads.Go(func() { s.tell(m.ID, event, note) })
		return Handed{}, nil
	}
	return Handed{}, refusedBy(err)
}

// endedBy is the event of a call that was answered with a final no of the telephone's, not
// of the trunk's; empty where it was the trunk's.
func endedBy(err error) (event, note string) {
	if errors.Is(err, trunk.ErrNoAnswer) {
		return "no_answer", err.Error()
	}
	refused, ok := errors.AsType[*trunk.Refusal](err)
	if !ok {
		return "", ""
	}
	event = map[trunk.Kind]string{trunk.Busy: "busy", trunk.Declined: "declined", trunk.Absent: "no_answer"}[refused.Kind()]
	return event, refused.Error()
}

// refusedBy says what a trunk's no means for the other carriers.
func refusedBy(err error) error {
	if refused, ok := errors.AsType[*trunk.Refusal](err); ok {
		return &Refused{Temporary: refused.Kind() == trunk.Fault, Address: refused.Kind() == trunk.Unknown, Reason: refused.Error()}
	}
	switch {
	case errors.Is(err, trunk.ErrNumber):
		return &Refused{Address: true, Reason: err.Error()}
	case errors.Is(err, trunk.ErrFull):
		return &Refused{Temporary: true, Full: true, Reason: err.Error()}
	case errors.Is(err, trunk.ErrDown):
		return &Refused{Temporary: true, Reason: err.Error()}
	}
	return err // it is not known what became of it
}

// lead follows a call from the trunk's first answer to its end.
func (s *SIPTrunk) lead(call *trunk.Call, m Message) {
	defer call.HangUp()
	ringing, look := call.Ringing(), time.NewTicker(time.Second)
	defer look.Stop()
	rings := sync.OnceFunc(func() {
		ringing = nil
		s.tell(m.ID, "ringing", "")
		s.Receive(Receipt{Carrier: s.Label, Message: m.ID, Fate: Delivered})
	})
	for {
		select {
		case <-ringing:
			rings()
		case <-call.Answered():
			rings() // some are answered before they ring
			s.tell(m.ID, "answered", "")
			s.talk(call, m)
			return
		case <-call.Ended():
			select {
			case <-ringing:
				rings()
			default:
			}
			s.unanswered(call.Why(), m, ringing == nil)
			return
		case <-look.C:
			if !s.wanted(m.ID) {
				return
			}
		}
	}
}

// unanswered tells why. What the trunk could not bring as far as ringing goes to another.
func (s *SIPTrunk) unanswered(why error, m Message, rang bool) {
	if event, note := endedBy(why); event != "" {
		s.tell(m.ID, event, note)
		if !rang {
			s.Receive(Receipt{Carrier: s.Label, Message: m.ID, Fate: Delivered})
		}
		return
	}
	if rang {
		s.tell(m.ID, "failed", why.Error())
		return
	}
	fate := Undelivered
	if refused, ok := errors.AsType[*trunk.Refusal](why); ok && refused.Kind() == trunk.Unknown {
		fate = Unreachable
	}
	s.Receive(Receipt{Carrier: s.Label, Message: m.ID, Fate: fate, Reason: why.Error()})
}

// tell tells what happened, again where it could not be written down: a key is pressed once.
func (s *SIPTrunk) tell(id, event, note string) {
	for wait := 50 * time.Millisecond; ; wait *= 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := s.Calls.Told(ctx, id, event, note)
		cancel()
		if err == nil {
			return
		}
		s.Log.Error("call: event not recorded", "carrier", s.Label, "event", event, "error", err)
		if wait > 2*time.Second {
			return
		}
		time.Sleep(wait)
	}
}

func (s *SIPTrunk) stands(id string) CallStanding {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	standing, err := s.Calls.Stands(ctx, id)
	if err != nil {
		s.Log.Warn("call: not known whether it is wanted", "carrier", s.Label, "error", err)
		return CallStanding{Wanted: true}
	}
	return standing
}

// wanted tells whether anybody waits for the call: not who chose a text instead, or
// another call.
func (s *SIPTrunk) wanted(id string) bool { return s.stands(id).Wanted }
