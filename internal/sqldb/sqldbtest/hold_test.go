package sqldbtest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/sqldb"
)

// heard is a test that keeps its errors to itself.
type heard struct {
	testing.TB
	errors []string
}

func (h *heard) Errorf(format string, args ...any) {
	h.errors = append(h.errors, fmt.Sprintf(format, args...))
}

// A transaction that sleeps for 300 ms is reported, and one that was stalled for a third
// of that is not.
func TestCheckHoldOnATransaction(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stalled time.Duration
		want    int
	}{"idle": {0, 1}, "stalled": {100 * time.Millisecond, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stalls stallLog // of a machine that never is as busy as this one
			h := &heard{TB: t}
			db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), sqldb.Options{Clock: time.Now, OnHeld: func(held time.Duration) {
				now := time.Now()
				stalls.note(now.Add(-held), now, held-300*time.Millisecond) // what this machine added
				checkHold(h, &stalls, now, held)
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Write(t.Context(), func(*sqldb.Tx) error {
				began := time.Now()
				time.Sleep(300 * time.Millisecond) // the hold itself
				stalls.note(began.Add(50*time.Millisecond), began.Add(200*time.Millisecond), tc.stalled)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if len(h.errors) != tc.want {
				t.Errorf("reported %q", h.errors)
			}
		})
	}
}

func TestStallsAreSubtracted(t *testing.T) {
	t.Parallel()
	end := time.Now()
	at := func(ms int) time.Time { return end.Add(time.Duration(ms-300) * time.Millisecond) } // since the hold began
	var stalls stallLog
	stalls.note(at(-500), at(-400), 100*time.Millisecond) // before it
	stalls.note(at(-20), at(20), 30*time.Millisecond)     // half in it
	stalls.note(at(100), at(120), time.Second)            // no more than the interval
	stalls.note(at(120), at(140), time.Microsecond)       // not worth a line
	stalls.note(at(280), at(310), 15*time.Millisecond)    // two thirds in it
	if d := stalls.during(end, 300*time.Millisecond); d != 45*time.Millisecond {
		t.Errorf("stalled %v", d)
	}
	h := &heard{TB: t}
	checkHold(h, &stalls, end, 300*time.Millisecond)
	if len(h.errors) != 1 || !strings.Contains(h.errors[0], "held the writers 255ms (300ms with") {
		t.Errorf("reported %q", h.errors)
	}
	checkHold(h, &stalls, end, 280*time.Millisecond) // 250 ms of its own
	if len(h.errors) != 1 {
		t.Errorf("reported %q", h.errors[1:])
	}
}

// More threads than processors: some wait.
func TestCanaryNotesABusyMachine(t *testing.T) {
	if len(threadWaits()) == 0 {
		t.Skip("this system does not tell how long threads wait")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4 * runtime.NumCPU()))
	startCanary()
	began, limit := time.Now(), time.Now().Add(10*time.Second)
	var all sync.WaitGroup
	var once sync.Once
	done := make(chan struct{})
	for range 4 * runtime.NumCPU() {
		all.Go(func() {
			for time.Now().Before(limit) {
				select {
				case <-done:
					return
				default:
				}
				if canary.during(time.Now(), time.Since(began)) > 50*time.Millisecond {
					once.Do(func() { close(done) })
				}
			}
		})
	}
	all.Wait()
	if d := canary.during(time.Now(), time.Since(began)); d <= 50*time.Millisecond {
		t.Errorf("only %v noted", d)
	}
}
