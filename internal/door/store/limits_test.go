package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/sqldb"
)

var tenThenWait = TryLimits{WaitFrom: 10, OffAt: 0, First: time.Minute, Longest: time.Hour}

func countTry(t *testing.T, s *Store, limits TryLimits, keys ...[]byte) *Limited {
	t.Helper()
	err := s.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := s.CountTry(tx, "test", limits, keys...); return err })
	limited, ok := errors.AsType[*Limited](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	return limited
}

// TM-20, TM-21: ten free, then a minute, doubling to an hour; success forgets.
func TestWaitsGrow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		key := []byte("a")
		for i := range 10 {
			if l := countTry(t, s, tenThenWait, key); l != nil {
				t.Fatalf("try %d: %v", i+1, l)
			}
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			if l := countTry(t, s, tenThenWait, key); l == nil || l.Wait != want*time.Minute || l.Off {
				t.Fatalf("wait %v, want %v min", l, int(want))
			}
			c.add(want*time.Minute - time.Second)
			if countTry(t, s, tenThenWait, key) == nil {
				t.Fatalf("a second before %d min it was let through", int(want))
			}
			c.add(time.Second)
			if l := countTry(t, s, tenThenWait, key); l != nil {
				t.Fatalf("after %d min: %v", int(want), l)
			}
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.ResetTries(tx, key) })
		if l := countTry(t, s, tenThenWait, key); l != nil {
			t.Errorf("after success: %v", l)
		}
	})
}

// NIST-THR-1, TM-07: at 100 consecutive failures the factor is off, whatever one waits.
func TestFactorGoesOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		limits := TryLimits{WaitFrom: 10, OffAt: 100, First: time.Minute, Longest: time.Hour, Kept: true}
		for i := range 100 {
			if l := countTry(t, s, limits, []byte("account"), []byte("number")); l != nil {
				t.Fatalf("try %d: %v", i+1, l)
			}
			c.add(time.Hour)
		}
		c.add(10000 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if l := countTry(t, s, limits, []byte("account"), []byte("number")); l == nil || !l.Off {
			t.Errorf("try 101: %v", l)
		}
		if l := countTry(t, s, limits, []byte("number"), []byte("another account")); l == nil || !l.Off {
			t.Errorf("the number through another account: %v", l)
		}
		if l := countTry(t, s, limits, []byte("another account")); l != nil {
			t.Errorf("a refused try counted against the other key: %v", l)
		}
	})
}

func TestParallelTriesNeverExceedTheLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		var through atomic.Int64
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if countTry(t, s, tenThenWait, []byte("a")) == nil {
					through.Add(1)
				}
			})
		}
		all.Wait()
		if through.Load() != 10 {
			t.Errorf("%d came through", through.Load())
		}
	})
}

func take(t *testing.T, s *Store, tokens ...Token) *Limited {
	t.Helper()
	err := s.Write(t.Context(), func(tx *sqldb.Tx) error { return s.Take(tx, tokens...) })
	limited, ok := errors.AsType[*Limited](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	return limited
}

// takes checks that exactly n can be taken now.
func takes(t *testing.T, s *Store, why string, n int, token Token) {
	t.Helper()
	got := 0
	for take(t, s, token) == nil && got <= n {
		got++
	}
	if got != n {
		t.Errorf("%s: %d were taken, want %d", why, got, n)
	}
}

// T-07, rule 7: exactly the limit, and what is given back can be taken again.
func TestTokens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		token := NewToken("sends", []byte("192.0.2.1"), 5, 5*time.Minute)
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				if take(t, s, token) == nil {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if taken.Load() != 5 {
			t.Fatalf("%d of 5 were taken", taken.Load())
		}
		if l := take(t, s, token); l == nil || l.Wait != time.Minute || l.What != "sends" {
			t.Errorf("refused with %v", l)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.GiveBack(tx, token, token) })
		takes(t, s, "two were given back", 2, token)
		c.add(time.Minute)
		takes(t, s, "one comes back a minute", 1, token)
	})
}

func TestTokensAllOrNone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		narrow, wide := NewToken("narrow", []byte("n"), 1, time.Hour), NewToken("wide", []byte("w"), 3, time.Hour)
		if l := take(t, s, narrow, wide); l != nil {
			t.Fatal(l)
		}
		for range 5 {
			if l := take(t, s, wide, narrow); l == nil || l.What != "narrow" || l.Wait != time.Hour {
				t.Fatalf("both: %v", l)
			}
		}
		takes(t, s, "the refused ones cost nothing", 2, wide)
		write(t, s, func(tx *sqldb.Tx) error { return s.GiveBack(tx, narrow, wide, wide) })
		if l := take(t, s, narrow, wide); l != nil {
			t.Error(l)
		}
		if take(t, s) != nil {
			t.Error("nothing to take was refused")
		}
	})
}
