package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/bench/drive"
)

const (
	atOnce       = 100                    // calls
	callAsks     = 700 * time.Millisecond // data-every of the page that waits for a call
	speaksFor    = 12 * time.Second       // from the answer until # is asked for, and some
	watchedCalls = 10 * time.Second
)

// calls has a hundred people called at once over a SIP trunk, and says how much of a core
// the server spends while it speaks to all of them; then each presses #, and what is timed
// is how long it takes until their page has moved on, which asks and is not told.
func (r *runCommand) calls(place *place, inbox *drive.Inbox) (speaking, pressed result, err error) {
	exchange, err := drive.OpenExchange()
	if err != nil {
		return speaking, pressed, err
	}
	defer exchange.Close()
	server, err := start(place, inbox, r.profile("calls-"+place.database), "--sip", exchange.Address())
	if err != nil {
		return speaking, pressed, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return speaking, pressed, err
	}
	people := make([]*drive.Person, atOnce)
	for i := range people {
		people[i] = place.person(i, server, inbox)
		people[i].Visitor.Stop = "/portal/"
		if _, err := ringing(people[i]); err != nil {
			return speaking, pressed, err
		}
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	at := make([]time.Time, atOnce)
	var took []time.Duration
	began := time.Now()
	for i, p := range people {
		all.Go(func() {
			moved, err := follow(p)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || at[i].IsZero() {
				pressed.Failed++
				return
			}
			took = append(took, moved.Sub(at[i]))
		})
	}
	for n, hear := exchange.Answered(); n < atOnce || !hear; n, hear = exchange.Answered() {
		if time.Since(began) > 20*time.Second {
			return speaking, pressed, fmt.Errorf("%d of %d calls were answered", n, atOnce)
		}
		time.Sleep(10 * time.Millisecond)
	}
	pid := server.cmd.Process.Pid
	used, since := cpuOf(pid), time.Now()
	time.Sleep(watchedCalls)
	speaking.Scenario, speaking.Database, speaking.Clients = "calls", place.database, atOnce
	speaking.Cores = (cpuOf(pid) - used).Seconds() / time.Since(since).Seconds()
	speaking.PeakRSS = peakRSS(pid)
	time.Sleep(speaksFor - watchedCalls)
	for i, p := range people {
		mu.Lock()
		at[i] = time.Now()
		mu.Unlock()
		exchange.Press(p.Phone)
		time.Sleep(30 * time.Millisecond)
	}
	all.Wait()
	slices.Sort(took)
	pressed.Scenario, pressed.Database, pressed.Clients = "pound-to-page", place.database, atOnce
	pressed.P50, pressed.P95, pressed.P99 = percentile(took, .50), percentile(took, .95), percentile(took, .99)
	pressed.PeakRSS = peakRSS(pid)
	return speaking, pressed, nil
}

// follow does what door.js does on the page that waits for a call: it asks, loads the page
// again when something changed, and goes on by itself when # was counted.
func follow(p *drive.Person) (moved time.Time, err error) {
	v := p.Visitor
	page, _, _ := strings.Cut(v.Path, "/state") // which it asked last
	if err := v.Get(page); err != nil {
		return moved, err
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if strings.Contains(v.Page, "data-auto") {
			if err := v.Press("continue"); err != nil {
				return moved, err
			}
			if !p.SignedIn() {
				return moved, fmt.Errorf("not signed in at %s (%d)", v.Path, v.Status)
			}
			return time.Now(), nil
		}
		_, rest, found := strings.Cut(v.Page, `data-state="`)
		if !found {
			return moved, fmt.Errorf("the page at %s does not wait (%d)", v.Path, v.Status)
		}
		state, _, _ := strings.Cut(rest, `"`)
		for {
			time.Sleep(callAsks)
			if err := v.Ask("GET", html.UnescapeString(state), nil); err != nil {
				return moved, err
			}
			if v.Status != 204 {
				break
			}
		}
		if err := v.Get(page); err != nil {
			return moved, err
		}
	}
	return moved, fmt.Errorf("nothing came of the call")
}
