// Package smpptest runs an independent SMPP message centre, npm's smpp on Node, for
// tests. It listens on loopback alone.
package smpptest

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Event is one thing that happened at the message centre.
type Event struct {
	Port         int
	Bind         string
	Good         bool
	Closed       bool
	Unbind       bool
	Enquire      bool
	Enquired     bool   // the client answered an enquire_link
	Acknowledged string // … and a receipt
	Submit       string // id
	To, From     string
	TON, NPI     int
	Coding, ESM  int
	Validity     string // seconds from now
	Registered   int
	Text         string
	Parts        []int // of the header that joins parts
	Done         bool
}

// Centre is a running message centre. System id sallyport, password secret8.
type Centre struct {
	Port   int
	Events chan Event // all but the answers to orders
	t      testing.TB
	orders io.WriteCloser
	done   chan struct{}
}

// Start runs one until the test ends, on a port of its own (0) or a certain one.
func Start(t testing.TB, args ...string) *Centre {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	if len(args) == 0 {
		args = []string{"0"}
	}
	cmd := exec.Command("node", append([]string{filepath.Join(filepath.Dir(here), "../testdata/centre/centre.mjs")}, args...)...)
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the message centre (scripts/parts installs it): %v", err)
	}
	c := &Centre{Events: make(chan Event, 5000), t: t, orders: orders, done: make(chan struct{}, 1)}
	ready := make(chan int, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e Event
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue
			}
			switch {
			case e.Port > 0:
				ready <- e.Port
			case e.Done:
				c.done <- struct{}{}
			default:
				c.Events <- e
			}
		}
	}()
	t.Cleanup(func() { orders.Close(); cmd.Process.Kill(); cmd.Wait() })
	select {
	case c.Port = <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("the message centre did not start: its modules are installed by scripts/parts")
	}
	return c
}

// Order tells it what to do, and waits until it knows.
func (c *Centre) Order(o map[string]any) {
	c.t.Helper()
	line, _ := json.Marshal(o)
	if _, err := c.orders.Write(append(line, '\n')); err != nil {
		c.t.Fatal(err)
	}
	<-c.done
}

// Next returns the next event that is wanted, and drops those before it.
func (c *Centre) Next(wanted func(Event) bool) Event {
	c.t.Helper()
	limit := time.After(15 * time.Second)
	for {
		select {
		case e := <-c.Events:
			if wanted(e) {
				return e
			}
		case <-limit:
			c.t.Fatal("the message centre saw nothing of the kind")
		}
	}
}

// Submitted is Next for a message.
func (c *Centre) Submitted() Event {
	c.t.Helper()
	return c.Next(func(e Event) bool { return e.Submit != "" })
}
