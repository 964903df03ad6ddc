package main

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMain is the meter when the test starts itself as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "-meter" {
		os.Exit(meter(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// burn uses half a second of processor time.
const burn = `i=0; while [ $(cut -d' ' -f14 /proc/self/stat) -ge 0 ] && [ $i -lt 400 ]; do i=$((i+1)); done`

// A meter counts the processor time of a process that its parent did not wait for, and
// passes the exit code on.
func TestMeter(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"child": burn + "; exit 3", "orphan": "( ( " + burn + " ) & ) ; exit 3"} {
		dir := t.TempDir()
		cmd := exec.Command(self, "-meter", "sh", "-c", script)
		cmd.Env = append(os.Environ(), meterEnv+"="+dir)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%s: %v", name, err)
		}
		core, err := readings(dir)
		if err != nil || core < 100*time.Millisecond || core > 20*time.Second {
			t.Errorf("%s took %v of processor time (%v)", name, core, err)
		}
	}
}

func TestSpentBy(t *testing.T) {
	before := spentBy(os.Getpid())
	if err := exec.Command("sh", "-c", burn).Run(); err != nil {
		t.Fatal(err)
	}
	if spent := spentBy(os.Getpid()) - before; spent < 100*time.Millisecond {
		t.Errorf("a child that was waited for: %v", spent)
	}
	if busy() < spentBy(os.Getpid()) {
		t.Error("the machine was less busy than one process")
	}
}
