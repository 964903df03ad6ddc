package delivery

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sallyport/internal/smpp"
)

// SMPP sends texts through a session with a message centre (SMPP 3.4). Make it with
// NewSMPP, and run it.
type SMPP struct {
	label   string
	client  *smpp.Client
	receive func(Receipt)
}

// NewSMPP makes a channel. Receive takes what becomes of messages; it must not block.
func NewSMPP(label string, o smpp.Options, receive func(Receipt), log *slog.Logger) *SMPP {
	s := &SMPP{label: label, receive: receive}
	o.OnReceipt = s.receipt
	o.OnState = func(err error) {
		if err == nil {
			log.Info("delivery: session with the message centre", "carrier", label)
			return
		}
		log.Warn("delivery: no session with the message centre", "carrier", label, "error", err)
	}
	s.client = smpp.New(o)
	return s
}

func (s *SMPP) Name() string { return s.label }

// Run keeps the session up until ctx ends.
func (s *SMPP) Run(ctx context.Context) { s.client.Run(ctx) }

// Check binds a session and leaves it.
func (s *SMPP) Check(ctx context.Context) error { return s.client.Check(ctx) }

func (s *SMPP) Send(ctx context.Context, m Message) (Handed, error) {
	ids, err := s.client.Submit(ctx, smpp.Message{To: m.To, Text: m.Text, Validity: max(time.Minute, time.Until(m.Expires))})
	status, answered := errors.AsType[smpp.Status](err)
	switch {
	case errors.Is(err, smpp.ErrLost): // some of it may be out
		return Handed{}, err
	case answered:
		return Handed{}, &Refused{Temporary: status.Temporary(), Address: status.Destination(), Reason: "message centre: " + status.Error()}
	case err != nil:
		return Handed{}, &Refused{Temporary: true, Reason: err.Error()}
	}
	return Handed{Ref: ids[len(ids)-1], Receipts: true}, nil
}

func (s *SMPP) receipt(r smpp.Receipt) {
	if !r.State.Final() {
		return
	}
	receipt := Receipt{Carrier: s.label, Ref: r.ID, Fate: Undelivered, Reason: string(r.State) + " " + r.Code}
	if r.State == smpp.Delivered {
		receipt.Fate = Delivered
	}
	s.receive(receipt)
}
