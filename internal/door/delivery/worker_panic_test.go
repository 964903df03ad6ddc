package delivery

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

type lockedText struct {
	sync.Mutex
	strings.Builder
}

func (b *lockedText) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Builder.Write(p)
}
func (b *lockedText) String() string { b.Lock(); defer b.Unlock(); return b.Builder.String() }

func panics(context.Context, Message) error { panic("text 482117 for +12025550185") }

// A panic while a message is handed over counts like silence: the next carrier is tried, a
// code without another carrier is unknown, and a notice is tried again.
func TestPanicWhileHandingOver(t *testing.T) {
	t.Parallel()
	broken := carrier{"broken", panics}
	for name, tc := range map[string]struct {
		kind     Kind
		carriers []Channel
		want     string
	}{
		"next carrier": {Code, []Channel{broken, works}, "sent m"},
		"code":         {Code, []Channel{broken}, "failed m certain=false unreachable=false"},
		"notice":       {Notice, []Channel{broken}, "retry m"},
	} {
		job := Job{Message: Message{ID: "m", Kind: tc.kind, Channel: "sms", Text: "code 482117"}, Try: 1}
		if got := deliverOne(t, job, tc.carriers...); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// brokenOutbox panics at its first claim and when it records the first outcome.
type brokenOutbox struct {
	*fakeOutbox
	claim, record sync.Once
}

func (o *brokenOutbox) Claim(ctx context.Context, n int, lease time.Duration) ([]Job, error) {
	o.claim.Do(func() { panic("claim") })
	return o.fakeOutbox.Claim(ctx, n, lease)
}

func (o *brokenOutbox) Sent(ctx context.Context, j Job, done HandOff) error {
	o.record.Do(func() { o.done <- struct{}{}; panic("code 482117") })
	return o.fakeOutbox.Sent(ctx, j, done)
}

// A panic in the outbox, or in the only lane, leaves the worker at work and the lane free,
// also where a request had reserved it. The log has the stack and no message.
func TestWorkerOutlivesPanics(t *testing.T) {
	t.Parallel()
	var log lockedText
	outbox := &brokenOutbox{fakeOutbox: &fakeOutbox{jobs: []Job{{Message: Message{ID: "a", Channel: "sms"}, Try: 1}, {Message: Message{ID: "b", Channel: "sms"}, Try: 1}}, done: make(chan struct{}, 10)}}
	w := &Worker{Outbox: outbox, Channels: Channels{"sms": Plain(works)}, Log: slog.New(slog.NewTextHandler(&log, nil)), Poll: 10 * time.Millisecond, Lanes: 1}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	wait := func(what string) {
		t.Helper()
		select {
		case <-outbox.done:
		case <-time.After(5 * time.Second):
			t.Fatal(what)
		}
	}
	wait("the first message is not handed over")
	wait("the lane of the first is not given back")
	outbox.record = sync.Once{}
	for w.Reserve() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.Deliver(Message{ID: "c", Channel: "sms"})
	wait("the reserved lane does not work")
	for w.Reserve() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.Deliver(Message{ID: "d", Channel: "sms"})
	wait("the reserved lane is not given back")
	cancel()
	<-ended
	if !slices.Equal(outbox.log, []string{"sent b", "sent d"}) {
		t.Errorf("recorded: %v", outbox.log)
	}
	if text := log.String(); strings.Count(text, "level=ERROR") != 3 || strings.Count(text, "stack=") != 3 || strings.Contains(text, "482117") {
		t.Errorf("log: %s", text)
	}
}
