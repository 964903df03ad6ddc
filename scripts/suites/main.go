package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

const (
	modulePath = "sallyport"
	tableFile  = "scripts/budget"
	atOnce     = 3 // suites that run together: most tests wait more than they compute
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "-meter" {
		os.Exit(meter(os.Args[2:]))
	}
	only := flag.String("only", "", "run only these suites of the target, separated by commas")
	until := flag.Duration("until", 0, "begin no suite that would end later than this after the start; 0: no limit")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: suites [-only suite,suite] [-until 70m] test|prove|changed")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Arg(0), *only, *until); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, target, only string, until time.Duration) error {
	began := time.Now()
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // PostgreSQL stays below this process, where it is measured
	r := &Runner{Go: "go", Logs: filepath.Join("build", "suites")}
	if name := os.Getenv("GO"); name != "" {
		r.Go = name
	}
	var err error
	if r.Self, err = os.Executable(); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Logs, 0o755); err != nil {
		return err
	}
	table, suites, err := choose(r.Go, target, only)
	if err != nil {
		return err
	}
	if len(suites) == 0 {
		fmt.Println("No suite to run.")
		return nil
	}
	fmt.Println("Building the tests")
	if out, err := exec.CommandContext(ctx, r.Go, "list", "-export", "-test", "-f", "{{.Name}}", "./...").CombinedOutput(); err != nil {
		return fmt.Errorf("the tests do not build: %s", out)
	}
	temp, err := os.MkdirTemp(scratch(), "sallyport-tests.*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := os.Chmod(temp, 0o755); err != nil { // the server runs as another user
		return err
	}
	database, address, err := startPostgres(ctx, temp)
	if err != nil {
		return err
	}
	defer database.stop()
	r.Extra = []string{"SALLYPORT_TEST_POSTGRES=" + address, "TMPDIR=" + temp, "GOTMPDIR=" + os.TempDir()} // the compiler's files are large
	slow := max(1, float64(reference())/float64(table.Speed))
	var report Report
	together := slices.DeleteFunc(slices.Clone(suites), func(s Suite) bool { return s.Alone })
	alone := slices.DeleteFunc(slices.Clone(suites), func(s Suite) bool { return !s.Alone })
	report.phase(ctx, r, together, atOnce, slow, database, began, until)
	for _, s := range alone {
		report.phase(ctx, r, []Suite{s}, 1, slow, database, began, until)
	}
	return report.print(time.Since(began), slow)
}

// choose reads the table and returns the suites of a target, their packages spelled out.
func choose(goCommand, target, only string) (*Table, []Suite, error) {
	file, err := os.Open(tableFile)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	table, err := ReadTable(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", tableFile, err)
	}
	all, err := packagesWithTests(goCommand)
	if err != nil {
		return nil, nil, err
	}
	of := target
	if target == "changed" {
		of = "prove"
	}
	suites := expand(table.Of(of), all)
	if only != "" {
		names := strings.Split(only, ",")
		suites = slices.DeleteFunc(suites, func(s Suite) bool { return !slices.Contains(names, s.Name) })
		if len(suites) != len(names) {
			return nil, nil, fmt.Errorf("no such suites of %s: %s", of, only)
		}
	} else if len(suites) == 0 {
		return nil, nil, fmt.Errorf("%s has no suite of %s", tableFile, target)
	}
	if target != "changed" {
		return table, suites, nil
	}
	files, everything, err := changedSince(time.Now())
	if err != nil || everything {
		return table, suites, err
	}
	var touched []Suite
	for _, s := range suites {
		patterns, _ := s.packages()
		if s.isScript() {
			patterns = all
		}
		dirs, err := dirsOf(goCommand, patterns)
		if err != nil {
			return nil, nil, err
		}
		if touches(files, dirs) {
			touched = append(touched, s)
		} else {
			fmt.Printf("%s: none of its files changed since yesterday\n", s.Name)
		}
	}
	return table, touched, nil
}

