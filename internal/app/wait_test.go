package app_test

import (
	"testing"
	"time"
)

// until waits, half a minute at most, for what another goroutine or process brings about.
// It looks every few milliseconds: what it waits for shows in a row, on a page or in a
// file, and none of these can call back.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("half a minute later, still not: %s", what)
		}
	}
}
