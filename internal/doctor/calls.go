package doctor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
)

// Calls follows the test calls that this process leads (delivery.CallFollower).
type Calls struct {
	mu     sync.Mutex
	events map[string][]string
	notes  map[string]string
}

// Told takes what happened.
func (c *Calls) Told(_ context.Context, id, event, note string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events, c.notes = map[string][]string{}, map[string]string{}
	}
	c.events[id] = append(c.events[id], event)
	if note != "" {
		c.notes[id] = note
	}
	return nil
}

// Stands: a test call is wanted as long as it lasts, and # on it counts.
func (c *Calls) Stands(_ context.Context, id string) (delivery.CallStanding, error) {
	course, _ := c.of(id)
	return delivery.CallStanding{Wanted: true, Confirmed: strings.Contains(course, "key_pound")}, nil
}

// of is the course of a call so far: its events, and the carrier's words.
func (c *Calls) of(id string) (course, note string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.events[id], " "), c.notes[id]
}

// endings of a test call, the first that is found: whether it is well, what to say and to do.
var endings = []struct {
	event    string
	grade    Grade
	says, do string
}{
	{"key_pound", OK, "rang, was answered, and # was heard", ""},
	{"key_star", OK, "rang, was answered, and * was heard", ""},
	{"machine", Warn, "an answering machine took it, as far as one can hear", "Call a telephone that somebody answers. Where somebody did, set machine_detection: false."},
	{"hung_up", Warn, "was answered, and no # was heard", "Press # after the message. Where you did: the trunk must pass keys as telephone events (RFC 4733) or INFO."},
	{"busy", Warn, "the telephone is busy", "Call it again, or another."},
	{"declined", Warn, "the call was declined", "Call it again, or another."},
	{"no_answer", Warn, "nobody answered", "Answer the telephone, and press # after the message."},
	{"failed", Bad, "the trunk could not go on with it", "Ask whoever runs the trunk, with the time of the call."},
}

// call places one test call by one carrier, and follows it where it is led from here.
func (d *Doctor) call(ctx context.Context, c *delivery.Carrier) Finding {
	what := "calls by " + c.Name() + ", one call"
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	ended := make(chan struct{})
	defer func() { cancel(); <-ended }()
	go func() {
		defer close(ended)
		if r, ok := c.Channel.(delivery.Runner); ok {
			r.Run(ctx)
		}
	}()
	subject, text := d.Words("voice")
	m := delivery.Message{ID: secret.TimeID(d.Clock()), Kind: delivery.Call, Channel: "voice", To: d.SendCall, Lang: "en", Purpose: "test", Subject: subject, Text: text, Expires: d.Clock().Add(time.Hour)}
	handed, err := d.place(ctx, c, m)
	if err != nil {
		return finding(what, "", err)
	}
	if !handed.Receipts || d.Calls == nil { // it is led elsewhere
		if f, over := d.ended(what, m.ID, 200*time.Millisecond); over {
			return f
		}
		return Finding{What: what, Grade: OK, Says: "accepted; see whether it rings"}
	}
	if d.out != nil {
		fmt.Fprintf(d.out, "…     %s: it rings; answer, and press # after the message\n", what)
	}
	for ctx.Err() == nil {
		if f, over := d.ended(what, m.ID, 100*time.Millisecond); over {
			return f
		}
	}
	return Finding{what, Bad, "it is not known what became of it", "Ask whoever runs the trunk, with the time of the call."}
}

// ended says how a call ended, if it has after a moment.
func (d *Doctor) ended(what, id string, after time.Duration) (f Finding, over bool) {
	time.Sleep(after)
	if d.Calls == nil {
		return f, false
	}
	course, note := d.Calls.of(id)
	if note != "" {
		note = " (" + note + ")"
	}
	for _, e := range endings {
		if strings.Contains(course, e.event) {
			return Finding{what, e.grade, e.says + note, e.do}, true
		}
	}
	return f, false
}

// place hands the call over; a trunk may have to be opened, and to register, first.
func (d *Doctor) place(ctx context.Context, c *delivery.Carrier, m delivery.Message) (handed delivery.Handed, err error) {
	for range 50 {
		if handed, err = c.Send(ctx, m); err == nil || !isTemporary(err) {
			return handed, err
		}
		select {
		case <-ctx.Done():
			return handed, err
		case <-time.After(100 * time.Millisecond):
		}
	}
	return handed, err
}
