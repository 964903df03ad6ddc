package main

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	suite := Suite{Name: "site", Wall: 100 * time.Second, Core: 100 * time.Second, Longest: 20 * time.Second}
	for _, c := range []struct {
		name                string
		wall, core, longest time.Duration
		slow, crowd         float64
		faults              string
	}{
		{"within", 149 * time.Second, 149 * time.Second, 30 * time.Second, 1, 1, ""},
		{"too slow", 160 * time.Second, 10 * time.Second, time.Second, 1, 1, "wall time"},
		{"too much work", 90 * time.Second, 160 * time.Second, time.Second, 1, 1, "processor time"},
		{"one slow test", 90 * time.Second, 90 * time.Second, 40 * time.Second, 1, 1, "in TestSlow"},
		{"beside other work", 290 * time.Second, 149 * time.Second, 59 * time.Second, 1, 2, ""},
		{"other work is no excuse for processor time", 290 * time.Second, 160 * time.Second, time.Second, 1, 2, "processor time"},
		{"on a slower machine", 290 * time.Second, 290 * time.Second, 59 * time.Second, 2, 1, ""},
		{"a sleep in a small suite", 0, 0, 0, 1, 1, ""},
	} {
		faults := judge(Result{Suite: suite, Wall: c.wall, Core: c.core, Longest: c.longest, LongestTest: "TestSlow"}, c.slow, c.crowd)
		if c.faults == "" && len(faults) > 0 || c.faults != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.faults)) {
			t.Errorf("%s: %q, want %q", c.name, faults, c.faults)
		}
	}
	small := Suite{Name: "small", Wall: time.Second, Core: time.Second, Longest: time.Second}
	if faults := judge(Result{Suite: small, Wall: 4 * time.Second, Core: 4 * time.Second, Longest: 4 * time.Second}, 1, 1); len(faults) > 0 {
		t.Errorf("a small suite has no grace: %q", faults)
	}
	if faults := judge(Result{Suite: small, Wall: 5 * time.Second}, 1, 1); len(faults) != 1 {
		t.Errorf("a small suite that takes five times as long: %q", faults)
	}
}

func TestCrowding(t *testing.T) {
	wall, cores := 10*time.Second, time.Duration(runtime.NumCPU())
	for others, want := range map[time.Duration]float64{0: 1, -time.Second: 1, wall * cores / 2: 2, wall * cores * 9 / 10: 4, 2 * wall * cores: 4} {
		if got := crowding(others, wall); got < want*0.99 || got > want*1.01 {
			t.Errorf("%v of others: %v, want %v", others, got, want)
		}
	}
}

func TestResultsOfEvents(t *testing.T) {
	events := `{"Action":"run","Package":"sallyport/internal/x","Test":"TestA"}
{"Action":"run","Package":"sallyport/internal/x","Test":"TestA/part/one"}
{"Action":"output","Package":"sallyport/internal/x","Test":"TestA/part/one","Output":"x_test.go:1: broken\n"}
{"Action":"fail","Package":"sallyport/internal/x","Test":"TestA/part/one","Elapsed":2.5}
{"Action":"fail","Package":"sallyport/internal/x","Test":"TestA","Elapsed":90}
{"Action":"run","Package":"sallyport/internal/x","Test":"TestB"}
{"Action":"pass","Package":"sallyport/internal/x","Test":"TestB","Elapsed":1.5}
{"Action":"skip","Package":"sallyport/internal/x","Test":"TestC"}
not an event
{"Action":"fail","Package":"sallyport/internal/x","Elapsed":91}
`
	var r Result
	r.read(strings.NewReader(events))
	if r.Passed != 1 || strings.Join(r.Failed, ";") != "internal/x TestA/part/one;internal/x TestA" || len(r.Skipped) != 1 || !strings.Contains(r.FailedOutput, "broken") {
		t.Errorf("%+v", r)
	}
	if r.Longest != 2500*time.Millisecond || r.LongestTest != "internal/x TestA/part/one" { // TestA waited for its parts
		t.Errorf("longest: %v %s", r.Longest, r.LongestTest)
	}
	var dead Result // a package that ends without a word of its tests
	dead.read(strings.NewReader(`{"Action":"output","Package":"sallyport/internal/y","Output":"panic: no\n"}` + "\n" + `{"Action":"fail","Package":"sallyport/internal/y"}` + "\n"))
	if len(dead.Failed) != 1 || !strings.Contains(dead.FailedOutput, "panic: no") {
		t.Errorf("%+v", dead)
	}
}

func TestTouches(t *testing.T) {
	dirs := []string{"internal/door/store", "internal/sqldb"}
	for file, want := range map[string]bool{
		"internal/door/store/account.go": true, "internal/door/store/migrations/sqlite/0001_x.sql": true, "internal/sqldb/tx.go": true,
		"internal/door/web/page.html": false, "docs/limits.md": false, "README.md": false, "go.mod": true, "scripts/budget": true,
	} {
		if got := touches([]string{file}, dirs); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}
