package passhash

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Gate lets at most one hash per core run at a time. Further ones queue for a
// while, and beyond that are turned away: a burst of sign-ins costs time, never
// the machine's memory (T-29, ASVS 15.2.2).
type Gate struct {
	running  chan struct{}
	waiting  atomic.Int64
	most     int64
	queueFor time.Duration
}

// ErrBusy means that the queue was full, or the turn did not come in time. The
// answer is 503 with Retry-After.
var ErrBusy = errors.New("passhash: too many sign-ins at once")

// perCore is how many may wait for each that runs: more would wait longer than
// queueFor anyway.
const perCore = 64

// NewGate makes a gate for this many cores.
func NewGate(cores int, queueFor time.Duration) *Gate {
	return &Gate{running: make(chan struct{}, cores), most: int64(cores) * perCore, queueFor: queueFor}
}

// Enter waits for a turn and returns what ends it. The error is ErrBusy, or the
// context's.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.running <- struct{}{}:
		return g.leave, nil
	default:
	}
	if g.waiting.Add(1) > g.most {
		g.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer g.waiting.Add(-1)
	limit := time.NewTimer(g.queueFor)
	defer limit.Stop()
	select {
	case g.running <- struct{}{}:
		return g.leave, nil
	case <-limit.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *Gate) leave() { <-g.running }

// Full tells whether Enter would turn away who comes now.
func (g *Gate) Full() bool { return g.waiting.Load() >= g.most }

// Waiting is how many wait for a turn, for the metrics.
func (g *Gate) Waiting() int64 { return g.waiting.Load() }
