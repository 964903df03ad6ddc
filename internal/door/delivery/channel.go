package delivery

import (
	"context"
	"errors"
	"time"
)

// Channel hands one kind of message to one carrier. Send returns when the carrier
// accepted the message: for a call, that it will be placed. What happens afterwards
// comes as receipts and events.
type Channel interface {
	Name() string // for logs, metrics and staff, such as "smtp"; no two of one kind share it
	Send(ctx context.Context, m Message) (Handed, error)
}

// Runner is a channel that has work of its own while the program runs, such as a
// session to keep up.
type Runner interface {
	Run(ctx context.Context)
}

// Handed is what a carrier said when it accepted a message.
type Handed struct {
	Ref      string // the carrier's own name for it, by which receipts come; empty: by ours, or none come
	Receipts bool   // it will say what became of it
}

// Refused is a carrier's certain no: the message did not go out.
type Refused struct {
	Temporary bool   // the same carrier may take it later
	Full      bool   // it has no room now, and works
	Address   bool   // it is the number or address that can't be reached: no other carrier is asked
	Reason    string // without address or text
}

func (r *Refused) Error() string { return "refused: " + r.Reason }

// silence is how long a carrier may take to answer before the next is tried.
const silence = 5 * time.Second

// patient is a channel that takes longer to accept.
type patient interface{ Patience() time.Duration }

// patienceWith is how long a carrier may take.
func patienceWith(c *Carrier) time.Duration {
	if p, ok := c.Channel.(patient); ok {
		return p.Patience()
	}
	return silence
}

// full tells that the carrier works and has no room.
func full(err error) bool {
	refused, ok := errors.AsType[*Refused](err)
	return ok && refused.Full
}

// certain tells that the message did not go out: the carrier said so. One that
// was silent, or broke off, may have sent it.
func certain(err error) bool {
	_, refused := errors.AsType[*Refused](err)
	return refused
}

// temporary tells whether trying again later may help.
func temporary(err error) bool {
	if refused, ok := errors.AsType[*Refused](err); ok {
		return refused.Temporary
	}
	return true
}

// unreachable tells that the carrier said that this number or address can't be reached.
func unreachable(err error) bool {
	refused, ok := errors.AsType[*Refused](err)
	return ok && refused.Address
}