// packagesWithTests lists every package of the module that has tests, as ./path.
func packagesWithTests(goCommand string) ([]string, error) {
	out, err := exec.Command(goCommand, "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	list := strings.Fields(string(out))
	for i, name := range list {
		list[i] = "." + strings.TrimPrefix(name, modulePath)
	}
	return list, nil
}

// A Report collects the results of all suites.
type Report struct {
	sync.Mutex
	results    []Result
	faults     []string
	notReached []string
}

// phase runs suites, so many at once, and judges them when all have ended: only then is
// known how much of the machine others used meanwhile.
func (p *Report) phase(ctx context.Context, r *Runner, suites []Suite, atOnce int, slow float64, database *postgres, began time.Time, until time.Duration) {
	busyBefore, ownBefore, start := busy(), database.spent(), time.Now()
	var results []Result
	var all sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for _, s := range suites {
		turn <- struct{}{}
		if ctx.Err() != nil || until > 0 && time.Since(began)+time.Duration(float64(s.Wall)*slow) > until {
			<-turn
			p.notReached = append(p.notReached, s.Name)
			continue
		}
		fmt.Printf("%-11s begins\n", s.Name)
		all.Go(func() {
			result := r.Run(ctx, s)
			p.Lock()
			results = append(results, result)
			fmt.Printf("%-11s %s: %d passed, %d failed\n", s.Name, round(result.Wall), result.Passed, len(result.Failed))
			p.Unlock()
			<-turn
		})
	}
	all.Wait()
	wall, own := time.Since(start), database.spent()-ownBefore
	for _, result := range results {
		own += result.total
	}
	crowd := crowding(busy()-busyBefore-own, wall)
	if crowd > 1.1 {
		fmt.Printf("Other work on this machine made these suites take %.1f times as long; their wall time is judged by that.\n", crowd)
	}
	for _, result := range results {
		p.faults = append(p.faults, judge(result, slow, crowd)...)
	}
	p.results = append(p.results, results...)
}

// print shows what failed, then what each suite took next to its budget.
func (p *Report) print(wall time.Duration, slow float64) error {
	var passed, failed int
	for _, r := range p.results {
		passed, failed = passed+r.Passed, failed+len(r.Failed)
		if len(r.Failed) > 0 {
			fmt.Printf("\n%s failed: %s\n%s", r.Suite.Name, strings.Join(r.Failed, ", "), r.FailedOutput)
		}
		if r.Err != nil {
			failed = max(failed, 1)
			fmt.Printf("\n%s: %v\n", r.Suite.Name, r.Err)
		}
		if len(r.Skipped) > 0 {
			fmt.Printf("\n%s skipped: %s\n", r.Suite.Name, strings.Join(r.Skipped, ", "))
		}
	}
	fmt.Printf("\nSeconds taken, and budget (%s):\n", tableFile)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "suite\twall\tbudget\tcore\tbudget\tlongest\tbudget\ttests\t")
	for _, r := range p.results {
		fmt.Fprintf(w, "%s\t%.1f\t%.0f\t%.1f\t%.0f\t%.1f\t%.0f\t%d\t\n", r.Suite.Name, r.Wall.Seconds(), r.Suite.Wall.Seconds(), r.Core.Seconds(), r.Suite.Core.Seconds(), r.Longest.Seconds(), r.Suite.Longest.Seconds(), r.Passed)
	}
	w.Flush()
	if slow > 1.1 {
		fmt.Printf("This processor takes %.1f times as long as the one of the table; the budgets are scaled by that.\n", slow)
	}
	fmt.Printf("Everything took %s.\n", wall.Round(time.Second))
	for _, name := range p.notReached {
		fmt.Printf("Not reached: %s\n", name)
	}
	for _, fault := range p.faults {
		fmt.Println("Over budget:", fault)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	switch {
	case failed > 0:
		return fmt.Errorf("%d failed", failed)
	case len(p.faults) > 0:
		return fmt.Errorf("%d budgets were exceeded: make the suite faster, or remove seconds elsewhere and raise its line in %s", len(p.faults), tableFile)
	}
	return nil
}
