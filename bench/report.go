package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// report collects results: a table for people, a JSON line each for programs.
type report struct{ lines []result }

const columns = "%-20s %-9s %8s %9s %9s %6s %6s %8s %8s %8s %9s %9s %9s %9s %8s %7s\n"

// add keeps a result, and says so at once: a run takes minutes.
func (r *report) add(x result) {
	r.lines = append(r.lines, x)
	if len(r.lines) == 1 {
		header(os.Stderr)
	}
	row(os.Stderr, x)
}

// addOne is add for what a measurement returned.
func (r *report) addOne(x result, err error) error {
	if err == nil {
		r.add(x)
	}
	return err
}

func header(w io.Writer) {
	fmt.Fprintf(w, columns, "scenario", "database", "clients", "each/s", "hash/s", "ratio", "effic.", "p50 ms", "p95 ms", "p99 ms", "cpu serv.", "cpu db", "cpu load", "no hash", "MiB", "failed")
}

func row(w io.Writer, x result) {
	f := func(v float64, digits int) string {
		if v == 0 {
			return "-"
		}
		return fmt.Sprintf("%.*f", digits, v)
	}
	fmt.Fprintf(w, columns, x.Scenario, x.Database, fmt.Sprint(x.Clients), f(x.Journeys, 1), f(x.Hash, 1), f(x.Ratio, 2), f(x.Efficiency, 2), f(x.P50, 1), f(x.P95, 1), f(x.P99, 1),
		f(x.CPUServer, 2), f(x.CPUDatabase, 2), f(x.CPULoader, 2), f(x.BesidesHash, 2), f(x.PeakRSS, 0), fmt.Sprint(x.Failed))
	switch {
	case x.Offered > 0:
		fmt.Fprintf(w, "    %.0f a second arrived: %.2f of the peak was finished, %d were told to come back (503, Retry-After)\n", x.Offered, x.Goodput, x.Refused)
	case x.Cores > 0:
		fmt.Fprintf(w, "    the server spent %.2f of a core\n", x.Cores)
	case x.Imported > 0:
		fmt.Fprintf(w, "    while %.0f users a second were imported: %.1f times the usual p95\n", x.Imported, x.Slower)
	case x.Growth != 0:
		fmt.Fprintf(w, "    %+.1f %% of the cost among a thousand accounts\n", 100*x.Growth)
	}
}

// write prints the table, and the JSON lines to a file or after it.
func (r *report) write(out io.Writer, file string) error {
	header(out)
	for _, x := range r.lines {
		row(out, x)
	}
	if file != "-" {
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	encoder := json.NewEncoder(out)
	for _, x := range r.lines {
		if err := encoder.Encode(x); err != nil {
			return err
		}
	}
	return nil
}
