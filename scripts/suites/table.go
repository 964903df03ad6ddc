package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Suite is one line of the table: what it runs and what it may cost on two quiet cores.
type Suite struct {
	Target  string        // test or prove
	Name    string        // unique within its target
	Wall    time.Duration // from start to end
	Core    time.Duration // processor time of the tests and of every process they start
	Longest time.Duration // the longest single test
	Alone   bool          // it measures time, so nothing else runs beside it
	Args    []string      // of `go test`; or a script of the project and its arguments
}

// others stands for the packages that no other suite of the target names.
const others = "others"

// A Table is what the file scripts/budget says.
type Table struct {
	Speed  time.Duration // what the reference work takes on the machine that the budgets were measured on
	Suites []Suite
}

// Of returns the suites of a target in the order of the table.
func (t *Table) Of(target string) (list []Suite) {
	for _, s := range t.Suites {
		if s.Target == target {
			list = append(list, s)
		}
	}
	return list
}

// ReadTable parses a table. The error names the line.
func ReadTable(r io.Reader) (*Table, error) {
	t := &Table{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := t.line(fields); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if t.Speed == 0 {
		return nil, fmt.Errorf("there is no line for speed")
	}
	return t, lines.Err()
}

func (t *Table) line(fields []string) (err error) {
	if fields[0] == "speed" && len(fields) == 2 {
		t.Speed, err = seconds(fields[1])
		return err
	}
	if len(fields) < 7 {
		return fmt.Errorf("want: target suite wall core longest together|alone packages-and-flags")
	}
	s := Suite{Target: fields[0], Name: fields[1], Args: fields[6:]}
	for i, into := range []*time.Duration{&s.Wall, &s.Core, &s.Longest} {
		if *into, err = seconds(fields[2+i]); err != nil {
			return err
		}
	}
	if s.Alone = fields[5] == "alone"; !s.Alone && fields[5] != "together" {
		return fmt.Errorf("%q is neither together nor alone", fields[5])
	}
	if s.Target != "test" && s.Target != "prove" {
		return fmt.Errorf("unknown target %q", s.Target)
	}
	if slices.ContainsFunc(t.Suites, func(o Suite) bool { return o.Target == s.Target && o.Name == s.Name }) {
		return fmt.Errorf("a second suite %s of %s", s.Name, s.Target)
	}
	t.Suites = append(t.Suites, s)
	return nil
}

func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not a number of seconds", text)
	}
	return time.Duration(n * float64(time.Second)), nil
}

// isScript reports whether the suite is a script rather than arguments of `go test`.
func (s Suite) isScript() bool { return strings.HasPrefix(s.Args[0], "scripts/") }

// packages returns the package patterns among the arguments, and the flags.
func (s Suite) packages() (patterns, flags []string) {
	for _, a := range s.Args {
		if strings.HasPrefix(a, "-") {
			flags = append(flags, a)
		} else {
			patterns = append(patterns, a)
		}
	}
	return patterns, flags
}

// expand replaces the word “others” by the packages of all that no other suite of the
// target names. The paths are relative to the root of the module: ./internal/app.
func expand(suites []Suite, all []string) []Suite {
	named := map[string]bool{}
	for _, s := range suites {
		patterns, _ := s.packages()
		for _, p := range patterns {
			named[p] = true
		}
	}
	list := slices.Clone(suites)
	for i, s := range list {
		at := slices.Index(s.Args, others)
		if at < 0 {
			continue
		}
		var rest []string
		for _, p := range all {
			if !named[p] {
				rest = append(rest, p)
			}
		}
		list[i].Args = slices.Concat(s.Args[:at], rest, s.Args[at+1:])
	}
	return list
}
