package demo

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrations of the desk's own database, which is always SQLite.
var Migrations = func() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}()

// Desk is the message desk. Events is where a call's events are reported.
type Desk struct {
	DB     *sqldb.DB
	Events func(ctx context.Context, id string, event factor.CallEvent) error
	Report func(ctx context.Context, r delivery.Receipt) error // what became of a text or mail, as carriers say it
	Ring   time.Duration                                       // how long a call rings (TM-04)
	Wait   time.Duration                                       // how long it waits for a key after the prompt
	Log    *slog.Logger

	mu   sync.Mutex // one change of the calls at a time
	once sync.Once
	wake chan struct{}
}

const (
	// promptTakes is when the sentence that asks for # has been spoken, after the answer.
	promptTakes = 4 * time.Second
	beat        = 100 * time.Millisecond
)

// Channel is the desk as a carrier of e-mail, texts and calls.
type Channel struct{ Desk *Desk }

func (c Channel) Name() string { return "desk" }

// Send accepts at once; a call begins to ring.
func (c Channel) Send(ctx context.Context, m delivery.Message) (delivery.Handed, error) {
	status := "delivered"
	if m.Kind == delivery.Call {
		status = "ringing"
	}
	err := c.Desk.DB.Write(ctx, func(tx *sqldb.Tx) error { return insertMessage(tx, m, status) })
	if err != nil || m.Kind != delivery.Call {
		return delivery.Handed{}, err
	}
	c.Desk.nudge()
	return delivery.Handed{}, c.Desk.Events(ctx, m.ID, factor.EventRinging)
}

func (d *Desk) waker() chan struct{} {
	d.once.Do(func() { d.wake = make(chan struct{}, 1) })
	return d.wake
}

func (d *Desk) nudge() {
	select {
	case d.waker() <- struct{}{}:
	default:
	}
}

// Run moves calls along until ctx ends. With no call it sleeps.
func (d *Desk) Run(ctx context.Context) {
	for {
		active, err := d.Tick(ctx)
		if err != nil && ctx.Err() == nil {
			d.Log.Error("message desk", "error", err)
		}
		var next <-chan time.Time
		if active {
			next = time.After(beat)
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-d.waker():
		}
	}
}

// Tick moves every call to where it stands by now, and tells whether any is
// still active. Each event is reported before it is written down here: after a
// crash it is reported again, which changes nothing.
func (d *Desk) Tick(ctx context.Context) (active bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls, err := d.messages(ctx, `status IN ('ringing', 'answered')`)
	if err != nil {
		return false, err
	}
	for _, m := range calls {
		if err := d.advance(ctx, m); err != nil {
			return true, err
		}
		active = active || m.active()
	}
	return active, nil
}

func (d *Desk) advance(ctx context.Context, m *Message) error {
	now := d.DB.Now()
	switch {
	case m.Status == "ringing" && now.After(m.At.Add(d.Ring)):
		return d.end(ctx, m, factor.EventNoAnswer, "no_answer")
	case m.Status == "ringing":
		return nil
	case m.promptEndedAt.IsZero() && !now.Before(m.answeredAt.Add(promptTakes)):
		if err := d.Events(ctx, m.ID, factor.EventPromptEnded); err != nil {
			return err
		}
		m.promptEndedAt = now
		if err := d.update(ctx, m); err != nil {
			return err
		}
	}
	if !m.promptEndedAt.IsZero() && m.held != "" {
		return d.press(ctx, m)
	}
	if now.After(m.answeredAt.Add(promptTakes + d.Wait)) {
		return d.end(ctx, m, factor.EventHungUp, "hung_up")
	}
	return nil
}

// press plays the held keys, in order, until one ends the call.
func (d *Desk) press(ctx context.Context, m *Message) error {
	keys := m.held
	m.held = ""
	for _, key := range keys {
		switch key {
		case '#':
			return d.end(ctx, m, factor.EventPound, "completed")
		case '*':
			return d.end(ctx, m, factor.EventStar, "denied")
		}
	}
	return d.update(ctx, m)
}

func (d *Desk) end(ctx context.Context, m *Message, event factor.CallEvent, status string) error {
	if err := d.Events(ctx, m.ID, event); err != nil {
		return err
	}
	m.Status, m.held = status, ""
	return d.update(ctx, m)
}

// act does one thing to an active call. It returns false where there is none.
func (d *Desk) act(ctx context.Context, id string, do func(m *Message) error) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, err := d.message(ctx, id)
	if err != nil || m == nil || !m.active() {
		return false, err
	}
	return true, do(m)
}

func (d *Desk) answer(ctx context.Context, m *Message) error {
	if m.Status == "answered" {
		return nil
	}
	if err := d.Events(ctx, m.ID, factor.EventAnswered); err != nil {
		return err
	}
	m.Status, m.answeredAt = "answered", d.DB.Now()
	d.nudge()
	return d.update(ctx, m)
}

// Keys presses keys on a call, and answers it first if it still rings. # counts
// once the sentence that asks for it has been spoken; until then it is held.
func (d *Desk) Keys(ctx context.Context, id, keys string) (bool, error) {
	return d.act(ctx, id, func(m *Message) error {
		if err := d.answer(ctx, m); err != nil {
			return err
		}
		m.held += keys
		d.nudge()
		return d.update(ctx, m)
	})
}

// Answer, HangUp and Busy are what a person does with a telephone.
func (d *Desk) Answer(ctx context.Context, id string) (bool, error) {
	return d.act(ctx, id, func(m *Message) error { return d.answer(ctx, m) })
}

// HangUp ends the call; while it rings that is no answer.
func (d *Desk) HangUp(ctx context.Context, id string) (bool, error) {
	return d.act(ctx, id, func(m *Message) error {
		if m.Status == "ringing" {
			return d.end(ctx, m, factor.EventNoAnswer, "no_answer")
		}
		return d.end(ctx, m, factor.EventHungUp, "hung_up")
	})
}

// Busy turns a ringing call away.
func (d *Desk) Busy(ctx context.Context, id string) (bool, error) {
	return d.act(ctx, id, func(m *Message) error {
		if m.Status != "ringing" {
			return nil
		}
		return d.end(ctx, m, factor.EventBusy, "busy")
	})
}
