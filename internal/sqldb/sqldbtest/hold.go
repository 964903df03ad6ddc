package sqldbtest

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// longestHold is how long a write transaction's own work may take in tests.
const longestHold = 250 * time.Millisecond

// CheckHold returns a function for sqldb.Options.OnHeld. It fails the test when a write
// transaction on SQLite held the other writers too long. Time in which the machine did
// not run this process is not counted.
func CheckHold(t testing.TB, address string) func(held time.Duration) {
	if !strings.HasPrefix(address, "sqlite:") {
		return func(time.Duration) {}
	}
	startCanary()
	return func(held time.Duration) {
		if held > longestHold {
			end := time.Now()
			canary.waitFor(end)
			checkHold(t, &canary, end, held)
		}
	}
}

func checkHold(t testing.TB, stalls *stallLog, end time.Time, held time.Duration) {
	if own := held - stalls.during(end, held); own > longestHold {
		t.Errorf("a write transaction held the writers %v (%v with the time that the machine was busy elsewhere)", own, held)
	}
}

// canary notes when the machine does not run this process.
var canary stallLog

const canaryTick = 20 * time.Millisecond

// startCanary starts the one canary of this process. A tick that comes late shows that
// goroutines wait for a processor. What the system says about each thread shows more: a
// thread that computes waits longer than one that wakes up for a moment.
var startCanary = sync.OnceFunc(func() {
	go func() {
		began, before := time.Now(), threadWaits()
		for {
			time.Sleep(canaryTick)
			now, waits := time.Now(), threadWaits()
			canary.note(began, now, max(now.Sub(began)-canaryTick, longestWait(before, waits)))
			began, before = now, waits
		}
	}()
})

// stallLog keeps the most recent intervals in which the process was stalled.
type stallLog struct {
	sync.Mutex
	recent [1024]stall
	next   int
	seen   time.Time // until when it is complete
}

type stall struct {
	from, until time.Time
	length      time.Duration // at most the interval
}

func (l *stallLog) note(from, until time.Time, length time.Duration) {
	l.Lock()
	defer l.Unlock()
	l.seen = until
	if length < time.Millisecond {
		return
	}
	l.recent[l.next%len(l.recent)] = stall{from, until, min(length, until.Sub(from))}
	l.next++
}

// waitFor waits until the stalls before end are noted.
func (l *stallLog) waitFor(end time.Time) {
	for {
		l.Lock()
		seen := l.seen
		l.Unlock()
		if !seen.Before(end) {
			return
		}
		time.Sleep(canaryTick / 4)
	}
}

// during returns how long the process was stalled in the time before end. An interval
// that is only partly in that time counts in proportion.
func (l *stallLog) during(end time.Time, d time.Duration) (sum time.Duration) {
	l.Lock()
	defer l.Unlock()
	begin := end.Add(-d)
	for _, s := range l.recent {
		from, until := s.from, s.until
		if from.Before(begin) {
			from = begin
		}
		if until.After(end) {
			until = end
		}
		if until.After(from) {
			sum += time.Duration(float64(s.length) * float64(until.Sub(from)) / float64(s.until.Sub(s.from)))
		}
	}
	return sum
}

// threadWaits returns how long each thread of this process has waited for a processor
// while it had work to do. Only Linux tells; elsewhere it is empty.
func threadWaits() map[string]time.Duration {
	threads, _ := os.ReadDir("/proc/self/task")
	waits := make(map[string]time.Duration, len(threads))
	for _, thread := range threads {
		data, _ := os.ReadFile("/proc/self/task/" + thread.Name() + "/schedstat")
		if fields := bytes.Fields(data); len(fields) == 3 { // time run, time waited, number of turns
			n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			waits[thread.Name()] = time.Duration(n)
		}
	}
	return waits
}

func longestWait(before, after map[string]time.Duration) (longest time.Duration) {
	for thread, d := range after {
		longest = max(longest, d-before[thread])
	}
	return longest
}
