package sqldb

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// courtesy lets the writers of other processes go first on SQLite, which gives its file
// to whoever asks next: against a background writer that never stops asking, a server
// would come off badly. Who writes for people says so with a shared lock on a file
// beside the database; a background writer looks first whether anybody does.
type courtesy struct {
	path string

	mu      sync.Mutex
	file    *os.File
	writers int // of this process

	met atomic.Int64 // when a background writer last met somebody, in ns since 1970
}

const (
	// mostCourtesy is how long a background writer gives way before it writes all
	// the same: it gets on however much is going on.
	mostCourtesy = 250 * time.Millisecond
	courtesyPoll = time.Millisecond
	// busyFor is how long a database counts as busy after somebody was met there.
	busyFor = 2 * time.Second
)

// enter says that this process is about to write, until leave.
func (c *courtesy) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writers++; c.writers == 1 && c.open() {
		tryLock(c.file, false) // somebody who looks right now does not see us, and looks again
	}
}

func (c *courtesy) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writers--; c.writers == 0 && c.file != nil {
		unlock(c.file)
	}
}

// open opens the file, once. Where that fails nobody gives way, as without it.
func (c *courtesy) open() bool {
	if c.file == nil {
		c.file, _ = os.OpenFile(c.path, os.O_CREATE|os.O_RDWR, 0o600)
	}
	return c.file != nil
}

func (c *courtesy) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		c.file.Close()
		c.file = nil
	}
}

// others tells whether another process is writing, or about to.
func (c *courtesy) others() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open() {
		return false
	}
	if !tryLock(c.file, true) {
		return true
	}
	unlock(c.file)
	return false
}

// giveWay waits until nobody else writes, and not for long.
func (c *courtesy) giveWay(ctx context.Context) {
	for began := time.Now(); c.others() && time.Since(began) < mostCourtesy && ctx.Err() == nil; {
		c.met.Store(time.Now().UnixNano())
		time.Sleep(courtesyPoll)
	}
}

// Busy tells a background writer whether others write, too: then it should write little
// at a time, and rest. It is about SQLite on this machine; PostgreSQL shares itself out.
func (db *DB) Busy() bool {
	return time.Since(time.Unix(0, db.courtesy.met.Load())) < busyFor
}
