package main

import (
	"fmt"
	"time"
)

// A Result is what became of a suite.
type Result struct {
	Suite        Suite
	Err          error // it could not be run
	Passed       int
	Failed       []string // tests, by package and name
	Wall, Core   time.Duration
	total        time.Duration // processor time with compiling and linking
	Longest      time.Duration // the longest single test
	LongestTest  string
	Skipped      []string
	FailedOutput string
}

const (
	overdraft = 1.5             // of its budget, a suite fails
	grace     = 3 * time.Second // that the smallest suites may exceed theirs by
)

// judge says why a suite costs too much, or nothing. Slow is how much slower this
// machine's processor is than the one of the table (1 or more); crowd is how much longer
// everything took because of other people's work.
func judge(r Result, slow, crowd float64) (faults []string) {
	over := func(what string, took, budget time.Duration, scale float64) {
		if limit := time.Duration(float64(budget)*scale*overdraft) + grace; took > limit {
			faults = append(faults, fmt.Sprintf("%s took %s of %s, more than half over its budget of %s", r.Suite.Name, round(took), what, round(budget)))
		}
	}
	over("wall time", r.Wall, r.Suite.Wall, slow*crowd)
	over("processor time", r.Core, r.Suite.Core, slow)
	over("wall time in "+r.LongestTest, r.Longest, r.Suite.Longest, slow*crowd)
	return faults
}

func round(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
