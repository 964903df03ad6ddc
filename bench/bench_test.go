package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary is the server that run starts, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A short run of every scenario that two clients can make: journeys are finished, none
// fails, and the numbers hang together. How fast they are is no test's business.
func TestEveryScenarioRuns(t *testing.T) {
	t.Parallel()
	// Runs of a few scenarios each, side by side: a run mostly waits for its clock and its set-up.
	var runs []*runCommand
	for some := range slices.Chunk(scenarios, 2) {
		r := &runCommand{Database: []string{"sqlite"}, Clients: []int{2}, For: time.Second, Accounts: 64, JSON: filepath.Join(t.TempDir(), "results.json")}
		for _, s := range some {
			r.Scenario = append(r.Scenario, s.name)
		}
		runs = append(runs, r)
	}
	results, failures := make([]string, len(runs)), make([]error, len(runs))
	var all sync.WaitGroup
	for i, r := range runs {
		all.Go(func() {
			if failures[i] = r.Run(); failures[i] == nil {
				var text []byte
				text, failures[i] = os.ReadFile(r.JSON)
				results[i] = string(text)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(strings.Join(results, "")), "\n")
	if len(lines) != len(scenarios) {
		t.Fatalf("%d results of %d scenarios", len(lines), len(scenarios))
	}
	for i, line := range lines {
		var x result
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if x.Scenario != scenarios[i].name || x.Journeys <= 0 || x.Failed > 0 || x.P50 > x.P95 || x.P95 > x.P99 || x.Hash <= 0 || x.PeakRSS <= 0 || x.CPUServer <= 0 {
			t.Errorf("%s", line)
		}
		if scenarios[i].hashed != (x.Ratio > 0) || scenarios[i].hashed && (math.Abs(x.Ratio-x.Journeys/x.Hash) > 1e-9 || x.Efficiency <= 0) || x.BesidesHash <= 0 {
			t.Errorf("%s", line)
		}
	}
}

func TestLoadsAreBounded(t *testing.T) {
	t.Parallel()
	for _, r := range []runCommand{{For: time.Hour, Accounts: 100}, {For: time.Second, Accounts: 10}, {For: time.Second, Accounts: 100, Clients: []int{5000}}} {
		if r.Validate() == nil {
			t.Errorf("accepted: %+v", r)
		}
	}
}
