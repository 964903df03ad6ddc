package store

import (
	"strings"
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// handed queues a code and records that a carrier took it.
func handed(t *testing.T, s *Store, id, carrier string) delivery.Job {
	t.Helper()
	queue(t, s, id, delivery.Code, 10*time.Minute)
	return accepted(t, s, carrier)
}

// accepted claims the one message that is due and records that a carrier took it.
func accepted(t *testing.T, s *Store, carrier string) delivery.Job {
	t.Helper()
	jobs, err := Outbox{Store: s}.Claim(t.Context(), 1, time.Minute)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("claimed %v, %v", jobs, err)
	}
	done := delivery.HandOff{Handed: delivery.Handed{Ref: carrier + "-" + jobs[0].Message.ID, Receipts: true}, Carrier: carrier}
	if err := (Outbox{Store: s}).Sent(t.Context(), jobs[0], done); err != nil {
		t.Fatal(err)
	}
	return jobs[0]
}

func receive(t *testing.T, s *Store, r delivery.Receipt, left ...string) delivery.Received {
	t.Helper()
	got, err := Outbox{Store: s}.Receive(t.Context(), r, func(_ delivery.Message, tried []string) bool {
		for _, carrier := range left {
			if !strings.Contains(" "+strings.Join(tried, " ")+" ", " "+carrier+" ") {
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func challengeOf(t *testing.T, s *Store, id string) (c *factor.Challenge) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) (err error) { c, err = s.ChallengeByID(tx, id); return err })
	return c
}

func payloadKept(t *testing.T, s *Store, id string) (kept bool) {
	t.Helper()
	if err := s.Read(t.Context()).QueryRow(`SELECT payload IS NOT NULL FROM outbox WHERE id = $1`, id).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

// A carrier that accepted a code and did not deliver it: the same code goes out by the
// next, once, and its life counts from the first hand-off.
func TestUndeliveredCodeGoesOutAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		handed(t, s, "m1", "first")
		began := c.Now()
		if !payloadKept(t, s, "m1") {
			t.Fatal("nothing is left to send again")
		}
		c.add(3 * time.Second)
		lost := delivery.Receipt{Carrier: "first", Ref: "first-m1", Fate: delivery.Undelivered, Reason: "UNDELIV"}
		if got := receive(t, s, lost, "first", "second"); !got.Found || !got.Changed || !got.Again || got.Message.Text != "code 482117" {
			t.Fatalf("%+v", got)
		}
		if ch := challengeOf(t, s, "m1"); ch.Receipt != factor.Again || ch.Delivery != factor.Sent {
			t.Errorf("%+v", ch)
		}
		for _, again := range []delivery.Receipt{lost, {Carrier: "first", Message: "m1", Fate: delivery.Undelivered}, {Carrier: "second", Message: "m1", Fate: delivery.Undelivered}} {
			if got := receive(t, s, again, "first", "second"); got.Changed {
				t.Errorf("played again, or by who does not have it yet: %+v", got)
			}
		}
		job := accepted(t, s, "second")
		if job.Message.Text != "code 482117" || strings.Join(job.Tried, " ") != "first" {
			t.Errorf("%+v", job)
		}
		if ch := challengeOf(t, s, "m1"); ch.Receipt != "" || ch.Carrier != "second" || !ch.SentAt.Equal(began) {
			t.Errorf("%+v", ch)
		}
		if got := receive(t, s, delivery.Receipt{Carrier: "first", Message: "m1", Fate: delivery.Delivered}, "first", "second"); got.Changed {
			t.Error("the first carrier's late word counted")
		}
		if got := receive(t, s, delivery.Receipt{Carrier: "second", Ref: "second-m1", Fate: delivery.Undelivered}, "first", "second"); !got.Changed || got.Again {
			t.Errorf("nobody is left: %+v", got)
		}
		if ch := challengeOf(t, s, "m1"); ch.Receipt != factor.Undelivered || payloadKept(t, s, "m1") {
			t.Errorf("%+v", ch)
		}
	})
}

// A crash in the second hand-off: the page says that it may have been sent, and the code
// that the first carrier may have delivered after all still works.
func TestSecondHandOffThatIsNotKnown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		handed(t, s, "m1", "first")
		receive(t, s, delivery.Receipt{Carrier: "first", Message: "m1", Fate: delivery.Undelivered}, "first", "second")
		if got := claim(t, s, 1); got != "m1" {
			t.Fatalf("claimed %q", got)
		}
		c.add(31 * time.Second) // the lease has run out, and nobody recorded anything
		if got := claim(t, s, 9); got != "" {
			t.Errorf("it is handed over a third time: %q", got)
		}
		if ch := challengeOf(t, s, "m1"); ch.Delivery != factor.Unknown || ch.Receipt != "" || ch.SentAt.IsZero() {
			t.Errorf("%+v", ch)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			if right, counted, err := s.TryCode(tx, "m1", []byte("h"), 5); err != nil || !right || !counted {
				t.Errorf("the code: %v, %v, %v", right, counted, err)
			}
			return nil
		})
	})
}

