package smpp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/smpp/smpptest"
)

// bound returns a client with a session at the message centre, and where its receipts come.
func bound(t *testing.T, centre *smpptest.Centre, change func(*Options)) (*Client, chan Receipt) {
	t.Helper()
	receipts := make(chan Receipt, 100)
	o := Options{Address: fmt.Sprintf("127.0.0.1:%d", centre.Port), SystemID: "sallyport", Password: "secret8", Source: Source{TON: 5, Address: "Harbor"}, OnReceipt: func(r Receipt) { receipts <- r }}
	if change != nil {
		change(&o)
	}
	c := New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	within, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	if err := c.Bound(within); err != nil {
		t.Fatal(err)
	}
	return c, receipts
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t, "0", "--enquires")
	c, _ := bound(t, centre, nil)
	ids, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "Your code: 1\n\n@host #1", Validity: 10 * time.Minute})
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	e := centre.Submitted()
	if e.Submit != ids[0] || e.To != "12025550185" || e.From != "Harbor" || e.TON != 1 || e.NPI != 1 || e.Coding != 0 || e.Registered != 1 || e.Text != "Your code: 1\n\n@host #1" {
		t.Errorf("%+v", e)
	}
	if e.Validity != "600" && e.Validity != "599" && e.Validity != "000000001000000R" {
		t.Errorf("validity %s", e.Validity)
	}
	if _, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "Código"}); err != nil {
		t.Fatal(err)
	}
	if e := centre.Submitted(); e.Coding != 8 || e.Text != "Código" {
		t.Errorf("UCS-2: %+v", e)
	}
}

func TestSubmitLongTextInParts(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, nil)
	text := strings.Repeat("0123456789", 20)
	ids, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: text})
	if err != nil || len(ids) != 2 {
		t.Fatal(ids, err)
	}
	first, second := centre.Submitted(), centre.Submitted()
	if first.Text+second.Text != text || first.ESM != 0x40 || first.Parts[len(first.Parts)-1] != 1 || second.Parts[len(second.Parts)-1] != 2 {
		t.Errorf("%+v\n%+v", first, second)
	}
}

func TestLatin1(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, func(o *Options) { o.Alphabet = Latin1 })
	if _, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "Código @x"}); err != nil {
		t.Fatal(err)
	}
	if e := centre.Submitted(); e.Coding != 3 || e.Text != "Código @x" {
		t.Errorf("%+v", e)
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	for style, decimal := range map[string]bool{"tlv": false, "text": false, "decimal": true} {
		centre := smpptest.Start(t)
		centre.Order(map[string]any{"receipt": "DELIVRD", "style": style})
		c, receipts := bound(t, centre, func(o *Options) { o.DecimalReceipts = decimal })
		ids, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if r := <-receipts; r.ID != ids[0] || r.State != Delivered || !r.State.Final() {
			t.Errorf("%s: %+v for %v", style, r, ids)
		}
		centre.Next(func(e smpptest.Event) bool { return e.Acknowledged == ids[0] })
		centre.Order(map[string]any{"say": "UNDELIV", "id": ids[0], "style": style})
		if r := <-receipts; r.ID != ids[0] || r.State != Undelivered {
			t.Errorf("%s: %+v", style, r)
		}
	}
}

func TestThrottledIsAskedAgain(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, nil)
	centre.Order(map[string]any{"mode": "throttle", "times": 2})
	if ids, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"}); err != nil || len(ids) != 1 {
		t.Errorf("%v, %v", ids, err)
	}
	centre.Order(map[string]any{"mode": "throttle"})
	_, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"})
	if s, ok := errors.AsType[Status](err); !ok || !s.Temporary() {
		t.Errorf("still throttled: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, nil)
	for status, want := range map[Status][2]bool{statusBadTo: {false, true}, statusQueueFull: {true, false}, statusNotSubmitted: {false, false}} {
		centre.Order(map[string]any{"mode": "refuse", "status": int(status), "times": 1})
		_, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"})
		if s, ok := errors.AsType[Status](err); !ok || s != status || s.Temporary() != want[0] || s.Destination() != want[1] {
			t.Errorf("%v: %v", status, err)
		}
	}
	wrong := New(Options{Address: fmt.Sprintf("127.0.0.1:%d", centre.Port), SystemID: "sallyport", Password: "wrong"})
	if err := wrong.Check(t.Context()); !errors.Is(err, statusBadPassword) {
		t.Errorf("wrong password: %v", err)
	}
}

// Who has no session sent nothing; whose session broke may have.
func TestWhatIsKnownAfterTrouble(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Address: "127.0.0.1:1"}).Submit(t.Context(), Message{To: "+1", Text: "x"}); !errors.Is(err, ErrUnbound) || errors.Is(err, ErrLost) {
		t.Errorf("never bound: %v", err)
	}
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, nil)
	centre.Order(map[string]any{"mode": "silent", "times": 1})
	if _, err := c.Submit(within(t, 200*time.Millisecond), Message{To: "+12025550185", Text: "x"}); !errors.Is(err, ErrLost) {
		t.Errorf("silence: %v", err)
	}
	centre.Order(map[string]any{"mode": "drop", "times": 1})
	if _, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"}); !errors.Is(err, ErrLost) {
		t.Errorf("connection broke: %v", err)
	}
	if err := c.Bound(within(t, 10*time.Second)); err != nil { // it comes back by itself
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: "x"}); err != nil {
		t.Errorf("after reconnecting: %v", err)
	}
}

// A link that died without a word is noticed, and made anew.
func TestDeadLinkIsNoticed(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, func(o *Options) { o.EnquireEvery = 50 * time.Millisecond })
	centre.Next(func(e smpptest.Event) bool { return e.Enquire })
	centre.Order(map[string]any{"kick": true})
	centre.Next(func(e smpptest.Event) bool { return e.Closed })
	centre.Next(func(e smpptest.Event) bool { return e.Bind != "" && e.Good })
	if err := c.Bound(within(t, 5*time.Second)); err != nil {
		t.Error(err)
	}
}

func TestWindowIsUsed(t *testing.T) {
	t.Parallel()
	centre := smpptest.Start(t)
	c, _ := bound(t, centre, func(o *Options) { o.Window = 8 })
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if _, err := c.Submit(t.Context(), Message{To: "+12025550185", Text: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for range 200 {
		seen[centre.Submitted().Text] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d of 200 arrived", len(seen))
	}
}

func FuzzDeliver(f *testing.F) {
	f.Add([]byte("\x00\x01\x01123\x00\x01\x01us\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x12id:1 stat:DELIVRD \x00\x1e\x00\x02a\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, ok, err := parseDeliver(body)
		if ok && (err != nil || r.ID == "") {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestForeignPDUs(t *testing.T) {
	t.Parallel()
	if _, err := readPDU(strings.NewReader("\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")); err == nil {
		t.Error("a PDU of 4 GiB was taken")
	}
	if got := relative(90*time.Second + 1); got != "000000000130000R" {
		t.Errorf("validity %s", got)
	}
	if r := parseReceipt("id:7 stat:undeliv err:011 text:stat:DELIVRD"); r.ID != "7" || r.State != Undelivered || r.Code != "011" {
		t.Errorf("%+v", r)
	}
}
