package main

import (
	"fmt"
	"html"
	"strings"
	"sync"
	"time"

	"sallyport/bench/drive"
)

const (
	waitingPages = 1000
	asksEvery    = 1500 * time.Millisecond // door.js
)

// waiting has a thousand people look at “your phone is ringing”, whose page asks a
// small address every 1.5 seconds, and says how much of a core the server spends.
func (r *runCommand) waiting(place *place, inbox *drive.Inbox) (out result, err error) {
	server, err := start(place, inbox, r.profile("waiting-"+place.database))
	if err != nil {
		return out, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return out, err
	}
	pages := make([]*drive.Visitor, waitingPages)
	for i := range pages {
		if pages[i], err = ringing(place.person(i, server, inbox)); err != nil {
			return out, err
		}
	}
	pid := server.cmd.Process.Pid
	used, usedDatabase, began := cpuOf(pid), cpuOfTree(place.pid), time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	asked := 0
	for i, v := range pages {
		all.Go(func() {
			time.Sleep(asksEvery * time.Duration(i) / waitingPages)
			for next := time.Now(); time.Since(began) < 9*time.Second; next = next.Add(asksEvery) {
				time.Sleep(time.Until(next))
				err := v.Ask("GET", v.Path, nil)
				mu.Lock()
				asked++
				if err != nil || v.Status != 204 {
					out.Failed++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	long := time.Since(began)
	out.Scenario, out.Database, out.Clients = "waiting", place.database, waitingPages
	out.Journeys = float64(asked) / long.Seconds()
	out.CPUServer = ms(cpuOf(pid)-used) / float64(asked)
	out.CPUDatabase = ms(cpuOfTree(place.pid)-usedDatabase) / float64(asked)
	out.Cores = (cpuOf(pid) - used).Seconds() / long.Seconds()
	out.PeakRSS = peakRSS(pid)
	return out, nil
}

// ringing signs somebody in as far as the call, and returns the browser with the
// address that its page asks.
func ringing(p *drive.Person) (*drive.Visitor, error) {
	v := p.Visitor
	if err := p.Begin("sign-in-phone"); err != nil {
		return nil, err
	}
	if err := p.Step(); err != nil {
		return nil, err
	}
	if err := v.Press("call_me"); err != nil {
		return nil, err
	}
	for range 20 { // until the call was placed: the page changes then
		_, rest, found := strings.Cut(v.Page, `data-state="`)
		if !found {
			return nil, fmt.Errorf("no telephone rings at %s (%d)", v.Path, v.Status)
		}
		page := v.Path
		state, _, _ := strings.Cut(rest, `"`)
		if err := v.Ask("GET", html.UnescapeString(state), nil); err != nil || v.Status == 204 {
			return v, err
		}
		if err := v.Get(page); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the page at %s never comes to rest", v.Path)
}
