package background

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// A panic becomes an error with a stack. It shows no value: that can be a message.
func TestTry(t *testing.T) {
	t.Parallel()
	if err := Try(func() {}); err != nil {
		t.Errorf("no panic: %v", err)
	}
	var nothing map[string]int
	for want, work := range map[string]func(){
		"panic: string":                                func() { panic("code 482117") },
		"panic: *errors.errorString":                   func() { panic(errors.New("code 482117")) },
		"panic: assignment to entry in nil map":        func() { nothing["a"] = 1 },
		"panic: runtime error: index out of range [3]": func() { _ = []int{}[len("abc")] },
	} {
		var log bytes.Buffer
		err := Try(work)
		p, ok := errors.AsType[*Panic](err)
		if !ok || !strings.HasPrefix(p.Error(), want) || !strings.Contains(p.Stack, "TestTry") {
			t.Errorf("want %q: %v", want, err)
		}
		Do(logTo(&log), "a test", work)
		if text := log.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, `work="a test"`) || !strings.Contains(text, "background_test.go") || strings.Contains(text, "482117") {
			t.Errorf("the log: %s", text)
		}
	}
}

// Work that panics is run again after a pause, until it returns.
func TestKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var at []time.Duration
		began := time.Now()
		Keep(t.Context(), logTo(&log), "a test", func(context.Context) {
			at = append(at, time.Since(began))
			if len(at) < 4 {
				panic("again")
			}
		})
		if len(at) != 4 || at[1] != time.Second || at[2] != 3*time.Second || at[3] != 7*time.Second || strings.Count(log.String(), "level=ERROR") != 3 {
			t.Errorf("it ran at %v: %s", at, &log)
		}
	})
}

// Work that panics at the end of the program is not run again.
func TestKeepEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	Keep(ctx, slog.New(slog.DiscardHandler), "a test", func(context.Context) { runs++; cancel(); panic("at the end") })
	if runs != 1 {
		t.Errorf("it ran %d times", runs)
	}
}
