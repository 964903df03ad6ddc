package trunk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Trunk is one trunk. Make it with New, and Run it.
type Trunk struct {
	o     Options
	mu    sync.Mutex
	line  *line  // nil: its sockets are not open
	state status // of registration and of looks whether it is there
	live  atomic.Int32
}

// status is why no call may be begun; both nil: it may.
type status struct {
	unregistered error
	unreachable  error
	answered     bool // it has answered a look before: silence means something
}

// New makes a trunk, and says what is wrong with the options. It opens nothing.
func New(o Options) (*Trunk, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	t := &Trunk{o: o}
	if o.Register {
		t.state.unregistered = errors.New("not registered yet")
	}
	return t, nil
}

// Calls is how many calls are under way.
func (t *Trunk) Calls() int { return int(t.live.Load()) }

const reopen = 5 * time.Second

// Run keeps the trunk up until ctx ends. Calls that are under way then may go on for a
// moment (Timers.Drain), and are hung up.
func (t *Trunk) Run(ctx context.Context) {
	for ctx.Err() == nil {
		l, err := t.open(ctx)
		if err == nil {
			t.use(l)
			t.keep(ctx, l)
			t.use(nil)
			l.drain(t.o.Timers.Drain)
			if t.o.Register {
				l.unregister()
			}
			l.close()
			return
		}
		if ctx.Err() == nil {
			t.o.Log.Error("trunk: not open", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(reopen):
		}
	}
}

func (t *Trunk) use(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line = l
}

// ready returns the line to call by, or why there is none.
func (t *Trunk) ready() (*line, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.line == nil:
		return nil, fmt.Errorf("%w: not open", ErrDown)
	case t.state.unregistered != nil:
		return nil, fmt.Errorf("%w: %w", ErrDown, t.state.unregistered)
	case t.state.unreachable != nil:
		return nil, fmt.Errorf("%w: %w", ErrDown, t.state.unreachable)
	case t.live.Load() >= int32(t.o.Most):
		return nil, ErrFull
	}
	return t.line, nil
}

// keep registers and looks whether the trunk is there, again and again, until ctx ends.
func (t *Trunk) keep(ctx context.Context, l *line) {
	ping, register := time.NewTimer(0), time.NewTimer(0)
	defer ping.Stop()
	defer register.Stop()
	if !t.o.Register {
		register.Stop()
	}
	if t.o.Timers.Ping < 0 {
		ping.Stop()
	}
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ping.C:
			l.resolve(ctx)
			t.pinged(l.ping(ctx))
			ping.Reset(t.o.Timers.Ping)
		case <-register.C:
			life, err := l.register(ctx, t.o.Timers.Register)
			t.registered(err)
			if failed++; err == nil {
				failed = 0
			}
			register.Reset(again(life, failed))
		}
	}
}

// again is when to register next: well before the end of a registration, and after a
// failure soon, then less often.
func again(life time.Duration, failed int) time.Duration {
	if failed > 0 {
		return min(time.Second<<min(failed-1, 6), time.Minute)
	}
	return max(life*4/5, time.Second)
}

func (t *Trunk) registered(err error) {
	t.mu.Lock()
	was := t.state.unregistered
	t.state.unregistered = err
	t.mu.Unlock()
	switch {
	case err != nil && (was == nil || was.Error() != err.Error()):
		t.o.Log.Warn("trunk: not registered", "error", err)
	case err == nil && was != nil:
		t.o.Log.Info("trunk: registered")
	}
}

// pinged takes the result of a look. Any answer will do; that there is none says something
// only of a trunk that has answered before, because some never answer.
func (t *Trunk) pinged(err error) {
	t.mu.Lock()
	was := t.state.unreachable
	if t.state.unreachable = nil; err == nil {
		t.state.answered = true
	} else if t.state.answered {
		t.state.unreachable = err
	}
	now := t.state.unreachable
	t.mu.Unlock()
	switch {
	case now != nil && was == nil:
		t.o.Log.Warn("trunk: does not answer", "error", now)
	case now == nil && was != nil:
		t.o.Log.Info("trunk: answers again")
	}
}

// Check opens the trunk, registers where that is wanted, or asks for its options, and
// closes it: for a look whether it works.
func (t *Trunk) Check(ctx context.Context) error {
	l, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	if !t.o.Register {
		return l.ping(ctx)
	}
	if _, err := l.register(ctx, t.o.Timers.Register); err != nil {
		return err
	}
	l.unregister()
	return nil
}

// Open tells whether the trunk's sockets are open.
func (t *Trunk) Open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.line != nil
}
