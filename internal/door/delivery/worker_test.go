package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeOutbox keeps jobs in memory; the real one is tested with the worker in
// store/outbox_test.go.
type fakeOutbox struct {
	sync.Mutex
	jobs []Job
	log  []string
	done chan struct{}
}

func (o *fakeOutbox) Claim(_ context.Context, n int, _ time.Duration) ([]Job, error) {
	o.Lock()
	defer o.Unlock()
	n = min(n, len(o.jobs))
	claimed := o.jobs[:n]
	o.jobs = o.jobs[n:]
	return claimed, nil
}

func (o *fakeOutbox) note(format string, args ...any) error {
	o.Lock()
	defer o.Unlock()
	o.log = append(o.log, fmt.Sprintf(format, args...))
	o.done <- struct{}{}
	return nil
}

func (o *fakeOutbox) Sent(_ context.Context, j Job, _ HandOff) error {
	return o.note("sent %s", j.Message.ID)
}
func (o *fakeOutbox) Failed(_ context.Context, j Job, f Failure) error {
	return o.note("failed %s certain=%v unreachable=%v", j.Message.ID, f.Certain, f.Unreachable)
}
func (o *fakeOutbox) Receive(context.Context, Receipt, func(Message, []string) bool) (Received, error) {
	return Received{}, nil
}
func (o *fakeOutbox) Retry(_ context.Context, j Job, after time.Duration) error {
	if after <= 0 || after > 10*time.Minute {
		return o.note("retry after %v", after)
	}
	return o.note("retry %s", j.Message.ID)
}

type carrier struct {
	name string
	send func(ctx context.Context, m Message) error
}

func (c carrier) Name() string { return c.name }
func (c carrier) Send(ctx context.Context, m Message) (Handed, error) {
	return Handed{}, c.send(ctx, m)
}

func fails(err error) carrier {
	return carrier{"fails", func(context.Context, Message) error { return err }}
}

var works = carrier{"works", func(context.Context, Message) error { return nil }}

// deliverOne runs the worker on one job and returns what it recorded.
func deliverOne(t *testing.T, job Job, carriers ...Channel) string {
	t.Helper()
	outbox := &fakeOutbox{jobs: []Job{job}, done: make(chan struct{}, 10)}
	w := &Worker{Outbox: outbox, Channels: Channels{"sms": Plain(carriers...)}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Poll: time.Hour, Lanes: 2}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	<-outbox.done
	cancel()
	<-ended
	return strings.Join(outbox.log, ", ")
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	no, notNow, silence := &Refused{Reason: "no"}, &Refused{Temporary: true, Reason: "later"}, errors.New("silence")
	for name, tc := range map[string]struct {
		kind     Kind
		try      int
		carriers []Channel
		want     string
	}{
		"sent":                                  {Code, 1, []Channel{works}, "sent m"},
		"next carrier after no":                 {Code, 1, []Channel{fails(no), works}, "sent m"},
		"next carrier after silence":            {Code, 1, []Channel{fails(silence), works}, "sent m"},
		"code refused for good":                 {Code, 1, []Channel{fails(no)}, "failed m certain=true unreachable=false"},
		"code refused for now":                  {Code, 1, []Channel{fails(notNow)}, "retry m"},
		"code refused for now, three times":     {Code, 3, []Channel{fails(notNow)}, "failed m certain=true unreachable=false"},
		"code into silence is never sent again": {Code, 1, []Channel{fails(silence)}, "failed m certain=false unreachable=false"},
		"notice into silence is":                {Notice, 9, []Channel{fails(silence)}, "retry m"},
		"notice refused for good":               {Notice, 1, []Channel{fails(no)}, "failed m certain=true unreachable=false"},
		"the number is bad":                     {Code, 1, []Channel{fails(&Refused{Address: true, Reason: "landline"}), works}, "failed m certain=true unreachable=true"},
		"one may have sent it":                  {Code, 1, []Channel{fails(silence), fails(no)}, "failed m certain=false unreachable=false"},
		"nobody carries texts":                  {Code, 1, nil, "failed m certain=true unreachable=false"},
	} {
		job := Job{Message: Message{ID: "m", Kind: tc.kind, Channel: "sms"}, Try: tc.try}
		if got := deliverOne(t, job, tc.carriers...); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// What was being handed over when the process is told to stop is finished and recorded.
func TestShutdownFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	outbox := &fakeOutbox{jobs: []Job{{Message: Message{ID: "m", Channel: "sms"}}}, done: make(chan struct{}, 1)}
	begun, goOn := make(chan struct{}), make(chan struct{})
	slow := carrier{"slow", func(context.Context, Message) error { close(begun); <-goOn; return nil }}
	w := &Worker{Outbox: outbox, Channels: Channels{"sms": Plain(slow)}, Log: slog.Default(), Poll: time.Hour, Lanes: 1}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	<-begun
	cancel()
	close(goOn)
	<-ended
	if !slices.Equal(outbox.log, []string{"sent m"}) {
		t.Errorf("log = %v", outbox.log)
	}
}

func TestWakeBeatsPolling(t *testing.T) {
	t.Parallel()
	outbox := &fakeOutbox{done: make(chan struct{}, 1)}
	w := &Worker{Outbox: outbox, Channels: Channels{"sms": Plain(works)}, Log: slog.Default(), Poll: time.Hour, Lanes: 1}
	go w.Run(t.Context())
	outbox.Lock()
	outbox.jobs = []Job{{Message: Message{ID: "late", Channel: "sms"}}}
	outbox.Unlock()
	w.Wake()
	select {
	case <-outbox.done:
	case <-time.After(5 * time.Second):
		t.Fatal("woken, it did not look")
	}
}

// T-31: a message in a log shows neither code nor number.
func TestMessagesDoNotShowInLogs(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	m := Message{ID: "m1", Kind: Code, Channel: "sms", To: "+12025550185", Text: "code 482117", Code: "482117", Links: []string{"https://x/y"}}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "message", m)
	fmt.Fprintf(&out, "%v %s", m, m)
	for _, leak := range []string{"482117", "0185", "https"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q shows in %s", leak, out.String())
		}
	}
}

