package sqldb

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever waits is covered by a sync that began after it asked, and many who ask at
// once share few.
func TestGroupSync(t *testing.T) {
	t.Parallel()
	var written, synced, syncs atomic.Int64
	g := &groupSync{sync: func() error {
		syncs.Add(1)
		had := written.Load()
		time.Sleep(100 * time.Microsecond) // a disk takes its time, and others join
		synced.Store(had)                  // what was there when it began
		return nil
	}}
	const writers, each = 50, 200
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				mine := written.Add(1)
				if err := g.wait(); err != nil {
					t.Error(err)
				}
				if synced.Load() < mine {
					t.Errorf("%d was answered for, %d were on the disk", mine, synced.Load())
				}
			}
		})
	}
	all.Wait()
	if n := syncs.Load(); n >= writers*each/2 {
		t.Errorf("%d syncs for %d commits: nothing was shared", n, writers*each)
	}
}

// A disk that refused once is not asked again: nobody is told that anything was kept.
func TestRefusingDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space")
	n := 0
	g := &groupSync{sync: func() error { n++; return full }}
	for range 3 {
		if err := g.wait(); !errors.Is(err, full) {
			t.Errorf("err = %v", err)
		}
	}
	if n != 1 || !errors.Is(g.err(), full) {
		t.Errorf("asked %d times, %v", n, g.err())
	}
}
