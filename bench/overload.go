package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/bench/drive"
)

// overload measures the peak with 16 clients, then lets sign-ins arrive at four
// times that rate, whoever is still waiting: what is finished should stay at the
// peak, and everybody else be told at once when to come back (T-29).
func (r *runCommand) overload(place *place, inbox *drive.Inbox) (result, error) {
	peak, err := r.drive(place, inbox, scenarios[0], 16, r.For, "")
	if err != nil {
		return peak, err
	}
	server, err := start(place, inbox, r.profile("overload-"+place.database))
	if err != nil {
		return peak, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return peak, err
	}
	crowd := &crowd{place: place, server: server, inbox: inbox, idle: make(chan *worker, mostArrived)}
	out := crowd.arrive(4*peak.Journeys, 2*r.For)
	again, err := r.drive(place, inbox, scenarios[0], 16, r.For, "")
	if err != nil {
		return out, err
	}
	out.Scenario, out.Database, out.Clients = "overload", place.database, mostArrived
	out.PeakRSS = peakRSS(server.cmd.Process.Pid)
	out.Goodput = out.Journeys / ((peak.Journeys + again.Journeys) / 2)
	return out, nil
}

// mostArrived bounds how many visitors are there at once.
const mostArrived = 1000

// crowd are visitors who come when they come.
type crowd struct {
	place   *place
	server  *server
	inbox   *drive.Inbox
	idle    chan *worker
	there   atomic.Int64
	refused atomic.Int64
	failed  atomic.Int64
	mu      sync.Mutex
	took    []time.Duration
}

// arrive has so many a second begin to sign in, for so long. The first third is
// not counted: the queue fills.
func (c *crowd) arrive(rate float64, long time.Duration) (out result) {
	var all sync.WaitGroup
	began := time.Now()
	counted := began.Add(long / 3)
	for n := 0; time.Since(began) < long; n++ {
		if wait := time.Until(began.Add(time.Duration(float64(n) / rate * float64(time.Second)))); wait > 0 {
			time.Sleep(wait)
		}
		if c.there.Load() >= mostArrived {
			c.failed.Add(1)
			continue
		}
		var w *worker
		select {
		case w = <-c.idle:
		default:
			w = &worker{place: c.place, server: c.server, inbox: c.inbox}
		}
		c.there.Add(1)
		all.Go(func() {
			c.visit(w, n, counted)
			c.there.Add(-1)
			c.idle <- w
		})
	}
	window := time.Since(counted).Seconds()
	c.mu.Lock()
	finished := len(c.took) // within the window
	c.mu.Unlock()
	all.Wait()
	out.Journeys = float64(finished) / window
	out.P50, out.P95, out.P99 = percentile(c.took, .50), percentile(c.took, .95), percentile(c.took, .99)
	out.Failed, out.Refused, out.Offered = int(c.failed.Load()), int(c.refused.Load()), rate
	return out
}

func (c *crowd) visit(w *worker, n int, counted time.Time) {
	at := time.Now()
	err := w.as(n % c.place.people).Until("sign-in-phone")
	refused, isRefused := errors.AsType[*drive.Refused](err)
	switch {
	case isRefused && refused.Status == 503 && refused.Retry != "":
		c.refused.Add(1)
	case err != nil:
		if c.failed.Add(1) == 1 {
			fmt.Fprintln(os.Stderr, "overload:", err)
		}
	case time.Now().After(counted):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.took = append(c.took, time.Since(at))
	}
}
