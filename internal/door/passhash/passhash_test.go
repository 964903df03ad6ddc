package passhash

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var cheap = Cost{MemoryKiB: 64, Passes: 1}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", LongestPassword) // NIST-PW-2: 256 code points, all of them count
	for name, tc := range map[string]struct {
		made, tried string
		want        bool
	}{
		"right":                   {"correct horse battery staple", "correct horse battery staple", true},
		"wrong":                   {"correct horse battery staple", "correct horse battery stapla", false},
		"other case":              {"correct horse", "Correct horse", false},
		"spaces count":            {"correct horse", "correct horse ", false},
		"256 code points":         {long, long, true},
		"last of 256 differs":     {long, long[:len(long)-2] + "ö", false},
		"composed and decomposed": {"caf\u00e9 caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301 cafe\u0301", true},
		"257 code points":         {long, long + "x", false},
	} {
		got, err := Verify(tc.tried, Hash(tc.made, cheap))
		if err != nil || got != tc.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if first, second := Hash("x", cheap), Hash("x", cheap); first == second {
		t.Error("two hashes of one password are equal: no salt")
	}
}

// RFC 9106's reference implementation: argon2id of "password", salt "somesalt",
// t=2 m=65536 p=1 (phc-winner-argon2 test.c).
func TestPublishedVector(t *testing.T) {
	t.Parallel()
	hash := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := Verify("password", hash); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestDecoyMatchesNothing(t *testing.T) {
	t.Parallel()
	decoy := Decoy(cheap)
	if ok, err := Verify("", decoy); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if len(decoy) != len(Hash("x", cheap)) {
		t.Error("a decoy is known by its length")
	}
}

func TestStrangeHashesAreRefused(t *testing.T) {
	t.Parallel()
	good := Hash("x", cheap)
	for _, bad := range []string{"", "x", "$plaintext$x", strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "m=64", "m=99999999", 1), strings.Replace(good, "t=1", "t=4000000", 1),
		strings.Replace(good, "p=1", "p=255", 1), strings.Replace(good, "v=19", "v=16", 1), good + "$", good[:len(good)-30]} {
		if ok, err := Verify("x", bad); ok || !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("x", Hash("x", cheap))
	f.Add("x", "$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, password, hash string) {
		if cost, _, _, err := decode(hash); err == nil && cost.MemoryKiB > 1024 {
			return // costly, and no other path
		}
		if ok, err := Verify(password, hash); ok && err != nil {
			t.Error("right and wrong at once")
		}
	})
}

// T-29: never more at once than cores, never more in the queue than its bound.
func TestGateBounds(t *testing.T) {
	t.Parallel()
	gate := NewGate(2, time.Minute)
	var now, most, busy atomic.Int64
	var all sync.WaitGroup
	for range 400 {
		all.Go(func() {
			leave, err := gate.Enter(t.Context())
			if errors.Is(err, ErrBusy) {
				busy.Add(1)
				return
			}
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Millisecond) // in place of a hash: the others wait meanwhile
			now.Add(-1)
			leave()
		})
	}
	all.Wait()
	if most.Load() > 2 || busy.Load() == 0 || gate.Waiting() != 0 {
		t.Errorf("at once %d, turned away %d, still waiting %d", most.Load(), busy.Load(), gate.Waiting())
	}
}

func TestGateTurnsAwayWhoWaitedTooLong(t *testing.T) {
	t.Parallel()
	gate := NewGate(1, 50*time.Millisecond)
	leave, err := gate.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.Enter(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gate.Enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	leave()
	if leave, err := gate.Enter(t.Context()); err != nil {
		t.Error(err)
	} else {
		leave()
	}
}

func BenchmarkVerify(b *testing.B) {
	hash := Hash("correct horse battery staple", Cost{MemoryKiB: 19456, Passes: 2})
	for b.Loop() {
		Verify("correct horse battery staple", hash)
	}
}
