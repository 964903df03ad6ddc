package delivery

import "sync"

// Tally counts how carriers do, in memory; somebody drains it into the database.
type Tally struct {
	mu  sync.Mutex
	all map[Slot]Counts
}

// Slot is what is counted apart.
type Slot struct{ Channel, Carrier, Country string }

// Counts are of messages, but for Segments and Cost, which is in millionths of the
// operator's currency.
type Counts struct {
	Sent, Failed, Unknown, Delivered, Undelivered int64 // Failed: refused; Unknown: no answer
	Codes, Used                                   int64 // codes sent, and those that were used
	Strange, StrangeUsed                          int64 // the same, to numbers that nobody had proven
	Segments, Cost                                int64
}

// Add adds o, field by field.
func (c *Counts) Add(o Counts) {
	c.Sent, c.Failed, c.Unknown, c.Delivered, c.Undelivered = c.Sent+o.Sent, c.Failed+o.Failed, c.Unknown+o.Unknown, c.Delivered+o.Delivered, c.Undelivered+o.Undelivered
	c.Codes, c.Used, c.Strange, c.StrangeUsed = c.Codes+o.Codes, c.Used+o.Used, c.Strange+o.Strange, c.StrangeUsed+o.StrangeUsed
	c.Segments, c.Cost = c.Segments+o.Segments, c.Cost+o.Cost
}

// Add counts.
func (t *Tally) Add(s Slot, c Counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[Slot]Counts{}
	}
	sum := t.all[s]
	sum.Add(c)
	t.all[s] = sum
}

// Drain returns what was counted, and begins anew.
func (t *Tally) Drain() map[Slot]Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all
	t.all = nil
	return all
}

// Observe counts an observation of the worker's.
func (t *Tally) Observe(o Observation) {
	m, c := o.Message, Counts{}
	switch o.Outcome {
	case "sent":
		c = Counts{Sent: 1, Segments: int64(o.HandOff.Segments), Cost: o.HandOff.Cost}
		if m.once() {
			c.Codes = 1
		}
		if m.once() && m.Strange {
			c.Strange = 1
		}
	case "refused":
		c.Failed = 1
	case "silent":
		c.Unknown = 1
	case string(Delivered):
		c.Delivered = 1
	case string(Undelivered), string(Unreachable):
		c.Undelivered = 1
	default:
		return
	}
	t.Add(Slot{m.Channel, o.HandOff.Carrier, m.Country}, c)
}
