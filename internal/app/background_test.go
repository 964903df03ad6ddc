package app_test

import (
	"context"
	"crypto"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/demo"
)

// A panic in a background loop does not end the program: it is logged with its stack, and
// the loop goes on.
func TestLoopsOutlivePanics(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	w.serving.Load().stop()
	w.clock.add(time.Minute) // the lease of the one that stopped runs out
	var once sync.Once
	log := &logBuffer{}
	// The clock is what a test can reach within the loop that sequences the audit log.
	clock := func() time.Time {
		if strings.Contains(string(debug.Stack()), "(*sequencer).run(") {
			once.Do(func() { panic("a test's secret") })
		}
		return w.clock.Now()
	}
	a, err := app.New(t.Context(), app.Options{Config: w.config, Demo: true, Clock: clock, NewKey: func(alg string) (crypto.Signer, error) { return signingKeys[alg]() },
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended; a.Close() }()
	<-a.Started()
	until(t, "the panic is logged", func() bool { return strings.Contains(log.text(), "level=ERROR") })
	if text := log.text(); !strings.Contains(text, `work="audit log"`) || !strings.Contains(text, "sequencer.go") || strings.Contains(text, "a test's secret") {
		t.Errorf("log: %s", text)
	}
	w.serving.Store(&replica{App: a, stop: func() {}})
	w.signInStaff(newTab(w), demo.StaffEmail)
	until(t, "the audit log is sequenced", func() bool {
		var left int
		err := a.Store.Read(ctx).QueryRow(`SELECT COUNT(*) FROM audit WHERE leaf_no IS NULL`).Scan(&left)
		return err == nil && left == 0
	})
}
