package sqldb

import (
	"fmt"
	"sync"
)

// groupSync brings SQLite's write-ahead log to the disk, once for all who committed
// since the last time: a commit writes the log in its turn and waits for the disk
// outside it, so that the next writer need not wait, too (decision 14). What Write
// returned from is on the disk, as with PRAGMA synchronous=FULL.
type groupSync struct {
	sync func() error

	mu      sync.Mutex
	running bool
	next    *syncRound
	failed  error // the disk refused once: what it holds is not known any more
}

// syncRound are those who wait for the same sync, which has not begun yet.
type syncRound struct {
	lead chan struct{} // one of them is told to run it
	done chan struct{}
	err  error
}

// err is what the disk refused, if it ever did. From then on nothing is accepted.
func (g *groupSync) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

// wait returns when what was committed before it was called is on the disk.
func (g *groupSync) wait() error {
	mine, first := g.join()
	if !first {
		select {
		case <-mine.done:
			return mine.err
		case <-mine.lead:
		}
	}
	g.mu.Lock()
	g.next = nil // who comes from now on may have committed too late for this one
	failed := g.failed
	g.mu.Unlock()
	if failed == nil {
		if err := g.sync(); err != nil {
			failed = fmt.Errorf("the disk did not take the log: %w", err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	mine.err, g.failed = failed, failed
	close(mine.done)
	if g.running = g.next != nil; g.running {
		g.next.lead <- struct{}{}
	}
	return failed
}

// join returns the round that will begin next. Who is first runs it at once.
func (g *groupSync) join() (mine *syncRound, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = &syncRound{lead: make(chan struct{}, 1), done: make(chan struct{})}
	}
	first, g.running = !g.running, true
	return g.next, first
}
