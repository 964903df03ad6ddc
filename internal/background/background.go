package background

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"
)

// Panic is the error that a recovered panic becomes.
type Panic struct {
	Reason string // what the Go runtime says, or only the type of the value: a value can hold a message
	Stack  string
}

func (p *Panic) Error() string { return "panic: " + p.Reason }

// Try runs work and turns a panic into a *Panic.
func Try(work func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Reason: reason(value), Stack: string(debug.Stack())}
		}
	}()
	work()
	return nil
}

// reason describes a panic's value without its contents. What the runtime says holds
// types and indexes only.
func reason(value any) string {
	if trouble, ok := value.(runtime.Error); ok {
		return trouble.Error()
	}
	return fmt.Sprintf("%T", value)
}

// Do runs work once. It logs a panic with its stack, and tells whether there was none.
func Do(log *slog.Logger, name string, work func()) bool {
	err := Try(work)
	if err != nil {
		Report(log, name, err)
	}
	return err == nil
}

// Report logs err with its stack if it is a *Panic.
func Report(log *slog.Logger, name string, err error) {
	if p, ok := err.(*Panic); ok {
		log.Error("panic in the background", "work", name, "error", p, "stack", p.Stack)
	}
}

const (
	firstPause = time.Second // doubles
	longPause  = time.Minute
)

// Keep runs work until it returns. After a panic it runs work again: after a pause that
// grows, and not once ctx has ended.
func Keep(ctx context.Context, log *slog.Logger, name string, work func(context.Context)) {
	for pause := firstPause; !Do(log, name, func() { work(ctx) }); pause = min(2*pause, longPause) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
