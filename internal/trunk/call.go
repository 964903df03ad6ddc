package trunk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
)

// Why a call ended, beside a *Refusal.
var (
	ErrEnded    = errors.New("the call has ended")
	ErrHungUp   = errors.New("the far end hung up")
	ErrNoAnswer = errors.New("nobody answered")
	ErrTooLong  = errors.New("the call took too long")
	ErrLost     = errors.New("the connection to the trunk was lost")
)

// Call is one telephone call. Its channels are closed when what they are named after has
// happened. Who is done with it hangs up, whatever happened.
type Call struct {
	line     *line
	session  *sipgo.DialogClientSession
	voice    *voice
	sdp      uint64
	version  atomic.Int32
	mu       sync.Mutex
	why      error
	early    media // said before the answer
	first    chan struct{}
	ringing  chan struct{}
	answered chan struct{}
	ended    chan struct{}
	hang     chan struct{}
	onFirst  func()
	onRing   func()
	onHang   func()
}

func newCall(l *line) *Call {
	c := &Call{line: l, sdp: random() >> 2, first: make(chan struct{}), ringing: make(chan struct{}), answered: make(chan struct{}), ended: make(chan struct{}), hang: make(chan struct{})}
	c.onFirst = sync.OnceFunc(func() { close(c.first) })
	c.onRing = sync.OnceFunc(func() { close(c.ringing) })
	c.onHang = sync.OnceFunc(func() { close(c.hang) })
	return c
}

func (c *Call) Ringing() <-chan struct{}  { return c.ringing }
func (c *Call) Answered() <-chan struct{} { return c.answered }
func (c *Call) Ended() <-chan struct{}    { return c.ended }

// Keys are the keys that are pressed: 0 to 9, * and #, A to D.
func (c *Call) Keys() <-chan byte { return c.voice.keys }

// Beeped is closed when a machine whistled.
func (c *Call) Beeped() <-chan struct{} { return c.voice.hears.beep() }

// Why is why the call ended: ErrHungUp, ErrEnded for our own hanging up, *Refusal, or one
// of the others. Nil while it goes on.
func (c *Call) Why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

// Play plays sound, µ-law at 8 kHz, and returns when it was played, when ctx ends or with
// the call. What was playing stops.
func (c *Call) Play(ctx context.Context, ulaw []byte) error { return c.voice.play(ctx, ulaw) }

// Who listens who answered, before anything is said. It takes one to five seconds.
func (c *Call) Who(ctx context.Context) Answerer { return c.voice.hears.who(ctx) }

// HangUp ends the call, whatever its state. It does not wait.
func (c *Call) HangUp() {
	c.end(ErrEnded)
	c.onHang()
}

// end says why the call ended; the first reason stands.
func (c *Call) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		c.why = why
		close(c.ended)
	}
}

// until ends the call after d, unless stopped.
func (c *Call) until(d time.Duration, why error) *time.Timer {
	return time.AfterFunc(d, func() { c.end(why); c.onHang() })
}
