package store

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

func purseOf(s *Store, messages, money int64, low func(string, int)) *Purse {
	return &Purse{Store: s, Log: slog.New(slog.DiscardHandler), OnLow: low, Budget: Budget{Messages: map[string]int64{"sms": messages, "email": 1000}, Money: money, Strangers: 30}}
}

// T-11: replicas that spend at once never spend more than there is, of messages or of
// money; strangers' numbers leave most of it to who is known; a new day begins anew.
func TestBudgetHoldsOverReplicas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		var sent, strange atomic.Int64
		var mu sync.Mutex
		lows := map[string]int{}
		low := func(k string, percent int) { mu.Lock(); defer mu.Unlock(); lows[k] = max(lows[k], percent) }
		purses := []*Purse{purseOf(s, 4000, 10_000_000, low), purseOf(s, 4000, 10_000_000, low)}
		spend := func(p *Purse, isStrange bool) error {
			class := delivery.SignInCode
			if isStrange {
				class = delivery.Stranger
			}
			return p.Spend(t.Context(), delivery.Spending{Channel: "sms", Cost: 1000, Class: class})
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for range 100 {
					if spend(purses[i%2], true) == nil {
						sent.Add(1)
						strange.Add(1)
					}
				}
			})
		}
		all.Wait()
		if n := strange.Load(); n > 200 || n < 190 { // a sixth of 30 per cent; a slice may be left at either
			t.Errorf("strangers took %d of 4000", n)
		}
		c.add(time.Hour)
		if err := spend(purses[0], true); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		sent.Add(1)
		for range 4000 {
			for _, p := range purses {
				if spend(p, false) == nil {
					sent.Add(1)
				}
			}
		}
		if n := sent.Load(); n != 4000 {
			t.Errorf("%d of 4000 were sent", n)
		}
		if lows["sms"] != 100 || lows["sms strange 08h"] != 100 || lows["money"] != 0 {
			t.Errorf("told %v", lows)
		}
		c.add(24 * time.Hour)
		if err := spend(purses[0], false); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

// T-11: strangers share their part of a day, hour by hour; ordinary messages leave the reserve
// alone; codes after the right password and security notices may spend everything.
func TestReserveIsForSignInCodesAndSecurityNotices(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		p := purseOf(s, 0, 0, nil)
		p.Budget.Reserve = 40
		take := func(class delivery.Class, most int) (n int) {
			for range most {
				if p.Spend(t.Context(), delivery.Spending{Channel: "email", Class: class}) == nil {
					n++
				}
			}
			return n
		}
		c.add(16 * time.Hour) // the next day begins
		strange := 0
		for hour := range 23 {
			n := take(delivery.Stranger, 70)
			if want := map[bool]int{true: 50}[hour < 6]; n != want {
				t.Errorf("hour %d: strangers got %d emails, want %d", hour, n, want)
			}
			strange += n
			c.add(time.Hour)
		}
		if n := take(delivery.Ordinary, 1000); n != 600-strange {
			t.Errorf("ordinary messages got %d emails after %d of strangers", n, strange)
		}
		if n := take(delivery.SignInCode, 250) + take(delivery.SecurityNotice, 250); n != 400 {
			t.Errorf("the reserve had %d emails, want 400", n)
		}
		c.add(time.Hour)
		if n := take(delivery.SignInCode, 1100); n != 1000 {
			t.Errorf("codes got %d of the next day's emails, want all 1000", n)
		}
	})
}

func TestBudgetOfMoney(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		p := purseOf(s, 1000, 10_000, nil)
		one := delivery.Spending{Channel: "sms", Cost: 3000}
		for range 3 {
			if err := p.Spend(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		err := p.Spend(t.Context(), one)
		if r, ok := errors.AsType[*delivery.Refused](err); !ok || r.Temporary {
			t.Errorf("0.009 of 0.01 spent, and 0.003 more: %v", err)
		}
		p.Refund(one)
		if err := p.Spend(t.Context(), one); err != nil {
			t.Errorf("given back: %v", err)
		}
		if err := p.Spend(t.Context(), delivery.Spending{Channel: "email"}); err != nil {
			t.Errorf("a mail costs nothing: %v", err)
		}
		if err := p.Spend(t.Context(), delivery.Spending{Channel: "fax"}); err == nil {
			t.Error("what has no budget was sent")
		}
	})
}

// What a replica took and did not spend is there again when it ends; one that is killed
// loses it for the day, and never more than a slice.
func TestBudgetIsGivenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		first := purseOf(s, 200, 0, nil)
		first.Spend(t.Context(), delivery.Spending{Channel: "sms"})
		first.Close(t.Context())
		second := purseOf(s, 200, 0, nil)
		n := 0
		for second.Spend(t.Context(), delivery.Spending{Channel: "sms"}) == nil {
			n++
		}
		if n != 199 {
			t.Errorf("%d of 199 were left", n)
		}
		today, err := second.Today(s.Read(t.Context()))
		if err != nil || today[0].K != "sms" || today[0].Used != 200 || today[0].Limit != 200 {
			t.Errorf("%+v, %v", today, err)
		}
	})
}

// It fails closed: what can't be counted is not sent.
func TestBudgetThatCannotBeRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		write(t, s, func(tx *sqldb.Tx) error { _, err := tx.Exec(`DROP TABLE budget`); return err })
		err := purseOf(s, 200, 0, nil).Spend(t.Context(), delivery.Spending{Channel: "sms"})
		if r, ok := errors.AsType[*delivery.Refused](err); !ok || !r.Temporary {
			t.Errorf("%v", err)
		}
	})
}
