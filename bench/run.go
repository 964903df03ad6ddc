package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/secret"
)

// result is one line of the report.
type result struct {
	Scenario    string  `json:"scenario"`
	Database    string  `json:"database"`
	Clients     int     `json:"clients"`
	Journeys    float64 `json:"journeys_per_s"`
	Hash        float64 `json:"hash_per_s"`
	Ratio       float64 `json:"ratio"`
	Efficiency  float64 `json:"efficiency"`
	P50         float64 `json:"p50_ms"`
	P95         float64 `json:"p95_ms"`
	P99         float64 `json:"p99_ms"`
	CPUServer   float64 `json:"cpu_ms_server"`
	CPUDatabase float64 `json:"cpu_ms_database"`
	CPULoader   float64 `json:"cpu_ms_loader"`
	BesidesHash float64 `json:"cpu_ms_besides_hash"`
	PeakRSS     float64 `json:"peak_rss_mib"`
	Failed      int     `json:"failed"`

	Offered float64 `json:"offered_per_s,omitempty"` // overload: arrivals
	Refused int     `json:"refused,omitempty"`       // overload: 503 with Retry-After
	Goodput float64 `json:"goodput,omitempty"`       // overload: of the peak
	Cores   float64 `json:"cores,omitempty"`         // waiting: of the server
	Growth  float64 `json:"growth,omitempty"`        // accounts: of the cost, against a thousand

	Bytes    int     `json:"bytes,omitempty"`          // pages: of the answer
	Imported float64 `json:"imported_per_s,omitempty"` // importing: rows meanwhile
	Slower   float64 `json:"slower,omitempty"`         // importing: p95, of the usual
}

// Run measures everything that was asked for, then prints the report.
func (r *runCommand) Run() error {
	ctx := context.Background()
	inbox := &drive.Inbox{Secret: secret.NewText(hookSecret)}
	if err := inbox.Open(); err != nil {
		return err
	}
	defer inbox.Close()
	var report report
	for _, database := range r.Database {
		if err := r.onDatabase(ctx, database, inbox, &report); err != nil {
			return err
		}
	}
	return report.write(os.Stdout, r.JSON)
}

func (r *runCommand) onDatabase(ctx context.Context, database string, inbox *drive.Inbox, report *report) error {
	var places [2]*place
	for i, trivial := range []bool{false, true} {
		p, err := newPlace(ctx, database, r.Postgres, trivial, r.Accounts)
		if err != nil {
			return err
		}
		defer p.remove()
		places[i] = p
	}
	for _, s := range scenarios {
		if !r.wants(s.name) {
			continue
		}
		for _, clients := range r.Clients {
			got, err := r.measure(places, inbox, s, clients)
			if err != nil {
				return fmt.Errorf("%s on %s with %d clients: %w", s.name, database, clients, err)
			}
			report.add(got)
		}
	}
	if r.wants("overload") {
		if err := report.addOne(r.overload(places[0], inbox)); err != nil {
			return err
		}
	}
	if r.wants("waiting") {
		if err := report.addOne(r.waiting(places[1], inbox)); err != nil {
			return err
		}
	}
	if r.wants("delivery") {
		if err := report.addOne(r.handOff(places[1], inbox)); err != nil {
			return err
		}
		if err := report.addOne(r.messages(ctx, places[1], inbox)); err != nil {
			return err
		}
	}
	if r.wants("calls") {
		speaking, pressed, err := r.calls(places[1], inbox)
		if err != nil {
			return err
		}
		report.add(speaking)
		report.add(pressed)
	}
	if r.wants("importing") {
		lines, err := r.importing(ctx, database, inbox)
		for _, line := range lines {
			report.add(line)
		}
		if err != nil {
			return err
		}
	}
	if r.wants("administration") {
		lines, err := r.administration(ctx, database, inbox)
		for _, line := range lines {
			report.add(line)
		}
		if err != nil {
			return err
		}
	}
	if r.wants("portal") {
		lines, err := r.portal(ctx, database, inbox)
		for _, line := range lines {
			report.add(line)
		}
		if err != nil {
			return err
		}
	}
	if r.wants("population") {
		lines, err := r.population(ctx, database, inbox, places[0])
		for _, line := range lines {
			report.add(line)
		}
		return err
	}
	return nil
}

