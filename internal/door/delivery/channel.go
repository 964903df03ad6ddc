package delivery

import (
	"context"
	"errors"
	"time"
)

// Channel is one carrier of one kind of message. Send returns nil when the
// carrier accepted the message: for a call, that it will be placed. What happens
// to the call afterwards comes as events.
type Channel interface {
	Name() string // for logs and metrics, such as "smtp"
	Send(ctx context.Context, m Message) error
}

// Channels are the carriers for each of email, sms and voice, in the order in
// which they are tried.
type Channels map[string][]Channel

// Has tells whether anything carries this kind.
func (c Channels) Has(channel string) bool { return len(c[channel]) > 0 }

// Refused is a carrier's certain no: the message did not go out. Temporary tells
// that the same carrier may take it later.
type Refused struct {
	Temporary bool
	Reason    string // without address or text
}

func (r *Refused) Error() string { return "refused: " + r.Reason }

// silence is how long a carrier may take to answer before the next is tried.
const silence = 5 * time.Second

// hand gives the message to the first carrier that takes it. For messages that
// must go out once only, the next carrier is tried after a certain refusal or
// after silence; with the same code, so that a double does no harm.
func (c Channels) hand(ctx context.Context, m Message) (carrier string, err error) {
	err = &Refused{Reason: "no carrier for " + m.Channel}
	for _, channel := range c[m.Channel] {
		carrier = channel.Name()
		try, cancel := context.WithTimeout(ctx, silence)
		err = channel.Send(try, m)
		cancel()
		if err == nil || ctx.Err() != nil {
			return carrier, err
		}
	}
	return carrier, err
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