// What does not go out again: a code that was used, ended, is of a number that can't be
// reached, or has expired.
func TestUndeliveredThatIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		for id, over := range map[string]func(tx *sqldb.Tx) error{
			"used": func(tx *sqldb.Tx) error {
				_, _, err := s.TryCode(tx, "used", []byte("h"), 5)
				return err
			},
			"ended":   func(tx *sqldb.Tx) error { return s.EndChallenge(tx, "ended") },
			"number":  func(*sqldb.Tx) error { return nil },
			"expired": func(*sqldb.Tx) error { c.add(10 * time.Minute); return nil },
		} {
			handed(t, s, id, "first")
			write(t, s, over)
			fate := delivery.Undelivered
			if id == "number" {
				fate = delivery.Unreachable
			}
			got := receive(t, s, delivery.Receipt{Carrier: "first", Message: id, Fate: fate}, "first", "second")
			if !got.Changed || got.Again || claim(t, s, 9) != "" {
				t.Errorf("%s: %+v", id, got)
			}
			if ch := challengeOf(t, s, id); ch.Receipt != string(fate) {
				t.Errorf("%s: %s", id, ch.Receipt)
			}
		}
	})
}

// A receipt can come before its hand-off is recorded; one of no message, or by another
// carrier, finds nothing to change. A bounce names no relay.
func TestReceiptsFindTheirMessage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "m1", delivery.Code, 10*time.Minute)
		jobs, _ := Outbox{Store: s}.Claim(t.Context(), 1, time.Minute)
		early := delivery.Receipt{Carrier: "first", Message: "m1", Fate: delivery.Delivered}
		if got := receive(t, s, early); got.Found {
			t.Errorf("before the hand-off is recorded: %+v", got)
		}
		(Outbox{Store: s}).Sent(t.Context(), jobs[0], delivery.HandOff{Carrier: "first", Handed: delivery.Handed{Receipts: true}})
		if got := receive(t, s, delivery.Receipt{Carrier: "other", Message: "m1", Fate: delivery.Undelivered}); got.Changed {
			t.Error("another carrier's word counted")
		}
		if got := receive(t, s, delivery.Receipt{Carrier: "first"}); got.Found {
			t.Error("a receipt of nothing was found")
		}
		if got := receive(t, s, early); !got.Changed || challengeOf(t, s, "m1").Receipt != factor.Delivered || payloadKept(t, s, "m1") {
			t.Errorf("%+v", got)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			return s.InsertMessage(tx, delivery.Message{ID: "mail", Kind: delivery.Notice, Channel: "email", Expires: tx.Now.Add(time.Hour)})
		})
		accepted(t, s, "relay-2")
		if got := receive(t, s, delivery.Receipt{Carrier: delivery.EmailCarriers, Message: "mail", Fate: delivery.Unreachable}); !got.Changed || got.Message.Channel != "email" {
			t.Errorf("bounce: %+v", got)
		}
	})
}

// The sealed message goes when it can't be sent again any more.
func TestKeptMessagesAreDroppedWhenExpired(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		handed(t, s, "m1", "first")
		c.add(10*time.Minute + time.Second)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if payloadKept(t, s, "m1") {
			t.Error("an expired code is kept")
		}
	})
}

// A carrier that accepted and did not deliver, and nobody takes it after: the page is told.
func TestNobodyTakesItAfterAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		handed(t, s, "m1", "first")
		receive(t, s, delivery.Receipt{Carrier: "first", Message: "m1", Fate: delivery.Undelivered}, "second")
		jobs, _ := Outbox{Store: s}.Claim(t.Context(), 1, time.Minute)
		(Outbox{Store: s}).Failed(t.Context(), jobs[0], delivery.Failure{Certain: true})
		if ch := challengeOf(t, s, "m1"); ch.Receipt != factor.Undelivered {
			t.Errorf("%+v", ch)
		}
		handed(t, s, "m2", "first")
		receive(t, s, delivery.Receipt{Carrier: "first", Message: "m2", Fate: delivery.Undelivered}, "second")
		c.add(10 * time.Minute)
		claim(t, s, 9) // it has expired meanwhile
		if ch := challengeOf(t, s, "m2"); ch.Receipt != factor.Undelivered {
			t.Errorf("%+v", ch)
		}
	})
}
