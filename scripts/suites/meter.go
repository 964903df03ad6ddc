package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// meterEnv names the folder that meters write what they measured to.
const meterEnv = "SALLYPORT_METER"

// orphansFor is how long a meter waits for what a test binary started and did not wait
// for, as browsers do with their own children.
const orphansFor = 15 * time.Second

// A Reading is what one test binary took, with every process below it.
type Reading struct {
	Package string
	Core    time.Duration // user and system time
}

// meter runs a command, passes its exit code on, and writes down the processor time of
// the command and of all processes below it: those that nobody waits for come to the
// meter, as the reaper of its subtree (prctl(2), PR_SET_CHILD_SUBREAPER).
func meter(command []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		return 1
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	code := 0
	if err := cmd.Run(); err != nil {
		code = 1
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
			code = exit.ExitCode()
		} else {
			fmt.Fprintln(os.Stderr, "meter:", err)
		}
	}
	reap(time.Now().Add(orphansFor))
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &used); err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		return 1
	}
	dir, _ := os.Getwd()
	text, err := json.Marshal(Reading{filepath.ToSlash(dir), time.Duration(used.Utime.Nano() + used.Stime.Nano())})
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Getenv(meterEnv), fmt.Sprint(os.Getpid())+".json"), text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		return 1
	}
	return code
}

// reap waits for orphans until there are none.
func reap(until time.Time) {
	for time.Now().Before(until) {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case err == syscall.ECHILD:
			return
		case pid == 0:
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// readings adds up what the meters of a folder wrote.
func readings(dir string) (core time.Duration, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		var r Reading
		if err := json.Unmarshal(text, &r); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		core += r.Core
	}
	return core, nil
}
