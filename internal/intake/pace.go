package intake

import (
	"context"
	"time"
)

const (
	firstBatch = 200
	leastBatch = 200
	mostBatch  = 3000
	// holdFor is how long a transaction should take: other writers wait for it. In a
	// first load hardly anybody does.
	holdFor      = 40 * time.Millisecond
	firstHoldFor = 250 * time.Millisecond
	// Beside a server on SQLite it takes a few rows at a time, and rests.
	busyHoldFor = 4 * time.Millisecond
	busyBatch   = 20
	busyRest    = 2 // of a transaction's time
)

// pace suits the next transaction's size to how long the last one took.
func (r *run) pace(ctx context.Context, took time.Duration, rows int) {
	hold, least := holdFor, leastBatch
	if r.first {
		hold = firstHoldFor
	}
	if r.db.Busy() {
		hold, least = busyHoldFor, busyBatch
		select {
		case <-time.After(busyRest * took):
		case <-ctx.Done():
		}
	}
	switch {
	case rows < r.most/2:
	case took > 2*hold:
		r.most = max(r.most/2, least)
	case took < hold/2:
		r.most = min(r.most*2, mostBatch)
	}
}
