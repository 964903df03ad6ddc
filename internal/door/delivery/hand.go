package delivery

import (
	"context"

	"sallyport/internal/background"
	"sallyport/internal/sms"
)

// Purse holds what may be spent a day (T-11). Spend returns *Refused where nothing is
// left, or where that can't be told: it fails closed.
type Purse interface {
	Spend(ctx context.Context, s Spending) error
	Refund(s Spending)
}

// Spending is one message handed to one carrier.
type Spending struct {
	Channel string
	Class   Class
	Cost    int64 // millionths of the operator's currency
}

// HandOff is a message that a carrier accepted.
type HandOff struct {
	Handed
	Carrier  string
	Segments int
	Cost     int64 // millionths of the operator's currency
}

// hand gives the message to the first carrier that takes it. The next is tried after a
// certain refusal or after silence; with the same code, so that a double does no harm.
// Carriers that have not worked lately are passed over.
func (w *Worker) hand(ctx context.Context, job Job) (done HandOff, err error) {
	m := job.Message
	err = &Refused{Reason: "no carrier for " + m.Channel}
	var doubt, later error // of one that may have sent it; that may take it later
	for _, c := range w.Channels.remaining(m.Channel, m.Country, job.Tried) {
		if !w.mayTry(c, m) {
			later = &Refused{Temporary: true, Reason: "carrier has not worked lately"}
			continue
		}
		done, err = w.try(ctx, c, m)
		if err == nil || ctx.Err() != nil || unreachable(err) {
			return done, err
		}
		switch {
		case !certain(err):
			doubt = err
		case temporary(err):
			later = err
		}
	}
	switch {
	case doubt != nil:
		err = doubt
	case later != nil:
		err = later
	}
	return done, err
}

// mayTry tells whether the carrier works, as far as this process knows. A withheld message
// never takes the place of the one message that may try a carrier that was down.
func (w *Worker) mayTry(c *Carrier, m Message) bool {
	if m.Withheld {
		return c.Health() == Good
	}
	return c.ready(w.now())
}

// try hands the message to one carrier, and learns how that one does.
func (w *Worker) try(ctx context.Context, c *Carrier, m Message) (HandOff, error) {
	done := HandOff{Carrier: c.Name(), Segments: 1}
	if m.Channel == "sms" {
		done.Segments = sms.Segments(m.Text)
	}
	done.Cost = int64(done.Segments) * c.Price
	spending := Spending{Channel: m.Channel, Class: m.Class, Cost: done.Cost}
	if w.Purse != nil {
		if err := w.Purse.Spend(ctx, spending); err != nil {
			return done, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, patienceWith(c))
	defer cancel()
	if m.Withheld {
		if w.Purse != nil {
			defer w.Purse.Refund(spending)
		}
		return done, w.recent.imitate(limited, c)
	}
	var err error
	began := w.now()
	if broke := background.Try(func() { done.Handed, err = c.Send(limited, m) }); broke != nil {
		background.Report(w.Log, "carrier "+c.Name(), broke)
		err = broke // not known: like silence
	}
	w.recent.note(c, handOffSample{took: w.now().Sub(began), err: err})
	switch {
	case full(err):
	case err == nil || unreachable(err): // the carrier works
		if c.handing.worked() {
			w.notice(c, m.Channel)
		}
	case c.handing.fails(w.now()):
		w.notice(c, m.Channel)
	}
	if err != nil {
		w.Log.Warn("delivery: carrier did not accept", "message", m, "carrier", c.Name(), "error", err)
		w.observe(Observation{Message: m, HandOff: done, Outcome: map[bool]string{true: "refused", false: "silent"}[certain(err)]})
	}
	if w.Purse != nil && err != nil && certain(err) {
		w.Purse.Refund(spending)
	}
	return done, err
}

// notice tells that a carrier stopped or began to work.
func (w *Worker) notice(c *Carrier, channel string) {
	w.Log.Warn("delivery: carrier's health changed", "carrier", c.Name(), "channel", channel, "health", c.Health())
	if w.OnHealth != nil {
		w.OnHealth(channel, c.Name(), c.Health())
	}
}
