package delivery

import (
	"context"
	"sync"
	"time"
)

// recentHandOffs remembers how the most recent hand-off to each carrier went. A withheld
// message repeats it, so that its page, its wait and its failures are those of a real one.
// Before the first hand-off of a process, a withheld message is accepted at once.
type recentHandOffs struct {
	mu sync.Mutex
	by map[*Carrier]handOffSample
}

type handOffSample struct {
	took time.Duration
	err  error
}

func (r *recentHandOffs) note(c *Carrier, s handOffSample) {
	if unreachable(s.err) { // it says something about that recipient only
		s.err = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[*Carrier]handOffSample{}
	}
	r.by[c] = s
}

// imitate takes as long as the most recent hand-off to the carrier and returns its error.
func (r *recentHandOffs) imitate(ctx context.Context, c *Carrier) error {
	r.mu.Lock()
	s := r.by[c]
	r.mu.Unlock()
	if s.took <= 0 {
		return s.err
	}
	wait := time.NewTimer(s.took)
	defer wait.Stop()
	select {
	case <-wait.C:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
