package journey

import (
	"context"
	"sync"
	"time"

	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// glances answer waiting pages, which ask every 1.5 seconds: who asks within the
// same moment shares one read, because a thousand pages may wait at once.
type glances struct {
	store *store.Store
	mu    sync.Mutex
	next  *glanced
}

// glanced are journeys that are looked at together.
type glanced struct {
	ids   []string
	done  chan struct{}
	at    time.Time
	found map[string]*store.Glance
	err   error
}

// gatherFor is how long the first waits for others.
const gatherFor = 20 * time.Millisecond

// look returns what there is of a journey, or nil, and when that was.
func (g *glances) look(ctx context.Context, id string) (*store.Glance, time.Time, error) {
	mine := g.join(id)
	select {
	case <-mine.done:
		return mine.found[id], mine.at, mine.err
	case <-ctx.Done():
		return nil, time.Time{}, ctx.Err()
	}
}

func (g *glances) join(id string) *glanced {
	g.mu.Lock()
	defer g.mu.Unlock()
	mine := g.next
	if mine == nil {
		mine = &glanced{done: make(chan struct{})}
		g.next = mine
		time.AfterFunc(gatherFor, func() { g.read(mine) })
	}
	mine.ids = append(mine.ids, id)
	if len(mine.ids) == store.MostGlances { // who comes now is of the next group
		g.next = nil
	}
	return mine
}

func (g *glances) read(all *glanced) {
	g.mu.Lock()
	if g.next == all {
		g.next = nil
	}
	g.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // nobody's own: who asked may leave
	defer cancel()
	tx := g.store.Read(ctx)
	all.at = tx.Now
	all.found, all.err = g.store.GlanceJourneys(tx, all.ids)
	close(all.done)
}

// Changed tells a waiting page whether it would look different from when it had
// this mark. A journey that is gone, or another browser's, does: the page will say so.
func (e *Engine) Changed(ctx context.Context, id, seen string, c Client) (bool, error) {
	g, now, err := e.glances.look(ctx, id)
	if err != nil {
		return false, err
	}
	if g == nil || !secret.Equal(g.Browser, e.browser(c)) {
		return true, nil
	}
	if !g.Waiting {
		return seen != markOf(g.Version, "", ""), nil
	}
	return seen != markOf(g.Version, g.State, g.Call.At(now, g.Sent, e.callLimits())), nil
}
