package delivery

import (
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	b := breaker{most: 3}
	first, second := b.fails(now), b.fails(now)
	if first || second || !b.ready(now) {
		t.Fatal("it opened early")
	}
	if !b.fails(now) || b.ready(now) || !b.isOpen() {
		t.Fatal("three failures in a row leave it closed")
	}
	if b.fails(now) {
		t.Error("it opened twice")
	}
	now = now.Add(21 * time.Second)
	if !b.ready(now) || b.ready(now) {
		t.Error("one message at a time looks whether the carrier is back")
	}
	for range 10 {
		b.fails(now)
	}
	if b.ready(now.Add(openMost - time.Second)) {
		t.Error("it does not wait longer for a carrier that stays down")
	}
	if !b.ready(now.Add(openMost)) || !b.worked() || b.isOpen() || b.worked() {
		t.Error("a message that was accepted does not close it")
	}
	if b.fails(now) || !b.ready(now) {
		t.Error("what failed before counts on")
	}
}