func TestBackoffGrowsAndStaysBounded(t *testing.T) {
	t.Parallel()
	for try := 1; try < 60; try++ {
		if wait := backoff(try); wait < 500*time.Millisecond || wait > 10*time.Minute {
			t.Fatalf("try %d waits %v", try, wait)
		}
	}
	if backoff(8) < 30*time.Second {
		t.Error("it does not grow")
	}
}

// stoppingOutbox is told to stop while it claims, as a database would notice.
type stoppingOutbox struct {
	Outbox
	stop    func()
	claimed bool
	sent    atomic.Int64
}

func (o *stoppingOutbox) Claim(ctx context.Context, _ int, _ time.Duration) ([]Job, error) {
	o.stop()
	if ctx.Err() != nil {
		return nil, ctx.Err() // committed, and nobody knows
	}
	if o.claimed {
		return nil, nil
	}
	o.claimed = true
	return []Job{{Message: Message{ID: "m", Kind: Link, Channel: "email"}, Try: 1}}, nil
}

func (o *stoppingOutbox) Sent(context.Context, Job, HandOff) error { o.sent.Add(1); return nil }

// A shutdown in the middle of a claim loses nothing: what was claimed is handed
// over before Run returns.
func TestShutdownDoesNotInterruptAClaim(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	o := &stoppingOutbox{stop: stop}
	w := &Worker{Outbox: o, Channels: Channels{"email": Plain(accepting{})}, Log: slog.New(slog.DiscardHandler), Poll: time.Hour, Lanes: 2}
	w.Run(ctx)
	if o.sent.Load() != 1 {
		t.Errorf("handed over %d", o.sent.Load())
	}
}

type accepting struct{}

func (accepting) Name() string                                  { return "accepting" }
func (accepting) Send(context.Context, Message) (Handed, error) { return Handed{}, nil }

// A lane that was reserved is used or given back: a worker that does not run has none,
// all in use is none, what is delivered frees its own, and a shutdown waits for it.
func TestReservedLanes(t *testing.T) {
	t.Parallel()
	outbox := &fakeOutbox{done: make(chan struct{}, 10)}
	hold := make(chan struct{})
	slow := carrier{"slow", func(context.Context, Message) error { <-hold; return nil }}
	w := &Worker{Outbox: outbox, Channels: Channels{"sms": Plain(slow, works)}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Poll: time.Hour, Lanes: 2}
	if w.Reserve() != 0 {
		t.Error("a lane of a worker that does not run")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	var lease time.Duration
	for lease == 0 {
		lease = w.Reserve()
	}
	if lease != 2*silence+5*time.Second {
		t.Errorf("leased for %v with two carriers", lease)
	}
	if w.Reserve() == 0 || w.Reserve() != 0 {
		t.Error("there are two lanes")
	}
	w.Release()
	if w.Reserve() == 0 {
		t.Error("a lane that was given back is gone")
	}
	w.Release()
	w.Deliver(Message{ID: "m", Kind: Code, Channel: "sms"})
	cancel()
	select {
	case <-ended:
		t.Error("the shutdown did not wait for what was begun")
	case <-time.After(30 * time.Millisecond):
	}
	close(hold)
	<-ended
	if !slices.Equal(outbox.log, []string{"sent m"}) {
		t.Errorf("recorded %v", outbox.log)
	}
	if w.Reserve() != 0 {
		t.Error("a lane after the end")
	}
}
