package delivery

import (
	"context"
	"time"
)

// Fate is what a carrier says became of a message that it had accepted.
type Fate string

const (
	Delivered   Fate = "delivered"
	Undelivered Fate = "undelivered" // the carrier or the network did not bring it there
	Unreachable Fate = "unreachable" // that number or address can't be reached by anybody
)

// Receipt is one such word. It names the message by our id or by the carrier's ref.
type Receipt struct {
	Carrier string
	Message string
	Ref     string
	Fate    Fate
	Reason  string // the carrier's code, for staff
}

// Received is what a receipt changed. The rest of it is set where Changed is.
type Received struct {
	Found   bool // there is such a message, and its hand-off is recorded
	Changed bool // this was the first word of it
	Again   bool // it was queued again, for the next carrier
	Message Message
}

// latest is how long a receipt waits for its message: a fast carrier's can come before
// the hand-off is recorded.
const latest = 10 * time.Second

// Receive takes a receipt. It returns at once; a receipt of no message of ours, of one
// that another carrier has by now, or of one that was heard of already changes nothing.
func (w *Worker) Receive(ctx context.Context, r Receipt) error {
	got, err := w.receive(ctx, r)
	if err != nil || got.Found {
		return err
	}
	w.make()
	w.later.Go(func() {
		ctx := context.WithoutCancel(ctx)
		for wait := 50 * time.Millisecond; wait < latest; wait *= 2 {
			select {
			case <-time.After(wait):
			case <-w.ended:
				return
			}
			if got, err := w.receive(ctx, r); err != nil || got.Found {
				return
			}
		}
		w.Log.Info("delivery: receipt of no message of ours", "carrier", r.Carrier, "fate", r.Fate)
	})
	return nil
}

func (w *Worker) receive(ctx context.Context, r Receipt) (Received, error) {
	got, err := w.Outbox.Receive(ctx, r, func(m Message, tried []string) bool {
		return len(w.Channels.remaining(m.Channel, m.Country, tried)) > 0
	})
	if err != nil {
		w.Log.Error("delivery: receipt not recorded", "carrier", r.Carrier, "error", err)
		return got, err
	}
	if !got.Changed {
		return got, nil
	}
	m := got.Message
	if c := w.Channels.Named(m.Channel, r.Carrier); c != nil {
		changed := false
		switch r.Fate {
		case Delivered:
			changed = c.delivering.worked()
		case Undelivered:
			changed = c.delivering.fails(w.now())
		}
		if changed {
			w.notice(c, m.Channel)
		}
	}
	w.observe(Observation{Message: m, HandOff: HandOff{Carrier: r.Carrier}, Outcome: string(r.Fate)})
	if r.Fate != Delivered {
		w.Log.Warn("delivery: not delivered", "message", m, "carrier", r.Carrier, "fate", r.Fate, "reason", r.Reason, "again", got.Again)
	}
	if got.Again {
		w.Wake()
	}
	return got, nil
}
