package delivery

import (
	"sync"
	"time"
)

// breaker keeps people from waiting for a carrier that does not work: after so many
// failures in a row it opens, and then lets one message through now and then to see.
type breaker struct {
	most   int // failures in a row that open it
	mu     sync.Mutex
	failed int
	open   bool
	wait   time.Duration
	again  time.Time // when the next message may try
}

const (
	openFirst = 10 * time.Second // doubles
	openMost  = 2 * time.Minute
)

// ready tells whether a message may be handed over now. Where the breaker is open and a
// try is due, this message is it.
func (b *breaker) ready(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	if now.Before(b.again) {
		return false
	}
	b.again = now.Add(b.wait)
	return true
}

// worked tells whether that closed it.
func (b *breaker) worked() (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	closed = b.open
	b.failed, b.open, b.wait = 0, false, 0
	return closed
}

// fails tells whether that opened it.
func (b *breaker) fails(now time.Time) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed++
	if b.failed < b.most {
		return false
	}
	opened, b.open = !b.open, true
	b.wait = min(max(openFirst, 2*b.wait), openMost)
	b.again = now.Add(b.wait)
	return opened
}

func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}