// profile names the file of a server's CPU profile; empty: none is asked for.
func (r *runCommand) profile(name string) string {
	if r.CPU == "" || name == "" {
		return ""
	}
	return filepath.Join(r.CPU, name+".pprof")
}

func (r *runCommand) wants(name string) bool {
	return len(r.Scenario) == 0 || slices.Contains(r.Scenario, name)
}

// measure runs a scenario between two measurements of the raw hash, and where it
// has a hash again with a trivial one.
func (r *runCommand) measure(places [2]*place, inbox *drive.Inbox, s scenario, clients int) (result, error) {
	hashFor := min(r.For/4, 1500*time.Millisecond)
	before := rawHash(hashFor)
	out, err := r.drive(places[0], inbox, s, clients, r.For, fmt.Sprintf("%s-%s-%d", s.name, places[0].database, clients))
	if err != nil {
		return out, err
	}
	raw := before.mean(rawHash(hashFor))
	out.Hash = raw.PerSecond
	out.BesidesHash = out.CPUServer + out.CPUDatabase
	if s.hashed {
		out.Ratio = out.Journeys / raw.PerSecond
		out.Efficiency = ms(raw.CPU) / (out.CPUServer + out.CPUDatabase)
		light, err := r.drive(places[1], inbox, s, clients, r.For/2, fmt.Sprintf("%s-%s-%d-light", s.name, places[0].database, clients))
		if err != nil {
			return out, err
		}
		out.BesidesHash = light.CPUServer + light.CPUDatabase
		out.Failed += light.Failed
	}
	return out, nil
}

// drive starts a server, lets that many clients at it for so long, and counts.
func (r *runCommand) drive(place *place, inbox *drive.Inbox, s scenario, clients int, long time.Duration, name string) (out result, err error) {
	server, err := start(place, inbox, r.profile(name))
	if err != nil {
		return out, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return out, err
	}
	workers := make([]*worker, clients)
	for i := range workers {
		workers[i] = &worker{place: place, server: server, inbox: inbox, number: i, oneAddress: r.OneAddress}
		if s.ready != nil {
			if err := s.ready(workers[i]); err != nil {
				return out, err
			}
		}
		if err := s.once(workers[i]); err != nil { // connections, prepared statements
			return out, err
		}
	}
	var mu sync.Mutex
	var took []time.Duration
	began := time.Now()
	pid := server.cmd.Process.Pid
	usedServer, usedDatabase, usedLoader := cpuOf(pid), cpuOfTree(place.pid), ownCPU()
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			var own []time.Duration
			failed := 0
			for time.Since(began) < long {
				at := time.Now()
				if err := s.once(w); err != nil {
					if failed++; failed == 1 {
						fmt.Fprintf(os.Stderr, "%s, client %d: %v\n", s.name, w.number, err)
					}
					time.Sleep(10 * time.Millisecond)
					continue
				}
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
			out.Failed += failed
		})
	}
	all.Wait()
	n := float64(max(len(took), 1))
	out.Scenario, out.Database, out.Clients = s.name, place.database, clients
	out.Journeys = n / time.Since(began).Seconds()
	out.CPUServer, out.CPUDatabase, out.CPULoader = ms(cpuOf(pid)-usedServer)/n, ms(cpuOfTree(place.pid)-usedDatabase)/n, ms(ownCPU()-usedLoader)/n
	out.P50, out.P95, out.P99 = percentile(took, .50), percentile(took, .95), percentile(took, .99)
	out.PeakRSS = peakRSS(pid)
	return out, nil
}
