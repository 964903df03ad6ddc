package store

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// sent queues a challenge with its message and records that it was handed over now.
func sent(t *testing.T, s *Store, channel factor.Channel, code string, life time.Duration) *factor.Challenge {
	t.Helper()
	ch := &factor.Challenge{ID: "c1", JourneyID: "j1", AccountID: "dana", Purpose: "signin", Channel: channel,
		Destination: []byte("d"), CodeHash: s.Keys.Hash("code", code), Life: life}
	write(t, s, func(tx *sqldb.Tx) error {
		if err := s.InsertChallenge(tx, ch); err != nil {
			return err
		}
		return s.InsertMessage(tx, delivery.Message{ID: "c1", Kind: delivery.Code, Channel: string(channel), Code: code, Expires: tx.Now.Add(time.Hour)})
	})
	if err := (Outbox{Store: s}).Sent(t.Context(), delivery.Job{Message: delivery.Message{ID: "c1"}}, delivery.HandOff{}); err != nil {
		t.Fatal(err)
	}
	return ch
}

func try(t *testing.T, s *Store, code string) (right, counted bool) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) (err error) {
		right, counted, err = s.TryCode(tx, "c1", s.Keys.Hash("code", code), 5)
		return err
	})
	return right, counted
}

// T-08: 500 wrong and one right at once, and no more than five are compared.
func TestParallelTriesAreCounted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		sent(t, s, factor.Text, "123456", time.Minute)
		var compared, succeeded atomic.Int64
		var all sync.WaitGroup
		for i := range 501 {
			code := "000000"
			if i == 250 {
				code = "123456"
			}
			all.Go(func() {
				right, counted := try(t, s, code)
				if counted {
					compared.Add(1)
				}
				if right {
					succeeded.Add(1)
				}
			})
		}
		all.Wait()
		if compared.Load() > 5 || succeeded.Load() > 1 {
			t.Errorf("%d compared, %d succeeded", compared.Load(), succeeded.Load())
		}
		if right, counted := try(t, s, "123456"); right || counted {
			t.Error("a spent code was compared")
		}
	})
}

// T-09: fifty at once with the right code, exactly one gets in.
func TestCodeIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		sent(t, s, factor.Text, "123456", time.Minute)
		var succeeded atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if right, _ := try(t, s, "123456"); right {
					succeeded.Add(1)
				}
			})
		}
		all.Wait()
		if succeeded.Load() != 1 {
			t.Errorf("%d succeeded", succeeded.Load())
		}
	})
}

// TM-R2 for TM-01: a second before the end it works, at the end it does not.
func TestCodeExpiry(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]bool{29 * time.Second: true, 30 * time.Second: false} {
		each(t, func(t *testing.T, s *Store, c *clock) {
			sent(t, s, factor.Email, "123456", 30*time.Second)
			c.add(after)
			if right, _ := try(t, s, "123456"); right != want {
				t.Errorf("after %v: %v", after, right)
			}
		})
	}
}

func TestWhatIsNotOpenTakesNoTry(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"never handed over": `UPDATE challenge SET sent_at = 0`,
		"ended":             `UPDATE challenge SET ended_at = 1`,
		"used":              `UPDATE challenge SET used_at = 1`,
		"a call":            `UPDATE challenge SET channel = 'voice'`,
		"older than 10 min": `UPDATE challenge SET created_at = created_at - 600000000`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store, c *clock) {
				sent(t, s, factor.Text, "123456", time.Minute)
				write(t, s, func(tx *sqldb.Tx) error { _, err := tx.Exec(spoil); return err })
				if right, counted := try(t, s, "123456"); right || counted {
					t.Errorf("right %v, counted %v", right, counted)
				}
			})
		})
	}
}

// more time counts from the hand-off, and only while the code works.
func TestExtend(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		sent(t, s, factor.Email, "123456", 30*time.Second)
		extend := func() (ok bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) { ok, err = s.ExtendChallenge(tx, "c1", 5*time.Minute); return err })
			return ok
		}
		c.add(29 * time.Second)
		if !extend() {
			t.Fatal("an open code was not extended")
		}
		c.add(4*time.Minute + 30*time.Second)
		if right, _ := try(t, s, "123456"); !right {
			t.Error("4:59 after the hand-off it does not work")
		}
		if extend() {
			t.Error("a used code was extended")
		}
	})
}

func TestCallIsUsedOnceAndOnlyConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		sent(t, s, factor.Voice, "", 3*time.Minute)
		use := func() (ok bool) {
			write(t, s, func(tx *sqldb.Tx) (err error) { ok, err = s.UseCall(tx, "c1"); return err })
			return ok
		}
		if use() {
			t.Error("an unanswered call was used")
		}
		call := factor.Call{State: factor.Confirmed, RingingAt: c.Now(), AnsweredAt: c.Now(), PromptEnded: c.Now(), EndedAt: c.Now()}
		write(t, s, func(tx *sqldb.Tx) error { return s.UpdateCall(tx, "c1", call) })
		write(t, s, func(tx *sqldb.Tx) error {
			if got, err := s.ChallengeByID(tx, "c1"); err != nil || got.Call != call {
				t.Errorf("call = %+v, %v", got, err)
			}
			return nil
		})
		if !use() || use() {
			t.Error("a confirmed call is used exactly once")
		}
	})
}
