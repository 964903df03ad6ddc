package journey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Toll notices toll fraud (T-11): codes that are asked for, to numbers that nobody has
// proven, and not used. Where too few are, in one country by one channel, such numbers
// wait, except where people have signed in from lately; numbers on record never do.
//
// Each replica counts in memory and adds to the common sums every few seconds.
type Toll struct {
	delivery.Tally
	engine  *Engine
	replica string
	OnClose func(channel, country string) // strangers' numbers wait there from now on

	mu     sync.Mutex
	closed map[lane]bool
}

type lane Closing

const (
	tollWindow = time.Hour       // that codes and their use are compared over
	tollSettle = 2 * time.Minute // that people have to use a code before it counts as unused
	flushToll  = 5 * time.Second
)

func newToll(e *Engine) *Toll {
	return &Toll{engine: e, replica: secret.ID(), closed: map[lane]bool{}}
}

// used counts a code that was used, or a call that was answered with #.
func (t *Toll) used(c *factor.Challenge) {
	counts := delivery.Counts{Used: 1}
	if c.Purpose == enrolling && c.Channel != factor.Email {
		counts.StrangeUsed = 1
	}
	t.Add(delivery.Slot{Channel: string(c.Channel), Carrier: c.Carrier, Country: c.Country}, counts)
}

// Run adds what was counted to the common sums until ctx ends, and once more then.
func (t *Toll) Run(ctx context.Context) { t.engine.flushing(ctx, "toll", flushToll, t.Flush) }

// Flush adds what was counted, and looks where codes are not used.
func (t *Toll) Flush(ctx context.Context) error {
	s := t.engine.Store
	counted := t.Drain()
	t.mu.Lock()
	idle := len(counted) == 0 && len(t.closed) == 0
	t.mu.Unlock()
	if idle { // this replica sent nothing, so nothing is to be closed here
		return nil
	}
	if len(counted) > 0 {
		err := s.Write(ctx, func(tx *sqldb.Tx) error { return s.AddDeliveries(tx, t.replica, counted) })
		if err != nil {
			for slot, c := range counted { // for the next time
				t.Add(slot, c)
			}
			return err
		}
	}
	tx := s.Read(ctx)
	sent, err := s.StrangeCodes(tx, tx.Now.Add(-tollWindow-tollSettle), tx.Now.Add(-tollSettle))
	if err != nil {
		return err
	}
	limits, closed := t.engine.Settings.Limits, map[lane]bool{}
	for _, c := range sent {
		if c.Sent >= int64(limits.ConversionFrom) && c.Used*100 < c.Sent*int64(limits.ConversionLeast) {
			closed[lane{c.Channel, c.Country}] = true
		}
	}
	t.mu.Lock()
	before := t.closed
	t.closed = closed
	t.mu.Unlock()
	if maps.Equal(before, closed) {
		return nil
	}
	return t.tell(ctx, before, closed, sent)
}

// tell records what changed, and raises the alert.
func (t *Toll) tell(ctx context.Context, before, closed map[lane]bool, sent []store.StrangeCodes) error {
	for l := range closed {
		if before[l] {
			continue
		}
		t.engine.Log.Warn("toll: codes are asked for and not used", "channel", l.Channel, "country", l.Country)
		if t.OnClose != nil {
			t.OnClose(l.Channel, l.Country)
		}
		detail := map[string]string{"trouble": "codes are not used", "channel": l.Channel, "country": l.Country}
		for _, c := range sent {
			if c.Channel == l.Channel && c.Country == l.Country {
				detail["sent"], detail["used"] = fmt.Sprint(c.Sent), fmt.Sprint(c.Used)
			}
		}
		err := t.engine.Store.Write(ctx, func(tx *sqldb.Tx) error {
			return t.engine.Store.Record(tx, audit.Row{Type: audit.DeliveryTrouble, Detail: detail})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Closing is where strangers' numbers wait.
type Closing struct{ Channel, Country string }

// ClosedNow are all of those places.
func (t *Toll) ClosedNow() (list []Closing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for l := range t.closed {
		list = append(list, Closing(l))
	}
	slices.SortFunc(list, func(a, b Closing) int { return strings.Compare(a.Channel+a.Country, b.Channel+b.Country) })
	return list
}

// Closed tells whether strangers' numbers wait there.
func (t *Toll) Closed(channel, country string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed[lane{channel, country}]
}

// allowed checks that a message may go to its number: in an allowed country, which may
// have changed since it was enrolled, and for a number that nobody has proven, not where
// codes are asked for and not used. What comes from a network that people have signed in
// from lately is not held up by what strangers do.
func (r *Run) allowed(s send, m *delivery.Message) error {
	if m.Channel == string(factor.Email) {
		return r.withhold(s, m)
	}
	if !account.InCountry(m.To, r.Settings.Countries) {
		return &Reject{Key: "error.phone_country_now"}
	}
	if !m.Strange {
		return nil
	}
	known, err := r.Store.NetworkKnown(r.Tx, r.alarm.key(r.Client.Network), knownNetwork)
	if err != nil || known {
		return err
	}
	m.Class = delivery.Stranger
	if r.toll.Closed(m.Channel, m.Country) {
		return &Reject{Key: "error.strangers_wait", Status: 429, Retry: 10 * time.Minute}
	}
	return nil
}
