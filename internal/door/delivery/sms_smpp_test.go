package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sallyport/internal/smpp"
	"sallyport/internal/smpp/smpptest"
)

func TestSMPPChannel(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	receipts := make(chan Receipt, 9)
	channel := NewSMPP("trunk", smpp.Options{Address: fmt.Sprintf("127.0.0.1:%d", centre.Port), SystemID: "sallyport", Password: "secret8"}, func(r Receipt) { receipts <- r }, slog.New(slog.DiscardHandler))
	m := Message{ID: "m1", Kind: Code, Channel: "sms", To: "+12025550185", Text: "x", Expires: time.Now().Add(time.Minute)}
	if _, err := channel.Send(t.Context(), m); !certain(err) || !temporary(err) {
		t.Errorf("without a session: %v", err)
	}
	if err := channel.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { channel.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	if err := channel.client.Bound(t.Context()); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]Fate{"DELIVRD": Delivered, "UNDELIV": Undelivered, "EXPIRED": Undelivered, "REJECTD": Undelivered} {
		centre.Order(map[string]any{"receipt": state, "style": "tlv"})
		done, err := channel.Send(t.Context(), m)
		if err != nil || done.Ref == "" || !done.Receipts {
			t.Fatalf("%+v, %v", done, err)
		}
		if r := <-receipts; r.Ref != done.Ref || r.Fate != want || r.Carrier != "trunk" {
			t.Errorf("%s: %+v", state, r)
		}
	}
	centre.Order(map[string]any{"receipt": "ENROUTE", "style": "tlv"}) // no fate yet
	channel.Send(t.Context(), m)
	for status, want := range map[int]*Refused{0x0b: {Address: true}, 0x58: {Temporary: true}, 0x45: {}} {
		centre.Order(map[string]any{"mode": "refuse", "status": status})
		_, err := channel.Send(t.Context(), m)
		if r, ok := errors.AsType[*Refused](err); !ok || r.Address != want.Address || r.Temporary != want.Temporary {
			t.Errorf("%#x: %v", status, err)
		}
	}
	centre.Order(map[string]any{"mode": "silent"})
	short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := channel.Send(short, m); err == nil || certain(err) {
		t.Errorf("silence: %v", err)
	}
	if len(receipts) != 0 {
		t.Error("a message on its way has a fate")
	}
}
