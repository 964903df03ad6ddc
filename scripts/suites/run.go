package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Runner runs suites in the root of the module.
type Runner struct {
	Go    string   // the command
	Self  string   // this program, which is also the meter
	Logs  string   // folder for what the suites print
	Extra []string // environment, for all suites
}

// event is a line of `go test -json` (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64 // seconds
	Output  string
}

// Run runs one suite and measures it.
func (r *Runner) Run(ctx context.Context, s Suite) (result Result) {
	result.Suite = s
	meters, err := os.MkdirTemp("", "sallyport-meter-*")
	if err != nil {
		result.Err = err
		return result
	}
	defer os.RemoveAll(meters)
	log, err := os.Create(filepath.Join(r.Logs, s.Target+"-"+s.Name+".log"))
	if err != nil {
		result.Err = err
		return result
	}
	defer log.Close()
	cmd := r.command(ctx, s)
	cmd.Env = append(append(os.Environ(), r.Extra...), meterEnv+"="+meters)
	if s.Target == "prove" {
		cmd.Env = append(cmd.Env, "SALLYPORT_PROVE=1")
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		result.Err = err
		return result
	}
	var complaints bytes.Buffer // the compiler's, where a package does not build
	cmd.Stderr = io.MultiWriter(log, &complaints)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		result.Err = err
		return result
	}
	if s.isScript() {
		io.Copy(log, pipe)
	} else {
		result.read(io.TeeReader(pipe, log))
	}
	err = cmd.Wait()
	result.Wall = time.Since(began)
	if cmd.ProcessState != nil {
		result.Core = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	result.total = result.Core
	if !s.isScript() { // what compiling and linking took depends on what is in the cache
		if core, failed := readings(meters); failed == nil {
			result.Core = core
		} else {
			result.Err = failed
		}
	}
	switch {
	case err != nil && len(result.Failed) == 0:
		result.Err = fmt.Errorf("%w\n%s", err, complaints.String())
	case err == nil && !s.isScript() && result.Passed == 0:
		result.Err = errors.New("no test ran")
	}
	return result
}

func (r *Runner) command(ctx context.Context, s Suite) *exec.Cmd {
	if s.isScript() {
		return exec.CommandContext(ctx, s.Args[0], s.Args[1:]...)
	}
	args := append([]string{"test", "-json", "-count=1", "-timeout=30m", "-exec", r.Self + " -meter"}, s.Args...)
	return exec.CommandContext(ctx, r.Go, args...)
}

// read takes the events of `go test -json` in.
func (result *Result) read(from io.Reader) {
	output := map[string]*strings.Builder{}
	parents := map[string]bool{}
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			io.Copy(io.Discard, lines)
			return
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		name := strings.TrimPrefix(e.Package, modulePath+"/") + " " + e.Test
		if e.Action == "output" {
			if output[name] == nil {
				output[name] = &strings.Builder{}
			}
			output[name].WriteString(e.Output)
			continue
		}
		result.ended(e, name, output, parents)
	}
}

// ended takes the end of a test or a package in. Only tests without subtests count for
// the longest: a test with subtests waits for its turn again and again.
func (result *Result) ended(e event, name string, output map[string]*strings.Builder, parents map[string]bool) {
	if e.Action == "run" {
		for i, c := range name {
			if c == '/' && i > len(name)-len(e.Test) { // every part of a name may be a parent
				parents[name[:i]] = true
			}
		}
		return
	}
	switch e.Action {
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Test == "" && e.Action != "fail" {
		return
	}
	if took := time.Duration(e.Elapsed * float64(time.Second)); e.Test != "" && !parents[name] && took > result.Longest {
		result.Longest, result.LongestTest = took, name
	}
	switch e.Action {
	case "pass":
		result.Passed++
	case "skip":
		result.Skipped = append(result.Skipped, name)
	case "fail":
		if e.Test == "" && len(result.Failed) > 0 { // the package of a test that has been named
			break
		}
		result.Failed = append(result.Failed, name)
		if text := output[name]; text != nil {
			result.FailedOutput += text.String()
		}
	}
	delete(output, name)
}
