package sqldb

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// LastSeen collects when rows were last seen, so that many readers cause one
// write in a while: the one write that a GET may cause. Each row is noted at most
// once a minute by its caller.
type LastSeen struct {
	Write func(ctx context.Context, seen map[string]int64) error // id to microseconds
	Log   *slog.Logger

	mu   sync.Mutex
	seen map[string]int64
}

// Note keeps that the row was seen at.
func (l *LastSeen) Note(id string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string]int64{}
	}
	l.seen[id] = Micros(at)
}

// Later returns at, or when the row was noted where that is later and not written yet.
func (l *LastSeen) Later(id string, at time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if noted := Time(l.seen[id]); noted.After(at) {
		return noted
	}
	return at
}

// Flush writes what was noted, in one transaction.
func (l *LastSeen) Flush(ctx context.Context) error {
	l.mu.Lock()
	seen := l.seen
	l.seen = nil
	l.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	return l.Write(ctx, seen)
}

// Run flushes until ctx ends, and once more then.
func (l *LastSeen) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := l.Flush(ctx); err != nil && ctx.Err() == nil {
				l.Log.Warn("last-seen times not written", "error", err)
			}
		case <-ctx.Done():
			if err := l.Flush(context.WithoutCancel(ctx)); err != nil {
				l.Log.Warn("last-seen times not written", "error", err)
			}
			return
		}
	}
}
